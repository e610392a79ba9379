"""A sequence of vectors, such as sensor data, as a text: one label a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz_widget.engines import Forward, Network, Returns
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_all_surrogates

from .arguments import check_window
from .model_parts import Labels, ModelParts, checked_unit
from .symbols import Symbols
from .truth import Truth

if TYPE_CHECKING:
    from .sequence import SequenceModel

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


def from_vectors(
    cls: type[SequenceModel],
    module: nn.Module,
    vectors: Any,
    labels: Sequence[str] | None = None,
    *,
    outputs: Symbols,
    truth: Truth = None,
    name: str | None = None,
    batch_first: bool = True,
    forward: Forward | None = None,
    window: int | None = None,
    pad: bool = False,
    returns: Returns | None = None,
    unit: str | None = None,
) -> SequenceModel:
    """A model of a sequence of vectors, such as sensor data: connectivity is about these.

    Every measure is of the gradient with respect to the input vector: `norm` and
    `embedding_norm` are its L2 norm, `grad_x_input` its product with the vector.

    Args:
        cls: `SequenceModel`.
        module: As of `SequenceModel`, but it maps vectors (1, T, D) to logits; the vectors
            come in its own precision.
        vectors: The sequence, (T, D), one step a row: an array, a tensor, lists.
        labels: What is hovered at each step, T strings; default: a digit, 0 to 9, by the size
            of each vector.
        outputs: The output classes, one for each logit.
        truth: As of `SequenceModel`, of labels; default: "none".
        name: What the page calls it; default: the module's class.
        batch_first: Whether the module reads (1, T, D); else (T, 1, D).
        forward: How the module is called: `forward(module, vectors)`.
        window: As of `SequenceModel`: each output reads so many steps, those that end there.
        pad: Whether zeros stand before the first step until there are so many; else the windows
            at the beginning are shorter.
        returns: As of `SequenceModel`.
        unit: As of `SequenceModel`.

    Returns:
        A model whose `text` is the labels, joined, with spaces between them where one has
        more than one character. It reads that text and no other.

    Raises:
        TypeError, ValueError: If something does not fit.
        RuntimeError: If the module can't be called; the cause is attached.
    """
    check_window(window, pad or None)
    rows = read_vectors(vectors)
    reader = VectorText(read_labels(labels, rows))
    known = "none" if truth is None else truth
    named = Labels.checked(module, tuple(reader.labels), outputs, name, known)
    if pad:
        # One more, which no text has.
        rows = torch.cat([rows, torch.zeros_like(rows[:1])])
    network = Network(
        module,
        len(rows),
        len(named.outputs),
        batch_first=batch_first,
        forward=forward,
        returns=returns,
        vectors=rows,
        window=window,
        pad=len(rows) - 1 if pad else None,
    )
    unit = checked_unit(network, truth, unit)
    return cls.of_parts(ModelParts(named, network, reader, unit, text=reader.text))
