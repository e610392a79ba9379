"""Layers of `nn.GRU`, `nn.LSTM` and `nn.RNN` on the CPU, whose steps are the same in any text.

Torch's functions multiply all inputs of a layer at once by a product that rounds a few inputs in
another way than many, and keep an LSTM's memories to themselves. A text that is read on from
another one would differ in its last bits from the same text read whole, and its scores by some 1e-6
of their largest. Here a step depends on its input and on the state before it, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import linear

# Rows of so many numbers begin where memory is aligned, as single vectors do: a product may round
# in another way otherwise.
_ALIGNED = 16


class SteppedLayer(NamedTuple):
    """What a layer made of a text.

    Attributes:
        made: Its outputs, (T, H).
        last: Each state after the last input, (H,), h first.
        known: Of an LSTM its gates, (T, 4, H), and its memory at each step, (T, H). Of a GRU r and
            z, (T, 2, H), W_hn h' + b_hn, (T, H), and n, (T, H).
    """

    made: Tensor
    last: Sequence[Tensor]
    known: Sequence[Tensor] = ()


def stepped_layer(
    kind: str, inputs: Tensor, states: Sequence[Tensor], weights: Sequence[Tensor]
) -> SteppedLayer | None:
    """Run a layer that reads one text from left to right, as torch's function of this name does.

    Args:
        kind: "gru", "lstm", "rnn_tanh" or "rnn_relu".
        inputs: What it reads, (T, D).
        states: The states that it starts from, (H,) each, h first.
        weights: W_ih and W_hh, then b_ih and b_hh, if there are biases.

    Returns:
        What it made; None: torch's function has to do it.
    """
    every = (inputs, *states, *weights)
    plain = all(each.device.type == "cpu" and each.dtype == every[0].dtype for each in every)
    fits = len(weights) in {2, 4} and inputs.numel() and inputs.dtype in _DTYPES
    if not plain or not fits or torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
        return None
    w_ih, w_hh, *biases = weights
    b_ih, b_hh = biases or w_hh.new_zeros(2, len(w_hh))
    return _STEPS[kind](linear(inputs, w_ih, b_ih), states, w_hh, b_hh)


def _gru(at_input: Tensor, states: Sequence[Tensor], w_hh: Tensor, b_hh: Tensor) -> SteppedLayer:
    (h,), two = states, 2 * len(states[0])
    length = len(at_input)
    made, sums = _aligned_rows(length, h), _aligned_rows(length, b_hh)
    gates, new = at_input[:, :two], at_input[:, two:]
    columns = (
        *(sums, sums[:, :two], sums[:, two:]),
        *(gates, gates[:, : two // 2], gates[:, two // 2 :]),
        *(new, made),
    )
    h = h.clone()
    with _cheap_views():
        for at_state, at_gates, at_new, both, reset, update, n, out in zip(
            *(each.unbind() for each in columns), strict=True
        ):
            torch.addmv(b_hh, w_hh, h, out=at_state)
            both.add_(at_gates).sigmoid_()
            n.addcmul_(reset, at_new).tanh_()
            h = torch.lerp(n, h, update, out=out)
    known = gates.view(length, 2, -1), sums[:, two:], new
    return SteppedLayer(made.contiguous(), (h,), known)


def _lstm(at_input: Tensor, states: Sequence[Tensor], w_hh: Tensor, b_hh: Tensor) -> SteppedLayer:
    h, c = (each.clone() for each in states)
    length, units = len(at_input), len(c)
    made, memory = _aligned_rows(length, h), c.new_empty(length, units)
    candidates, squashed = torch.empty_like(memory), torch.empty_like(c)
    gates = at_input.add_(b_hh).view(length, 4, units)
    columns = (at_input, *gates.unbind(1), candidates, memory, made)
    with _cheap_views():
        for sums, i, f, at_new, o, new, kept, out in zip(
            *(each.unbind() for each in columns), strict=True
        ):
            sums.addmv_(w_hh, h)
            torch.tanh(at_new, out=new)
            sums.sigmoid_()
            torch.mul(i, new, out=squashed)
            c = torch.addcmul(squashed, f, c, out=kept)
            h = torch.mul(o, torch.tanh(c, out=squashed), out=out)
    gates[:, 2] = candidates
    return SteppedLayer(made.contiguous(), (h, c), (gates, memory))


def _rnn(
    at_input: Tensor, states: Sequence[Tensor], w_hh: Tensor, b_hh: Tensor, *, relu: bool
) -> SteppedLayer:
    h = states[0].clone()
    made = _aligned_rows(len(at_input), h)
    with _cheap_views():
        for to_state, out in zip(at_input.add_(b_hh).unbind(), made.unbind(), strict=True):
            h = torch.addmv(to_state, w_hh, h, out=out)
            h = h.relu_() if relu else h.tanh_()
    return SteppedLayer(made.contiguous(), (h,))


def _cheap_views() -> torch.inference_mode:
    """In here views take half the time.

    What is allocated outside, and views of it, can be used in autograd afterwards.
    """
    return torch.inference_mode()


def _aligned_rows(length: int, row: Tensor) -> Tensor:
    wide = -(-len(row) // _ALIGNED) * _ALIGNED
    return row.new_empty(length, wide)[:, : len(row)]


_DTYPES = torch.float32, torch.float64
_STEPS: dict[str, Callable[..., SteppedLayer]] = {
    "gru": _gru,
    "lstm": _lstm,
    "rnn_tanh": partial(_rnn, relu=False),
    "rnn_relu": partial(_rnn, relu=True),
}
