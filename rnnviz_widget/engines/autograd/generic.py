"""The engine for any module: `torch.autograd.grad`, many rows at once where that pays."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence

from torch import Tensor

from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.rounding import agree

from .checked_gradients import CheckedGradients, VerifiedRow
from .experiment import find_reads
from .passes import Graph, Passes, wait_for
from .probe import GraphProbe
from .row_batch import RowBatch, RowRequest
from .strategy_timer import ALONE, StrategyTimer

_log = logging.getLogger(__name__)

MEMORY = 512 * 2**20
"""How many bytes of intermediate results several rows computed at once may hold, and what a kept
graph may hold between uses. One row takes what it takes."""

TOGETHER, COPIES = "together", "copies"

# Fewer rows are computed one by one, as long as nothing is known of the network.
_FEW = 16


class GenericEngine(Engine):
    """Serves any module, by `torch.autograd.grad`.

    A row alone takes the graph of one forward pass, which is kept, and walks it once. Of many rows
    the first are computed by other strategies too, as far as they give what a row alone gives, and
    the cheapest goes on:

    - Where no output depends on a later input, nor on how long the text is, a block of rows reads
      no more of the text than up to its last output.
    - `together`: several rows in one walk through one graph (`is_grads_batched`).
    - `copies`: the text as a batch of copies of itself, each row the gradient of its own copy.

    Where the logits are what a linear layer gave, a gradient begins at that layer's input with
    the target's weights, and no pass but the first computes them.

    Rows computed at once hold `MEMORY` at most, as measured on one forward pass; a larger graph
    is not kept either. A module that could not be copied is run again for each row, since its
    weights may have moved; of one that draws random numbers each row is computed alone.

    Args:
        network: The network.
        ids: The token ids, (T,).
    """

    name = "autograd"
    block = 64

    def __init__(self, network: Network, ids: Tensor) -> None:
        self._network = network
        self._length = len(ids)
        with network.computing():
            self._passes = Passes(network, ids)
            graph = self._passes.first()
            self._whole: Graph | None = graph
            module = network.module if network.capabilities.private else None
            probe = GraphProbe(graph, self._passes, same=not network.capabilities.random)
            super().__init__(
                reason="autograd serves any module",
                reads=find_reads(probe, module, one_output=network.capabilities.one_output),
                predictions=self._passes.outputs(),
                logits=self._passes.logits,
                mode=network.computing,
            )
        plain = not network.capabilities.private or network.capabilities.random
        self._timer: StrategyTimer | None = (
            None if plain else StrategyTimer({TOGETHER: 4, COPIES: 2})
        )
        # Whether a beginning of the text is read as it is within the whole; None: not known yet.
        self._prefix: bool | None = None if self.reads.causal and not plain else False
        self._gradients = CheckedGradients(self._passes, self._length, causal=self.reads.causal)
        self._scorer = Scorer(self._passes.matrix)
        self._bytes: int | None = None
        self._filled = 0

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`. Always exact; many rows come in an order of their own."""
        measure = query.gradient_measure
        if not query.in_stretches:
            self._filled += len(query.rows)
        pairs = zip(query.rows, query.targets, strict=True)
        wanted = [RowRequest(place, *pair) for place, pair in enumerate(pairs)]
        try:
            if query.in_stretches and len(wanted) == 1:
                yield self._alone(self._cheapest_graph(wanted[0]), wanted[0], measure)
            elif self._timer is None or (len(wanted) < _FEW and self._gradients.known is None):
                for each in wanted:
                    graph = self._kept() if self._network.capabilities.private else self._read_all()
                    yield self._alone(graph, each, measure)
            else:
                yield from self._many(self._timer, wanted, query)
        finally:
            self._let_go()

    def _many(
        self, timer: StrategyTimer, wanted: list[RowRequest], query: RowQuery
    ) -> Iterator[RowBlock]:
        # Who fills some of a text's rows goes on to fill the rest.
        more = 0 if query.in_stretches else max(0, self._length - self._filled)
        # A quarter of the text is enough to tell by, and cheaper to look at than the whole.
        ordered = sorted(wanted, key=lambda each: each.row)
        first = len(ordered) // 4
        left = ordered[first:] + ordered[:first]
        job = RowBatch(left, query.gradient_measure, query.patience, more)
        while job.left:
            yield self._block(timer, job)

    def _alone(self, graph: Graph, wanted: RowRequest, measure: Measure) -> RowBlock:
        gradient = graph.alone(wanted.row, wanted.target)
        return RowBlock([wanted.place], self._scores(gradient[None], measure))

    def _cheapest_graph(self, wanted: RowRequest) -> Graph:
        """A graph for one row that is hovered over: one at hand, or as short as may be."""
        graph = self._whole if self._network.capabilities.private else None
        if graph is None:
            graph = (self._prefix and self._beginning(wanted.row + 1)) or self._read_all()
        return graph

    def _block(self, timer: StrategyTimer, job: RowBatch) -> RowBlock:
        """Compute the next rows of a job; none where something was found out instead."""
        known = self._gradients.known
        if self._bytes is None:
            self._bytes = self._passes.measure()
            return RowBlock()
        if self._prefix is None and known is not None:
            self._prefix = self._check_prefix(known)
            return RowBlock()
        strategy, size = self._choose(timer, job)
        block = job.left[:size]
        # At first with the known row behind them.
        checks = [known] if strategy != ALONE and known and timer.tries(strategy) < 2 else []
        every = [*block, *(each.wanted for each in checks)]
        if strategy != COPIES and self._makes_graph(timer, job, every):
            return RowBlock()
        begun = time.perf_counter()
        try:
            gradients = self._compute(timer, strategy, job, every)
            if strategy != ALONE:
                self._gradients.check(gradients, every, checks)
            scores = self._scores(gradients[: len(block)], job.measure)
            wait_for(scores)
        except Exception as error:
            if strategy == ALONE:
                raise
            timer.reject(strategy, size)
            _log.info("rows are not computed as %s, %d at once: %s", strategy, size, error)
            return RowBlock()
        if len(block) == size:
            seconds = (time.perf_counter() - begun) * len(block) / len(every)
            timer.took(strategy, size, gradients.shape[1], seconds)
        job.planned -= len(block)
        del job.left[:size]
        return RowBlock([each.place for each in block], scores)

    def _choose(self, timer: StrategyTimer, job: RowBatch) -> tuple[str, int]:
        if self._gradients.known is None:
            return ALONE, 1
        reads = [self._reads(each) for each in job.left]
        begins = self._passes.matrix.element_size() * self._passes.width
        each = ((self._bytes or 0) / self._length + begins) * reads[0]
        return timer.choose(reads, job.more, int(MEMORY / each), job.patience)

    def _compute(
        self, timer: StrategyTimer, strategy: str, job: RowBatch, every: Sequence[RowRequest]
    ) -> Tensor:
        """The gradients of rows, (N, p, D), at the first p tokens, as many as any of them reads."""
        if strategy == COPIES:
            tokens = max(map(self._reads, every))
            limit = math.inf if timer.tries(strategy) else timer.cost() * tokens * len(every)
            return self._gradients.copies(tokens, every, limit)
        graph = job.graph or self._kept()
        if strategy == TOGETHER:
            return graph.together([each.row for each in every], [each.target for each in every])
        return self._gradients.alone(graph, every[0])

    def _reads(self, wanted: RowRequest) -> int:
        """How many tokens a row needs to read."""
        return wanted.row + 1 if self._prefix else self._length

    def _makes_graph(
        self, timer: StrategyTimer, job: RowBatch, every: Sequence[RowRequest]
    ) -> bool:
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
        tokens, job.planned = self._plan(timer, job.left, every)
        for graph in (job.graph, self._whole):
            if graph is not None and graph.tokens >= tokens:
                spare = (graph.tokens - tokens) * job.planned * timer.best()
                if spare <= self._passes.cost * tokens:
                    job.graph = graph
                    return False
        job.graph = None
        job.graph = self._beginning(tokens)
        return True

    def _plan(
        self, timer: StrategyTimer, left: Sequence[RowRequest], every: Sequence[RowRequest]
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
            if waste * timer.best() > further * self._passes.cost:
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
        embedded = self._passes.embedding[:tokens]
        scores[:, :tokens] = self._scorer.scores(measure, gradients, embedded)
        return scores
