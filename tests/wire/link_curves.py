"""The golden message of an output over checkpoints."""

import numpy as np

from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.link_curves import FacetLinkCurves, LinkCurves
from rnnviz_widget.scene.rows import Failure
from wire.scores import matrix


def link_curves():
    """Of three checkpoints the second is not read; and a model without checkpoints."""
    scores = matrix(9, 3, signed=True, causal=False)[:, :2].astype(np.float32)
    scores[1] = np.nan
    probability = np.array([0.5, np.nan, 0.25], np.float32)
    rank, target = np.array([1, 0, 300]), ["<b>", "", "\n"]
    facets = [
        FacetLinkCurves(1, probability, rank, target, scores),
        Failure("it has no checkpoints"),
    ]
    trouble = "GRU: checkpoint <200> can't be shown: it is cut off"
    message = pack(LinkCurves(3, 12, 6, 3, 3, trouble, facets))
    shown = np.where(np.isnan(scores), None, scores.astype(object))
    return {"trait": "link_curve", "message": message, "expect": {"scores": shown.tolist()}}
