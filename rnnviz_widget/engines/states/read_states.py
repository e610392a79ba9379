"""The hidden states, gates and activations of a network on one text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.rounding import agree, rounding
from rnnviz_widget.recurrences import replaced, replacements_in
from rnnviz_widget.scene.states import StatePlace

from .layers import layers_of
from .linear_states import LinearStates
from .module_calls import ModuleCalls, WatchedCall, described, watched_modules
from .stepwise import StepwiseLayer, is_recurrent, recorded

OUTPUT, RESIDUAL, GATE = "output", "residual", "gate"


@dataclass(frozen=True, eq=False)
class StateGroup:
    """The units of one place in a network, on one text.

    Attributes:
        place: Where they are.
        values: Computes them, (T, H).
    """

    place: StatePlace
    values: Callable[[], Tensor]


def read_states(
    network: Network, ids: Tensor, modules: Sequence[str] | None = None
) -> list[StateGroup]:
    """Read a text and find states and gates.

    Args:
        network: The network.
        ids: The text, (T,).
        modules: Of which submodules, by name. None: of all recurrent layers whose equations are
            known; of a network without any, the residual stream before and after each of its
            blocks.

    Raises:
        ValueError: If there is no such submodule, or what it returns is no (T, H); if there are
            no states to be found; or if the network reads a window for each output. The message
            names what was found.
    """
    if network.options.window is not None:
        raise ValueError(
            "each output reads a window of its own, so that the same token has other states for "
            "each; ask a model that is made without window="
        )
    module = network.module
    named = dict(module.named_modules())
    unknown = [name for name in modules or () if name not in named]
    if unknown:
        raise ValueError(
            f"there is no submodule {unknown[0]!r}; expected one of {_listed(list(named))}"
        )
    linear = LinearStates()
    with network.computing(), torch.no_grad():
        options = {"batch_first": network.options.batch_first}
        with recorded(module):
            with (
                watched_modules(module, modules or (), **options) as calls,
                linear.of(module, modules or ()),
            ):
                logits = network.logits(ids)
            if modules:
                _read_registered(network, ids, logits, modules, linear)
            groups = list(_groups(module, calls, modules, linear))
        if not network.capabilities.private:
            # The user's own module may be trained before they are asked for.
            groups = [_computed(group) for group in groups]
    if not groups:
        raise ValueError(
            "no states were found: there is no recurrent layer whose equations are known (nn.RNN, "
            "nn.GRU, nn.LSTM, rv.NestedLSTM, rv.MinGRU), and no nn.ModuleList of blocks that are "
            f"called one after the other; {described(calls, module)}. Name submodules with "
            "modules=[...] to see what they return"
        )
    return groups


def _read_registered(
    network: Network, ids: Tensor, logits: Tensor, modules: Sequence[str], linear: LinearStates
) -> None:
    """Find the states of recurrences that are registered for named modules, or modules in them.

    Raises:
        ValueError: If what is registered gives other logits than the module itself.
    """
    inside = {each for name in modules for each in network.module.get_submodule(name).modules()}
    found = [each for each in replacements_in(network.module) if each.module in inside]
    if not found or not network.capabilities.private:
        return
    linear.forget()
    with replaced(found), linear.of(network.module, modules):
        made = network.logits(ids)
    if not agree(made, logits):
        kinds = ", ".join(dict.fromkeys(type(each.module).__name__ for each in found))
        raise ValueError(
            f"the states of {kinds} can't be found: what is registered for it gives other logits "
            "than the module itself"
        )


def _computed(group: StateGroup) -> StateGroup:
    values = group.values()
    return StateGroup(group.place, lambda: values)


def _groups(
    module: nn.Module, calls: ModuleCalls, modules: Sequence[str] | None, linear: LinearStates
) -> Iterator[StateGroup]:
    if modules is not None:
        for name in modules:
            yield from _named(name, calls)
            for layer, kinds in enumerate(linear.in_module(name)):
                for kind, units, values in kinds:
                    yield StateGroup(StatePlace(name, layer, kind, units), values)
        return
    inner = {each.layer for each in module.modules() if isinstance(each, StepwiseLayer)}
    named = [(name, each) for name, each in module.named_modules() if each not in inner]
    recurrent = [name for name, each in named if is_recurrent(each)]
    called = [name for name in recurrent if name in calls.kept]
    refused = {name: calls.refused[name] for name in recurrent if name in calls.refused}
    if recurrent and not called and not refused:
        refused = dict.fromkeys(recurrent, "is not called while the text is read")
    if refused:
        why = "; ".join(f"{name!r} {said}" for name, said in refused.items())
        raise ValueError(f"the states of the recurrent layers can't be found: {why}")
    # In the order of calling, so that the lowest layer comes first.
    for name in (each for each in calls.kept if each in called):
        yield from _recurrent(_only(name, calls))
    if not recurrent:
        yield from _residual(module, calls)


def _named(name: str, calls: ModuleCalls) -> Iterator[StateGroup]:
    """What a submodule makes, or its states if it is a recurrent layer."""
    if name not in calls.kept:
        why = calls.refused.get(name, "is not called while the text is read")
        raise ValueError(f"the states of {name!r} can't be found: it {why}")
    call = _only(name, calls)
    if is_recurrent(call.module):
        yield from _recurrent(call)
        return
    yield _group(name, 0, OUTPUT, call.made)
    gate: Callable[[Tensor], Tensor] | None = getattr(call.module, "share", None)
    if gate is not None:
        yield _group(name, 0, GATE, gate(call.read))


def _group(name: str, layer: int, kind: str, values: Tensor) -> StateGroup:
    return StateGroup(StatePlace(name, layer, kind, values.shape[1]), lambda: values)


def _only(name: str, calls: ModuleCalls) -> WatchedCall:
    """The only call of a submodule."""
    if len(calls.kept[name]) > 1:
        raise ValueError(
            f"{name!r} is called {len(calls.kept[name])} times while one text is read: its states "
            "are not those of one pass"
        )
    return calls.kept[name][0]


def _recurrent(call: WatchedCall) -> Iterator[StateGroup]:
    if isinstance(call.module, StepwiseLayer):
        for (number, kind), values in call.module.kept.items():
            yield _group(call.name, number, kind, values[0][:, 0])
        return
    for layer in layers_of(call):
        layer.check(rounding(call.made.dtype))
        for place in layer.places:
            yield StateGroup(place, partial(layer.values, place.kind))


def _residual(module: nn.Module, calls: ModuleCalls) -> Iterator[StateGroup]:
    """The residual streams: what the blocks of a list read and make, one after the other."""
    for name, each in module.named_modules():
        if not isinstance(each, nn.ModuleList) or not len(each):
            continue
        names = [f"{name}.{number}" if name else str(number) for number in range(len(each))]
        blocks = [calls.kept.get(one, []) for one in names]
        if any(len(block) != 1 for block in blocks):
            continue
        stream = [blocks[0][0].read, *(block[0].made for block in blocks)]
        if len({tensor.shape for tensor in stream}) > 1:
            continue
        for layer, values in enumerate(stream):
            yield _group(name, layer, RESIDUAL, values)


def _listed(names: Sequence[str]) -> str:
    """Names in words, not too many."""
    known = [repr(name) for name in names if name]
    return ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
