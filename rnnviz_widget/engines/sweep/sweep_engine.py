"""The fast engine: the recurrent layers' own equations, run backwards, with any head."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Accuracy, Engine, RowBlock, RowQuery
from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.measures import Scorer
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.read_on import ReadLayer, ReadText
from rnnviz_widget.engines.module.trace import Call, ReadOnCall, Trace, find_layers
from rnnviz_widget.scene.reads import Reads

from .cells import cells_of, is_bidirectional
from .changed_inputs import ReadStack
from .head import PositionwiseHead
from .route import RouteStack
from .stack import Stack
from .sweep import Sweep

_log = logging.getLogger(__name__)

# Fewer rows than this are carried exactly: compressing them would save nothing.
_COMPRESS_FROM = 256
# If more than this share of the rows may exceed the tolerance, all are computed again.
_MOST_AGAIN = 0.5
# Below this tolerance, in units of the precision, rounding dominates: nothing is compressed.
_FROM = 256
# Up to so many rows are computed one by one.
_ONE_BY_ONE = 3


class SweepEngine(Engine):
    """Serves a stack of known recurrent layers between the embedding and a head.

    The head may be any modules that work position by position; see `PositionwiseHead`. After
    construction nothing of the module runs but this part's graph.

    Args:
        network: A network that is a private copy, in single or double precision.
        ids: The token ids, (T,).
        trace: The network's forward pass on these ids, without a graph.
        before: The text that this pass read on from; None: it read the whole text.

    Raises:
        ValueError: If the network is no such stack; the message says why.
    """

    name = "sweep"
    block = sys.maxsize
    read_text: ReadText

    def __init__(
        self, network: Network, ids: Tensor, trace: Trace, before: ReadText | None = None
    ) -> None:
        layers = find_layers(trace)
        with torch.no_grad():
            self._scorer = Scorer(network.embedding_matrix())
            read = read_layers(layers, trace.read_on, before)
        self._stack = Stack([cell for each in read for cell in each.cells], len(ids))
        axis = 0 if trace.batch_first else 1
        self._embedded = layers[0].read.detach().select(axis, 0)
        self._head = PositionwiseHead(network, ids, trace, layers[-1], read=ReadText(read, None))
        linear = trace.head if self._head.linear else None
        self.read_text = ReadText(read, None if linear is None else linear.weight)
        kinds = " + ".join(type(call.module).__name__ for call in layers)
        super().__init__(
            reason=f"the {kinds} layers are served by their own equations",
            reads=Reads.up_to_own(len(ids)),
            predictions=self._head.predictions,
            logits=trace.logits.detach(),
            mode=torch.no_grad,
        )
        if before is not None and not len(trace.logits):
            self.kept = min(each.kept for each in trace.read_on)

    @property
    def read_stack(self) -> ReadStack | None:
        """See `Engine.read_stack`. Of a head that is more than a linear layer there is none."""
        if not self._head.linear:
            return None
        return ReadStack(self._stack.cells, self._embedded, self.predictions.readout)

    @property
    def route_stack(self) -> RouteStack | None:
        """See `Engine.route_stack`."""
        layers, gradients = self.read_text.layers, self._head.gradients
        return RouteStack(layers, self._embedded, self._scorer.matrix, gradients)

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`. A block of many rows is some steps in time, whatever `patience`."""
        if query.in_stretches and len(query.rows) <= _ONE_BY_ONE:
            for place in range(len(query.rows)):
                yield from self._walked(query, place)
            return
        some = range(len(query.rows))
        at_hidden = self._beginnings(query.rows, query.targets)
        sweep = self._sweep(query, some, at_hidden, self._tolerance(query))
        for _ in sweep:
            yield RowBlock(share=sweep.share)
        if not sweep.rank:
            yield RowBlock(some, sweep.scores)
            return
        fine = sweep.errors <= query.tolerance
        again = (~fine).nonzero()[:, 0].tolist()
        if again:
            _log_inexact(sweep, len(again), query.tolerance)
        if len(again) > _MOST_AGAIN * len(some):
            exact = self._sweep(query, some, at_hidden, 0.0)
            for _ in exact:
                yield RowBlock()
            yield RowBlock(some, exact.scores)
            return
        if len(again) <= _ONE_BY_ONE:
            for place in again:
                for block in self._walked(query, place):
                    last = block.first + block.scores.shape[1]
                    sweep.scores[place, block.first : last] = block.scores[0]
                    yield RowBlock()
        else:
            exact = self._sweep(query, again, at_hidden[again], 0.0)
            for _ in exact:
                yield RowBlock()
            sweep.scores[again] = exact.scores
        error = float(sweep.errors[fine].max())
        yield RowBlock(some, sweep.scores, accuracy=Accuracy(query.tolerance, error, sweep.rank))

    def _beginnings(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """Where the rows of some targets begin: the gradients at the top layer's h, (N, H)."""
        return self._head.gradients(rows, targets)

    def _walked(self, query: RowQuery, place: int) -> Iterator[RowBlock]:
        """Compute one row exactly, stretch by stretch."""
        row, target = query.rows[place], query.targets[place]
        at_hidden = self._beginnings([row], [target])[0]
        for first, gradient in self._stack.walk(row, at_hidden):
            embedded = self._embedded[first : first + len(gradient)]
            scores = self._scorer.scores(query.gradient_measure, gradient, embedded)
            yield RowBlock([place], scores[None], first)

    def _tolerance(self, query: RowQuery) -> float:
        """The tolerance of a sweep; 0 where compressing rows would save nothing."""
        least = _FROM * torch.finfo(self._embedded.dtype).eps
        worth = len(query.rows) >= _COMPRESS_FROM and query.tolerance >= least
        return query.tolerance if worth else 0.0

    def _sweep(
        self, query: RowQuery, places: Sequence[int], at_hidden: Tensor, tolerance: float
    ) -> Sweep:
        """A sweep of the rows at these places of the query."""
        rows = [query.rows[place] for place in places]
        measure = query.gradient_measure
        directions = self._scorer.directions(measure, self._embedded)
        return Sweep(self._stack, rows, at_hidden, measure, directions, tolerance=tolerance)


def _log_inexact(sweep: Sweep, count: int, tolerance: float) -> None:
    _log.info(
        "%d of %d compressed rows may have errors of up to %.1e of their largest score, more than "
        "the %.1e allowed; they are computed exactly",
        count,
        len(sweep.errors),
        float(sweep.errors.max()),
        tolerance,
    )


def read_layers(
    layers: Sequence[Call], read_on: Sequence[ReadOnCall], before: ReadText | None
) -> list[ReadLayer]:
    """The layers with their cells, of which no inputs are worked out that were not read.

    Args:
        layers: The calls.
        read_on: How each was called, if the text was read on.
        before: What was read before.
    """
    if any(is_bidirectional(call.module) for call in layers):
        raise ValueError("a recurrent layer is bidirectional")
    modules = None if before is None else [each.call.module for each in before.layers]
    if modules is not None and modules != [call.module for call in layers]:
        raise ValueError("other layers are called than with the text before")
    found = []
    for number, call in enumerate(layers):
        axis = 0 if call.module.batch_first else 1
        inputs, made = (each.detach().select(axis, 0) for each in (call.read, call.made))
        states, recorded, begin = call.states(), call.layers, 0
        if before is not None:
            recorded, begin = read_on[number].layers, read_on[number].begin
        if before is None or not begin:
            cells = cells_of(call.module, inputs, made, states, recorded)
            # The cells have what was recorded.
            found.append(ReadLayer(replace(call, layers=()), cells))
            continue
        known = before.layers[number].cells
        states = before.layers[number].stacked_states(begin)
        later = cells_of(call.module, inputs[begin:], made[begin:], states, recorded)
        pairs = zip(later, known, strict=True)
        found.append(ReadLayer(call, [cell.joined_to(one, begin) for cell, one in pairs]))
    return found
