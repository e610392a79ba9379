"""The fast engine: the recurrent layers' own equations, backwards, and whatever head they have."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from rnnviz_widget.scene.reads import Reads

from .cells import cells_of
from .engine import Accuracy
from .explained import Explained, Outputs, head_rows, summed
from .measures import Measure
from .network import Network
from .stack import Stack
from .sweep import Sweep
from .trace import Call, Trace, find_layers

_log = logging.getLogger(__name__)

# Fewer rows are carried exactly: compressing them would save nothing.
_COMPRESS_FROM = 256
# Where more of the rows may be too far off than this share, all are done again.
_MOST_AGAIN = 0.5
# Rounding alone is more than a smaller tolerance, in units of the precision: nothing is compressed.
_FROM = 256
# So few rows are computed one by one.
_ONE_BY_ONE = 3


class SweepEngine:
    """Serves a stack of known recurrent layers between the embedding and a head.

    The head may be any modules that work position by position, since the gradient of a sum of one
    logit a position then holds every row's gradient at the top layer; autograd is used for it
    where it is more than a linear layer. Nothing of the module is called after construction but
    that part's graph.

    Args:
        network: A network that is private, in single or double precision.
        ids: The token ids, (T,).
        trace: The network's forward pass on these ids, without a graph.

    Raises:
        ValueError: If the network is no such stack; the message says why, about the module.
    """

    name = "sweep"
    block = sys.maxsize

    def __init__(self, network: Network, ids: Tensor, trace: Trace) -> None:
        self._network = network
        self.reads = Reads.up_to_own(len(ids))
        layers = find_layers(trace)
        with torch.no_grad():
            self._matrix = network.embedding_matrix()
            self._stack = _stack_of(layers)
        axis = 0 if trace.batch_first else 1
        self._embedded = layers[0].read.detach().select(axis, 0)
        self._weight: Tensor | None = None
        self.logits = trace.logits.detach()
        if trace.head is not None and trace.head.read is layers[-1].made:
            self._weight = trace.head.weight.detach()
            bias = trace.head.bias
            self._outputs = Outputs(
                trace.head.hidden.detach(), self._weight, None if bias is None else bias.detach()
            )
        elif not len(trace.logits):
            raise ValueError("what comes after the recurrent layers is more than a linear layer")
        else:
            self._leaf, self._graph = _head(network, ids, layers[-1])
            self._check_head()
            self._outputs = Outputs(self._graph.detach())
        kinds = " + ".join(type(call.module).__name__ for call in layers)
        self.reason = f"the {kinds} layers are served by their own equations"

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
        """See `Engine.rows`."""
        pairs = list(zip(rows, targets, strict=True))
        each = list(dict.fromkeys(pairs))
        if len(each) <= _ONE_BY_ONE:
            found = torch.stack([self._row(s, k, measure) for s, k in each])
            accuracy = Accuracy()
        else:
            some, classes = [s for s, _ in each], [k for _, k in each]
            fill = self.fill(some, classes, measure, tolerance=tolerance)
            found, accuracy = fill.finish(), fill.accuracy
        if len(each) == len(pairs):
            return found, accuracy
        place = {pair: n for n, pair in enumerate(each)}
        return found[[place[pair] for pair in pairs]], accuracy

    def _row(self, row: int, target: Explained, measure: Measure) -> Tensor:
        scores = self._embedded.new_zeros(len(self._embedded))
        for first, piece in self.pieces(row, target, measure):
            scores[first : first + len(piece)] = piece
        return scores

    def pieces(self, row: int, target: Explained, measure: Measure) -> Iterator[tuple[int, Tensor]]:
        """See `Engine.pieces`."""
        with torch.no_grad():
            directions = measure.directions(self._matrix, self._embedded)
            at_hidden = self._at_hidden([row], [target])[0]
            steps = self._stack.walk(row, at_hidden)
        while True:
            # Not around the yield: a row that is given up would set the mode of whoever runs then.
            with torch.no_grad():
                step = next(steps, None)
                if step is None:
                    return
                first, gradient = step
                last = first + len(gradient)
                some = directions if directions.ndim == 2 else directions[first:last]
                scores = measure.along(gradient, some)
            yield first, scores

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
        patience: float = float("inf"),
    ) -> SweepFill:
        """See `Engine.fill`. A part is a step in time, whatever `patience` is."""
        del patience
        with torch.no_grad():
            directions = measure.directions(self._matrix, self._embedded)
            at_hidden = self._at_hidden(rows, targets)
        if len(rows) < _COMPRESS_FROM or tolerance < _FROM * torch.finfo(at_hidden.dtype).eps:
            tolerance = 0.0

        def sweep(places: Sequence[int] | None, tolerance: float) -> Sweep:
            some, begin = rows, at_hidden
            if places is not None:
                some, begin = [rows[n] for n in places], at_hidden[list(places)]
            return Sweep(self._stack, some, begin, measure, directions, tolerance=tolerance)

        return SweepFill(sweep, rows, tolerance)

    def _at_hidden(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradient of each row's target at the top layer's h_s, (N, H)."""
        if self._weight is not None:
            return head_rows(self._weight, targets)
        found = self._embedded.new_empty(len(rows), self._leaf.shape[-1])
        left = list(range(len(rows)))
        while left:
            # Of several rows that explain one output, one a time.
            now = list({rows[n]: n for n in left}.values())
            some = [rows[n] for n in now]
            found[now] = self._gradient(some, [targets[n] for n in now])[some]
            left = [n for n in left if n not in set(now)]
        return found

    def _gradient(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradient of the sum of these targets, each of another output, at the top layer."""
        with self._network.lock, torch.enable_grad():
            (gradient,) = torch.autograd.grad(
                summed(self._graph, [rows], targets),
                self._leaf,
                retain_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
        return gradient.view(len(self._embedded), -1)

    def _check_head(self) -> None:
        """Refuse a head that reads other positions than its own."""
        length = len(self._embedded)
        if not self._graph.requires_grad:
            raise ValueError("what comes after the recurrent layers does not read what they made")
        for row in {length - 1, length // 2}:
            try:
                elsewhere = self._gradient([row], [0])
            except Exception as error:  # whatever a module's own backward pass raises
                raise ValueError(
                    f"what comes after the recurrent layers has no gradient ({error})"
                ) from error
            elsewhere[row] = 0
            if elsewhere.any():
                raise ValueError("what comes after the recurrent layers reads other positions too")


class SweepFill:
    """See `Fill`.

    Args:
        sweep: Makes a sweep of the rows in these places, None: of all, with a tolerance.
        rows: Output indices, in the order of its scores.
        tolerance: The largest error allowed. Compressed rows that may be further off are done
            again exactly.
    """

    def __init__(
        self,
        sweep: Callable[[Sequence[int] | None, float], Sweep],
        rows: Sequence[int],
        tolerance: float,
    ) -> None:
        self._make = sweep
        self._rows = rows
        self._tolerance = tolerance
        self._sweep = sweep(None, tolerance)
        self._done = 0.0
        self._scores = self._sweep.scores
        self.accuracy = Accuracy()

    @property
    def share(self) -> float:
        """See `Fill`. While rows are done again it stays where it is."""
        self._done = max(self._done, self._sweep.share)
        return self._done

    def __iter__(self) -> Iterator[list[tuple[int, Tensor]]]:
        yield from self._run()
        if self._sweep.rank:
            yield from self._ensure(self._sweep)
        yield list(zip(self._rows, self._scores.unbind(), strict=True))

    def _ensure(self, swept: Sweep) -> Iterator[list[tuple[int, Tensor]]]:
        """Do again what may be further off than is allowed."""
        fine = swept.errors <= self._tolerance
        again = (~fine).nonzero()[:, 0].tolist()
        if again:
            _log.warning(
                "%d of %d compressed rows may be off by as much as %.1e of their largest score, "
                "%.1e being allowed; they are computed exactly",
                len(again),
                len(fine),
                float(swept.errors.max()),
                self._tolerance,
            )
        if len(again) > _MOST_AGAIN * len(fine):
            self._sweep = self._make(None, 0.0)
            yield from self._run()
            self._scores = self._sweep.scores
            return
        if again:
            self._sweep = self._make(again, 0.0)
            yield from self._run()
            self._scores[again] = self._sweep.scores
        self.accuracy = Accuracy(self._tolerance, float(swept.errors[fine].max()), swept.rank)

    def _run(self) -> Iterator[list[tuple[int, Tensor]]]:
        steps = iter(self._sweep)
        while True:
            # No mode of torch may stay set while whoever iterates does something else.
            with torch.no_grad():
                if next(steps, self) is self:
                    return
            yield []

    def finish(self) -> Tensor:
        """Do all of it: the scores, (N, T)."""
        for _ in self:
            pass
        return self._scores


def _stack_of(layers: Sequence[Call]) -> Stack:
    """The layers, and what they read, as cells."""
    cells = []
    for call in layers:
        axis = 0 if call.module.batch_first else 1
        inputs, made = (each.detach().select(axis, 0) for each in (call.read, call.made))
        cells += cells_of(call.module, inputs, made, call.states())
    return Stack(cells, len(inputs))


def _head(network: Network, ids: Tensor, last: Call) -> tuple[Tensor, Tensor]:
    """Run the network again: what its last recurrent layer made, as a leaf, and the logits."""
    leaves: list[Tensor] = []

    def cut(_: nn.Module, __: object, output: tuple[Tensor, object]) -> tuple[Tensor, object]:
        leaves.append(output[0].detach().requires_grad_())
        return (leaves[-1], output[1])

    with network.lock, torch.enable_grad():
        handle = last.module.register_forward_hook(cut)
        try:
            logits = network.logits(ids)
        finally:
            handle.remove()
    return leaves[-1], logits
