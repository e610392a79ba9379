"""The nested LSTM: a long short-term memory whose memory is one, too."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

Weights = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]
Biases = Sequence[torch.Tensor | None]

_MANY = 8  # rows of a matrix, from which on laying it out anew for a faster product pays
_BLOCK = 512  # rows that are multiplied at once for the gradient of a matrix
_sigmoid_backward = torch.ops.aten.sigmoid_backward  # (d, y) -> d * y * (1 - y)
_tanh_backward = torch.ops.aten.tanh_backward  # (d, y) -> d * (1 - y * y)


class NestedLSTM(nn.Module):
    """A nested LSTM, called and answering as `torch.nn.LSTM`.

    One layer, at a step, for its levels n = 0 (outermost) to depth - 1, ``*`` elementwise::

        [i f g o] = u_n W_ih^T + b_ih + v_n W_hh^T + b_hh     u_0 = x_t, v_0 = h_(t-1)
        i, f, o = sigmoid(i, f, o);  g = tanh(g), but for n = 0, where g stays as it is
        u_(n+1) = i * g,  v_(n+1) = f * c_n
        c_n     = y_(n+1);  of the innermost level f * c_n + i * g
        y_n     = o * tanh(c_n)                               h_t = y_0

    So a level's memory is not added up but is the next level's output. Depth 1 is an LSTM whose
    cell input goes without a tanh.

    Source: Moniz and Krueger, "Nested LSTMs", ACML 2017 (arXiv:1801.10308), as used by Madsen,
    "Visualizing memorization in RNNs", Distill 2019: there depth is 2.

    Args:
        input_size: Size of an input, D.
        hidden_size: Size of the hidden state and of each memory, H.
        num_layers: Layers, each of which reads the outputs of the one below.
        bias: Whether there are b_ih and b_hh.
        batch_first: Whether inputs and outputs are (B, T, .) instead of (T, B, .). The state is
            the same for both.
        dropout: In training, the probability that an output of a layer but the last is zeroed.
        depth: Levels of each layer.
        device: Where the parameters are made.
        dtype: Of the parameters.

    Attributes:
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0: Level 0 of layer 0, (4H, D), (4H, H),
            (4H) and (4H) with the gates in the order i, f, g, o; layer k likewise, with D = H.
        weight_ih_l0_n1, ...: Level 1 of layer 0, (4H, H), (4H, H), (4H) and (4H).

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below one, or dropout not between 0 and 1.

    Example:
        >>> cell = NestedLSTM(32, 320, depth=2)
        >>> output, (h, c_0, c_1) = cell(torch.zeros(96, 64, 32))
        >>> output.shape, c_1.shape
        (torch.Size([96, 64, 320]), torch.Size([1, 64, 320]))
    """

    def __init__(  # noqa: PLR0917 (torch's order)
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        depth: int = 2,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes = {
            "input_size": input_size,
            "hidden_size": hidden_size,
            "num_layers": num_layers,
            "depth": depth,
        }
        for name, size in sizes.items():
            if isinstance(size, bool) or not isinstance(size, int):
                raise TypeError(f"{name} must be an integer, got {type(size).__name__}")
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout must lie between 0 and 1, got {dropout}")
        if dropout and num_layers == 1:
            warnings.warn(
                f"dropout={dropout} has no effect on one layer: it acts between layers",
                stacklevel=2,
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.depth = bias, batch_first, dropout, depth
        gates = 4 * hidden_size
        for layer in range(num_layers):
            for level in range(depth):
                size = input_size if (layer, level) == (0, 0) else hidden_size
                shapes = [(gates, size), (gates, hidden_size), (gates,), (gates,)]
                for name, shape in zip(_names(layer, level), shapes, strict=True):
                    if bias or len(shape) == 2:
                        value = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                        self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws all parameters evenly from -1/sqrt(H) to 1/sqrt(H), as torch's LSTM does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        """What was given to the constructor, where it differs from the default."""
        parts = [f"{self.input_size}, {self.hidden_size}"]
        if self.num_layers != 1:
            parts.append(f"num_layers={self.num_layers}")
        if not self.bias:
            parts.append("bias=False")
        if self.batch_first:
            parts.append("batch_first=True")
        if self.dropout:
            parts.append(f"dropout={self.dropout}")
        return ", ".join([*parts, f"depth={self.depth}"])

    def weights(self, layer: int, level: int) -> Weights:
        """The parameters W_ih, W_hh, b_ih and b_hh of a level; None for biases there are not.

        Raises:
            IndexError: If there is no such layer or level.
        """
        if not (0 <= layer < self.num_layers and 0 <= level < self.depth):
            raise IndexError(
                f"there is no level {level} in a layer {layer}: expected layer 0 to "
                f"{self.num_layers - 1} and level 0 to {self.depth - 1}"
            )
        w_ih, w_hh, b_ih, b_hh = _names(layer, level)
        if not self.bias:
            return getattr(self, w_ih), getattr(self, w_hh), None, None
        return getattr(self, w_ih), getattr(self, w_hh), getattr(self, b_ih), getattr(self, b_hh)

    def forward(
        self,
        input: torch.Tensor,  # noqa: A002 (torch's name)
        state: Sequence[torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """Reads sequences.

        Args:
            input: (T, B, D), or (B, T, D) with `batch_first`, or (T, D) for one sequence.
            state: What an earlier call returned, to read on from there: (h, c_0, ...,
                c_(depth-1)), each (num_layers, B, H), or (num_layers, H) for one sequence.
                None is all zeros.

        Returns:
            The last layer's h at each step, laid out as the input, with H in place of D; and the
            state after the last step.

        Raises:
            TypeError: If input is not a tensor.
            ValueError: If input or state is not of the shape, type or device said above.
        """
        self._check_input(input)
        batched = input.dim() == 3
        if not batched:
            x = input.unsqueeze(1)
        else:
            x = input.transpose(0, 1) if self.batch_first else input
        if state is None:
            zeros = x.new_zeros(self.num_layers, x.shape[1], self.hidden_size)
            state = (zeros,) * (self.depth + 1)
        else:
            self._check_state(state, input, x.shape[1])
            state = state if batched else [part.unsqueeze(1) for part in state]
        after: list[list[torch.Tensor]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = functional.dropout(x, self.dropout, self.training)
            x, *memories = self._layer(layer, x, [part[layer] for part in state])
            after.append([x[-1], *memories])
        stacked = tuple(torch.stack(parts) for parts in zip(*after, strict=True))
        if not batched:
            return x.squeeze(1), tuple(part.squeeze(1) for part in stacked)
        return x.transpose(0, 1) if self.batch_first else x, stacked

    def _layer(
        self, layer: int, x: torch.Tensor, state: list[torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        """Outputs (T, B, H) of one layer, and its memories (B, H) after the last step."""
        matrices, biases = [], []
        for level in range(self.depth):
            w_ih, w_hh, b_ih, b_hh = self.weights(layer, level)
            matrices.append(torch.cat((w_ih, w_hh), 1))
            biases.append(None if b_ih is None or b_hh is None else b_ih + b_hh)
        outputs = _Layer.apply(self.depth, x, *state, *matrices, *biases)  # type: ignore[no-untyped-call]
        return cast(tuple[torch.Tensor, ...], outputs)

    def _check_input(self, x: torch.Tensor) -> None:
        if not isinstance(x, torch.Tensor):
            raise TypeError(
                f"input must be a tensor, got {type(x).__name__}; a packed sequence can't be read: "
                f"pad it, and read each sequence's own outputs"
            )
        layout = "(B, T, D)" if self.batch_first else "(T, B, D)"
        if x.dim() not in (2, 3):
            raise ValueError(
                f"input must be {layout}, or (T, D) for one sequence, with D = input_size = "
                f"{self.input_size}; got the shape {tuple(x.shape)}"
            )
        if x.shape[-1] != self.input_size:
            raise ValueError(
                f"input must have input_size = {self.input_size} numbers a step, on its last axis; "
                f"got the shape {tuple(x.shape)}. Make the layer with input_size={x.shape[-1]}, or "
                f"bring that axis last"
            )
        axis = 1 if x.dim() == 3 and self.batch_first else 0
        if not x.shape[axis]:
            raise ValueError(f"input must have at least one step; got the shape {tuple(x.shape)}")
        weight = self.weights(0, 0)[0]
        if (x.dtype, x.device) != (weight.dtype, weight.device):
            raise ValueError(
                f"input must be of the parameters' type and device, {weight.dtype} on "
                f"{weight.device}; got {x.dtype} on {x.device}. Use input.to(...) or the module's"
            )

    def _check_state(self, state: Sequence[torch.Tensor], x: torch.Tensor, batch: int) -> None:
        names = ["h", *(f"c_{level}" for level in range(self.depth))]
        if not isinstance(state, (tuple, list)) or len(state) != len(names):
            what = type(state).__name__
            came = f"{len(state)} parts" if isinstance(state, (tuple, list)) else f"a {what}"
            raise ValueError(
                f"state must be the {len(names)} tensors ({', '.join(names)}) of depth "
                f"{self.depth}; got {came}. Give what a call returned, or None for zeros"
            )
        middle = (batch,) if x.dim() == 3 else ()
        shape = (self.num_layers, *middle, self.hidden_size)
        layout = "(num_layers, B, H)" if x.dim() == 3 else "(num_layers, H)"
        for name, part in zip(names, state, strict=True):
            if tuple(part.shape) != shape:
                raise ValueError(
                    f"state's {name} must be {layout} = {shape} for this input; got the shape "
                    f"{tuple(part.shape)}. Give what a call returned, or None for zeros"
                )
            if (part.dtype, part.device) != (x.dtype, x.device):
                raise ValueError(
                    f"state's {name} must be of the input's type and device, {x.dtype} on "
                    f"{x.device}; got {part.dtype} on {part.device}. Use .to(...) on it"
                )


def _names(layer: int, level: int) -> list[str]:
    end = f"_l{layer}" + (f"_n{level}" if level else "")
    return [part + end for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def _plain(
    x: torch.Tensor,
    h: torch.Tensor,
    c: Sequence[torch.Tensor],
    w: Sequence[torch.Tensor],
    b: Biases,
) -> tuple[torch.Tensor, ...]:
    """What `_Layer` computes, in operations that autograd knows: for derivatives of gradients."""

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
    """The gradients that `_Layer.backward` returns, as functions of its inputs and of `grads`."""
    # New views, so that nothing is counted twice where one input was computed from another.
    views = [value if value is None else value.view_as(value) for value in given]
    x, h, *rest = cast("list[torch.Tensor]", views)
    depth = len(rest) // 3
    outputs = _plain(x, h, rest[:depth], rest[depth : 2 * depth], rest[2 * depth :])
    wanted = [value for value, need in zip((x, h, *rest), needed, strict=True) if need]
    found = iter(torch.autograd.grad(outputs, wanted, grads, create_graph=True))
    return [next(found) if need else None for need in needed]


def _times(w: torch.Tensor, rows: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """The function x -> x w^T of matrices x with so many rows.

    Many rows in single precision go to oneDNN: the library behind `@` may take twice as long.
    """
    onednn: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if onednn and rows >= _MANY and w.dtype == torch.float32 and w.device.type == "cpu":
        packed = w.contiguous().to_mkldnn()
        return lambda x: functional.linear(x.contiguous().to_mkldnn(), packed).to_dense()
    return lambda x: x @ w.t()


def _summed_products(d: torch.Tensor, read: torch.Tensor) -> torch.Tensor:
    """d^T read, in blocks of rows that stay in a CPU's cache while they are turned."""
    total = d.new_zeros(d.shape[1], read.shape[1])
    for some, others in zip(*(torch.split(each, _BLOCK) for each in (d, read)), strict=True):
        total += _times(others.t(), d.shape[1])(some.t())
    return total


