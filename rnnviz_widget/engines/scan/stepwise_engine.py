"""The engine of networks whose operations are all known: one backward pass for all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.sweep.products import product

from .step_backward import Found, StepBackward
from .tape import Tape

# Fewer rows are computed one by one: a pass takes about as long as so many rows.
_FEW = 8


class StepwiseEngine(Engine):
    """Computes many rows in one pass through a tape, and single rows by another engine.

    Args:
        engine: The engine of single rows, which has read the text.
        tape: What the module did with the text.
        mode: See `Engine`.
        matrix: The embedding matrix, (V, D).
    """

    name = "scan"

    def __init__(
        self,
        engine: Engine,
        tape: Tape,
        mode: Callable[[], AbstractContextManager[object]],
        matrix: Tensor,
    ) -> None:
        super().__init__(
            reason=engine.reason,
            reads=engine.reads,
            predictions=engine.predictions,
            logits=engine.logits,
            mode=mode,
        )
        self.block = engine.reads.tokens
        self._engine, self._tape = engine, tape
        self._scorer = Scorer(matrix)

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`."""
        if len(query.rows) < _FEW:
            yield from self._engine.blocks(query)
            return
        measure = query.gradient_measure
        order = sorted(range(len(query.rows)), key=lambda place: query.rows[place])
        rows = [query.rows[place] for place in order]
        begin = self.predictions.gradients(rows, [query.targets[place] for place in order])
        scores = begin.new_zeros(len(rows), self.reads.tokens)
        work = sum(row + 1 for row in rows)
        done = 0
        yield RowBlock()
        for found in StepBackward(self._tape, rows, begin):
            scores[found.rows, found.steps] = self._scores(found, measure)
            done += found.gradient[0].numel()
            yield RowBlock(share=min(1.0, done / work))
        yield RowBlock(order, scores)

    def _scores(self, found: Found, measure: Measure) -> Tensor:
        """Scores (rows, steps)."""
        embedded = self._tape.embedded.tensor.detach()[found.steps]
        directions = self._scorer.directions(measure, embedded)
        if directions.ndim == 2:
            along = product(directions.T.contiguous(), found.gradient.flatten(1).T)
            along = along.view(-1, *found.gradient.shape[1:]).permute(2, 1, 0)
        else:
            along = torch.einsum("dtn,tdm->ntm", found.gradient, directions)
        return measure.reduce(along)
