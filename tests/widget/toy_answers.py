"""The first answers of widgets that show the toy models."""

import numpy as np
from browser import toys
from received import read_scores

import rnnviz_widget as rv

LAST = len(toys.TEXT) - 1
NOT_COMPUTED = "its row was not computed"


def has_true_rows(answer, position):
    assert answer["position"] == position
    for model, packed in zip(toys.both().values(), answer["facets"], strict=True):
        truth = rv.connectivity(model, toys.TEXT).scores[position, : position + 1]
        np.testing.assert_allclose(read_scores(packed, signed=False), truth, atol=truth.max() / 900)
    return True
