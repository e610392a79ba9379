"""Networks whose units are changed while they read, or that give a unit in place of logits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.module.calling import Forward, fingerprint_of
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.probabilities import Scale
from rnnviz_widget.scene.states import StatePlace

from .changes import UnitChange
from .read_states import GATE, OUTPUT, RESIDUAL
from .stepwise import StepwiseLayer, copied, is_recurrent, stepwise_in


def changed_network(network: Network, changes: Sequence[UnitChange]) -> Network:
    """A network of the same weights some units of which are changed while it reads.

    Raises:
        ValueError: If the module can't be copied, or these units can't be changed.
        RuntimeError: If it can't be run so; the cause is attached.
    """
    module = _own_copy(network, "changed")
    for change in changes:
        place = change.place
        if place.module == network.capabilities.embedding_name:
            raise ValueError(
                f"{place.module!r} embeds the text: what it makes is the input that rows explain. "
                "Change the text, or what the first layer makes"
            )
        _check_place(module, place)
        # An LSTM has a gate that is called "output", too.
        recurrent = place.kind != RESIDUAL and is_recurrent(module.get_submodule(place.module))
        if recurrent:
            module = stepwise_in(module, place.module)
            layer = module.get_submodule(place.module)
            assert isinstance(layer, StepwiseLayer)
            layer.changes = (*layer.changes, change)
        elif place.kind in (OUTPUT, RESIDUAL):
            _change_output(module, change)
        else:
            layer_of_gate: Any = module.get_submodule(place.module)
            layer_of_gate.share = partial(_changed_gate, change, layer_of_gate.share)
    return network.with_options(original=module)


def unit_network(network: Network, place: StatePlace, unit: int) -> Network:
    """A network of the same weights that gives the value of one unit in place of logits.

    Raises:
        ValueError: If the module can't be copied, or each output reads a text of its own.
        RuntimeError: If it can't be run so; the cause is attached.
    """
    options = network.options
    if options.window is not None or options.mask is not None:
        raise ValueError(
            "each of its outputs reads a text of its own, in which a unit has other values; use a "
            "model without window= and without masks"
        )
    module = _own_copy(network, "explained")
    _check_place(module, place)
    if is_recurrent(module.get_submodule(place.module)):
        module = stepwise_in(module, place.module)
        layer = module.get_submodule(place.module)
        assert isinstance(layer, StepwiseLayer)
        layer.wanted = place.layer, place.kind
    forward = UnitForward(place, unit, options.forward, options.batch_first)
    changed = {"original": module, "forward": forward, "classes": 1, "scale": Scale.LOGITS}
    return network.with_options(**changed)


def _check_place(module: nn.Module, place: StatePlace) -> None:
    """Refuse what can only be read: the states of a recurrence inside of a module."""
    if place.kind in {OUTPUT, RESIDUAL, GATE} or is_recurrent(module.get_submodule(place.module)):
        return
    raise ValueError(
        f"the {place} can only be read, since a recurrence inside of it computes them; take what "
        'the module makes, kind="output"'
    )


def _own_copy(network: Network, what: str) -> nn.Module:
    if not network.capabilities.private:
        raise ValueError(
            f"its units can't be {what}, since its module can't be copied; give it a __deepcopy__ "
            "method"
        )
    return copied(network.module)


@dataclass(frozen=True, repr=False)
class UnitForward:
    """Calls a module as its user does, and returns the value of one unit at each token.

    Attributes:
        place: Where the unit is.
        unit: Its number there.
        forward: How the user calls the module, if not with ids alone.
        batch_first: Whether what is returned is (B, T, 1); else (T, B, 1).
    """

    place: StatePlace
    unit: int
    forward: Forward | None
    batch_first: bool

    def __repr__(self) -> str:
        call = None if self.forward is None else fingerprint_of(self.forward)
        return f"UnitForward({self.place}, {self.unit}, {call})"

    def __call__(self, module: nn.Module, ids: Tensor) -> Tensor:
        """See `Forward`."""
        found: list[Tensor] = []
        layer = module.get_submodule(_source(self.place))
        with contextlib.ExitStack() as stack:
            if isinstance(layer, StepwiseLayer):
                layer.kept.clear()
            elif self.place.kind == RESIDUAL and self.place.layer == 0:
                keep = partial(_keep_input, found)
                stack.callback(layer.register_forward_pre_hook(keep).remove)
            else:
                keep = partial(_keep_output, found, self.place)
                stack.callback(layer.register_forward_hook(keep).remove)
            module(ids) if self.forward is None else self.forward(module, ids)
        if isinstance(layer, StepwiseLayer) and layer.whole:
            return _nothing_of(module, ids)
        if isinstance(layer, StepwiseLayer):
            steps = layer.kept.pop((self.place.layer, self.place.kind), [])
            found = [each.transpose(0, 1) if self.batch_first else each for each in steps]
        if len(found) != 1:
            raise ValueError(
                f"{self.place.module!r} is called {len(found)} times while one text is read"
            )
        value = found[0][..., self.unit : self.unit + 1]
        return value if value.ndim == 3 else value.unsqueeze(0 if self.batch_first else 1)


def _nothing_of(module: nn.Module, ids: Tensor) -> Tensor:
    """What stands for the values of a unit while a pass is only watched, (B, T, 1) or (T, B, 1)."""
    return next(module.parameters()).new_zeros(*ids.shape, 1)


def _source(place: StatePlace) -> str:
    """The submodule that makes what is at a place."""
    if place.kind != RESIDUAL or place.module == "":
        return place.module if place.kind != RESIDUAL else str(max(0, place.layer - 1))
    return f"{place.module}.{max(0, place.layer - 1)}"


def _keep_input(found: list[Tensor], _: nn.Module, args: tuple[Any, ...]) -> None:
    """A hook that keeps what a block reads. It is copied: it may be changed in place later."""
    found.append(args[0].clone())


def _keep_output(
    found: list[Tensor], place: StatePlace, module: Any, args: tuple[Any, ...], output: Any
) -> None:
    """A hook that keeps what a submodule makes, or its gate, likewise."""
    if place.kind == GATE:
        found.append(module.share(args[0]))
        return
    found.append((output[0] if isinstance(output, (tuple, list)) else output).clone())


def _change_output(module: nn.Module, change: UnitChange) -> None:
    """Have a submodule of a private copy return, or a first block read, changed units."""
    layer = module.get_submodule(_source(change.place))
    if change.place.kind == RESIDUAL and change.place.layer == 0:
        layer.register_forward_pre_hook(partial(_changed_input, change))
    else:
        layer.register_forward_hook(partial(_changed_output, change))


def _changed_input(change: UnitChange, _: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return _changed(change, args[0]), *args[1:]


def _changed_output(change: UnitChange, _: nn.Module, __: object, output: Any) -> Any:
    if isinstance(output, tuple):
        return _changed(change, output[0]), *output[1:]
    return _changed(change, output)


def _changed_gate(change: UnitChange, share: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gate of a NALU with changed units."""
    return _changed(change, share(x))


def _changed(change: UnitChange, values: Tensor) -> Tensor:
    """Changed values of one text, (1, T, H), (T, 1, H) or (T, H)."""
    steps = values.shape[-2] if values.ndim == 2 or values.shape[0] == 1 else values.shape[0]
    place = torch.tensor([change.holds_at(step) for step in range(steps)], device=values.device)
    axis = 0 if values.ndim == 2 or values.shape[0] != 1 else 1
    along = place.view([-1 if each == axis else 1 for each in range(values.ndim)])
    numbers = change.numbers(values)
    if change.values is None:
        if change.first == 0:
            raise ValueError(
                f"the {change.place} can't be held from step 0 on: there is nothing before it"
            )
        numbers = values.select(axis, change.first - 1).unsqueeze(axis)
    return torch.where(along & change.mask(values), numbers, values)
