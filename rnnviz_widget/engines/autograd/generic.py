"""The engine for any module, by `torch.autograd.grad`: many rows at once where that is faster."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence

from torch import Tensor

from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import Head
from rnnviz_widget.engines.thread_count import THREADS
from rnnviz_widget.scene.reads import Reads

from .checked_gradients import CheckedGradients
from .experiment import find_reads
from .passes import Graph, Passes, Scanned, wait_for
from .prefixes import Prefixes
from .probe import GraphProbe
from .reads_search import ReadsSearch, put_off
from .row_batch import RowBatch, RowRequest
from .strategy_timer import ALONE, StrategyTimer

_log = logging.getLogger(__name__)

MEMORY = 512 * 2**20
"""The most bytes of intermediate results that rows computed at once may hold, and that a graph may
hold between uses. A single row is not limited."""

TOGETHER, COPIES = "together", "copies"

# Up to so many weights times tokens a part that works position by position is looked for.
_TAIL_UP_TO = 5e9

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
    _search: ReadsSearch | None = None

    def __init__(
        self,
        network: Network,
        ids: Tensor,
        scanned: Scanned | None = None,
        *,
        reads_later: bool = False,
    ) -> None:
        self._network = network
        self._length = len(ids)
        known = network.capabilities
        with network.computing():
            self._passes = Passes(network, ids, scanned)
            begun = time.perf_counter()
            graph = self._passes.first()
            wait_for(graph.start)
            self.forward_seconds = time.perf_counter() - begun
            self._whole: Graph | None = graph
            module = network.module if known.private else None
            probe = GraphProbe(graph, self._passes, same=not known.random)
            if reads_later and put_off(network, len(ids)):
                self._search = ReadsSearch(probe, module, seems_causal=known.seems_causal)
                reads = self._search.assumed
            else:
                reads = find_reads(probe, module, one_output=known.one_output)
            super().__init__(
                reason="autograd serves any module",
                reads=reads,
                predictions=self._passes.outputs(),
                logits=self._passes.logits,
                mode=network.computing,
            )
        plain = not known.private or known.random
        tried = {TOGETHER: 4} if scanned else {TOGETHER: 4, COPIES: 2}
        self._timer = None if plain else StrategyTimer(tried)
        self._scorer = Scorer(self._passes.matrix)
        self._bytes: int | None = None
        self._filled = 0
        self._use(reads)

    def _use(self, reads: Reads) -> None:
        """Compute rows as what the outputs read allows."""
        self.reads = reads
        self._prefixes = Prefixes(self._passes, may_hold=reads.causal and self._timer is not None)
        self._gradients = CheckedGradients(self._passes, self._length, causal=reads.causal)

    @property
    def head(self) -> Head | None:
        """See `Passes.head`."""
        return self._passes.head

    @property
    def reads_known(self) -> bool:
        """See `Engine.reads_known`."""
        return self._search is None

    def find_reads(self) -> Iterator[float]:
        """See `Engine.find_reads`."""
        while (search := self._search) is not None:
            with self._mode(), THREADS.chosen():
                found = search.step()
                if found is not None and self._search is search:
                    self._search = None
                    self._use(found)
            yield search.share

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
            graph = (self._prefixes.hold and self._beginning(wanted.row + 1)) or self._read_all()
        return graph

    def _block(self, timer: StrategyTimer, job: RowBatch) -> RowBlock:
        """Compute the next rows of a job; an empty block if the step was a measurement instead."""
        known = self._gradients.known
        if self._bytes is None:
            self._bytes = self._passes.measure()
            # Not of large modules: they have so many layers that the last one is a small part.
            if self._network.work(self._length) <= _TAIL_UP_TO:
                self._whole = self._passes.find_tail() or self._whole
            return RowBlock()
        if self._prefixes.hold is None and known is not None:
            self._prefixes.check(known)
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
        return wanted.row + 1 if self._prefixes.hold else self._length

    def _makes_graph(
        self, timer: StrategyTimer, job: RowBatch, every: Sequence[RowRequest]
    ) -> bool:
        """Give the job a graph for its next block: an existing one, or a new one if that is faster.

        Returns:
            Whether a forward pass was run, which takes about as long as a row.
        """
        if not self._prefixes.hold:
            made, job.graph = self._whole is None, self._kept()
            return made
        needed = max(map(self._reads, every))
        if job.graph is not None and job.planned > 0 and job.graph.tokens >= needed:
            return False
        needs = [self._reads(each) for each in (*every, *job.left[len(every) :])]
        tokens, job.planned = self._prefixes.plan(needs, len(every), timer.best())
        for graph in (job.graph, self._whole):
            if graph is not None and graph.tokens >= tokens:
                spare = (graph.tokens - tokens) * job.planned * timer.best()
                if spare <= self._passes.cost * tokens:
                    job.graph = graph
                    return False
        job.graph = None
        job.graph = self._beginning(tokens)
        return True

    def _beginning(self, tokens: int) -> Graph | None:
        """A graph of the first tokens; None if its outputs differ."""
        return self._kept() if tokens == self._length else self._prefixes.graph(tokens)

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
