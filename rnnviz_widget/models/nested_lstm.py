"""The nested LSTM: an LSTM whose memory is an LSTM, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch

from rnnviz_widget.engines.sweep.cells import parameter_names

from .nested_layer import NestedLayer, nested_steps
from .recurrent_module import RecurrentModule

Weights = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]


class NestedLSTM(RecurrentModule):
    """A nested LSTM, with the interface of `torch.nn.LSTM`.

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
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            gates=(4, 4),
            memories=depth,
            depth=depth,
            device=device,
            dtype=dtype,
        )
        self.depth = depth

    def extra_repr(self) -> str:
        """The constructor's arguments that differ from their defaults, and the depth."""
        return f"{super().extra_repr()}, depth={self.depth}"

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
        w_ih, w_hh, b_ih, b_hh = parameter_names(layer, level)
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
        names = self.state_names
        if state is not None and (not isinstance(state, (tuple, list)) or len(state) != len(names)):
            what = type(state).__name__
            came = f"{len(state)} parts" if isinstance(state, (tuple, list)) else f"a {what}"
            raise ValueError(
                f"state must be the {len(names)} tensors ({', '.join(names)}) of depth "
                f"{self.depth}; got {came}. Pass what a call returned, or None for zeros"
            )
        return self.read(input, state)

    def run_layer(
        self, layer: int, x: torch.Tensor, states: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        """See `RecurrentModule.run_layer`."""
        pairs, biases = self._matrices_and_biases(layer)
        given = *states, *(torch.cat(pair, 1) for pair in pairs), *biases
        outputs = NestedLayer.apply(self.depth, x, *given)  # type: ignore[no-untyped-call]
        return cast(tuple[torch.Tensor, ...], outputs)

    def layer_steps(
        self, layer: int, x: torch.Tensor, states: Sequence[torch.Tensor]
    ) -> tuple[Sequence[torch.Tensor], Sequence[torch.Tensor]]:
        """See `RecurrentModule.layer_steps`: each level's gates, then each level's memory."""
        pairs, biases = self._matrices_and_biases(layer)
        steps = nested_steps(self.depth, x, *states, *pairs, *biases)
        gates = [each.view(*each.shape[:2], 4, self.hidden_size) for each in steps.gates]
        return steps.returned, (*gates, *steps.series[1:])

    def _matrices_and_biases(
        self, layer: int
    ) -> tuple[list[tuple[torch.Tensor, torch.Tensor]], list[torch.Tensor | None]]:
        """The matrices W_ih and W_hh of each level, and the biases b_ih + b_hh."""
        matrices: list[tuple[torch.Tensor, torch.Tensor]] = []
        biases: list[torch.Tensor | None] = []
        for level in range(self.depth):
            w_ih, w_hh, b_ih, b_hh = self.weights(layer, level)
            matrices.append((w_ih, w_hh))
            biases.append(None if b_ih is None or b_hh is None else b_ih + b_hh)
        return matrices, biases
