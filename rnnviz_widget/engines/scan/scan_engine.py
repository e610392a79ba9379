"""The engine for networks with recurrences that are linear in their state: scans, and autograd."""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.agreement import AGREES, check_finite, disagreement
from rnnviz_widget.engines.autograd.generic import GenericEngine
from rnnviz_widget.engines.autograd.reads_search import put_off
from rnnviz_widget.engines.engine import Engine
from rnnviz_widget.engines.module.calling import words
from rnnviz_widget.engines.module.embedding_points import check_ids
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.rounding import agree
from rnnviz_widget.engines.single_output import kept_where_alike
from rnnviz_widget.recurrences import Replacement, replaced, replacements_in

from .cost import scans_are_faster
from .loops import LoopsAsScans
from .stepwise_engine import SHORT, StepwiseEngine, tape_of

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
        one_pass: Whether all else that the module does is known, so that all rows take one pass.
    """

    registered: Sequence[Replacement]
    looped: bool
    one_pass: bool = False

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
        tokens: How many tokens it read.
        looped, one_pass: See `_Scans`.
        wrong: What is wrong with its scans, in words; None: nothing.
        faster: Whether they take less time than autograd does, by the binary digits of the number
            of tokens.
    """

    functions: Sequence[Callable[..., object]]
    tokens: int
    looped: bool
    one_pass: bool
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
        ValueError: If it can't serve the network; a `NoScansError` if there is nothing to do, a
            `NotFiniteError` if its numbers can't be checked.
    """
    why = _why_none(network)
    if why is not None:
        raise NoScansError(why)
    registered = replacements_in(network.module)
    functions = [each.function for each in registered]
    verdict, engine = _verdicts.get(network.module), None
    beginning = ids[:_BEGINNING]
    if verdict is None or verdict.functions != functions or _may_differ(verdict, beginning):
        scans = _Scans(registered, _loops(network, beginning, registered))
        scans = scans._replace(one_pass=_is_known(network, beginning, scans))
        engine, wrong = _checked(network, ids, scans)
        verdict = _Verdict(functions, len(beginning), scans.looped, scans.one_pass, wrong, {})
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
    scans = _Scans(registered, verdict.looped, verdict.one_pass)
    one_pass = scans.one_pass and len(ids) >= SHORT
    if only_faster and not one_pass and not _faster(network, ids, scans, verdict.faster):
        raise ValueError(f"{scans.recurrences} take longer as scans than autograd does")
    engine = engine or _engine(network, ids, scans, least=SHORT)
    rest = "all rows in one pass" if one_pass else "the rest by autograd"
    engine.reason = f"{scans.recurrences} are computed as scans, {rest}"
    return engine


def look_for_loops(network: Network) -> None:
    """Look for loops in a large network before there is a text.

    Where none are found `scan_engine` looks for none in a text, which would take a pass.
    """
    if _why_none(network) is not None or not put_off(network, _BEGINNING):
        return
    if replacements_in(network.module):
        return
    try:
        looped = _scans_made(network, check_ids(network.options.symbols, _BEGINNING), []) > 0
    except Exception as error:  # noqa: BLE001 - whatever a module raises on ids without meaning
        _log.info("loops will be looked for in a text: %s", error)
        return
    if not looped:
        _verdicts[network.module] = _Verdict([], _BEGINNING, False, False, None, {})


def _why_none(network: Network) -> str | None:
    """Why scans can't serve a network, in words, whatever its module does."""
    if not network.capabilities.private:
        return "the module could not be copied, and its weights may change"
    if network.capabilities.random:
        return "the module draws random numbers"
    if network.options.mask is not None or network.options.window is not None:
        return "each output is of a text of its own"
    return None


def _may_differ(verdict: _Verdict, beginning: Tensor) -> bool:
    """Whether a longer text may show more."""
    return verdict.tokens < len(beginning) and not (verdict.looped and verdict.one_pass)


def _faster(network: Network, ids: Tensor, scans: _Scans, known: dict[int, bool]) -> bool:
    """Whether scans are faster than autograd on texts of about this length."""
    digits = len(ids).bit_length()
    if digits not in known:
        with network.computing():
            known[digits] = scans_are_faster(network, ids, scans.entered)
    return known[digits]


def _loops(network: Network, ids: Tensor, registered: Sequence[Replacement]) -> bool:
    """Whether a loop over the text computes a linear recurrence."""
    try:
        return _scans_made(network, ids, registered) > 0
    except Exception as error:  # noqa: BLE001 - whatever a module raises on a short text
        _log.info("no loops are looked for: %s", error)
        return False


def _scans_made(network: Network, ids: Tensor, registered: Sequence[Replacement]) -> int:
    """How many recurrences are computed at once in loops over a text."""
    loops = LoopsAsScans()
    with network.computing(), replaced(registered), torch.no_grad():
        embedded = network.embed(ids)
        with loops:
            network.logits(ids, embedded)
    return loops.scans


def _engine(network: Network, ids: Tensor, scans: _Scans, least: int = 0) -> Engine:
    """The engine of a text; all rows take one pass if it has as many tokens as `least`."""
    engine = GenericEngine(network, ids, scans.entered)
    engine.name = "scan"
    if scans.one_pass and len(ids) >= least and engine.reads.causal:
        return StepwiseEngine(engine, network, ids, scans.entered)
    return kept_where_alike(network, engine)


def _is_known(network: Network, ids: Tensor, scans: _Scans) -> bool:
    """Whether all that a module does with a short text is known."""
    if network.capabilities.one_output or not (scans.registered or scans.looped):
        return False
    try:
        with network.computing():
            tape_of(network, ids, scans.entered)
    except Exception as error:  # noqa: BLE001 - whatever a module does that is not known
        _log.info("rows are not computed in one pass: %s", error)
        return False
    return True


def _checked(network: Network, ids: Tensor, scans: _Scans) -> tuple[Engine | None, str | None]:
    """The engine of a text, and what is wrong with it, in words; None: nothing."""
    if not scans.registered and not scans.looped:
        return None, None
    try:
        engine = _engine(network, ids, scans, least=SHORT)
        with network.computing(), torch.no_grad():
            logits = network.logits(ids, network.embed(ids))
    except Exception as error:  # noqa: BLE001 - whatever registered functions raise
        return None, f"{scans.recurrences} fail as scans: {words(error.__cause__ or error)}"
    if logits.dtype not in AGREES:
        return None, f"scans need single or double precision, not {logits.dtype}"
    check_finite(logits)
    if logits.shape != engine.logits.shape or (len(logits) and not agree(engine.logits, logits)):
        return None, f"{scans.recurrences} give other outputs as scans than the module itself"
    name = f"{scans.recurrences}, as scans,"
    return engine, disagreement(network, ids, lambda some: _engine(network, some, scans), name)
