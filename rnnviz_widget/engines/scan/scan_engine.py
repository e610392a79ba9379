"""The engine for networks with recurrences that are linear in their state: scans, and autograd."""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.agreement import AGREES, disagreement
from rnnviz_widget.engines.autograd.generic import GenericEngine
from rnnviz_widget.engines.engine import Engine
from rnnviz_widget.engines.module.calling import words
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.rounding import agree
from rnnviz_widget.engines.single_output import kept_where_alike
from rnnviz_widget.recurrences import Replacement, replaced, replacements_in

from .cost import scans_are_faster
from .loops import LoopsAsScans
from .stepwise_engine import StepwiseEngine
from .tape import Tape

_log = logging.getLogger(__name__)

# A loop is looked for in the first tokens of a text.
_BEGINNING = 16


class NoScansError(ValueError):
    """There is nothing in a network that scans could compute."""


class _Scans(NamedTuple):
    """What scans compute of a module.

    Attributes:
        registered: The methods that registered functions take the place of.
        looped: Whether recurrences are found in loops.
    """

    registered: Sequence[Replacement]
    looped: bool

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Have the module compute its recurrences as scans; hold it meanwhile."""
        loops = LoopsAsScans() if self.looped else contextlib.nullcontext()
        with replaced(self.registered), loops:
            yield

    @property
    def recurrences(self) -> str:
        """What they are, in words."""
        kinds = " and ".join(sorted({type(each.module).__name__ for each in self.registered}))
        both = [f"the registered recurrences of {kinds}"] if kinds else []
        return " and ".join([*both, *(["loops over the text"] if self.looped else [])])


class _Verdict(NamedTuple):
    """What the first reading of a module showed.

    Attributes:
        functions: What was registered for it then. Not the modules: they may be the key.
        tokens: In how many tokens loops were looked for.
        looped: See `_Scans`.
        wrong: What is wrong with its scans, in words; None: nothing.
        faster: Whether they take less time than autograd does, by the binary digits of the number
            of tokens.
    """

    functions: Sequence[Callable[..., object]]
    tokens: int
    looped: bool
    wrong: str | None
    faster: dict[int, bool]


_verdicts: weakref.WeakKeyDictionary[nn.Module, _Verdict] = weakref.WeakKeyDictionary()


def scan_engine(network: Network, ids: Tensor, *, only_faster: bool = False) -> Engine:
    """The engine of a network with recurrences that are linear in their state.

    They are those of modules that are registered (`recurrences.register`), and those found in loops
    over the text (`LoopsAsScans`). The engine is `GenericEngine`, of a network that computes them
    as scans while it reads. The first time this is checked: the outputs of the text against those
    of the module itself, and rows of a few tokens against autograd. Where not all that the module
    does is known, so that rows are computed by autograd, a few rows are timed both ways.

    Args:
        network: The network.
        ids: The text, (T,).
        only_faster: Whether to refuse what autograd does faster by itself.

    Raises:
        ValueError: If it can't serve the network; a `NoScansError` if there is nothing to do.
    """
    if not network.capabilities.private:
        raise NoScansError("the module could not be copied, and its weights may change")
    if network.capabilities.random:
        raise NoScansError("the module draws random numbers")
    if network.options.mask is not None or network.options.window is not None:
        raise NoScansError("each output is of a text of its own")
    registered = replacements_in(network.module)
    functions = [each.function for each in registered]
    verdict, engine = _verdicts.get(network.module), None
    beginning = ids[:_BEGINNING]
    longer = verdict is not None and not verdict.looped and verdict.tokens < len(beginning)
    if verdict is None or longer or verdict.functions != functions:
        scans = _Scans(registered, _loops(network, beginning, registered))
        engine, wrong = _checked(network, ids, scans)
        verdict = _Verdict(functions, len(beginning), scans.looped, wrong, {})
        _verdicts[network.module] = verdict
        if wrong is not None:
            _log.warning("scans are not used: %s", wrong)
    if not registered and not verdict.looped:
        raise NoScansError(
            "none of its modules is registered as a linear recurrence, and no loop over the text "
            "was found to be one; see rv.recurrences.register"
        )
    if verdict.wrong is not None:
        raise ValueError(verdict.wrong)
    scans = _Scans(registered, verdict.looped)
    engine = engine or _engine(network, ids, scans)
    stepwise = isinstance(engine, StepwiseEngine)
    if only_faster and not stepwise and not _faster(network, ids, scans, verdict.faster):
        raise ValueError(f"{scans.recurrences} take longer as scans than autograd does")
    rest = (
        "all other steps likewise, in one pass for all rows" if stepwise else "the rest by autograd"
    )
    engine.reason = f"{scans.recurrences} are computed as scans, {rest}"
    return engine


def _faster(network: Network, ids: Tensor, scans: _Scans, known: dict[int, bool]) -> bool:
    """Whether scans are faster than autograd on texts of about this length."""
    digits = len(ids).bit_length()
    if digits not in known:
        with network.computing():
            known[digits] = scans_are_faster(network, ids, scans.entered)
    return known[digits]


def _loops(network: Network, ids: Tensor, registered: Sequence[Replacement]) -> bool:
    """Whether a loop over the text computes a linear recurrence."""
    loops = LoopsAsScans()
    try:
        with network.computing(), replaced(registered), torch.no_grad():
            embedded = network.embed(ids)
            with loops:
                network.logits(ids, embedded)
    except Exception as error:  # noqa: BLE001 - whatever a module raises on a short text
        _log.info("no loops are looked for: %s", error)
        return False
    return loops.scans > 0


def _engine(network: Network, ids: Tensor, scans: _Scans) -> Engine:
    engine = GenericEngine(network, ids, scans.entered)
    engine.name = "scan"
    return kept_where_alike(network, _stepwise(network, ids, scans, engine) or engine)


def _stepwise(
    network: Network, ids: Tensor, scans: _Scans, engine: GenericEngine
) -> StepwiseEngine | None:
    """The engine that computes all rows in one pass; None: not all that is done is known."""
    if network.capabilities.one_output or not engine.reads.causal:
        return None
    try:
        with network.computing():
            embedded = network.embed(ids).detach().requires_grad_()
            tape = Tape(embedded)
            with tape, scans.entered():
                logits, head = network.forward(ids, embedded)
            tape.end(logits if head is None else head.hidden)
    except Exception as error:  # noqa: BLE001 - whatever a module does that is not known
        _log.info("rows are not computed step by step: %s", error)
        return None
    return StepwiseEngine(engine, tape, network.computing, network.embedding_matrix())


def _checked(network: Network, ids: Tensor, scans: _Scans) -> tuple[Engine | None, str | None]:
    """The engine of a text, and what is wrong with it, in words; None: nothing."""
    if not scans.registered and not scans.looped:
        return None, None
    try:
        engine = _engine(network, ids, scans)
        with network.computing(), torch.no_grad():
            logits = network.logits(ids, network.embed(ids))
    except Exception as error:  # noqa: BLE001 - whatever registered functions raise
        return None, f"{scans.recurrences} fail as scans: {words(error.__cause__ or error)}"
    if logits.dtype not in AGREES:
        return None, f"scans need single or double precision, not {logits.dtype}"
    if logits.shape != engine.logits.shape or (len(logits) and not agree(engine.logits, logits)):
        return None, f"{scans.recurrences} give other outputs as scans than the module itself"
    name = f"{scans.recurrences}, as scans,"
    return engine, disagreement(network, ids, lambda some: _engine(network, some, scans), name)
