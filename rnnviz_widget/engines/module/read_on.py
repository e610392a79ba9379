"""Running a module on a changed text: its recurrent layers read from the first changed input on.

The module's own code runs on the whole text, so that whatever it makes of a text's length or ids is
found as ever. Only its recurrent layers, and the linear layer that makes the logits, are replaced
meanwhile: a recurrent layer that is called with the inputs of before, from the same initial states,
goes on from the state that it was in; the linear layer's logits are left out.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import LayerSteps, RecurrentCell, States

from .record_layers import linear_of, run_recorded
from .trace import Call, ReadOnCall, states_given


@dataclass(frozen=True, eq=False)
class ReadLayer:
    """A recurrent layer that has read a text.

    Attributes:
        call: Its call.
        cells: Its layers as cells, which know their states after each input.
    """

    call: Call
    cells: Sequence[RecurrentCell]

    @property
    def axis(self) -> int:
        """The axis of its inputs and outputs that is time."""
        return 1 if self.call.module.batch_first else 0

    def shared(self, read: Tensor, states: States | None) -> int:
        """How many of other inputs, read from these states, are its own first ones."""
        before = self.call.read
        if not _same_states(self.call.states(), states) or read.dtype != before.dtype:
            return 0
        if read.shape[1 - self.axis] != 1 or read.shape[2] != before.shape[2]:
            return 0
        most = min(each.shape[self.axis] for each in (read, before))
        one, other = (each.flatten(0, 1)[:most] for each in (before, read))
        differ = (one != other).any(dim=1).nonzero()
        return int(differ[0]) if len(differ) else most

    def stacked_states(self, inputs: int) -> States:
        """The states of all its layers after so many inputs, (layers, H) each."""
        each = zip(*([state[inputs] for state in cell.states] for cell in self.cells), strict=True)
        return tuple(map(torch.stack, each))

    def states_after(self, inputs: int) -> Any:
        """The same as its module takes them."""
        states = tuple(state[:, None] for state in self.stacked_states(inputs))
        return states if len(states) > 1 else states[0]


@dataclass(frozen=True, eq=False)
class ReadText:
    """What a network's layers have read of a text.

    Attributes:
        layers: The recurrent layers, each of which reads what the one before it made.
        head: The weight of the linear layer above them, whose outputs are the logits; None: there
            is more above them, which always reads the whole text.
    """

    layers: Sequence[ReadLayer]
    head: Tensor | None


class ReadOn:
    """One pass of a module on from a text that was read before.

    Attributes:
        calls: The calls of recurrent layers.
        without_logits: Whether the logits are left out: what stands for them are zeros.
    """

    def __init__(self, before: ReadText) -> None:
        self._left = deque(before.layers)
        self._modules = {id(each.call.module) for each in before.layers}
        self._head = before.head
        self._top: Tensor | None = None
        self.calls: list[ReadOnCall] = []
        self.without_logits = False

    @contextlib.contextmanager
    def within(self, module: nn.Module) -> Iterator[None]:
        """Replace the forward of these layers in here."""
        with contextlib.ExitStack() as stack:
            for layer in module.modules():
                if "forward" in vars(layer):
                    continue
                if id(layer) in self._modules:
                    run: Callable[..., Any] = partial(self._recurrent, layer, layer.forward)
                elif type(layer) is nn.Linear and layer.weight is self._head:
                    run = partial(self._linear, layer, layer.forward)
                else:
                    continue
                layer.forward = run
                stack.callback(delattr, layer, "forward")
            yield

    def _recurrent(
        self, layer: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        known = self._left.popleft() if self._left else None
        kept = 0
        if known is not None and known.call.module is layer:
            others = tuple(each for each in (*args[1:], *kwargs.values()) if each is not None)
            kept = known.shared(args[0], states_given(others))
        length = args[0].shape[known.axis] if known is not None else 0
        # The last input is read again if none is new: cells of no inputs could not be joined.
        begin = min(kept, length - 1) if kept else 0
        layers: Sequence[LayerSteps] = ()
        if known is None or not begin:
            output, layers = run_recorded(layer, lambda: forward(*args, **kwargs))
        elif kept == length and torch.is_grad_enabled():
            # No cells are made of a pass with a graph, so that nothing need be read again.
            output = known.call.made.narrow(known.axis, 0, kept), known.states_after(kept)
        else:
            axis, before = known.axis, known.states_after(begin)
            again = args[0].narrow(axis, begin, length - begin)
            (later, after), layers = run_recorded(layer, lambda: forward(again, before))
            later = later.narrow(axis, kept - begin, length - kept)
            output = torch.cat([known.call.made.narrow(axis, 0, kept), later], dim=axis), after
        self._top = output[0]
        self.calls.append(ReadOnCall(kept, begin, layers))
        return output

    def _linear(
        self, layer: nn.Linear, forward: Callable[[Tensor], Tensor], read: Tensor
    ) -> Tensor:
        if read is not self._top:
            return forward(read)
        if any(not call.kept for call in self.calls):
            # Rounded as where nothing was read before.
            return linear_of(layer, forward, read)
        self.without_logits = True
        return read.new_zeros(()).expand(*read.shape[:-1], layer.out_features)


def _same_states(one: States | None, other: States | None) -> bool:
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and all(map(torch.equal, one, other))
