"""The fast engine of recurrent layers that read in both directions, or from right to left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.measures import Scorer
from rnnviz_widget.engines.module.flips import Flip
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import Call, Trace
from rnnviz_widget.scene.reads import Bound, Reads

from .bidirectional import BidirectionalStack, BidirectionalSweep, Direction, Layer
from .cells import cells_of, is_bidirectional
from .head import PositionwiseHead

# Up to so many rows are computed one by one.
_ONE_BY_ONE = 3


class BidirectionalEngine(Engine):
    """Serves a stack of known recurrent layers some of which read the text from right to left.

    All rows are exact, and each comes whole: the gradient at any input may come from any layer.

    Args:
        network: A network that is a private copy, in single or double precision.
        ids: The token ids, (T,).
        trace: The network's forward pass on these ids, without a graph.
        layers: The calls of the recurrent layers; see `find_layers`.
        flips: What was flipped meanwhile.

    Raises:
        ValueError: If the network can't be served; the message says why.
    """

    name = "sweep"

    def __init__(
        self,
        network: Network,
        ids: Tensor,
        trace: Trace,
        layers: Sequence[Call],
        flips: Sequence[Flip],
    ) -> None:
        with torch.no_grad():
            self._scorer = Scorer(network.embedding_matrix())
            stack = [layer for call in layers for layer in _layers_of(call)]
        self._stack = BidirectionalStack(stack, len(ids))
        self.block = self._stack.rows_at_once
        self._embedded = trace.embedded[0].detach().select(0 if trace.batch_first else 1, 0)
        self._head = PositionwiseHead(network, ids, trace, layers[-1], flips=flips)
        if is_bidirectional(layers[-1].module):
            self._check_both_are_read()
        kinds = " + ".join(type(call.module).__name__ for call in layers)
        super().__init__(
            reason=f"the {kinds} layers are served by their own equations",
            reads=_reads(stack, len(ids)),
            predictions=self._head.predictions,
            logits=trace.logits.detach(),
            mode=torch.no_grad,
        )

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`. A block is a step in time, whatever `patience` is."""
        if query.in_stretches and len(query.rows) <= _ONE_BY_ONE:
            for place in range(len(query.rows)):
                yield from self._walked(query, place)
            return
        directions = self._scorer.directions(query.gradient_measure, self._embedded)
        size = self._stack.rows_at_once
        for first in range(0, len(query.rows), size):
            places = range(first, min(first + size, len(query.rows)))
            rows = [query.rows[place] for place in places]
            at_hidden = self._head.gradients(rows, [query.targets[place] for place in places])
            sweep = BidirectionalSweep(
                self._stack, rows, at_hidden, query.gradient_measure, directions
            )
            for _ in sweep:
                yield RowBlock(share=(first + sweep.share * len(rows)) / len(query.rows))
            yield RowBlock(places, sweep.scores)

    def _walked(self, query: RowQuery, place: int) -> Iterator[RowBlock]:
        """Compute one row."""
        row = query.rows[place]
        (at_hidden,) = self._head.gradients([row], [query.targets[place]])
        walk = self._stack.walk(row, at_hidden)
        while True:
            try:
                next(walk)
            except StopIteration as end:
                scores = self._scorer.scores(query.gradient_measure, end.value, self._embedded)
                yield RowBlock([place], scores[None])
                return
            yield RowBlock()

    def _check_both_are_read(self) -> None:
        """Refuse a head that reads one direction alone: its outputs may read fewer tokens."""
        rows = sorted({0, self._stack.length // 2, self._stack.length - 1})
        halves = self._head.gradients(rows, [0] * len(rows)).chunk(2, dim=1)
        if not all(half.any() for half in halves):
            raise ValueError("what comes after the recurrent layers reads one direction alone")


def _layers_of(call: Call) -> list[Layer]:
    """The layers of a module, from the left end of the text or from the right."""
    axis = 0 if call.module.batch_first else 1
    inputs, made = (each.detach().select(axis, 0) for each in (call.read, call.made))
    cells = cells_of(call.module, inputs, made, call.states(), call.layers)
    if not is_bidirectional(call.module):
        return [[Direction(cell, call.flipped)] for cell in cells]
    pairs = zip(cells[::2], cells[1::2], strict=True)
    return [
        [Direction(one, call.flipped), Direction(other, not call.flipped)] for one, other in pairs
    ]


def _reads(layers: Sequence[Layer], tokens: int) -> Reads:
    """Which tokens each output reads."""
    if all(direction.backward for layer in layers for direction in layer):
        return Reads(tokens, Bound(0, 0, tokens - 1), Reads.everything(tokens).last)
    return Reads.everything(tokens)
