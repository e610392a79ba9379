"""The engine of networks whose operations are all known: one backward pass for all rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import torch
from torch import Tensor

from rnnviz_widget.engines.autograd.generic import MEMORY, GenericEngine
from rnnviz_widget.engines.autograd.passes import Scanned
from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import Head
from rnnviz_widget.engines.sweep.products import product

from .step_backward import GradientBlock, StepBackward
from .tape import Tape

_log = logging.getLogger(__name__)

SHORT = 24
"""Of texts with fewer tokens all rows take less time one by one than the making of a tape."""

# Fewer rows are computed by the other engine; more of those that somebody waits for.
_FEW, _FEW_AWAITED = 2, 8


class StepwiseEngine(Engine):
    """Computes many rows in one pass through a tape, and few by another engine.

    The tape is made when many rows are first asked for. If it can't be made of this text, the other
    engine computes all rows.

    Args:
        engine: The other engine, which has read the text.
        network: The network.
        ids: The text, (T,).
        scanned: Entered while the network reads, so that scans take the place of loops.
    """

    name = "scan"

    def __init__(
        self, engine: GenericEngine, network: Network, ids: Tensor, scanned: Scanned
    ) -> None:
        super().__init__(
            reason=engine.reason,
            reads=engine.reads,
            predictions=engine.predictions,
            logits=engine.logits,
            mode=network.computing,
        )
        self.block, self.forward_seconds = engine.reads.tokens, engine.forward_seconds
        self._engine, self._network, self._ids, self._scanned = engine, network, ids, scanned
        self._scorer = Scorer(network.embedding_matrix())
        self._tape: Tape | None = None
        self._refused = False

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`."""
        few = _FEW_AWAITED if query.in_stretches else _FEW
        tape = None if len(query.rows) < few else self._made()
        if tape is None:
            yield from self._engine.blocks(query)
            return
        yield RowBlock()
        measure = query.gradient_measure
        order = sorted(range(len(query.rows)), key=lambda place: query.rows[place])
        rows = [query.rows[place] for place in order]
        begin = self.predictions.gradients(rows, [query.targets[place] for place in order])
        scores = begin.new_zeros(len(rows), self.reads.tokens)
        done, work = 0, sum(row + 1 for row in rows)
        size = max(1, MEMORY // (tape.carried * begin.element_size()))
        for first in range(0, len(rows), size):
            some = slice(first, first + size)
            for found in StepBackward(tape, rows[some], begin[some]):
                scores[some][found.rows, found.steps] = self._scores(tape, found, measure)
                done += found.gradient[0].numel()
                yield RowBlock(share=min(1.0, done / work))
        yield RowBlock(order, scores)

    def _made(self) -> Tape | None:
        if self._tape is None and not self._refused:
            try:
                self._tape = tape_of(self._network, self._ids, self._scanned, self._engine.head)
            except Exception as error:  # noqa: BLE001 - whatever a module does that is not known
                _log.info("rows are not computed in one pass: %s", error)
                self._refused = True
        return self._tape

    def _scores(self, tape: Tape, found: GradientBlock, measure: Measure) -> Tensor:
        """Scores (rows, steps)."""
        embedded = tape.embedded.tensor.detach()[found.steps]
        directions = self._scorer.directions(measure, embedded)
        if directions.ndim == 2:
            along = product(found.gradient.flatten(1).T, directions.T)
            along = along.view(*found.gradient.shape[1:], -1).transpose(0, 1)
        else:
            along = torch.einsum("dtn,tdm->ntm", found.gradient, directions)
        return measure.reduce(along)


def tape_of(network: Network, ids: Tensor, scanned: Scanned, head: Head | None = None) -> Tape:
    """What a network does with a text; hold the network meanwhile.

    Args:
        network: The network.
        ids: The text, (T,).
        scanned: Entered while the network reads.
        head: The head, before which it stops, if that is known.

    Raises:
        ValueError: If not all of it is known, or what its module raises.
    """
    embedded = network.embed(ids).detach().requires_grad_()
    tape = Tape(embedded)
    with tape, scanned():
        if head is not None:
            read = network.hidden(ids, embedded, head)
        else:
            logits, found = network.forward(ids, embedded)
            read = logits if found is None else found.hidden
    tape.end(read)
    return tape
