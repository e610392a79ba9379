"""The models in a saved page, which runs them: what a `LiveModel` holds.

The weights travel as two sequences of bytes.

- `weights`, in half precision except for an 8-bit head: the embedding, each layer's matrices from
  the lowest layer on (W_ih and W_hh of each level), and the head.
- `numbers`, in single precision: each layer's biases (level by level) and starting states, the
  head's bias, and for an 8-bit head a scale for each row: weight = scale * integer.

Only the head is ever stored in 8 bits. It is three quarters of a bundled model, and its rounding
errors enter a logit once, which changes the bundled models' connectivity by 0.3 to 0.6 % of a row's
largest score (median). Those of recurrent weights accumulate at every step: in 8 bits they would
change it by 2 to 4 %.
"""

from __future__ import annotations

import zlib
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnviz_widget.engines import MEASURES, Measure, clean_torch, title_of
from rnnviz_widget.models import (
    TOP,
    CheckedTarget,
    Contrast,
    SequenceModel,
    Unit,
    check_classes,
)
from rnnviz_widget.reading import Question
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.live_model import LiveLayer, LiveModel
from rnnviz_widget.scene.packing import Message

from .extract import parts_of
from .parts import Parts, matrices_of, rebuilt, with_matrices

LIVE_LIMIT = 8_000_000
"""How many bytes the weights of one model may take by default. In a page base64 adds a third."""

Floats = npt.NDArray[np.float32]
Precision = Literal["int8", "half"]
PRECISIONS: tuple[Precision, ...] = ("int8", "half")

_NO_TRUTH = "this model has no truth"
_OWN_TRUTH = "its truth is computed by a Python function, which a page can't run"
_OWN_TARGETS = "the targets were chosen one by one for the author's text"
_OWN_CONTRAST = "two classes are compared in the author's text only, where the model was run for it"


def live_message(
    name: str,
    model: SequenceModel,
    *,
    precision: Precision = "int8",
    question: Question = Question(),  # noqa: B008 - it is frozen
    limit: int | None = None,
) -> Message:
    """Everything that a page needs to run a model on text typed into it.

    Args:
        name: The model's name in the page.
        model: An embedding, recurrent layers and a linear layer; see `extract.parts_of`.
        precision: "int8": the head in 8-bit integers with a scale for each row, the other
            matrices in half precision; or "half": all matrices. Biases are in single precision.
        question: What is explained, and how. One target for each token, a contrast, and a truth
            that is a callable can't be carried over to another text: there the page explains the
            top prediction, and says why.
        limit: How many bytes the weights may take; default: `LIVE_LIMIT`.

    Raises:
        TypeError: If the limit is no whole number.
        ValueError: If a page can't run such a model, its weights take more bytes than the limit,
            or there is no such precision or class.
    """
    parts = parts_of(_checked(model, precision))
    _check_size(name, parts, precision, LIVE_LIMIT if limit is None else limit)
    # One class is explained in any case: a contrast's own measure is not computed here.
    one = Question(measure=question.measure, of=question.of)
    scoring = one.scoring(model)
    if not isinstance(scoring.measure, Measure):
        raise ValueError(  # noqa: TRY004 - the measure does not fit, it is of no wrong type
            f"a live page computes {', '.join(map(repr, MEASURES))} only; the measure of {name!r} "
            f"is {title_of(scoring.measure)}. Save it without live=True, with the rows it has"
        )
    truth, no_truth = _truth(model, question.target)
    weights, numbers, _ = _encoded(parts, precision)
    return pack(
        LiveModel(
            name=name,
            precision=precision,
            inputs=model.inputs,
            outputs=() if model.outputs == model.inputs else model.outputs,
            unknown=model.unknown,
            truth=truth,
            no_truth=no_truth,
            target=_target(model, question.target),
            measure=scoring.info,
            size=parts.embedding.shape[1],
            layers=[
                LiveLayer(layer.kind.name, layer.units, len(layer.levels)) for layer in parts.layers
            ],
            weights=weights,
            numbers=numbers,
            check=zlib.crc32(numbers, zlib.crc32(weights)),
        )
    )


def live_size(model: SequenceModel, precision: Precision = "int8") -> int:
    """How many bytes the weights take in a message.

    Raises:
        ValueError: If a page can't run such a model, or there is no such precision.
    """
    return _size(parts_of(_checked(model, precision)), precision)


def as_sent(model: SequenceModel, precision: Precision = "int8") -> SequenceModel:
    """The model with its weights rounded as in a message, to compare it with the original.

    Raises:
        ValueError: If a page can't run such a model, or there is no such precision.
    """
    parts = parts_of(_checked(model, precision))
    sent = _encoded(parts, precision)[2]
    with clean_torch():
        module = rebuilt(with_matrices(parts, sent))
    return SequenceModel(
        module,
        model.inputs,
        model.outputs,
        name=model.name,
        unknown=model.unknown,
        truth=model.truth,
    )


