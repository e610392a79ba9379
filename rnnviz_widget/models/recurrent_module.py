"""What the recurrent modules of this package share: the interface of torch's own."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from rnnviz_widget.engines.sweep.cells import parameter_names


class RecurrentModule(nn.Module):
    """Recurrent layers, each of which reads the outputs of the one below.

    A subclass has a `forward` of its own, which calls `read`, and runs one layer in `run_layer`.

    Args:
        input_size: The size of an input, D.
        hidden_size: The size of each state, H.
        num_layers: The number of layers.
        bias: Whether there are biases.
        batch_first: Whether inputs and outputs are (B, T, .) instead of (T, B, .).
        dropout: In training, the probability that an output of any layer but the last is zeroed.
        gates: How many gates read a level's input, and how many its state.
        memories: How many states c_0, c_1, ... each layer has beside h.
        depth: How many levels each layer has.
        device: The device of the parameters.
        dtype: The dtype of the parameters.

    Attributes:
        state_names: What the states of a layer are called: "h", "c_0", ...

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below one, or dropout not between 0 and 1.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        *,
        bias: bool,
        batch_first: bool,
        dropout: float,
        gates: tuple[int, int],
        memories: int = 0,
        depth: int = 1,
        device: torch.device | str | None,
        dtype: torch.dtype | None,
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
                stacklevel=3,
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.state_names = ("h", *(f"c_{number}" for number in range(memories)))
        at_input, at_state = (count * hidden_size for count in gates)
        for layer in range(num_layers):
            for level in range(depth):
                size = input_size if (layer, level) == (0, 0) else hidden_size
                shapes = [(at_input, size), (at_state, hidden_size), (at_input,), (at_state,)]
                for name, shape in zip(parameter_names(layer, level), shapes, strict=True):
                    if shape[0] and (bias or len(shape) == 2):
                        value = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                        self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters uniformly from -1/sqrt(H) to 1/sqrt(H), as torch's layers do."""
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
        return ", ".join(parts)

    def run_layer(
        self, layer: int, x: torch.Tensor, states: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        """Run one layer.

        Args:
            layer: Which.
            x: What it reads, (T, B, D).
            states: The states that it starts from, (B, H) each.

        Returns:
            Its outputs (T, B, H), and its states but h after the last step, (B, H) each.
        """
        raise NotImplementedError

    def layer_steps(
        self, layer: int, x: torch.Tensor, states: Sequence[torch.Tensor]
    ) -> tuple[Sequence[torch.Tensor], Sequence[torch.Tensor]]:
        """Run one layer without gradients.

        Args:
            layer: Which.
            x: What it reads, (T, B, D).
            states: The states that it starts from, (B, H) each.

        Returns:
            What `run_layer` returns; and what else of each step `engines.sweep.cells` need not work
            out again, (T, B, ..) each.
        """
        return type(self).run_layer(self, layer, x, states), ()

    def read(
        self, x: torch.Tensor, states: Sequence[torch.Tensor] | None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """Read sequences with all layers.

        Args:
            x: (T, B, D), or (B, T, D) with `batch_first`, or (T, D) for one sequence.
            states: Each (num_layers, B, H), or (num_layers, H) for one sequence; None for zeros.

        Returns:
            The last layer's h at each step, laid out like the input, with H in place of D; and the
            states after the last step.

        Raises:
            TypeError: If x is not a tensor.
            ValueError: If x or a state has another shape, dtype or device than described above.
        """
        self._check_input(x)
        single, swapped = x.dim() == 2, x.dim() == 3 and self.batch_first
        steps = x.unsqueeze(1) if single else x.transpose(0, 1) if swapped else x
        if states is None:
            zeros = steps.new_zeros(self.num_layers, steps.shape[1], self.hidden_size)
            states = (zeros,) * len(self.state_names)
        else:
            self._check_states(states, x, steps.shape[1])
            states = [part.unsqueeze(1) for part in states] if single else states
        after: list[list[torch.Tensor]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                steps = functional.dropout(steps, self.dropout, self.training)
            steps, *others = self.run_layer(layer, steps, [part[layer] for part in states])
            after.append([steps[-1], *others])
        last = tuple(torch.stack(parts) for parts in zip(*after, strict=True))
        if single:
            return steps.squeeze(1), tuple(part.squeeze(1) for part in last)
        return steps.transpose(0, 1) if swapped else steps, last

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
        weight = next(self.parameters())
        if (x.dtype, x.device) != (weight.dtype, weight.device):
            raise ValueError(
                f"input must have the parameters' dtype and device, {weight.dtype} on "
                f"{weight.device}; got {x.dtype} on {x.device}. Use input.to(...) or module.to(...)"
            )

    def _check_states(self, states: Sequence[torch.Tensor], x: torch.Tensor, batch: int) -> None:
        middle = (batch,) if x.dim() == 3 else ()
        shape = (self.num_layers, *middle, self.hidden_size)
        layout = "(num_layers, B, H)" if x.dim() == 3 else "(num_layers, H)"
        for name, part in zip(self.state_names, states, strict=True):
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
