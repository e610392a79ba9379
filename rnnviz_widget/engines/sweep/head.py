"""What comes after the recurrent layers, and works position by position."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.explained import Explained, KeptLogits, Readout, gradient_of
from rnnviz_widget.engines.module.flips import Flip
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.read_on import ReadText
from rnnviz_widget.engines.module.trace import Call, Trace


class PositionwiseHead:
    """The part of a network between its last recurrent layer and its logits.

    The gradient of a sum of one logit a position has every row's gradient at the last layer. If
    this part is more than a linear layer, autograd computes it.

    Args:
        network: The network.
        ids: The token ids, (T,).
        trace: Its forward pass on these ids, without a graph.
        last: The call of the last recurrent layer.
        flips: What was flipped meanwhile.
        read: What the recurrent layers made of the same text, if they need not read it again.

    Attributes:
        predictions: Gives logits without reading the text again.
        linear: Whether it is one linear layer.

    Raises:
        ValueError: If it reads other positions than each output's own.
    """

    def __init__(
        self,
        network: Network,
        ids: Tensor,
        trace: Trace,
        last: Call,
        *,
        flips: Sequence[Flip] = (),
        read: ReadText | None = None,
    ) -> None:
        self._lock, self._flipped = network.lock, last.flipped
        axis = 0 if trace.batch_first else 1
        self._made = last.made.select(axis, 0)
        self.linear = False
        if trace.head is not None:
            hidden, time = trace.head.read, 1 - axis
            turned = any(flip.gave(hidden, last.made, time) for flip in flips)
            self.linear = turned if last.flipped else hidden is last.made
        if trace.head is not None and self.linear:
            self.predictions = trace.head.logits_of(trace.head.hidden)
            return
        if not len(trace.logits):
            raise ValueError("what comes after the recurrent layers is more than a linear layer")
        self._leaf, self._graph = _graph_of(network, ids, last, read)
        self._check()
        self.predictions = KeptLogits(self._graph.detach())

    def gradients(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradient of each row's target at what the last layer made of s, (N, H)."""
        if self.linear:
            return self.predictions.gradients(rows, targets)
        found = self._made.new_empty(len(rows), self._leaf.shape[-1])
        left = list(range(len(rows)))
        while left:
            # One target for each output at a time: their gradients would add up.
            now = list({rows[n]: n for n in left}.values())
            some = [rows[n] for n in now]
            found[now] = self._gradient(some, [targets[n] for n in now])[some]
            left = [n for n in left if n not in set(now)]
        return found

    def _gradient(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradient of the sum of these targets, each at another output, (T, H)."""
        with self._lock, torch.enable_grad():
            output = self._graph[list(rows)]
            begin = Readout().gradients(output, targets)
            gradient = gradient_of(output, self._leaf, begin)
        gradient = gradient.view(len(self._made), -1)
        return gradient.flip(0) if self._flipped else gradient

    def _check(self) -> None:
        """Refuse a head whose outputs read other positions than their own."""
        length = len(self._made)
        if not self._graph.requires_grad:
            raise ValueError("what comes after the recurrent layers does not read what they made")
        for row in {length - 1, length // 2}:
            try:
                elsewhere = self._gradient([row], [0])
            except Exception as error:  # whatever a module's own backward pass raises
                raise ValueError(
                    f"what comes after the recurrent layers has no gradient ({error})"
                ) from error
            elsewhere[row] = 0
            if elsewhere.any():
                raise ValueError("what comes after the recurrent layers reads other positions too")


def _graph_of(
    network: Network, ids: Tensor, last: Call, read: ReadText | None
) -> tuple[Tensor, Tensor]:
    """Run the network again: the last recurrent layer's output as a leaf, and the logits."""
    leaves: list[Tensor] = []

    def cut(_: nn.Module, __: object, output: tuple[Tensor, object]) -> tuple[Tensor, object]:
        leaves.append(output[0].detach().requires_grad_())
        return (leaves[-1], output[1])

    with network.lock, torch.enable_grad():
        handle = last.module.register_forward_hook(cut)
        try:
            whole = read is None
            logits = network.logits(ids) if whole else network.trace(ids, before=read).logits
        finally:
            handle.remove()
    return leaves[-1], logits
