"""Choosing the engine that serves a network on a text."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from rnnviz_widget.calls import check_choice

from .agreement import AGREES, disagreement
from .autograd.generic import GenericEngine
from .autograd.memory_limit import check_memory
from .autograd.separate import SeparateEngine
from .engine import Engine
from .module.flips import Flips
from .module.looked_up import ChangedIdsError, LookedUpError
from .module.network import Network
from .module.read_on import ReadText
from .module.trace import NO_LAYER, find_layers, seems_flipped
from .scan.scan_engine import NoScansError, scan_engine
from .single_output import kept_where_alike
from .states.altered import UnitForward
from .sweep.bidirectional_engine import BidirectionalEngine
from .sweep.cells import is_bidirectional, is_served
from .sweep.sweep_engine import SweepEngine
from .sweep.unit_engine import UnitSweepEngine

_log = logging.getLogger(__name__)

EngineName = Literal["auto", "sweep", "scan", "autograd"]
ENGINES: tuple[EngineName, ...] = ("auto", "sweep", "scan", "autograd")

_verdicts: weakref.WeakKeyDictionary[nn.Module, str | None] = weakref.WeakKeyDictionary()


def choose_engine(
    network: Network,
    ids: Tensor,
    engine: EngineName = "auto",
    before: ReadText | None = None,
    *,
    reads_later: bool = False,
) -> Engine:
    """Choose the engine by how the network's layers are called on this text, and check it.

    The sweep serves a stack of recurrent layers with known equations between the embedding and a
    head that works position by position. Scans serve networks with modules that are registered as
    linear recurrences, or that loop over the text as such. The first time that one of the two
    serves a network, a few rows are compared with autograd's. Where they differ, or the network is
    of another kind, autograd serves it; the reason is logged and kept in `Engine.reason`.

    Args:
        network: The network.
        ids: The text.
        engine: Which engine.
        before: What the same network has read before, see `Engine.read_text`: the sweep does not
            read again what both texts begin with.
        reads_later: Whether finding out what each output reads may be put off where it takes long;
            see `Engine.find_reads`.

    Raises:
        ValueError: If there is no such engine, if "sweep" or "scan" can't serve this network, or if
            the text would take more memory than `memory_limit.LIMIT`.
    """
    check_choice("engine", engine, ENGINES)
    try:
        return _chosen(network, ids, engine, before, later=reads_later)
    except ChangedIdsError:
        return _chosen(network, ids, engine, None, later=reads_later)


def _chosen(
    network: Network, ids: Tensor, engine: EngineName, before: ReadText | None, *, later: bool
) -> Engine:
    check_memory(network, ids)
    if engine == "autograd":
        return _generic(network, ids, "asked for", later=later)
    reasons = []
    kinds: dict[EngineName, Callable[[], Engine]] = {
        "sweep": lambda: _sweep(network, ids, before),
        "scan": lambda: scan_engine(network, ids, only_faster=engine == "auto"),
    }
    for name, make in kinds.items():
        if engine not in {"auto", name}:
            continue
        try:
            return make()
        except LookedUpError:
            raise
        except ValueError as error:
            if engine == name:
                raise ValueError(
                    f'engine="{name}" can\'t serve this network: {error}; use "auto" or "autograd"'
                ) from None
            if not isinstance(error, NoScansError):
                reasons.append(str(error))
    _log.info("autograd serves this network: %s", "; ".join(reasons))
    return _generic(network, ids, "; ".join(reasons), later=later)


def _generic(network: Network, ids: Tensor, reason: str, *, later: bool) -> Engine:
    engine: Engine
    if network.options.mask is not None or network.options.window is not None:
        engine = SeparateEngine(network, ids)
    else:
        engine = kept_where_alike(network, GenericEngine(network, ids, reads_later=later))
    engine.reason = reason
    return engine


def _sweep(network: Network, ids: Tensor, before: ReadText | None) -> Engine:
    if not network.capabilities.private:
        raise ValueError("the module could not be copied, and its weights may change")
    if network.capabilities.random:
        raise ValueError("the module draws random numbers")
    if network.capabilities.one_output:
        raise ValueError("there is one output for the whole text")
    if network.options.mask is not None:
        raise ValueError("each output is of the text with its own token masked")
    if network.options.window is not None:
        raise ValueError("each output is of a window of its own")
    if not any(map(is_served, network.module.modules())):
        # Without a pass, which of a large module takes long.
        raise ValueError(NO_LAYER)
    if isinstance(network.options.forward, UnitForward):
        return _unit_sweep(network, network.options.forward, ids)
    with torch.no_grad():
        embedded = network.embed(ids)
        if embedded.dtype not in AGREES:
            raise ValueError(f"the sweep needs single or double precision, not {embedded.dtype}")
        engine = None if before is None else _read_on(network, ids, embedded, before)
        engine = engine or _swept(network, ids, embedded)
    _check(network, ids, lambda some: _swept_alone(network, some))
    return engine


def _check(network: Network, ids: Tensor, make: Callable[[Tensor], Engine]) -> None:
    """Compare an engine with autograd, the first time that it serves a network.

    Raises:
        ValueError: If they differ, or, as a `NotFiniteError`, if there is nothing to compare.
    """
    module = network.module
    if module not in _verdicts:
        _verdicts[module] = disagreement(network, ids, make, "the layers' equations")
        if _verdicts[module] is not None:
            _log.warning("the sweep is not used: %s", _verdicts[module])
    verdict = _verdicts[module]
    if verdict is not None:
        raise ValueError(verdict)


def _unit_sweep(network: Network, unit: UnitForward, ids: Tensor) -> Engine:
    """The engine of a network that gives the value of a unit of a recurrent layer.

    Raises:
        ValueError: If it can't be swept.
    """

    def swept(some: Tensor) -> Engine:
        return UnitSweepEngine(network, some, unit.place, unit.unit)

    if next(network.weights()).dtype not in AGREES:
        raise ValueError("the sweep needs single or double precision")
    engine = swept(ids)
    _check(network, ids, swept)
    return engine


def _swept_alone(network: Network, ids: Tensor) -> Engine:
    with torch.no_grad():
        return _swept(network, ids, network.embed(ids))


def _swept(
    network: Network, ids: Tensor, embedded: Tensor, before: ReadText | None = None
) -> Engine:
    """The engine that knows the equations of a network's layers.

    Raises:
        ValueError: If there is none.
    """
    trace, flips = network.trace(ids, embedded, before), Flips()
    # Known only after the trace above.
    if network.looked_up(ids).arrangement is not None:
        raise ValueError("its tokens are not looked up as they come, once and in order")
    if seems_flipped(trace):
        with flips:
            trace = network.trace(ids, embedded)
    layers = find_layers(trace, flips.made)
    if any(call.flipped or is_bidirectional(call.module) for call in layers):
        return BidirectionalEngine(network, ids, trace, layers, flips.made)
    return SweepEngine(network, ids, trace, before)


def _read_on(network: Network, ids: Tensor, embedded: Tensor, before: ReadText) -> Engine | None:
    """The engine of a text that is read on from another; None: it has to be read whole."""
    if not network.passes.shows_look_ups:
        return None
    try:
        return _swept(network, ids, embedded, before)
    except Exception as error:  # noqa: BLE001 - reading the whole text says what is wrong with it
        _log.info("the text is read whole: %s", error)
        return None
