"""The engine for any module, by `torch.autograd.grad`: many rows at once where that is faster."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

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
"""The most bytes of intermediate results that rows computed at once may hold, and that a graph may
hold between uses. A single row is not limited."""

TOGETHER, COPIES = "together", "copies"

# Fewer rows are computed one by one as long as there is no verified row to check other strategies.
_FEW = 16


class GenericEngine(Engine):
    """Serves any module, by `torch.autograd.grad`.

    A single row walks once backwards through the graph of one forward pass, which is kept. Of many
    rows the first are also computed by other strategies; those that give the same gradients as a
    row alone are timed, and the fastest computes the rest:

    - Prefix: if no output depends on later inputs or on the length of the text, a block of rows
      reads only the beginning of the text, up to its last output.
    - `together`: several rows in one walk through one graph (`is_grads_batched`).
    - `copies`: a batch of copies of the text, each row the gradient of its own copy.

    If the logits come from a linear layer (the head), a gradient begins at that layer's input with
    the target's weights, and only the first pass computes the logits.

    Rows computed at once hold at most `MEMORY` bytes, as measured on one forward pass; a larger
    graph is not kept. A module that could not be copied is run again for every row, because its
    weights may have changed. If a module draws random numbers, each row is computed alone.

    Args:
        network: The network.
        ids: The text, (T,).
        scanned: See `Passes`.
    """

    name = "autograd"
    block = 64

    def __init__(
        self,
        network: Network,
        ids: Tensor,
        scanned: Callable[[], AbstractContextManager[object]] | None = None,
    ) -> None:
        self._network = network
        self._length = len(ids)
        with network.computing():
            self._passes = Passes(network, ids, scanned)
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
        tried = {TOGETHER: 4} if scanned else {TOGETHER: 4, COPIES: 2}
        self._timer = None if plain else StrategyTimer(tried)
        # Whether a prefix gives the same outputs and gradients as the whole text; None: not tested.
        self._prefix: bool | None = None if self.reads.causal and not plain else False
        self._gradients = CheckedGradients(self._passes, self._length, causal=self.reads.causal)
        self._scorer = Scorer(self._passes.matrix)
        self._bytes: int | None = None
        self._filled = 0

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`. Rows are always exact; many come in another order than asked for."""
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
        # A fill that has asked for some rows of a text usually asks for the rest.
        more = 0 if query.in_stretches else max(0, self._length - self._filled)
        # Timings begin a quarter into the text: long enough to compare strategies, and cheap.
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
        """A graph for one hovered row: the one that is kept, else of the shortest prefix."""
        graph = self._whole if self._network.capabilities.private else None
        if graph is None:
            graph = (self._prefix and self._beginning(wanted.row + 1)) or self._read_all()
        return graph

    def _block(self, timer: StrategyTimer, job: RowBatch) -> RowBlock:
        """Compute the next rows of a job; an empty block if the step was a measurement instead."""
        known = self._gradients.known
        if self._bytes is None:
            self._bytes = self._passes.measure()
            return RowBlock()
        if self._prefix is None and known is not None:
            self._prefix = self._check_prefix(known)
            return RowBlock()
        strategy, size = self._choose(timer, job)
        block = job.left[:size]
        # A new strategy computes the verified row along with them, to be compared.
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
        """Compute the gradients of rows, (N, p, D), at the p tokens that the longest row reads."""
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
        """Give the job a graph for its next block: an existing one, or a new one if that is faster.

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
        """Choose which prefix of the text to read for the next rows, at least one block of them.

        Rows share a graph as long as the time that they lose by reading further than they need is
        less than that of another forward pass.

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
        """A graph of the first tokens; None if its outputs differ, which rules prefixes out."""
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
        """Whether the verified row is the same if the text ends with its output."""
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
        """The graph of the whole text, which is kept."""
        if self._whole is None:
            self._whole = self._read_all()
        return self._whole

    def _read_all(self) -> Graph:
        return self._passes.graph(self._length)

    def _let_go(self) -> None:
        # The lock keeps the graph from being dropped while a hover on another thread uses it.
        with self._network.lock:
            if self._bytes is not None and self._bytes > MEMORY:
                self._whole = None

    def _scores(self, gradients: Tensor, measure: Measure) -> Tensor:
        """Scores (N, T) from gradients at the first p tokens, (N, p, D); zero at the others."""
        tokens = gradients.shape[1]
        scores = gradients.new_zeros(len(gradients), self._length)
        embedded = self._passes.embedding[:tokens]
        scores[:, :tokens] = self._scorer.scores(measure, gradients, embedded)
        return scores
