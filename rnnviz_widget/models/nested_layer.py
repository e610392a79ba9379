"""One layer of a nested LSTM over whole sequences, with a backward pass written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch.nn import functional

from rnnviz_widget.engines.sweep.products import linear

Biases = Sequence[torch.Tensor | None]

_MANY = 8  # from so many rows on it pays to repack a matrix for a faster product
_BLOCK = 512  # rows multiplied at once for the gradient of a matrix
_sigmoid_backward = torch.ops.aten.sigmoid_backward  # (d, y) -> d * y * (1 - y)
_tanh_backward = torch.ops.aten.tanh_backward  # (d, y) -> d * (1 - y * y)


def _plain(
    x: torch.Tensor,
    h: torch.Tensor,
    c: Sequence[torch.Tensor],
    w: Sequence[torch.Tensor],
    b: Biases,
) -> tuple[torch.Tensor, ...]:
    """What `NestedLayer` computes, by differentiable operations, for derivatives of gradients."""

    def read(level: int, u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, ...]:
        i, f, g, o = functional.linear(torch.cat((u, v), 1), w[level], b[level]).chunk(4, 1)
        u, v = i.sigmoid() * (g.tanh() if level else g), f.sigmoid() * c[level]
        inner = (u + v,) if level == len(w) - 1 else read(level + 1, u, v)
        return o.sigmoid() * inner[0].tanh(), *inner

    outputs = []
    for step in x.unbind():
        h, *c = read(0, step, h)
        outputs.append(h)
    return torch.stack(outputs), *c


def _plain_backward(
    given: Sequence[torch.Tensor | None], needed: Sequence[bool], grads: Sequence[torch.Tensor]
) -> list[torch.Tensor | None]:
    """The gradients of `NestedLayer.backward`, as differentiable functions of its inputs."""
    # New views: if one input was computed from another, its path would be counted twice.
    views = [value if value is None else value.view_as(value) for value in given]
    x, h, *rest = cast("list[torch.Tensor]", views)
    depth = len(rest) // 3
    outputs = _plain(x, h, rest[:depth], rest[depth : 2 * depth], rest[2 * depth :])
    wanted = [value for value, need in zip((x, h, *rest), needed, strict=True) if need]
    found = iter(torch.autograd.grad(outputs, wanted, grads, create_graph=True))
    return [next(found) if need else None for need in needed]


def _times(w: torch.Tensor, rows: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """The function x -> x w^T, for matrices x with `rows` rows.

    Many rows in single precision use oneDNN: the library behind `@` may take twice as long.
    """
    onednn: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if onednn and rows >= _MANY and w.dtype == torch.float32 and w.device.type == "cpu":
        packed = w.contiguous().to_mkldnn()
        return lambda x: functional.linear(x.contiguous().to_mkldnn(), packed).to_dense()
    return lambda x: x @ w.t()


def _times_both(
    w: torch.Tensor | tuple[torch.Tensor, torch.Tensor], rows: int
) -> Callable[[torch.Tensor], torch.Tensor]:
    """The function [u v] -> [u v] w^T; `w` may come as its parts for u and for v."""
    if isinstance(w, torch.Tensor):
        return _times(w, rows)
    size, (u, v) = w[0].shape[1], (_times(each, rows) for each in w)
    return lambda both: u(both[:, :size]) + v(both[:, size:])


def _summed_products(d: torch.Tensor, read: torch.Tensor) -> torch.Tensor:
    """d^T read, in blocks of rows that stay in the processor's cache while they are transposed."""
    total = d.new_zeros(d.shape[1], read.shape[1])
    for some, others in zip(*(torch.split(each, _BLOCK) for each in (d, read)), strict=True):
        total += _times(others.t(), d.shape[1])(some.t())
    return total


