"""The states and gates of recurrent layers that have read a text, by the layers' own cells."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from rnnviz_widget.engines.module.trace import states_given
from rnnviz_widget.engines.rounding import apart
from rnnviz_widget.engines.sweep.cells import RecurrentCell, cells_of, is_bidirectional, values_of
from rnnviz_widget.scene.states import REVERSE, StatePlace

from .module_calls import WatchedCall


class LayerStates:
    """One direction of one recurrent layer that has read a text.

    Args:
        module: The module's name.
        layer: The layer's number in it.
        cell: The layer's cell.
        inputs: What it read, in its own order of reading, (T, D).
        backward: Whether that is from right to left.
    """

    def __init__(
        self, module: str, layer: int, cell: RecurrentCell, inputs: Tensor, *, backward: bool
    ) -> None:
        self.module, self.layer, self.cell, self.inputs = module, layer, cell, inputs
        self.backward = backward

    @property
    def places(self) -> list[StatePlace]:
        """What there is of it: its states, then its gates, in the order in which they come."""
        end = REVERSE if self.backward else ""
        named = {name: state.shape[1] for name, state in self._states.items()}
        named |= dict.fromkeys(self.gates, self.cell.units)
        return [StatePlace(self.module, self.layer, name + end, n) for name, n in named.items()]

    def values(self, kind: str) -> Tensor:
        """The units of a kind after each token of the text, or at it, (T, H)."""
        name = kind.removesuffix(REVERSE)
        found = self._states[name] if name in self._states else self.gates[name]
        return found.flip(0) if self.backward else found

    @property
    def _states(self) -> dict[str, Tensor]:
        pairs = zip(self.cell.state_names, self.cell.states, strict=True)
        return {name: state[1:] for name, state in pairs}

    @cached_property
    def gates(self) -> dict[str, Tensor]:
        """The gates at each step in the order of reading, by name, (T, H) each."""
        return {name: each for name, each in self._steps.items() if name not in self._states}

    @cached_property
    def _steps(self) -> dict[str, Tensor]:
        """All that a step forward computes from the state before it, at each step, by name."""
        with torch.no_grad():
            before = tuple(state[:-1] for state in self.cell.states)
            return values_of(self.cell, self.inputs, before)

    def check(self, rounding: float) -> None:
        """Refuse a layer whose states its equations do not give.

        Args:
            rounding: How far apart they may be, as a share of the largest.

        Raises:
            ValueError: If they differ.
        """
        for name, state in self._states.items():
            if not apart(self._steps[name], state) <= rounding * float(state.abs().max()):
                raise ValueError(
                    f"{self.module or 'the module'!r} does not return what its equations give: it "
                    "may have hooks, or weights that are computed anew"
                )


def layers_of(call: WatchedCall) -> Iterator[LayerStates]:
    """The layers of a recurrent module that has read a text, the lowest first.

    What is in half precision is computed in single precision.

    Raises:
        ValueError: If it was called in another way than torch's own layers are.
    """
    module: Any = call.module
    states = states_given(call.others)
    inputs, made = call.read, call.made
    if inputs.dtype in (torch.float16, torch.bfloat16):
        module = copy.deepcopy(module).float()
        inputs, made = inputs.float(), made.float()
        states = None if states is None else tuple(state.float() for state in states)
    with torch.no_grad():
        cells = cells_of(module, inputs, made, states)
    ways = 2 if is_bidirectional(module) else 1
    for layer in range(module.num_layers):
        outputs = []
        for way, cell in enumerate(cells[layer * ways : (layer + 1) * ways]):
            backward = way == 1
            read = inputs.flip(0) if backward else inputs
            found = LayerStates(call.name, layer, cell, read, backward=backward)
            outputs.append(found.values("hidden"))
            yield found
        inputs = torch.cat(outputs, dim=1)
