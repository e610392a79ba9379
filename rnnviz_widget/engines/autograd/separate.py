"""The engine for outputs that are each of a text of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.explained import Explained, KeptLogits, Readout, gradient_of
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.module.looked_up import ChangedIdsError
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import Head
from rnnviz_widget.engines.rounding import agree

from .generic import MEMORY
from .output_texts import TextBatch, texts_of
from .passes import bytes_held, wait_for

_log = logging.getLogger(__name__)

_UNSEEN = "what it looks up shows in its logits only"


class SeparateEngine(Engine):
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
    """

    name = "autograd"

    def __init__(self, network: Network, ids: Tensor) -> None:
        self._network = network
        self._length = len(ids)
        with network.computing():
            self._texts = texts_of(network, network.options.mask, network.options.pad, ids)
            self._scorer = Scorer(network.embedding_matrix())
            self._head, alone = self._first()
            self._most = self._fitting()
            self._seconds = 0.0
            self._checked = False
            predictions = self._read_all(alone)
            super().__init__(
                reason=self._texts.reason,
                reads=self._texts.reads,
                predictions=predictions,
                logits=predictions.at(range(self._length)),
                mode=network.computing,
            )
        self.block = max(16, self._most // 2)

    def _first(self) -> tuple[Head | None, Tensor]:
        """The layer that makes the logits, if it can be stopped at, and what a long text gives.

        Of a module that could not be copied the layer may be another by the next pass.
        """
        batch = self._texts.of([self._texts.longest])
        at = batch.at[0]
        with torch.no_grad():
            # Where other ids are looked up the text is chosen an engine for once more.
            trace = self._network.trace(batch.ids[0], batch.embedded[0])
            head = trace.head if self._network.capabilities.private else None
            if head is not None:
                try:
                    if not self._network.passes.shows_look_ups:
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
        network, known = self._network, self._network.capabilities
        if not known.private or known.random or not network.passes.shows_look_ups:
            return 1
        batch = self._texts.of([self._texts.longest])
        batch.embedded.requires_grad_()
        read = bytes_held(self._network, lambda: self._start(batch))
        outputs = 1 if known.answers_once else len(batch.ids[0])
        logits = 0 if self._head else outputs * self._scorer.matrix.element_size()
        logits *= known.classes
        return max(1, min(self._texts.most, MEMORY // max(1, read + logits)))

    def _read_all(self, alone: Tensor) -> KeptLogits:
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
        return KeptLogits(kept) if self._head is None else self._head.logits_of(kept)

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
            alone: What the output of `OutputTexts.longest` begins with, read by itself.
        """
        if self._texts.longest in rows:
            return agree(read[rows.index(self._texts.longest)], alone)
        return len(rows) == 1 or agree(read[0], self._read(rows[:1])[0])

    def _read(self, rows: Sequence[int]) -> Tensor:
        """What outputs begin with, (N, H) or (N, V)."""
        return self._once_more(
            rows, lambda batch: self._start(batch)[range(len(batch.at)), batch.at]
        )

    def _once_more(self, rows: Sequence[int], do: Callable[[TextBatch], Tensor]) -> Tensor:
        """Do something with the texts of outputs, once more if ids are looked up as others."""
        try:
            return do(self._texts.of(rows))
        except ChangedIdsError:
            # It is known now as which, and those are embedded.
            return do(self._texts.of(rows))

    def _start(self, batch: TextBatch) -> Tensor:
        """Where a gradient begins: what the head reads, (N, L, H), or the logits, (N, L, V)."""
        network, alone = self._network, len(batch.ids) == 1
        ids = batch.ids[0] if alone else batch.ids
        if not network.passes.shows_look_ups:
            return network.trace(ids, batch.embedded[0]).logits[None]
        if self._head is not None:
            return network.hidden(ids, batch.embedded, self._head)
        return network.forward(ids, batch.embedded)[0]

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`. Always exact."""
        rows, targets, done = query.rows, query.targets, 0
        while done < len(rows):
            patient = int(min(query.patience / max(self._seconds, 1e-9), self._most))
            at = self._alike(rows[done:], max(1, patient))
            last = done + len(at)
            begun = time.perf_counter()
            scores = self._scores(at, targets[done:last], query.gradient_measure)
            wait_for(scores)
            self._seconds = (time.perf_counter() - begun) / len(at)
            yield RowBlock(range(done, last), scores)
            done = last

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

    def _scored(self, batch: TextBatch, targets: Sequence[Explained], measure: Measure) -> Tensor:
        """Scores (N, L) of N targets, each along its own text."""
        gradients = self._gradients(batch, targets)
        return self._scorer.scores(measure, gradients, batch.embedded)

    def _gradients(self, batch: TextBatch, targets: Sequence[Explained]) -> Tensor:
        """The gradients of N targets, each in its own text, (N, L, D)."""
        embedded = batch.embedded.requires_grad_()
        output = self._start(batch)[range(len(batch.at)), batch.at]
        readout = Readout() if self._head is None else self._head.readout
        return gradient_of(output, embedded, readout.gradients(output, targets), keep=False)
