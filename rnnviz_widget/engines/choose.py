"""Choosing the engine that serves a network on a text."""

from __future__ import annotations

import logging
import weakref
from typing import Literal

import torch
from torch import Tensor, nn

from .autograd.generic import GenericEngine
from .autograd.memory_limit import check_memory
from .autograd.separate import SeparateEngine
from .engine import Engine
from .measures import MEASURES
from .module.flips import Flips
from .module.looked_up import ChangedIdsError, LookedUpError
from .module.network import Network
from .module.read_on import ReadText
from .module.trace import NO_LAYER, find_layers, seems_flipped
from .reference import reference_rows
from .single_output import kept_where_alike
from .sweep.bidirectional_engine import BidirectionalEngine
from .sweep.cells import is_bidirectional, is_served
from .sweep.sweep_engine import SweepEngine

_log = logging.getLogger(__name__)

EngineName = Literal["auto", "sweep", "autograd"]
ENGINES: tuple[EngineName, ...] = ("auto", "sweep", "autograd")

# The sweep is compared with autograd on this many tokens, and must agree to this relative error.
_CHECKED = 16
_AGREES = {torch.float64: 1e-10, torch.float32: 1e-4}

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
    head that works position by position. The first time it serves a network, a few rows are
    compared with autograd's. Where they differ, or the network is of another kind, autograd serves
    it; the reason is logged and kept in `Engine.reason`.

    Args:
        network: The network.
        ids: The text.
        engine: Which engine.
        before: What the same network has read before, see `Engine.read_text`: the sweep does not
            read again what both texts begin with.
        reads_later: Whether finding out what each output reads may be put off where it takes long;
            see `Engine.find_reads`.

    Raises:
        ValueError: If there is no such engine, if "sweep" can't serve this network, or if the text
            would take more memory than `memory_limit.LIMIT`.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(map(repr, ENGINES))}; got {engine!r}")
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
    try:
        return _sweep(network, ids, before)
    except LookedUpError:
        raise
    except ValueError as error:
        if engine == "sweep":
            raise ValueError(
                f'engine="sweep" can\'t serve this network: {error}; use "auto" or "autograd"'
            ) from None
        _log.info("autograd serves this network: %s", error)
        return _generic(network, ids, str(error), later=later)


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
    with torch.no_grad():
        embedded = network.embed(ids)
        if embedded.dtype not in _AGREES:
            raise ValueError(f"the sweep needs single or double precision, not {embedded.dtype}")
        engine = None if before is None else _read_on(network, ids, embedded, before)
        engine = engine or _swept(network, ids, embedded)
    module = network.module
    if module not in _verdicts:
        _verdicts[module] = _disagreement(network, ids[:_CHECKED])
        if _verdicts[module] is not None:
            _log.warning("the sweep is not used: %s", _verdicts[module])
    verdict = _verdicts[module]
    if verdict is not None:
        raise ValueError(verdict)
    return engine


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


def _disagreement(network: Network, ids: Tensor) -> str | None:
    """How the sweep differs from autograd on a short text, in words; None: it agrees."""
    measure = MEASURES["embedding_norm"]
    try:
        with torch.no_grad():
            engine = _swept(network, ids, network.embed(ids))
        rows = sorted({0, len(ids) // 2, len(ids) - 1})
        targets = [row % engine.logits.shape[1] for row in rows]
        truth = reference_rows(network, ids, rows, targets, measure.name)
        alone, _ = engine.rows(rows, targets, measure)
        swept = engine.fill(rows, targets, measure).finish()
        for row, *found, right in zip(rows, alone, swept, truth, strict=True):
            error = max((each - right).abs().max() for each in found)
            if not error <= _AGREES[right.dtype] * right.abs().max():
                return (
                    f"the layers' equations differ from autograd at output {row} by "
                    f"{float(error):.1e}, where the largest score is {float(right.abs().max()):.1e}"
                )
    except Exception as error:  # noqa: BLE001 - whatever a module's own passes raise
        return f"on the first {len(ids)} tokens alone it could not be checked: {error}"
    return None
