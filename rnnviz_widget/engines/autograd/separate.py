"""The engine for outputs that each read a text of their own: with a masked token, or a window."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Engine, RowBlock, RowQuery
from rnnviz_widget.engines.explained import Explained, KeptLogits, gradient_of, head_rows, summed
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.module.looked_up import ChangedIdsError
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import Head
from rnnviz_widget.engines.rounding import agree

from .generic import MEMORY
from .output_texts import TextBatch, texts_of
from .passes import bytes_held, wait_for

_log = logging.getLogger(__name__)

_UNSEEN = "which ids it looks up can be seen from its logits only"


class SeparateEngine(Engine):
    """Serves a network whose outputs each read a text of their own, by `torch.autograd.grad`.

    Masked language models: output s reads the text with the mask in place of token s. C[s, t] is
    computed from the gradient of the logit at s with respect to x_t, and at t = s with respect to
    the mask. Windows: output s reads the last W tokens, up to s; C[s, t] is zero before them. See
    `output_texts`.

    Each s takes a pass of its own. Texts of one length are read as one batch, as many as fit in
    `generic.MEMORY`, as long as a batch gives the same as one text alone. If the logits come from a
    linear layer (the head), only the first pass computes them, and only that layer's input at s is
    kept.
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
        """The head, if passes can stop at it, and what the longest text alone gives there.

        Without a head (None) that is its logits. A module that could not be copied has no head
        here, since it may have other weights at the next pass.
        """
        batch = self._texts.of([self._texts.longest])
        at = batch.at[0]
        with torch.no_grad():
            # Raises ChangedIdsError if other ids are looked up; `choose_engine` then starts again.
            trace = self._network.trace(batch.ids[0], batch.embedded[0])
            head = trace.head if self._network.capabilities.private else None
            if head is not None:
                try:
                    if not self._network.passes.shows_look_ups:
                        raise RuntimeError(_UNSEEN)  # noqa: TRY301 - one of several reasons
                    hidden = self._network.hidden(batch.ids, batch.embedded, head)[0]
                    if agree(hidden, head.hidden):
                        return head, hidden[at]
                    reason = "the input of its first call is not the one that makes the logits"
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
        """Read the texts of all outputs: the head's inputs, (S, H), or the logits, (S, V)."""
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
        """The first of these outputs whose texts have one length, as many as are read at once."""
        found: list[int] = []
        for row in rows[: most or self._most]:
            if self._texts.length(row) != self._texts.length(rows[0]):
                break
            found.append(row)
        return found

    def _gives_alone(self, rows: Sequence[int], read: Tensor, alone: Tensor) -> bool:
        """Whether a batch gives the same for one of its texts as that text alone.

        Args:
            rows: The batch's outputs.
            read: Where the gradient of each begins, (N, H) or (N, V).
            alone: The same of the output `OutputTexts.longest`, read by itself.
        """
        if self._texts.longest in rows:
            return agree(read[rows.index(self._texts.longest)], alone)
        return len(rows) == 1 or agree(read[0], self._read(rows[:1])[0])

    def _read(self, rows: Sequence[int]) -> Tensor:
        """Where the gradients of outputs begin, (N, H) or (N, V)."""
        return self._once_more(
            rows, lambda batch: self._start(batch)[range(len(batch.at)), batch.at]
        )

    def _once_more(self, rows: Sequence[int], do: Callable[[TextBatch], Tensor]) -> Tensor:
        """Do something with the texts of outputs; once more if the module looks up other ids."""
        try:
            return do(self._texts.of(rows))
        except ChangedIdsError:
            # The ids that are looked up are known now, so that these are embedded.
            return do(self._texts.of(rows))

    def _start(self, batch: TextBatch) -> Tensor:
        """Where gradients begin: the head's input, (N, L, H), or the logits, (N, L, V)."""
        network, alone = self._network, len(batch.ids) == 1
        ids = batch.ids[0] if alone else batch.ids
        if not network.passes.shows_look_ups:
            return network.trace(ids, batch.embedded[0]).logits[None]
        if self._head is not None:
            return network.hidden(ids, batch.embedded, self._head)
        return network.forward(ids, batch.embedded)[0]

    def blocks(self, query: RowQuery) -> Iterator[RowBlock]:
        """See `Engine.blocks`. Rows are always exact."""
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
        start = self._start(batch)
        each = list(range(len(batch.at)))
        if self._head is None:
            output, begin = summed(start, (each, batch.at), targets), None
        else:
            output = start[each, batch.at]
            begin = head_rows(self._head.weight.detach(), targets)
        return gradient_of(output, embedded, begin, keep=False)
