"""Named sets of settings."""

from __future__ import annotations

from typing import Any

from rnnviz_widget.models.autocomplete import NESTED
from rnnviz_widget.training.text8 import Corpus

PRESETS = ("article",)


def preset(name: str, cell: str, corpus: Corpus) -> dict[str, Any]:
    """The settings of a preset for a cell and a text; all others keep their defaults.

    "article" is Madsen, "Visualizing memorization in RNNs", Distill 2019, appendix "Autocomplete
    Problem": 2 layers of 600 units (nested LSTM: one of depth 2), an embedding of 600, 16,384
    words, a full softmax, 64 observations of 200 characters in a step, each read from an empty
    state, two epochs over the training part, and Adam with its default rate of 0.001 throughout.
    docs/training.md lists the differences, such as the order of the observations.

    Raises:
        ValueError: If there is no preset of this name.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}: expected one of {', '.join(PRESETS)}")
    return {
        "units": 600,
        "layers": 1 if cell == NESTED else 2,
        "embedding_size": 600,
        "classes": 16_384,
        "characters": 2 * len(corpus.part("training")[0]),
        "streams": 64,
        "length": 200,
        "forget": 1.0,
        "softmax": "full",
        "rate": 1e-3,
        "warmup": 0.0,
        "floor": 1.0,
    }
