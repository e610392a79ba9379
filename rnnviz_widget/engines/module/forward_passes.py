"""Forward passes of a module, from ids, or embedded tokens in their place, to logits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from .calling import HeadReachedError, ModuleCall
from .embedding_points import (
    EmbeddedTokens,
    EmbeddingPoint,
    LookUpRecord,
    OtherIdsError,
    RecordedError,
)
from .logits_layout import LogitsLayout, OutputShape
from .looked_up import ChangedIdsError, LookedUp, LookedUpError, LookUps
from .probabilities import Scale
from .randomness import alike
from .read_on import ReadOn, ReadText
from .squashing import squashes
from .trace import Head, Trace, find_head, stopped_at, watched

T = TypeVar("T")

LOGITS_AT_ONCE = 2**26
"""The most logits computed at once, if there is a head from which they can be computed in parts."""

# How many tokens of a long text are read to find the head.
_BEGINNING = 16


class ForwardPasses:
    """Runs a module: the function that engines differentiate.

    Args:
        call: The module, and how it is called.
        layout: How its logits are laid out, as far as known.
        symbols: The number of input symbols, V_in; or of vectors.
        point: Where a text enters the module; None: not known, and it is called with ids only.

    Attributes:
        call, layout, symbols, point: As given.
        look_ups: The ids that are really looked up for each text; None: those of the text.
    """

    def __init__(
        self,
        call: ModuleCall,
        layout: LogitsLayout,
        symbols: int,
        point: EmbeddingPoint | None = None,
    ) -> None:
        self.call, self.layout, self.symbols, self.point = call, layout, symbols, point
        self.look_ups: LookUps | None = None
        # A tuple once `known_head` has looked for it.
        self._known_head: tuple[Head | None] | None = None

    def embedding_matrix(self) -> Tensor:
        """The embedding matrix E, shape (V_in, D); the identity if the module reads vectors."""
        with self.call.turn(), torch.no_grad():
            return self._point().matrix(self.symbols, self.call.device)

    def embed(self, ids: Tensor, *, as_they_are: bool = False) -> Tensor:
        """The embedded tokens, shape (T, D), detached, of the ids that the module really looks up.

        If these are not known yet, a later pass raises `ChangedIdsError`: then embed again. With
        `as_they_are`, of the given ids themselves.
        """
        with self.call.turn(), torch.no_grad():
            read = (ids if as_they_are else self.looked_up(ids).read).to(self.call.device)
            return self._point().embed(read, max(self.symbols, int(read.max()) + 1))

    def inputs(self, ids: Tensor) -> Tensor:
        """The inputs x, one-hot, (T, V_in), or vectors, (T, D); the embedded tokens are E^T x."""
        with self.call.turn(), torch.no_grad():
            return self._point().inputs(self.looked_up(ids).read.to(self.call.device), self.symbols)

    @property
    def shows_look_ups(self) -> bool:
        """Whether each pass shows which ids are looked up; if not, `trace` compares logits."""
        return self.look_ups is None or self._point().seen

    def looked_up(self, ids: Tensor) -> LookedUp:
        """The ids that are really looked up for a text, (T,), as far as known.

        Raises:
            LookedUpError: If it can't be found out which token each id belongs to.
        """
        with self.call.lock:
            return LookedUp(ids, ids, None) if self.look_ups is None else self.look_ups.of(ids)

    def settled(self, ids: Tensor) -> LookedUp:
        """The ids that are really looked up for a text, (T,), after the module has read it once."""
        with self.call.lock:
            if self.look_ups is not None and self._point().seen:
                with contextlib.suppress(ChangedIdsError):
                    self.look_ups.compare(ids)
            return self.looked_up(ids)

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `forward`."""
        return self.forward(ids, embedded)[0]

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, shape (T, V), and the layer that made them; see `trace`.

        With `embedded` of shape (B, T, D) it reads a batch of B texts, whose ids are (B, T), or
        (T,) if the same for all: logits, shape (B, T, V), and None.
        """
        if embedded is not None and embedded.ndim == 3:
            with self.call.turn():
                with squashes(wanted=self.layout.may_squash) as made:
                    output, _ = self._once_more(ids, embedded, lambda: self.run(ids, embedded))
                copies, length = embedded.shape[:2]
                return self.layout.logits(output, copies, length, made).each, None
        trace = self.trace(ids, embedded)
        return trace.logits, trace.head

    def trace(
        self, ids: Tensor, embedded: Tensor | None = None, before: ReadText | None = None
    ) -> Trace:
        """Run the module and watch its layers.

        Args:
            ids: Token ids, shape (T,).
            embedded: Takes the place of the embedding's output, shape (T, D); gradients flow back
                to it.
            before: Another text that it has read: it reads on from what both begin with, and there
                are no logits, (0, V), where a linear layer makes them.

        Returns:
            The logits, shape (T, V), with the calls of layers. If more than `LOGITS_AT_ONCE` logits
            would be computed and there is a head, there are none, (0, V). If a linear layer's
            output is the logits, it is the head: a gradient can begin at its input, which is
            smaller than V numbers.

        Raises:
            LookedUpError: If the module looks up other ids than those of the text, and it can't be
                found out which token each belongs to.
            ChangedIdsError: If the ids that are looked up turn out to be others than was known.
        """
        batch = None if embedded is None else embedded[None]
        with self.call.lock:
            trace = self._once_more(ids, batch, lambda: self._traced(ids, batch, before))
            unseen = not self.shows_look_ups and not self.call.random
            if batch is not None and self.look_ups is not None and unseen:
                self.look_ups.check_alike(ids, trace.logits, lambda: self.logits(ids))
        return trace

    def _traced(self, ids: Tensor, embedded: Tensor | None, before: ReadText | None) -> Trace:
        long = len(ids) * self.layout.classes > LOGITS_AT_ONCE
        if before is None and embedded is not None and long:
            head = self.known_head(ids)
            short = None if head is None else self._traced_to_head(ids, embedded, head)
            if short is not None:
                return short
        on = None if before is None else ReadOn(before)
        classes = self.layout.classes if on is None and self.call.private else None
        with self.call.turn():
            with (
                watched(self.call.module, classes) as calls,
                squashes(wanted=self.layout.may_squash) as made,
                contextlib.nullcontext() if on is None else on.within(self.call.module),
            ):
                output, given = self.run(ids, embedded)
            found = self.layout.logits(output, 1, len(ids), made)
        head = None
        if found.shape is OutputShape.EACH:
            head = find_head(found.tensor, calls, batch_first=self.call.batch_first)
        logits = found.each[0][:0] if on is not None and on.without_logits else found.each[0]
        read_on = () if on is None else on.calls
        return Trace(logits, head, calls, given, self.call.batch_first, read_on)

    def hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> Tensor:
        """Run the module until the head is called, and return the head's input.

        Args:
            ids: Token ids, shape (T,), or (B, T).
            embedded: As in `forward`, shape (T, D) or (B, T, D).
            head: The head, as `trace` found it.

        Returns:
            The head's input, shape (T, H) or (B, T, H).

        Raises:
            RuntimeError: If the module fails, or the head gets an input of another shape.
        """
        batch = embedded if embedded.ndim == 3 else embedded[None]
        read: list[Tensor] = []
        with self.call.lock, stopped_at(self.call.module, head, read), self.call.turn():
            self._once_more(ids, batch, lambda: self._until_head(ids, batch, read))
        if not read or read[0].ndim != 3 or read[0].shape[-1] != head.weight.shape[1]:
            raise RuntimeError("the layer that makes the logits gets an input of another shape")
        hidden = read[0] if self.call.batch_first else read[0].transpose(0, 1)
        if hidden.shape[:2] != batch.shape[:2]:
            raise RuntimeError(f"the last layer's input is {tuple(hidden.shape)}, not (B, T, H)")
        return hidden if embedded.ndim == 3 else hidden[0]

    def _until_head(self, ids: Tensor, embedded: Tensor, read: list[Tensor]) -> list[Tensor]:
        read.clear()
        return self.run(ids, embedded)[1]

    def known_head(self, ids: Tensor) -> Head | None:
        """The head, found on a prefix of the text; None: there is none, or passes can't stop at it.

        It is needed for texts whose logits would take much memory.
        """
        if self._known_head is None:
            self._known_head = (None,)
            self._known_head = (self._find_known_head(ids[:_BEGINNING]),)
        return self._known_head[0]

    def _find_known_head(self, ids: Tensor) -> Head | None:
        plain = self.layout.scale in {None, Scale.LOGITS}
        if not plain or not self.shows_look_ups or not self.call.private or self.call.random:
            return None
        try:
            with torch.no_grad():
                embedded = self.embed(ids)
                head = self.trace(ids, embedded).head
                if head is None or not alike(self.hidden(ids, embedded, head), head.hidden):
                    return None
        except Exception:  # noqa: BLE001 - a module that can't read a prefix has no known head
            return None
        return head

    def _traced_to_head(self, ids: Tensor, embedded: Tensor, head: Head) -> Trace | None:
        """Like `_traced`, but stopped at the head, without logits; None if it can't be."""
        read: list[Tensor] = []
        with (
            self.call.turn(),
            stopped_at(self.call.module, head, read),
            watched(self.call.module, self.layout.classes) as calls,
        ):
            given = self._until_head(ids, embedded, read)
        size = head.weight.shape[1]
        shape = (1, len(ids), size) if self.call.batch_first else (len(ids), 1, size)
        if not read or read[0].shape != shape:
            return None
        hidden = read[0].select(0 if self.call.batch_first else 1, 0)
        found = Head(hidden, head.weight, head.bias, read[0])
        logits = head.weight.detach().new_empty(0, self.layout.classes)
        return Trace(logits, found, calls, given, self.call.batch_first)

    def _once_more(self, ids: Tensor, embedded: Tensor | None, run: Callable[[], T]) -> T:
        """Run something; once more if other ids turn out to be looked up for the text."""
        if embedded is None or self.look_ups is None:
            return run()
        if ids.ndim == 1:
            self.look_ups.of(ids)
        try:
            return run()
        except OtherIdsError:
            # In a batch, the caller falls back to one text at a time.
            if ids.ndim > 1 or len(embedded) > 1:
                raise
            self.look_ups.settle(ids)
        try:
            return run()
        except OtherIdsError as error:
            name = self._point().name
            raise LookedUpError(
                f"{name!r} looks up other ids each time it reads the same text: {error}"
            ) from error

    def record_look_ups(self, ids: Tensor, most: int | None) -> list[Tensor]:
        """The ids that the module looks up as it reads ids (T,), for the first `most` calls."""
        record = LookUpRecord(most)
        with torch.no_grad(), self.call.turn(), contextlib.suppress(RecordedError):
            self.call.returned(ids[None], self.point, record)
        return record.calls

    def run(self, ids: Tensor, embedded: Tensor | None) -> tuple[object, list[Tensor]]:
        """What the module returns, and what it got in place of its look-ups.

        Args:
            ids: Token ids, (T,), or (B, T).
            embedded: Shape (B, T, D). Ids (T,) are then read as a batch of B copies.
        """
        batch = ids.expand(1 if embedded is None else len(embedded), -1)
        if embedded is None:
            return self.call.returned(batch, self.point, None), []
        known = [self.looked_up(one) for one in ([ids] if ids.ndim == 1 else ids)]
        read = torch.stack([each.read for each in known]).expand(len(batch), -1)
        times = 1 if self.look_ups is None else self.look_ups.times
        tokens = EmbeddedTokens(embedded, read.to(self.call.device), known[0].arrangement, times)
        try:
            output = self.call.returned(batch, self.point, tokens)
        except HeadReachedError:
            output = None
        return output, tokens.given

    def _point(self) -> EmbeddingPoint:
        assert self.point is not None
        return self.point
