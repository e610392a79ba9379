"""The nested LSTM: an LSTM whose memory is an LSTM, too."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from .nested_layer import NestedLayer

Weights = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]


class NestedLSTM(nn.Module):
    """A nested LSTM with the interface of `torch.nn.LSTM`.

    One step of a layer, for its levels n = 0 (outermost) to depth - 1, with ``*`` elementwise::

        [i f g o] = u_n W_ih^T + b_ih + v_n W_hh^T + b_hh     u_0 = x_t, v_0 = h_(t-1)
        i, f, o = sigmoid(i, f, o);  g = tanh(g), except for n = 0, where g stays linear
        u_(n+1) = i * g,  v_(n+1) = f * c_n
        c_n     = y_(n+1);  at the innermost level f * c_n + i * g
        y_n     = o * tanh(c_n)                               h_t = y_0

    So the memory of a level is the output of the next level instead of a sum. Depth 1 is an LSTM
    whose cell input has no tanh.

    Source: Moniz and Krueger, "Nested LSTMs", ACML 2017 (arXiv:1801.10308), as used with depth 2 by
    Madsen, "Visualizing memorization in RNNs", Distill 2019.

    Args:
        input_size: The size of an input, D.
        hidden_size: The size of the hidden state and of each memory, H.
        num_layers: The number of layers, each of which reads the outputs of the one below.
        bias: Whether there are b_ih and b_hh.
        batch_first: Whether inputs and outputs are (B, T, .) instead of (T, B, .). The state is
            the same for both.
        dropout: In training, the probability that an output of any layer but the last is zeroed.
        depth: The number of levels of each layer.
        device: The device of the parameters.
        dtype: The dtype of the parameters.

    Attributes:
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0: Level 0 of layer 0, (4H, D), (4H, H),
            (4H) and (4H), with the gates in the order i, f, g, o; layer k likewise, with D = H.
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
        """Draw all parameters uniformly from -1/sqrt(H) to 1/sqrt(H), as torch's LSTM does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        """The constructor's arguments that differ from their defaults, for `repr`."""
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
        """The parameters W_ih, W_hh, b_ih and b_hh of a level.

        None in place of biases if there are none.

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
        """Read sequences.

        Args:
            input: (T, B, D), or (B, T, D) with `batch_first`, or (T, D) for one sequence.
            state: The state that an earlier call returned, to continue from: (h, c_0, ...,
                c_(depth-1)), each (num_layers, B, H), or (num_layers, H) for one sequence.
                None is all zeros.

        Returns:
            The last layer's h at each step, laid out like the input, with H in place of D; and the
            state after the last step.

        Raises:
            TypeError: If input is not a tensor.
            ValueError: If input or state has another shape, dtype or device than described above.
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
        """The outputs (T, B, H) of one layer, and its memories (B, H) after the last step."""
        matrices, biases = [], []
        for level in range(self.depth):
            w_ih, w_hh, b_ih, b_hh = self.weights(layer, level)
            matrices.append(torch.cat((w_ih, w_hh), 1))
            biases.append(None if b_ih is None or b_hh is None else b_ih + b_hh)
        outputs = NestedLayer.apply(self.depth, x, *state, *matrices, *biases)  # type: ignore[no-untyped-call]
        return cast(tuple[torch.Tensor, ...], outputs)

    def _check_input(self, x: torch.Tensor) -> None:
        if not isinstance(x, torch.Tensor):
            raise TypeError(
                f"input must be a tensor, got {type(x).__name__}; a packed sequence can't be read: "
                f"pad it, and use the outputs of each sequence's own steps"
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
                f"move that axis last"
            )
        axis = 1 if x.dim() == 3 and self.batch_first else 0
        if not x.shape[axis]:
            raise ValueError(f"input must have at least one step; got the shape {tuple(x.shape)}")
        weight = self.weights(0, 0)[0]
        if (x.dtype, x.device) != (weight.dtype, weight.device):
            raise ValueError(
                f"input must have the parameters' dtype and device, {weight.dtype} on "
                f"{weight.device}; got {x.dtype} on {x.device}. Use input.to(...) or module.to(...)"
            )

    def _check_state(self, state: Sequence[torch.Tensor], x: torch.Tensor, batch: int) -> None:
        names = ["h", *(f"c_{level}" for level in range(self.depth))]
        if not isinstance(state, (tuple, list)) or len(state) != len(names):
            what = type(state).__name__
            came = f"{len(state)} parts" if isinstance(state, (tuple, list)) else f"a {what}"
            raise ValueError(
                f"state must be the {len(names)} tensors ({', '.join(names)}) of depth "
                f"{self.depth}; got {came}. Pass what a call returned, or None for zeros"
            )
        middle = (batch,) if x.dim() == 3 else ()
        shape = (self.num_layers, *middle, self.hidden_size)
        layout = "(num_layers, B, H)" if x.dim() == 3 else "(num_layers, H)"
        for name, part in zip(names, state, strict=True):
            if tuple(part.shape) != shape:
                raise ValueError(
                    f"state's {name} must be {layout} = {shape} for this input; got the shape "
                    f"{tuple(part.shape)}. Pass what a call returned, or None for zeros"
                )
            if (part.dtype, part.device) != (x.dtype, x.device):
                raise ValueError(
                    f"state's {name} must have the input's dtype and device, {x.dtype} on "
                    f"{x.device}; got {part.dtype} on {part.device}. Use .to(...) on it"
                )


def _names(layer: int, level: int) -> list[str]:
    end = f"_l{layer}" + (f"_n{level}" if level else "")
    return [part + end for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
