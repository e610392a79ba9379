"""Facets and rows to make messages and pictures of, in tests."""

from dataclasses import replace

import numpy as np

from rnnviz_widget.engines import Accuracy
from rnnviz_widget.reading import Connectivity
from rnnviz_widget.scene.facet import ExplainedClasses, Facet, MeasureInfo, Scene
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.rows import PackedRow, quantise
from rnnviz_widget.scene.tokens import Tokens

NORM = MeasureInfo("norm", signed=False, label="L2 norm of the gradient")


def facet(text, *, spans=None, unknown=(), **given):
    """A facet over a text; its tokens are characters, and it explains its best class."""
    spans = [(t, t + 1) for t in range(len(text))] if spans is None else spans
    size, rng = len(spans), np.random.default_rng(0)
    defaults = {
        "name": "GRU",
        "tokens": Tokens(text, (), (), spans, list(unknown)),
        "reads": Reads.up_to_own(size),
        "measure": NORM,
        "classes": ["learning", "legal", "length", "level"],
        "top": np.tile([0, 1, 2], (size, 1)),
        "top_probabilities": np.sort(rng.random((size, 3)))[:, ::-1],
        "explained": explained([0] * size),
        "engine_words": "",
    }
    return Facet(**defaults | given)


def explained(target, probability=None, rank=None, reasons=None, rivals=None):
    """The classes that are explained: by default of all it is known that they are the best."""
    size = len(target)
    return ExplainedClasses(
        target,
        np.full(size, 0.575) if probability is None else np.asarray(probability),
        np.ones(size, int) if rank is None else np.asarray(rank),
        ["the word being typed"] * size if reasons is None else reasons,
        rivals,
    )


def scene(text, facets, *, epoch=1, **given):
    """A scene of some facets."""
    return Scene(epoch=epoch, text=text, measure=facets[0].measure, facets=facets, **given)


def row(s, scores, *, signed=False, start=0):
    """A row as it travels."""
    return PackedRow(s, quantise(np.asarray(scores, float), signed=signed), start)


def scored(text, scores, **given):
    """Scores of a facet over a text; see `facet`."""
    return Connectivity(facet(text, **given), scores, range(len(scores)), Accuracy())


def changed(one, **given):
    """A model's scores with other facts about it."""
    return replace(one, facet=replace(one.facet, **given))
