"""A sequence of vectors, such as sensor data, as a text: one label a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_all_surrogates

LEVELS = "0123456789"
"""The smallest to the largest: every font has them, and the colour behind them is seen."""


def read_vectors(vectors: Any) -> Tensor:
    """Bring vectors into one tensor, (T, D), a step a row.

    Raises:
        TypeError: If they are no numbers.
        ValueError: If they have another shape, or are not finite.
    """
    try:
        # Lists as numpy reads them, in double precision: torch would by its default dtype.
        if isinstance(vectors, Tensor):
            found = vectors.detach()
        else:
            found = torch.as_tensor(np.asarray(vectors), device="cpu")
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            "vectors must be an array or tensor of numbers, (T, D), one step a row; got "
            f"{type(vectors).__name__} ({error})"
        ) from None
    if found.is_complex() or found.dtype == torch.bool:
        raise TypeError(f"vectors must be real numbers; got {found.dtype}; convert them first")
    if found.ndim != 2 or 0 in found.shape:
        raise ValueError(
            f"vectors must have shape (T, D), one step a row, one at least; got "
            f"{tuple(found.shape)}. Pass one sequence at a time; numbers alone as vectors[:, None]"
        )
    bad = ~torch.isfinite(found).all(dim=1)
    if bad.any():
        raise ValueError(
            f"vectors must be finite; that of step {int(bad.nonzero()[0])} is not. Fill in or "
            "leave out what is missing"
        )
    return found.clone()


def read_labels(labels: Sequence[str] | None, vectors: Tensor) -> list[str]:
    """What stands for each vector in the text; by default a digit, by its size among the others.

    Raises:
        TypeError: If a label is not a string.
        ValueError: If there is not one for each vector, or one is empty.
    """
    if labels is None:
        sizes = vectors.double().norm(dim=1)
        low, high = sizes.aminmax()
        steps = (sizes - low) / (high - low).clamp(min=torch.finfo(torch.float64).tiny)
        if low == high:
            steps += 0.5
        return [LEVELS[step] for step in (steps * (len(LEVELS) - 1)).round().int().tolist()]
    found = list(labels)
    if len(found) != len(vectors):
        raise ValueError(
            f"labels must have one string for each vector: {len(vectors)} expected, {len(found)} "
            "came; pass as many, or none for digits by the size of each vector"
        )
    for index, label in enumerate(found):
        if not isinstance(label, str):
            raise TypeError(
                f"labels must be strings; number {index} is {label!r} ({type(label).__name__}); "
                "pass str(label)"
            )
        if not label:
            raise ValueError(
                f"labels must have a character each; number {index} is empty; pass '·', say"
            )
    check_all_surrogates(found, "labels")
    return found


class VectorText:
    """Reads the one text that stands for a sequence of vectors: its labels, joined.

    Between labels there is a space where one has more than one character.

    Args:
        labels: One for each vector.

    Attributes:
        labels: The labels.
        text: The text.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = list(labels)
        between = " " if any(len(label) > 1 for label in labels) else ""
        self.text = between.join(labels)
        self._spans = []
        start = 0
        for label in labels:
            self._spans.append((start, start + len(label)))
            start += len(label) + len(between)

    def __call__(self, text: str) -> Tokens:
        """The text as tokens: token t is vector t.

        Raises:
            TypeError: If `text` is not a string.
            ValueError: If it is another one.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string; got {type(text).__name__}")
        if text != self.text:
            raise ValueError(
                f"this model reads the {len(self.labels)} vectors that it was made with, and "
                f"expects the text that stands for them, model.text; got another text of "
                f"{len(text)} characters, where it has {len(self.text)}. For other vectors make "
                "another model with SequenceModel.from_vectors"
            )
        ids = list(range(len(self.labels)))
        return Tokens(text, ids, list(self.labels), list(self._spans), [])
