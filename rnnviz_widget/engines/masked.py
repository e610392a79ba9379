"""The engine for outputs that are each of a text of its own: that with its own token masked."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .engine import Accuracy
from .explained import Explained, Outputs, head_rows, summed
from .generic import MEMORY
from .jobs import GenericFill
from .measures import Measure
from .network import Network
from .passes import agree, held
from .trace import Head

_log = logging.getLogger(__name__)

# More texts in a batch are not faster.
_MOST = 32


class MaskedEngine:
    r"""Serves a masked language model: output s is of the text with the mask in the place of s.

    With e' the embedded text whose e_s is the mask's, C[s, t] is of the gradient of the logit at
    s with respect to x_t, and at t = s to the mask. It takes a pass for each s; several texts are
    read as one batch, as many as `generic.MEMORY` holds, where that gives what one alone gives.

    Where the logits are what a linear layer gave, no pass but the first computes them: only what
    that layer would read at s is kept.

    Args:
        network: The network.
        ids: The token ids, (T,).
        mask: The symbol that masks a token.

    Attributes:
        reason: Why this engine, in words.
        logits: Shape (S, V), detached.
        causal: False.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
    """

    name = "autograd"
    block = 16
    causal = False

    def __init__(self, network: Network, ids: Tensor, mask: int) -> None:
        self.reason = "each output is of the text with its own token masked"
        self._network = network
        self._mask = mask
        self._ids = ids.to(network.device).clone()
        self._length = len(ids)
        self._directions: dict[str, Tensor] = {}
        with self._taking():
            self._matrix = network.embedding_matrix()
            self._embedded = network.embed(self._ids)
            self._masking = network.embed(torch.tensor([mask]))[0]
            for text in (self._ids, self._texts([0])[0][0]):
                if not torch.equal(network.looked_up(text).read.to(text), text):
                    raise ValueError(
                        "the module changes ids of this text before it looks them up, which is not "
                        "served where each token is masked in turn; pass masked=False"
                    )
            self._head, alone = self._first()
            self._most = self._fitting()
            self._seconds = 0.0
            self._checked = False
            self._outputs = self._read_all(alone)
            self.logits = self._outputs.at(range(self._length))

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
        found = self._matrix.new_zeros(len(rows), self._length)
        for block in self._blocks(rows, targets, measure, float("inf")):
            for place, scores in block:
                found[place] = scores
        return found, Accuracy()

    def pieces(self, row: int, target: Explained, measure: Measure) -> Iterator[tuple[int, Tensor]]:
        """See `Engine.pieces`. There is one, the whole row."""
        with self._taking():
            scores = self._scores(self._gradients([row], [target]), [row], measure)
        yield 0, scores[0]

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        *,
        tolerance: float = 0.0,
        patience: float = float("inf"),
    ) -> GenericFill:
        """See `Engine.fill`. Always exact."""
        del tolerance
        return GenericFill(list(rows), self._blocks(rows, targets, measure, patience))

    @contextlib.contextmanager
    def _taking(self) -> Iterator[None]:
        """What gradients are taken under; never held while whoever iterates does something."""
        with self._network.lock, torch.inference_mode(mode=False), torch.enable_grad():
            yield

    def _first(self) -> tuple[Head | None, Tensor]:
        """The layer that makes the logits, if it can be stopped at, and what output 0 begins with.

        Of a module that could not be copied the layer may be another by the next pass.
        """
        ids, embedded = self._texts([0])
        with torch.no_grad():
            trace = self._network.trace(ids[0], embedded[0])
            head = trace.head if self._network.private else None
            if head is not None:
                try:
                    hidden = self._network.hidden(ids, embedded, head)[0]
                    if agree(hidden, head.hidden):
                        return head, hidden[0]
                    reason = "the first time it is called it reads something else"
                except RuntimeError as error:
                    reason = str(error)
                _log.info("the forward pass is not stopped at the head: %s", reason)
        return None, trace.logits[0]

    def _fitting(self) -> int:
        """How many texts may be read at once."""
        if not self._network.private or self._network.random:
            return 1
        ids, embedded = self._texts([0])
        embedded.requires_grad_()
        read = held(self._network, lambda: self._start(ids, embedded))
        logits = 0 if self._head else self._length * self._matrix.element_size()
        logits *= self._network.classes
        return max(1, min(_MOST, MEMORY // max(1, read + logits)))

    def _read_all(self, alone: Tensor) -> Outputs:
        """What all outputs can be had from, (S, H) or (S, V)."""
        found: list[Tensor] = []
        with torch.no_grad():
            while len(found) < self._length:
                rows = list(range(self._length))[len(found) : len(found) + self._most]
                try:
                    read = self._start(*self._texts(rows))[range(len(rows)), rows]
                    same = bool(found) or agree(read[0], alone)
                except Exception:
                    if self._most == 1:
                        raise
                    same = False
                if self._most > 1 and not same:
                    _log.info("texts are read one by one: in a batch the outputs differ")
                    self._most, found = 1, []
                    continue
                found += read.unbind()
        kept = torch.stack(found)
        if self._head is None:
            return Outputs(kept)
        bias = self._head.bias
        weight = self._head.weight.detach()
        return Outputs(kept, weight, None if bias is None else bias.detach())

    def _texts(self, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The texts of N outputs: ids (N, T), and embedded (N, T, D), each with its own mask."""
        each = list(range(len(rows)))
        ids = self._ids.repeat(len(rows), 1)
        ids[each, list(rows)] = self._mask
        embedded = self._embedded.repeat(len(rows), 1, 1)
        embedded[each, list(rows)] = self._masking
        return ids, embedded

    def _start(self, ids: Tensor, embedded: Tensor) -> Tensor:
        """Where a gradient begins: what the head reads, (N, T, H), or the logits, (N, T, V)."""
        if self._head is not None:
            return self._network.hidden(ids, embedded, self._head)
        return self._network.forward(ids, embedded)[0]

    def _blocks(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: Measure,
        patience: float,
    ) -> Iterator[list[tuple[int, Tensor]]]:
        """Compute rows, block by block: scores (T,) with their places."""
        done = 0
        while done < len(rows):
            size = max(1, min(self._most, int(min(patience / max(self._seconds, 1e-9), _MOST))))
            at = list(rows[done : done + size])
            begun = time.perf_counter()
            with self._taking():
                gradients = self._gradients(at, list(targets[done : done + size]))
                scores = self._scores(gradients, at, measure)
            self._seconds = (time.perf_counter() - begun) / len(at)
            yield [(done + n, row) for n, row in enumerate(scores.unbind())]
            done += len(at)

    def _gradients(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """The gradients of N targets, each in its own text, (N, T, D)."""
        if len(rows) > self._most:
            alone = zip(rows, targets, strict=True)
            return torch.cat([self._gradients([row], [target]) for row, target in alone])
        ids, embedded = self._texts(rows)
        embedded.requires_grad_()
        start = self._start(ids, embedded)
        each = list(range(len(rows)))
        if self._head is None:
            output, begin = summed(start, (each, rows), targets), None
        else:
            output = start[each, rows]
            begin = head_rows(self._head.weight.detach(), targets)
        if not output.requires_grad:
            return torch.zeros_like(embedded)
        (found,) = torch.autograd.grad(
            output, embedded, begin, allow_unused=True, materialize_grads=True
        )
        if len(rows) > 1 and not self._checked:
            self._checked = True
            if not agree(found[0], self._gradients(rows[:1], targets[:1])[0]):
                _log.info("rows are computed one by one: in a batch the gradients differ")
                self._most = 1
                return self._gradients(rows, targets)
        return found

    def _scores(self, gradients: Tensor, rows: Sequence[int], measure: Measure) -> Tensor:
        """Scores (N, T) from gradients (N, T, D)."""
        with torch.no_grad():
            directions = self._directions.get(measure.name)
            if directions is None:
                directions = measure.directions(self._matrix, self._embedded)
                self._directions[measure.name] = directions
            if directions.ndim == 2:
                return measure.along(gradients, directions)
            _, embedded = self._texts(rows)
            each = zip(gradients, embedded, strict=True)
            return torch.stack([measure.score(one, self._matrix, read) for one, read in each])
