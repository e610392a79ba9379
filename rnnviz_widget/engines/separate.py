"""The engine for outputs that are each of a text of its own."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from .engine import Accuracy
from .explained import Explained, Outputs, head_rows, summed
from .generic import MEMORY
from .jobs import GenericFill
from .looked_up import ChangedIdsError
from .measures import Measure
from .network import Network
from .passes import agree, held, wait_for
from .texts import Batch, texts_of
from .torch_state import clean_torch
from .trace import Head

_log = logging.getLogger(__name__)

_UNSEEN = "what it looks up shows in its logits only"


class SeparateEngine:
    r"""Serves a network whose outputs are each of a text of its own, by `torch.autograd.grad`.

    Output s of a masked language model is of the text with the mask in the place of s: with e' the
    embedded text whose e_s is the mask's, C[s, t] is of the gradient of the logit at s with respect
    to x_t, and at t = s to the mask. Output s of a window is of the last W tokens that end with s,
    and C[s, t] is zero before those: see `texts`.

    It takes a pass for each s; several texts of one length are read as one batch, as many as
    `generic.MEMORY` holds, where that gives what one alone gives. Where the logits are what a
    linear layer gave, no pass but the first computes them: only what that layer would read at s is
    kept.

    Args:
        network: The network; it has a `mask` or a `window`.
        ids: The token ids, (T,).

    Attributes:
        reason: Why this engine, in words.
        logits: Shape (S, V), detached.
        reads: Which tokens of the text that of each output has.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
    """

    name = "autograd"

    def __init__(self, network: Network, ids: Tensor) -> None:
        self._network = network
        self._length = len(ids)
        with self._taking():
            self._texts = texts_of(network, network.mask, network.pad, ids)
            self._matrix = network.embedding_matrix()
            self._directions: dict[str, Tensor] = {}
            self._head, alone = self._first()
            self._most = self._fitting()
            self._seconds = 0.0
            self._checked = False
            self._outputs = self._read_all(alone)
            self.logits = self._outputs.at(range(self._length))
        self.reason, self.reads = self._texts.reason, self._texts.reads
        self.block = max(16, self._most // 2)

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
            scores = self._scores([row], [target], measure)[0]
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
        """See `Engine.fill`. Always exact."""
        del tolerance
        return GenericFill(list(rows), self._blocks(rows, targets, measure, patience))

    @contextlib.contextmanager
    def _taking(self) -> Iterator[None]:
        """What gradients are taken under; never held while whoever iterates does something."""
        with self._network.lock, clean_torch():
            yield

    def _first(self) -> tuple[Head | None, Tensor]:
        """The layer that makes the logits, if it can be stopped at, and what a long text gives.

        Of a module that could not be copied the layer may be another by the next pass.
        """
        batch = self._texts.of([self._texts.longest])
        at = batch.at[0]
        with torch.no_grad():
            # Where other ids are looked up the text is chosen an engine for once more.
            trace = self._network.trace(batch.ids[0], batch.embedded[0])
            head = trace.head if self._network.private else None
            if head is not None:
                try:
                    if not self._network.shows_look_ups:
                        raise RuntimeError(_UNSEEN)  # noqa: TRY301 - one of several reasons
                    hidden = self._network.hidden(batch.ids, batch.embedded, head)[0]
                    if agree(hidden, head.hidden):
                        return head, hidden[at]
                    reason = "the first time it is called it reads something else"
                except RuntimeError as error:
                    reason = str(error)
                _log.info("the forward pass is not stopped at the head: %s", reason)
        return None, trace.logits[at]

    def _fitting(self) -> int:
        """How many texts may be read at once."""
        network = self._network
        if not network.private or network.random or not network.shows_look_ups:
            return 1
        batch = self._texts.of([self._texts.longest])
        batch.embedded.requires_grad_()
        read = held(self._network, lambda: self._start(batch))
        outputs = 1 if self._network.answers_once else len(batch.ids[0])
        logits = 0 if self._head else outputs * self._matrix.element_size()
        logits *= self._network.classes
        return max(1, min(self._texts.most, MEMORY // max(1, read + logits)))

    def _read_all(self, alone: Tensor) -> Outputs:
        """What all outputs can be had from, (S, H) or (S, V)."""
        found: list[Tensor] = []
        checked = False
        with torch.no_grad():
            while len(found) < self._length:
                rows = self._alike(range(len(found), self._length))
                try:
                    read = self._read(rows)
                    same = checked or self._gives_alone(rows, read, alone)
                    checked = checked or len(rows) > 1
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

    def _alike(self, rows: Sequence[int], most: int | None = None) -> list[int]:
        """The first of some outputs, whose texts are of one length, as many as are read at once."""
        found: list[int] = []
        for row in rows[: most or self._most]:
            if self._texts.length(row) != self._texts.length(rows[0]):
                break
            found.append(row)
        return found

    def _gives_alone(self, rows: Sequence[int], read: Tensor, alone: Tensor) -> bool:
        """Whether a batch gives of its first text what that gives alone.

        Args:
            rows: Its outputs.
            read: What each begins with, (N, H) or (N, V).
            alone: What the output of `Texts.longest` begins with, read by itself.
        """
        if self._texts.longest in rows:
            return agree(read[rows.index(self._texts.longest)], alone)
        return len(rows) == 1 or agree(read[0], self._read(rows[:1])[0])

    def _read(self, rows: Sequence[int]) -> Tensor:
        """What outputs begin with, (N, H) or (N, V)."""
        return self._once_more(
            rows, lambda batch: self._start(batch)[range(len(batch.at)), batch.at]
        )

    def _once_more(self, rows: Sequence[int], do: Callable[[Batch], Tensor]) -> Tensor:
        """Do something with the texts of outputs, once more if ids are looked up as others."""
        try:
            return do(self._texts.of(rows))
        except ChangedIdsError:
            # It is known now as which, and those are embedded.
            return do(self._texts.of(rows))

    def _start(self, batch: Batch) -> Tensor:
        """Where a gradient begins: what the head reads, (N, L, H), or the logits, (N, L, V)."""
        network, alone = self._network, len(batch.ids) == 1
        ids = batch.ids[0] if alone else batch.ids
        if not network.shows_look_ups:
            return network.trace(ids, batch.embedded[0]).logits[None]
        if self._head is not None:
            return network.hidden(ids, batch.embedded, self._head)
        return network.forward(ids, batch.embedded)[0]

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
            patient = int(min(patience / max(self._seconds, 1e-9), self._most))
            at = self._alike(rows[done:], max(1, patient))
            begun = time.perf_counter()
            with self._taking():
                scores = self._scores(at, list(targets[done : done + len(at)]), measure)
                wait_for(scores)
            self._seconds = (time.perf_counter() - begun) / len(at)
            yield [(done + n, row) for n, row in enumerate(scores.unbind())]
            done += len(at)

    def _scores(
        self, rows: Sequence[int], targets: Sequence[Explained], measure: Measure
    ) -> Tensor:
        """Scores (N, T) of N targets, each in its own text."""
        if len(rows) > self._most:
            alone = zip(rows, targets, strict=True)
            return torch.cat([self._scores([row], [target], measure) for row, target in alone])
        found = self._once_more(rows, lambda batch: self._scored(batch, targets, measure))
        if len(rows) > 1 and not self._checked:
            self._checked = True
            if not agree(found[0], self._scored(self._texts.of(rows[:1]), targets[:1], measure)[0]):
                _log.info("rows are computed one by one: in a batch the gradients differ")
                self._most = 1
                return self._scores(rows, targets, measure)
        with torch.no_grad():
            return self._texts.spread(rows, found)

    def _scored(self, batch: Batch, targets: Sequence[Explained], measure: Measure) -> Tensor:
        """Scores (N, L) of N targets, each along its own text."""
        gradients = self._gradients(batch, targets)
        with torch.no_grad():
            return self._along(gradients, batch.embedded, measure)

    def _gradients(self, batch: Batch, targets: Sequence[Explained]) -> Tensor:
        """The gradients of N targets, each in its own text, (N, L, D)."""
        embedded = batch.embedded.requires_grad_()
        start = self._start(batch)
        each = list(range(len(batch.at)))
        if self._head is None:
            output, begin = summed(start, (each, batch.at), targets), None
        else:
            output = start[each, batch.at]
            begin = head_rows(self._head.weight.detach(), targets)
        if not output.requires_grad:
            return torch.zeros_like(embedded)
        (found,) = torch.autograd.grad(
            output, embedded, begin, allow_unused=True, materialize_grads=True
        )
        return found

    def _along(self, gradients: Tensor, embedded: Tensor, measure: Measure) -> Tensor:
        """Scores (N, L) from gradients and what was read, both (N, L, D)."""
        directions = self._directions.get(measure.name)
        if directions is None:
            directions = measure.directions(self._matrix, embedded.detach())
            if directions.ndim == 2:  # the same wherever the gradient is taken
                self._directions[measure.name] = directions
        return measure.along(gradients, directions)
