"""Layers of `nn.LSTM` on the CPU, whose weights are laid out for oneDNN once.

Torch computes such a layer by oneDNN, and has it lay out the weights anew at each call. With 600
units that takes a third of the time of 160 inputs, and nearly all of that of a single one, and
memory that is taken from the system and given back at each call.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

# What aten calls an LSTM.
_LSTM = 2


class _LaidOut(NamedTuple):
    """A layer's weights as oneDNN reads them.

    Attributes:
        w_hh: The recurrent weights that they were made of, with the input weights.
        made_of: Where the numbers of both lay then, and their versions.
        weights: The two laid out.
    """

    w_hh: weakref.ref[Tensor]
    made_of: tuple[int, ...]
    weights: Sequence[Tensor]


# By the input weights, as long as these are used.
_kept: Any = WeakIdKeyDictionary()


def lstm_layer(
    read: Tensor, state: Sequence[Tensor], weights: Sequence[Tensor], *, batch_first: bool = False
) -> tuple[Tensor, Tensor, Tensor] | None:
    """Run a layer that reads from left to right, as `torch.lstm` does, with the same bits.

    Args:
        read: What it reads, (T, B, D), or (B, T, D).
        state: h and c that it starts from, (1, B, H) each.
        weights: W_ih, W_hh, b_ih and b_hh.
        batch_first: Whether the batch is the first axis.

    Returns:
        What it makes, h and c after the last input; None: `torch.lstm` has to do it.
    """
    every = (read, *state, *weights)
    plain = all(each.dtype == torch.float32 and each.device.type == "cpu" for each in every)
    # Weights made in inference mode may change and show no sign of it.
    plain = plain and not any(each.is_inference() for each in weights)
    if not plain or torch.is_grad_enabled() or len(weights) != 4 or not read.numel():
        return None
    if not _works():
        return None
    return _run(read, state, weights, batch_first=batch_first)


def _run(
    read: Tensor, state: Sequence[Tensor], weights: Sequence[Tensor], *, batch_first: bool
) -> tuple[Tensor, Tensor, Tensor]:
    units = weights[1].shape[1]
    inputs = (read.transpose(0, 1) if batch_first else read).contiguous()
    begin = [each[0].contiguous() for each in state]
    laid_out = *_laid_out(weights), *weights[2:]
    options: tuple[Any, ...] = False, [], _LSTM, units, 1, True, False, False, False
    made, *after, _ = torch.ops.aten.mkldnn_rnn_layer(inputs, *laid_out, *begin, *options)
    h, c = (each.view(state[0].shape) for each in after)
    return (made.transpose(0, 1) if batch_first else made), h, c


def _laid_out(weights: Sequence[Tensor]) -> Sequence[Tensor]:
    w_ih, w_hh = weights[:2]
    made_of = _made_of(w_ih) + _made_of(w_hh)
    known = _kept.get(w_ih)
    if known is not None and known.w_hh() is w_hh and known.made_of == made_of:
        found: Sequence[Tensor] = known.weights
        return found
    lay_out = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight  # noqa: SLF001
    found = lay_out(w_ih.detach(), w_hh.detach(), w_hh.shape[1], False, True, False, None)
    _kept[w_ih] = _LaidOut(weakref.ref(w_hh), made_of, found)
    return found


def _made_of(weights: Tensor) -> tuple[int, ...]:
    """Changes with the numbers: in place the version does, by `weights.data = x` the place."""
    return weights.data_ptr(), weights._version  # noqa: SLF001 - there is no other name


@functools.cache
def _works() -> bool:
    """Whether a layer made up gives the bits of `torch.lstm`: the functions have no public name."""
    sizes = (64, 7), (64, 16), (64,), (64,), (5, 2, 7), (1, 2, 16), (1, 2, 16)
    with torch.no_grad():
        every = [
            # No random numbers: this may run where a module is watched for drawing some.
            torch.arange(size.numel(), dtype=torch.float32, device="cpu").sin().view(size)
            for size in map(torch.Size, sizes)
        ]
        weights, read, state = every[:4], every[4], every[5:]
        try:
            found = _run(read, state, weights, batch_first=False)
        except (AttributeError, RuntimeError, TypeError, ValueError):
            return False
        expected = torch.lstm(read, state, weights, True, 1, 0.0, False, False, False)
    return all(map(torch.equal, found, expected))