def _beside(x: torch.Tensor, h: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """What level 0 reads at each step: x_t and h_(t-1), (T, B, D + H)."""
    return torch.cat((x, torch.cat((h[None], outputs[:-1]))), 2)


class _Layer(torch.autograd.Function):
    """One layer over whole sequences: a multiplication a level and step, forwards and backwards.

    The inputs' share of the gates, and the weights' gradients, are multiplied for all steps at
    once. Called with depth, x (T, B, D), h and depth memories c (B, H), then depth
    matrices w = [W_ih W_hh] and as many biases b = b_ih + b_hh (or None). Returns the outputs
    (T, B, H) and the memories after the last step.
    """

    @staticmethod
    def forward(ctx: Any, depth: int, x: torch.Tensor, *rest: Any) -> tuple[torch.Tensor, ...]:
        h, c, w, b = rest[0], rest[1 : 1 + depth], rest[1 + depth : 1 + 2 * depth], rest[-depth:]
        (steps, batch, inputs), size = x.shape, h.shape[1]
        gates = [x.new_empty(steps, batch, 4 * size) for _ in w]
        reads = [x.new_empty(steps, batch, 2 * size) for _ in w[1:]]  # (u, v) of the levels 1, ...
        series = [x.new_empty(steps, batch, size) for _ in range(depth + 1)]  # h, c_0, c_1, ...
        torch.matmul(x, w[0][:, :inputs].t(), out=gates[0])
        if b[0] is not None:
            gates[0] += b[0]
        times = [_times(each, batch) for each in (w[0][:, inputs:], *w[1:])]
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
        ctx.depth = depth
        ctx.save_for_backward(x, *rest, *gates, *reads, *series)
        return series[0], *(values[-1].clone() for values in series[1:])

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
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
