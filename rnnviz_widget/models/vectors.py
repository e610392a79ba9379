"""A sequence of vectors, such as sensor data, as a text with one label a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import Forward, Network, Returns
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_all_surrogates

from .arguments import check_string, check_window
from .model_parts import Labels, ModelParts, checked_unit
from .symbols import Symbols
from .truth import Truth

if TYPE_CHECKING:
    from .sequence import SequenceModel

LEVELS = "0123456789"
"""Default labels, by size: digits are in every font and leave the colour behind them visible."""


def read_vectors(vectors: Any) -> Tensor:
    """Convert vectors to one tensor, (T, D), one step a row.

    Raises:
        TypeError: If they are no numbers.
        ValueError: If they have another shape, or are not finite.
    """
    try:
        # numpy reads lists in double precision; torch would use its default dtype.
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
            f"vectors must have shape (T, D), one step a row, at least one; got "
            f"{tuple(found.shape)}. Pass one sequence at a time; plain numbers as vectors[:, None]"
        )
    bad = ~torch.isfinite(found).all(dim=1)
    if bad.any():
        raise ValueError(
            f"vectors must be finite; that of step {int(bad.nonzero()[0])} is not. Fill in missing "
            "values, or leave these steps out"
        )
    return found.clone()


def read_labels(labels: Sequence[str] | None, vectors: Tensor) -> list[str]:
    """The label of each vector; by default a digit, by the vector's size among the others.

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
                f"labels must have at least one character; number {index} is empty; pass '·'"
            )
    check_all_surrogates(found, "labels")
    return found


class VectorText:
    """Reads the only text that stands for a sequence of vectors: its labels, joined.

    There are spaces between labels if any of them has more than one character.


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
        """The text as tokens, of which token t is vector t.

        Raises:
            TypeError: If `text` is not a string.
            ValueError: If it is another text.
        """
        check_string(text)
        if text != self.text:
            raise ValueError(
                f"this model reads only the {len(self.labels)} vectors that it was made with, "
                f"whose text is model.text, with {len(self.text)} characters; got another text "
                f"with {len(text)}. For other vectors make another model with "
                "SequenceModel.from_vectors"
            )
        ids = list(range(len(self.labels)))
        return Tokens(text, ids, list(self.labels), list(self._spans), [])


@suggest_arguments(inputs="vectors", classes="outputs")
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
    """Make a model of a sequence of vectors, such as sensor data.

    Connectivity is with respect to the input vectors: `norm` and `embedding_norm` are the L2 norm
    of this gradient, `grad_x_input` is its product with the vector.

    Args:
        cls: `SequenceModel`.
        module: As for `SequenceModel`, but it maps vectors (1, T, D) to logits; the vectors
            come in its own precision.
        vectors: The sequence, (T, D), one step a row: an array, a tensor or lists.
        labels: The text of each step, T strings; default: a digit, 0 to 9, by the size of each
            vector.
        outputs: The output classes, one for each logit.
        truth: As for `SequenceModel`, given the labels; default: "none".
        name: What the page calls the model; default: the module's class.
        batch_first: Whether the module reads (1, T, D); else (T, 1, D).
        forward: How the module is called: `forward(module, vectors)`.
        window: As for `SequenceModel`: the number of steps that each output reads, up to its own.
        pad: Whether zeros fill up the windows at the start; else they are shorter there.
        returns: As for `SequenceModel`.
        unit: As for `SequenceModel`.

    Returns:
        A model that reads one text only, `text`: the labels, joined, with spaces between them if
        any has more than one character.

    Raises:
        TypeError, ValueError: If arguments don't fit.
        RuntimeError: If the module can't be called; the cause is attached.
    """
    check_window(window, pad or None)
    rows = read_vectors(vectors)
    reader = VectorText(read_labels(labels, rows))
    known = "none" if truth is None else truth
    named = Labels.checked(module, tuple(reader.labels), outputs, name, known)
    if pad:
        # A vector of zeros for padding, which is at no step.
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
