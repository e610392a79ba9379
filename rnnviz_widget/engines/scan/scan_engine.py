"""The engine for networks with recurrences that are linear in their state: scans, and autograd."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.agreement import AGREES, disagreement
from rnnviz_widget.engines.autograd.generic import GenericEngine
from rnnviz_widget.engines.engine import Engine
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.rounding import agree
from rnnviz_widget.engines.single_output import kept_where_alike
from rnnviz_widget.recurrences import Replacement, replaced, replacements_in

_log = logging.getLogger(__name__)

# What was found of a module, and with which replacements.
_verdicts: weakref.WeakKeyDictionary[nn.Module, tuple[list[Replacement], str | None]] = (
    weakref.WeakKeyDictionary()
)


class NoScansError(ValueError):
    """There is nothing in a network that scans could compute."""


def scan_engine(network: Network, ids: Tensor) -> Engine:
    """The engine of a network some of whose modules are registered; see `recurrences.register`.

    It is `GenericEngine`, with functions in the place of the modules' methods while the network
    reads. The first time they are checked: the outputs of the text against those without them, and
    rows of a few tokens against autograd.

    Raises:
        ValueError: If it can't serve the network; a `NoScansError` if nothing is registered.
    """
    found = replacements_in(network.module)
    if not found:
        raise NoScansError(
            "none of its modules is registered as a linear recurrence, see recurrences.register"
        )
    if not network.capabilities.private:
        raise ValueError("the module could not be copied, and its weights may change")
    if network.capabilities.random:
        raise ValueError("the module draws random numbers")
    if network.options.mask is not None or network.options.window is not None:
        raise ValueError("each output is of a text of its own")
    kinds = " and ".join(sorted({type(each.module).__name__ for each in found}))
    known = _verdicts.get(network.module)
    engine = None
    if known is None or known[0] != found:
        engine, verdict = _checked(network, ids, found, kinds)
        _verdicts[network.module] = known = found, verdict
        if verdict is not None:
            _log.warning("the scans are not used: %s", verdict)
    if known[1] is not None:
        raise ValueError(known[1])
    engine = engine or _engine(network, ids, found)
    engine.reason = f"the recurrences of {kinds} are computed as scans, the rest by autograd"
    return engine


def _engine(network: Network, ids: Tensor, found: Sequence[Replacement]) -> Engine:
    def scanned() -> AbstractContextManager[None]:
        return replaced(found)

    engine = GenericEngine(network, ids, scanned)
    engine.name = "scan"
    return kept_where_alike(network, engine)


def _checked(
    network: Network, ids: Tensor, found: Sequence[Replacement], kinds: str
) -> tuple[Engine | None, str | None]:
    """The engine of a text, and what is wrong with it, in words; None: nothing."""
    equations = f"the registered equations of {kinds}"
    try:
        engine = _engine(network, ids, found)
        with network.computing(), torch.no_grad():
            logits = network.logits(ids, network.embed(ids))
    except Exception as error:  # noqa: BLE001 - whatever the registered functions raise
        return None, f"{equations} fail: {type(error).__name__}: {error}"
    if logits.dtype not in AGREES:
        return None, f"scans need single or double precision, not {logits.dtype}"
    if logits.shape != engine.logits.shape or (len(logits) and not agree(engine.logits, logits)):
        return None, f"{equations} give other outputs than the module itself"
    return engine, disagreement(network, ids, lambda some: _engine(network, some, found), equations)