def _beside(x: torch.Tensor, h: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """The inputs of level 0 at each step: x_t and h_(t-1), (T, B, D + H)."""
    return torch.cat((x, torch.cat((h[None], outputs[:-1]))), 2)


class NestedSteps(NamedTuple):
    """What a layer computes at each step.

    Attributes:
        gates: Each level's i, f, g, o, (T, B, 4 H).
        reads: What each inner level reads, [u v], (T, B, 2 H).
        series: The outputs h, then each level's memory, (T, B, H).
    """

    gates: list[torch.Tensor]
    reads: list[torch.Tensor]
    series: list[torch.Tensor]

    @property
    def returned(self) -> tuple[torch.Tensor, ...]:
        """The outputs, and the memories after the last step, (B, H)."""
        return self.series[0], *(values[-1].clone() for values in self.series[1:])


def nested_steps(depth: int, x: torch.Tensor, *rest: Any) -> NestedSteps:
    """Read whole sequences; the arguments are those of `NestedLayer`.

    A level's matrix may come as W_ih and W_hh: putting them together takes longer than a step.
    """
    h, c, w, b = rest[0], rest[1 : 1 + depth], rest[1 + depth : 1 + 2 * depth], rest[-depth:]
    (steps, batch, inputs), size = x.shape, h.shape[1]
    gates = [x.new_empty(steps, batch, 4 * size) for _ in w]
    reads = [x.new_empty(steps, batch, 2 * size) for _ in w[1:]]  # (u, v) of the levels 1, ...
    series = [x.new_empty(steps, batch, size) for _ in range(depth + 1)]  # h, c_0, c_1, ...
    w_ih, w_hh = w[0] if isinstance(w[0], tuple) else (w[0][:, :inputs], w[0][:, inputs:])
    gates[0] = linear(x, w_ih.contiguous(), b[0])
    times = [_times(w_hh, batch), *(_times_both(each, batch) for each in w[1:])]
    now, last = [h, *c], x.new_empty(batch, 2 * size)
    for step in range(steps):
        gates[0][step] += times[0](now[0])
        opened = []
        for level in range(depth):
            a = gates[level][step]
            uv = reads[level][step] if level + 1 < depth else last
            a[:, : 2 * size].sigmoid_()
            i, f, g, o = a.chunk(4, 1)
            opened.append(o.sigmoid_())
            torch.mul(i, g.tanh_() if level else g, out=uv[:, :size])
            torch.mul(f, now[1 + level], out=uv[:, size:])
            if level + 1 < depth:
                gates[level + 1][step] = times[level + 1](uv)
                if b[level + 1] is not None:
                    gates[level + 1][step] += b[level + 1]
        now = [values[step] for values in series]
        torch.add(last[:, :size], last[:, size:], out=now[depth])
        for level in reversed(range(depth)):
            torch.mul(opened[level], now[level + 1].tanh(), out=now[level])
    return NestedSteps(gates, reads, series)


class NestedLayer(torch.autograd.Function):
    """One layer over whole sequences, with one matrix product a level and step in each direction.

    The inputs' part of the gates and the weights' gradients are computed for all steps at once.
    Called with depth, x (T, B, D), h and depth memories c (B, H), then depth matrices w = [W_ih
    W_hh] and as many biases b = b_ih + b_hh (or None). Returns the outputs (T, B, H) and the
    memories after the last step.
    """

    @staticmethod
    def forward(ctx: Any, depth: int, x: torch.Tensor, *rest: Any) -> tuple[torch.Tensor, ...]:
        """Compute outputs and last memories, and keep what the backward pass needs."""
        steps = nested_steps(depth, x, *rest)
        ctx.depth = depth
        ctx.save_for_backward(x, *rest, *steps.gates, *steps.reads, *steps.series)
        return steps.returned

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """The gradients of all inputs, from those of the outputs and last memories."""
        depth, needed = ctx.depth, ctx.needs_input_grad[1:]
        given, saved = ctx.saved_tensors[: len(needed)], ctx.saved_tensors[len(needed) :]
        if torch.is_grad_enabled():  # a derivative of this gradient is wanted, too
            return None, *_plain_backward(given, needed, grads)
        x, h, *rest = given
        w, inputs = rest[depth : 2 * depth], x.shape[2]
        times = [_times(each.t(), len(h)) for each in (w[0][:, inputs:], *w[1:])]
        gates = [values.unflatten(2, (4, -1)) for values in saved[:depth]]  # (T, B, 4, H)
        reads, series = saved[depth : 2 * depth - 1], saved[2 * depth - 1 :]
        deltas = [torch.empty_like(values) for values in gates]  # gradients of the gates' sums
        d_output, *d_c = grads
        d_h = torch.zeros_like(h)
        for step in reversed(range(len(x))):
            before = [values[step - 1] for values in series[1:]] if step else rest[:depth]
            d_y = d_output[step] + d_h
            for level in range(depth):
                o, tanh = gates[level][step, :, 3], series[1 + level][step].tanh()
                _sigmoid_backward(d_y * tanh, o, grad_input=deltas[level][step, :, 3])
                d_y = d_c[level] + _tanh_backward(d_y * o, tanh)
            d_u = d_v = d_y
            for level in reversed(range(depth)):
                (i, f, g, _), delta = gates[level][step].unbind(1), deltas[level][step]
                _sigmoid_backward(d_u * g, i, grad_input=delta[:, 0])
                _sigmoid_backward(d_v * before[level], f, grad_input=delta[:, 1])
                d_c[level] = d_v * f
                if level:
                    _tanh_backward(d_u * i, g, grad_input=delta[:, 2])
                    d_u, d_v = times[level](delta.flatten(1)).chunk(2, 1)
                else:
                    torch.mul(d_u, i, out=delta[:, 2])
                    d_h = times[0](delta.flatten(1))
        flat = [values.flatten(2).flatten(0, 1) for values in deltas]  # (T B, 4H)
        d_x = (flat[0] @ w[0][:, :inputs]).view_as(x) if needed[0] else None
        d_w: list[torch.Tensor | None] = [None] * depth
        d_b: list[torch.Tensor | None] = [None] * depth
        for level in range(depth):
            if needed[2 + depth + level]:
                read = reads[level - 1] if level else _beside(x, h, series[0])
                d_w[level] = _summed_products(flat[level], read.flatten(0, 1))
            if needed[2 + 2 * depth + level]:
                d_b[level] = flat[level].sum(0)
        return None, d_x, d_h, *d_c, *d_w, *d_b
