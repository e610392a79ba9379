"""The minimal GRU, whose gates read the input alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.nn import functional

from rnnviz_widget.engines.sweep.products import linear

from .recurrent_module import RecurrentModule


def min_gru_gates(sums: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the state is multiplied by, and what is added to it.

    Args:
        sums: W_z x + b_z and W_h x + b_h, (..., 2, H).

    Returns:
        1 - z, and z times the candidate, (..., H) each.
    """
    z, candidate = sums.unbind(-2)
    return (-z).sigmoid(), z.sigmoid() * candidate


class MinGRU(RecurrentModule):
    """A minimal gated recurrent unit with the interface of `torch.nn.GRU`.

    One step of a layer, with ``*`` elementwise::

        z_t  = sigmoid(W_z x_t + b_z)
        c_t  = W_h x_t + b_h                                the candidate, h~ in the paper
        h_t  = (1 - z_t) * h_(t-1) + z_t * c_t

    Neither z nor c depends on h: the layer is linear in its state, and each unit keeps a part of
    its own state only. The inputs of all steps are multiplied at once. The steps then follow one
    another, which on a CPU takes less time than a parallel scan, and no rounding errors are added
    by products or logarithms of many gates.

    This is the variant of the paper's main text, whose candidate is linear. The variant that its
    appendix trains in logarithms has a positive candidate, g(W_h x_t + b_h), and is not this one.

    Source: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs all we needed?", 2024
    (arXiv:2410.01201), section 3.1.

    Args:
        input_size: The size of an input, D.
        hidden_size: The size of the hidden state, H.
        num_layers: The number of layers, each of which reads the outputs of the one below.
        bias: Whether there are b_z and b_h.
        batch_first: Whether inputs and outputs are (B, T, .) instead of (T, B, .). The state is
            the same for both.
        dropout: In training, the probability that an output of any layer but the last is zeroed.
        device: The device of the parameters.
        dtype: The dtype of the parameters.

    Attributes:
        weight_ih_l0, bias_ih_l0: [W_z; W_h] and [b_z; b_h] of layer 0, (2H, D) and (2H); layer k
            likewise, with D = H.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below one, or dropout not between 0 and 1.

    Example:
        >>> cell = MinGRU(32, 320, 2)
        >>> output, h = cell(torch.zeros(96, 64, 32))
        >>> output.shape, h.shape
        (torch.Size([96, 64, 320]), torch.Size([2, 64, 320]))
    """

    def __init__(  # noqa: PLR0917 (torch's order)
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
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
            gates=(2, 0),
            device=device,
            dtype=dtype,
        )

    def forward(
        self,
        input: torch.Tensor,  # noqa: A002 (torch's name)
        state: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Read sequences.

        Args:
            input: (T, B, D), or (B, T, D) with `batch_first`, or (T, D) for one sequence.
            state: The state that an earlier call returned, to continue from: h, (num_layers, B, H),
                or (num_layers, H) for one sequence. None is all zeros.

        Returns:
            The last layer's h at each step, laid out like the input, with H in place of D; and each
            layer's h after the last step.

        Raises:
            TypeError: If input, or state, is not a tensor.
            ValueError: If input or state has another shape, dtype or device than described above.
        """
        if state is not None and not isinstance(state, torch.Tensor):
            raise TypeError(
                f"state must be a tensor h, got a {type(state).__name__}. Pass what a call "
                f"returned, or None for zeros"
            )
        output, (h,) = self.read(input, None if state is None else (state,))
        return output, h

    def run_layer(
        self, layer: int, x: torch.Tensor, states: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        """See `RecurrentModule.run_layer`."""
        return self._run_with(functional.linear, layer, x, *states)

    def layer_steps(
        self, layer: int, x: torch.Tensor, states: Sequence[torch.Tensor]
    ) -> tuple[Sequence[torch.Tensor], Sequence[torch.Tensor]]:
        """See `RecurrentModule.layer_steps`."""
        return self._run_with(linear, layer, x, *states), ()

    def _run_with(
        self,
        multiply: Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor],
        layer: int,
        x: torch.Tensor,
        h: torch.Tensor,
    ) -> tuple[torch.Tensor]:
        bias = getattr(self, f"bias_ih_l{layer}") if self.bias else None
        sums = multiply(x, getattr(self, f"weight_ih_l{layer}"), bias)
        outputs = []
        for keep, new in zip(*min_gru_gates(sums.view(*x.shape[:-1], 2, -1)), strict=True):
            h = torch.addcmul(new, keep, h)
            outputs.append(h)
        return (torch.stack(outputs),)