def _checked(model: SequenceModel, precision: str) -> SequenceModel:
    if precision not in PRECISIONS:
        known = " or ".join(map(repr, PRECISIONS))
        raise ValueError(f"precision must be {known}; got {precision!r}")
    return model


def _truth(
    model: SequenceModel, target: CheckedTarget
) -> tuple[Literal["word", "next", "none"], str]:
    """Which truth the page computes, and the reason to give where it has none."""
    if isinstance(target, (list, Contrast)):
        return "none", _OWN_TARGETS if isinstance(target, list) else _OWN_CONTRAST
    if callable(model.truth):
        return "none", _OWN_TRUTH
    if model.truth == "word":
        return "word", _NO_TRUTH
    return ("next" if model.truth == "next" else "none"), _NO_TRUTH


def _target(model: SequenceModel, target: CheckedTarget) -> str | int:
    """What is explained: "truth", "top" or the number of a class."""
    if isinstance(target, Unit):
        raise ValueError(  # noqa: TRY004 - the target is one, the page has no such rows
            f"a live page explains classes, and the target is {target!r}. Save it without "
            "live=True, with the rows it has"
        )
    check_classes(target, model.classes)
    if isinstance(target, str):
        return model.classes[target]
    return "top" if target is TOP else "truth"


def _size(parts: Parts, precision: Precision) -> int:
    small = parts.head.numel() if precision == "int8" else 0
    half = sum(each.numel() for each in matrices_of(parts)) - small
    single = sum(each.numel() for each in _plain(parts)) + (len(parts.head) if small else 0)
    return small + 2 * half + 4 * single


def _check_size(name: str, parts: Parts, precision: Precision, limit: int) -> None:
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise TypeError(f"live_limit must be a whole number of bytes; got {limit!r}")
    size = _size(parts, precision)
    if size <= limit:
        return
    # Rounded up, so that the number to copy is short.
    enough = -(-size // 100_000) * 100_000
    advice = [
        f"live_limit={enough:_} (a page of {_mb(4 * enough // 3)}, which its reader has to load)",
        "a smaller model",
    ]
    smaller, head = _size(parts, "int8"), parts.head.numel()
    if precision != "int8" and smaller <= limit:
        advice.insert(0, f'precision="int8" ({_mb(smaller)})')
    eight = f" (the head, {_mb(head)}, in 8 bits, all else in 16)" if precision == "int8" else ""
    raise ValueError(
        f"the weights of {name!r} take {_mb(size)} with precision={precision!r}{eight}, and the "
        f"limit for a model in a page is {_mb(limit)}. Use {', '.join(advice)}, or save without "
        "live=True"
    )


def _plain(parts: Parts) -> list[Tensor]:
    """The tensors in single precision, in the order of the bytes."""
    inner = [each for layer in parts.layers for each in (*layer.biases, layer.starts)]
    return [*inner, parts.bias]


def _encoded(parts: Parts, precision: Precision) -> tuple[bytes, bytes, list[Tensor]]:
    """The bytes of the matrices, those of the other numbers, and the matrices as rounded."""
    weights, sent = [], []
    numbers = [each.numpy().ravel() for each in _plain(parts)]
    *halves, head = [matrix.numpy() for matrix in matrices_of(parts)]
    if precision == "half":
        halves.append(head)
    for matrix in halves:
        with np.errstate(over="ignore"):
            half = matrix.astype("<f2")
        if not np.isfinite(half).all():
            raise ValueError(
                "half precision can't hold all weights: the largest is "
                f"{np.abs(matrix).max():.3g}, of at most 65,504. Save without live=True"
            )
        weights.append(half.tobytes())
        sent.append(torch.from_numpy(half.astype(np.float32)))
    if precision == "int8":
        scales, steps = _rounded(head)
        numbers.append(scales)
        weights.append(steps.tobytes())
        sent.append(torch.from_numpy(scales[:, None] * steps.astype(np.float32)))
    return b"".join(weights), np.concatenate(numbers).astype("<f4").tobytes(), sent


def _rounded(matrix: Floats) -> tuple[Floats, npt.NDArray[np.int8]]:
    """A scale for each row, (R,), and integers from -127 to 127, (R, C)."""
    scales = np.abs(matrix).max(axis=1) / np.float32(127)
    steps = np.rint(matrix / np.where(scales == 0, 1, scales)[:, None])
    return scales, np.clip(steps, -127, 127).astype(np.int8)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
