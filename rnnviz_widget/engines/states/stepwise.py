"""A recurrent layer that is run step by step by its own equations, with units changed or kept."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import (
    RecurrentCell,
    States,
    cells_of,
    is_bidirectional,
    is_served,
)
from rnnviz_widget.scene.states import REVERSE

from .changes import ChangedSteps, UnitChange

ALL = (-1, "")


class StepwiseLayer(nn.Module):
    """Takes the place of a recurrent layer in a private copy of a module.

    It is called, and returns, as the layer. Other attributes are the layer's.

    Args:
        layer: The layer, whose equations are known and whose weights stay as they are.
        changes: What is done to its units.

    Attributes:
        layer, changes: As given.
        wanted: Of which layer and kind the values are put into `kept`; `ALL`: of all.
        kept: By layer and kind, the values in each pass since it was emptied, (T, B, H).
        whole: Whether the layer itself is called instead; see `run_whole`.
    """

    wanted: tuple[int, str] | None = None
    whole = False

    def __init__(self, layer: nn.Module, changes: Sequence[UnitChange] = ()) -> None:
        super().__init__()
        self.layer, self.changes = layer, tuple(changes)
        self.kept: dict[tuple[int, str], list[Tensor]] = {}

    def __getattr__(self, name: str) -> Any:
        """An attribute of the layer that this has not."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "layer":
                raise
            return getattr(self.layer, name)

    def forward(self, input: Tensor, hx: Any = None, state: Any = None) -> tuple[Tensor, Any]:  # noqa: A002 (torch's name)
        """Run all layers, as torch's and our own layers do."""
        if not isinstance(input, Tensor):
            raise TypeError(
                f"a layer whose units are changed or explained reads tensors; got "
                f"{type(input).__name__}. Pass the text without packing it"
            )
        given = hx if state is None else state
        if self.whole:
            return self._whole(input, given)
        single = input.ndim == 2
        x = input.unsqueeze(1) if single else input
        swapped = self.layer.batch_first and not single
        x = x.transpose(0, 1) if swapped else x
        cells = _cells(self.layer)
        begins = _begins(cells, given, x, single=single)
        ways = 2 if is_bidirectional(self.layer) else 1
        last: list[States] = []
        for layer in range(len(cells) // ways):
            outputs = []
            for way in range(ways):
                number = layer * ways + way
                begin = tuple(each[number] for each in begins)
                read = x.flip(0) if way else x
                made, after = self._run(cells[number], layer, read, begin, backward=way == 1)
                outputs.append(made.flip(0) if way else made)
                last.append(after)
            x = torch.cat(outputs, dim=2)
        states = tuple(torch.stack(each) for each in zip(*last, strict=True))
        if single:
            x, states = x.squeeze(1), tuple(each.squeeze(1) for each in states)
        returned = states if len(states) > 1 else states[0]
        return (x.transpose(0, 1) if swapped else x), returned

    def _whole(self, x: Tensor, given: Any) -> tuple[Tensor, Any]:
        """What the layer itself returns."""
        found: tuple[Tensor, Any] = self.layer(x) if given is None else self.layer(x, given)
        return found

    def _run(
        self, cell: RecurrentCell, layer: int, x: Tensor, states: States, *, backward: bool
    ) -> tuple[Tensor, States]:
        """Run one direction of one layer over (T, B, D): its h, (T, B, H), and its last states."""
        end, length = REVERSE if backward else "", len(x)
        before = dict(zip(cell.state_names, states, strict=True))
        changed = [
            (each.place.kind, ChangedSteps(each, before.get(each.place.kind.removesuffix(REVERSE))))
            for each in self.changes
            if each.place.layer == layer and each.place.kind.endswith(REVERSE) == backward
        ]
        values: dict[str, list[Tensor]] = {}

        def visit(step: int, name: str, value: Tensor) -> Tensor:
            for kind, change in changed:
                if kind == name + end:
                    value = change.value(step, value)
            if self.wanted in ((layer, name + end), ALL):
                values.setdefault(name + end, []).append(value)
            return value

        at_input = cell.read(x.flatten(0, 1)).view(length, x.shape[1], -1)
        made = []
        for step, sums in enumerate(at_input.unbind()):
            t = length - 1 - step if backward else step
            states = cell.advance(sums, states, partial(visit, t))
            made.append(states[0])
        for kind, each in values.items():
            found = torch.stack(each)
            self.kept.setdefault((layer, kind), []).append(found.flip(0) if backward else found)
        return torch.stack(made), states


def _begins(cells: Sequence[RecurrentCell], given: Any, x: Tensor, *, single: bool) -> States:
    """The initial states of all layers, (layers, B, H) each."""
    if given is None:
        sizes = [state.shape[1] for state in cells[0].states]
        return tuple(x.new_zeros(len(cells), x.shape[1], size) for size in sizes)
    states = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    return tuple(each.unsqueeze(1) for each in states) if single else states


def _cells(layer: Any) -> list[RecurrentCell]:
    """The cells of all layers, of a text of one zero: what is used of them are the weights."""
    weight = next(layer.parameters())
    with torch.no_grad():
        x = weight.new_zeros(1, 1, layer.input_size)
        return cells_of(layer, x[0], layer(x)[0][0], None)


def is_recurrent(module: nn.Module) -> bool:
    """Whether a submodule is a recurrent layer, or takes the place of one."""
    return isinstance(module, StepwiseLayer) or is_served(module)


@contextlib.contextmanager
def recorded(module: nn.Module) -> Iterator[None]:
    """Have all layers that are run step by step keep all values of a pass."""
    layers = [each for each in module.modules() if isinstance(each, StepwiseLayer)]
    before = [layer.wanted for layer in layers]
    for layer in layers:
        layer.wanted = ALL
        layer.kept.clear()
    try:
        yield
    finally:
        for layer, wanted in zip(layers, before, strict=True):
            layer.wanted = wanted
            layer.kept.clear()


@contextlib.contextmanager
def run_whole(module: nn.Module) -> Iterator[None]:
    """Have layers that are run step by step only to keep values be called themselves.

    Those whose units are changed go on step by step.
    """
    layers = [each for each in module.modules() if isinstance(each, StepwiseLayer)]
    plain = [each for each in layers if not each.changes]
    try:
        for layer in plain:
            layer.whole = True
        yield
    finally:
        for layer in plain:
            layer.whole = False


def stepwise_in(module: nn.Module, name: str) -> nn.Module:
    """Put a `StepwiseLayer` in the place of a recurrent layer, if it is not there yet.

    Args:
        module: A private copy, which is changed.
        name: The layer's name in it; "" for the module itself.

    Returns:
        The module; or, if it is the layer itself, what takes its place.
    """
    layer = module.get_submodule(name)
    if isinstance(layer, StepwiseLayer):
        return module
    instead = StepwiseLayer(layer)
    for parent in list(module.modules()):
        for key, child in parent._modules.items():  # noqa: SLF001 - wherever it stands
            if child is layer and parent is not instead:
                parent._modules[key] = instead  # noqa: SLF001
    return module if name else instead


def copied(module: nn.Module) -> nn.Module:
    """A copy of a private copy, to be changed."""
    with torch.no_grad():
        return copy.deepcopy(module)
