"""The engine for any module: `torch.autograd.grad`, many rows at once where that pays."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .engine import Accuracy
from .experiment import find_reads
from .explained import Explained
from .jobs import GenericFill, RejectedError, RowBatch, RowRequest, VerifiedRow
from .measures import Measure
from .network import Network
from .passes import Graph, Passes, agree, wait_for
from .probe import GraphProbe
from .strategy_timer import ALONE, StrategyTimer
from .torch_state import clean_torch

_log = logging.getLogger(__name__)

MEMORY = 512 * 2**20
"""How many bytes of intermediate results several rows computed at once may hold, and what a kept
graph may hold between uses. One row takes what it takes."""

TOGETHER, COPIES = "together", "copies"

# Fewer rows are computed one by one, as long as nothing is known of the network.
_FEW = 16


class GenericEngine:
    """Serves any module, by `torch.autograd.grad`.

    The plain way keeps the graph of one forward pass and walks it once a row. Of many rows the
    first are computed in other ways too, as far as they give what the plain way gives, and the
    cheapest goes on:

    - Where no output depends on a later input, nor on how long the text is, a block of rows reads
      no more of the text than up to its last output.
    - `together`: several rows in one walk through one graph (`is_grads_batched`).
    - `copies`: the text as a batch of copies of itself, each row the gradient of its own copy.

    Where the logits are what a linear layer gave, a gradient begins at that layer's input with
    the target's weights, and no pass but the first computes them.

    Rows computed at once hold `MEMORY` at most, as measured on one forward pass; a larger graph
    is not kept either. A module that could not be copied is run again for each row, since its
    weights may have moved; one that draws random numbers is computed the plain way.

    Args:
        network: The network.
        ids: The token ids, (T,).

    Attributes:
        reason: Why this engine, in words.
        logits: Shape (S, V), detached.
        reads: What each output reads, as found by experiment.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
    """

    name = "autograd"
    block = 64

    def __init__(self, network: Network, ids: Tensor) -> None:
        self.reason = "autograd serves any module"
        self._network = network
        self._length = len(ids)
        with self._taking():
            self._passes = Passes(network, ids)
            graph = self._passes.first()
            self._whole: Graph | None = graph
            self.logits = self._passes.logits
            module = network.module if network.private else None
            probe = GraphProbe(graph, self._passes, same=not network.random)
            self.reads = find_reads(probe, module, one_output=network.whole)
            self._outputs = self._passes.outputs()
        plain = not network.private or network.random
        self._ways: StrategyTimer | None = (
            None if plain else StrategyTimer({TOGETHER: 4, COPIES: 2})
        )
        # Whether a beginning of the text is read as it is within the whole; None: not known yet.
        self._prefix: bool | None = None if self.reads.causal and not plain else False
        self._known: VerifiedRow | None = None
        self._bytes: int | None = None
        self._filled = 0
        self._directions: dict[str, Tensor] = {}

    def outputs(self, rows: Sequence[int]) -> Tensor:
        """See `Engine.outputs`."""
        return self._outputs.at(rows)

    def rows(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
    ) -> tuple[Tensor, Accuracy]:
        """See `Engine.rows`. Always exact."""
        del tolerance
        pairs = list(zip(rows, targets, strict=True))
        each = {pair: n for n, pair in enumerate(dict.fromkeys(pairs))}
        wanted = [RowRequest(n, row, target) for (row, target), n in each.items()]
        found = self._passes.matrix.new_zeros(len(each), self._length)
        for block in self._blocks(wanted, measure, float("inf"), 0):
            for place, scores in block:
                found[place] = scores
        return found[[each[pair] for pair in pairs]], Accuracy()

    def pieces(self, row: int, target: Explained, measure: Measure) -> Iterator[tuple[int, Tensor]]:
        """See `Engine.pieces`. There is one, the whole row."""
        with self._taking():
            graph = self._whole if self._network.private else None
            if graph is None:
                graph = (self._prefix and self._beginning(row + 1)) or self._read_all()
            scores = self._alone(graph, row, target, measure)
            self._let_go()
        yield 0, scores[: row + 1] if self.reads.causal else scores

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
        patience: float = float("inf"),
    ) -> GenericFill:
        """See `Engine.fill`. Always exact; many rows come in an order of its own."""
        del tolerance
        pairs = zip(rows, targets, strict=True)
        wanted = [RowRequest(place, *pair) for place, pair in enumerate(pairs)]
        # Who fills some of a text's rows goes on to fill the rest.
        self._filled += len(wanted)
        more = max(0, self._length - self._filled)
        return GenericFill(list(rows), self._blocks(wanted, measure, patience, more))

    @contextlib.contextmanager
    def _taking(self) -> Iterator[None]:
        """What gradients are taken under; never held while whoever iterates does something."""
        with self._network.lock, clean_torch():
            yield

    def _blocks(
        self, wanted: list[RowRequest], measure: Measure, patience: float, more: int
    ) -> Iterator[list[tuple[int, Tensor]]]:
        """Compute rows, block by block: scores (T,) with their places."""
        try:
            if self._ways is None or (len(wanted) < _FEW and self._known is None):
                for place, row, target in wanted:
                    with self._taking():
                        graph = self._kept() if self._network.private else self._read_all()
                        scores = self._alone(graph, row, target, measure)
                    yield [(place, scores)]
                return
            # A quarter of the text is enough to tell by, and cheaper to look at than the whole.
            ordered = sorted(wanted, key=lambda each: each.row)
            first = len(ordered) // 4
            job = RowBatch(ordered[first:] + ordered[:first], measure, patience, more)
            while job.left:
                with self._taking():
                    found = self._block(self._ways, job)
                yield found
        finally:
            self._let_go()

    def _alone(self, graph: Graph, row: int, target: Explained, measure: Measure) -> Tensor:
        return self._scores(graph.alone(row, target)[None], measure)[0]

    def _block(self, ways: StrategyTimer, job: RowBatch) -> list[tuple[int, Tensor]]:
        """Compute the next rows of a job; none where something was found out instead."""
        if self._bytes is None:
            self._bytes = self._passes.measure()
            return []
        if self._prefix is None and self._known is not None:
            self._prefix = self._check_prefix(self._known)
            return []
        way, size = self._choose(ways, job)
        block = job.left[:size]
        # At first with the known row behind them.
        checks = [self._known] if way != ALONE and self._known and ways.tries(way) < 2 else []
        every = [*block, *(known.wanted for known in checks)]
        if way != COPIES and self._makes_graph(ways, job, every):
            return []
        begun = time.perf_counter()
        try:
            gradients = self._gradients(ways, way, job, every)
            if way != ALONE:
                self._check(gradients, every, checks)
            scores = self._scores(gradients[: len(block)], job.measure)
            wait_for(scores)
        except Exception as error:
            if way == ALONE:
                raise
            ways.reject(way, size)
            _log.info("rows are not computed as %s, %d at once: %s", way, size, error)
            return []
        if len(block) == size:
            seconds = (time.perf_counter() - begun) * len(block) / len(every)
            ways.took(way, size, gradients.shape[1], seconds)
        job.planned -= len(block)
        del job.left[:size]
        return [(each.place, row) for each, row in zip(block, scores.unbind(), strict=True)]

    def _choose(self, ways: StrategyTimer, job: RowBatch) -> tuple[str, int]:
        if self._known is None:
            return ALONE, 1
        reads = [self._reads(each) for each in job.left]
        begins = self._passes.matrix.element_size() * self._passes.width
        each = ((self._bytes or 0) / self._length + begins) * reads[0]
        return ways.choose(reads, job.more, int(MEMORY / each), job.patience)

    def _reads(self, wanted: RowRequest) -> int:
        """How many tokens a row needs to read."""
        return wanted.row + 1 if self._prefix else self._length

    def _gradients(
        self, ways: StrategyTimer, way: str, job: RowBatch, every: Sequence[RowRequest]
    ) -> Tensor:
        """The gradients of rows, (N, p, D), at the first p tokens, as many as any of them reads."""
        rows, targets = [each.row for each in every], [each.target for each in every]
        if way == COPIES:
            tokens = max(map(self._reads, every))
            limit = float("inf") if ways.tries(way) else ways.cost() * tokens * len(every)
            return self._copies(tokens, rows, targets, limit)
        graph = job.graph or self._kept()
        if way == TOGETHER:
            return graph.together(rows, targets)
        gradient = graph.alone(rows[0], targets[0])
        self._remember(every[0], gradient)
        return gradient[None]

    def _remember(self, wanted: RowRequest, gradient: Tensor) -> None:
        # The row of an output that reads nothing would let anything pass.
        if self._known is None and len(gradient) == self._length and gradient.any():
            self._known = VerifiedRow(wanted, gradient)

    def _copies(
        self, tokens: int, rows: Sequence[int], targets: Sequence[Explained], limit: float
    ) -> Tensor:
        """The gradients of rows, (N, tokens, D), each in its own copy of the text."""
        begun = time.perf_counter()
        graph = self._passes.copies(tokens, len(rows))
        outputs = graph.start.detach()[range(len(rows)), rows]
        if not agree(outputs, self._passes.true_start(graph)[rows]):
            raise RejectedError("in a batch of copies of the text the outputs differ")
        if time.perf_counter() - begun > limit:
            raise RejectedError("the forward pass alone is slower than the rows one by one")
        return graph.apart(rows, targets)

    def _check(
        self, gradients: Tensor, every: Sequence[RowRequest], checks: Sequence[VerifiedRow]
    ) -> None:
        """Whether the gradients of rows, the checks last, can be what the plain way gives."""
        tokens = gradients.shape[1]
        if self.reads.causal:
            rows = torch.tensor([each.row for each in every])
            later = torch.arange(tokens)[None] > rows[:, None]
            if gradients[later.to(gradients.device)].any():
                raise RejectedError("an output depends on later inputs")
        for gradient, known in zip(gradients[len(every) - len(checks) :], checks, strict=True):
            if not agree(gradient, known.gradient[:tokens]):
                raise RejectedError("the gradients differ from those of a row alone")

    def _makes_graph(self, ways: StrategyTimer, job: RowBatch, every: Sequence[RowRequest]) -> bool:
        """Have the job hold a graph for a block: one at hand, or a new one where that pays.

        Returns:
            Whether a forward pass was run, which takes about as long as a row.
        """
        if not self._prefix:
            made, job.graph = self._whole is None, self._kept()
            return made
        needed = max(map(self._reads, every))
        if job.graph is not None and job.planned > 0 and job.graph.tokens >= needed:
            return False
        tokens, job.planned = self._plan(ways, job.left, every)
        for graph in (job.graph, self._whole):
            if graph is not None and graph.tokens >= tokens:
                spare = (graph.tokens - tokens) * job.planned * ways.best()
                if spare <= self._passes.cost * tokens:
                    job.graph = graph
                    return False
        job.graph = None
        job.graph = self._beginning(tokens)
        return True

    def _plan(
        self, ways: StrategyTimer, left: Sequence[RowRequest], every: Sequence[RowRequest]
    ) -> tuple[int, int]:
        """Which beginning of the text to read for the next rows, a block of them at least.

        A graph is shared by as many rows as waste no more on it, reading further than they need
        to, than another forward pass costs.

        Returns:
            How many tokens to read, and for how many rows.
        """
        tokens, count = max(map(self._reads, every)), len(every)
        waste = sum(tokens - self._reads(each) for each in every)
        for each in left[count:]:
            further = max(tokens, self._reads(each))
            waste += (further - tokens) * count + further - self._reads(each)
            if waste * ways.best() > further * self._passes.cost:
                break
            tokens, count = further, count + 1
        return tokens, count

    def _beginning(self, tokens: int) -> Graph | None:
        """A graph of the first tokens alone; None, for good, where they are read differently."""
        if tokens == self._length:
            return self._kept()
        try:
            graph = self._passes.graph(tokens)
            if agree(graph.start.detach(), self._passes.true_start(graph)[:tokens]):
                return graph
            reason = "its outputs differ where the text ends earlier"
        except Exception as error:  # noqa: BLE001 - whatever the module raises at another length
            reason = str(error)
        _log.info("the whole text is read for each row: %s", reason)
        self._prefix = False
        return None

    def _check_prefix(self, known: VerifiedRow) -> bool:
        """Whether the known row is the same where the text ends with its output."""
        tokens = known.wanted.row + 1
        graph = self._beginning(tokens)
        if graph is None:
            return False
        try:
            gradient = graph.alone(known.wanted.row, known.wanted.target)
        except Exception as error:  # noqa: BLE001 - the whole text's graph may do all the same
            reason = str(error)
        else:
            if not known.gradient[tokens:].any() and agree(gradient, known.gradient[:tokens]):
                return True
            reason = "its gradients differ where it ends earlier"
        _log.info("the whole text is read for each row: %s", reason)
        return False

    def _kept(self) -> Graph:
        """The graph of the whole text, kept."""
        if self._whole is None:
            self._whole = self._read_all()
        return self._whole

    def _read_all(self) -> Graph:
        return self._passes.graph(self._length)

    def _let_go(self) -> None:
        # A hover on another thread may be about to use it.
        with self._network.lock:
            if self._bytes is not None and self._bytes > MEMORY:
                self._whole = None

    def _scores(self, gradients: Tensor, measure: Measure) -> Tensor:
        """Scores (N, T) from gradients at the first tokens, (N, p, D)."""
        tokens = gradients.shape[1]
        scores = gradients.new_zeros(len(gradients), self._length)
        with torch.no_grad():
            directions = self._directions.get(measure.name)
            if directions is None:
                embedded = self._passes.embedded(self._length)
                directions = measure.directions(self._passes.matrix, embedded)
                self._directions[measure.name] = directions
            some = directions if directions.ndim == 2 else directions[:tokens]
            scores[:, :tokens] = measure.along(gradients, some)
        return scores
