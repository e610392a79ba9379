"""Forward passes of a module: ids, or embedded tokens in their place, in; logits out."""

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
from .squashing import squashes
from .trace import Head, Trace, find_head, stopped_at, watched

T = TypeVar("T")

LOGITS_AT_ONCE = 2**26
"""How many logits are computed at once where the head can give them part by part."""

# How many tokens of a long text are read to find its head.
_BEGINNING = 16


class ForwardPasses:
    """Runs a module: what engines differentiate.

    Args:
        call: The module, and how it is called.
        layout: How its logits are laid out, as far as it is known.
        symbols: How many input symbols there are, V_in; of vectors, how many of these.
        point: Where a text enters the module; None: it is not known, and only ids are read.

    Attributes:
        call, layout, symbols, point: As given.
        look_ups: What is really looked up for each text; None: the ids as they are.
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
        # What `known_head` has found.
        self._known_head: tuple[Head | None] | None = None

    def embedding_matrix(self) -> Tensor:
        """E: what is read for each input symbol, shape (V_in, D); of vectors, the identity."""
        with self.call.turn(), torch.no_grad():
            return self._point().matrix(self.symbols, self.call.device)

    def embed(self, ids: Tensor, *, as_they_are: bool = False) -> Tensor:
        """The embedded tokens, shape (T, D), detached: of the ids that are really looked up.

        As far as it is known; if it turns out later, `ChangedIdsError` is raised then. With
        `as_they_are` of the ids themselves.
        """
        with self.call.turn(), torch.no_grad():
            read = (ids if as_they_are else self.looked_up(ids).read).to(self.call.device)
            return self._point().embed(read, max(self.symbols, int(read.max()) + 1))

    def inputs(self, ids: Tensor) -> Tensor:
        """The inputs x, one-hot or the vectors themselves, (T, V_in): E^T x is embedded."""
        with self.call.turn(), torch.no_grad():
            return self._point().inputs(self.looked_up(ids).read.to(self.call.device), self.symbols)

    @property
    def shows_look_ups(self) -> bool:
        """Whether each pass tells what the module looks up; else `trace` compares the logits."""
        return self.look_ups is None or self._point().seen

    def looked_up(self, ids: Tensor) -> LookedUp:
        """What is really looked up for a text, (T,), as far as it is known.

        Raises:
            LookedUpError: If it can't be told apart.
        """
        with self.call.lock:
            return LookedUp(ids, ids, None) if self.look_ups is None else self.look_ups.of(ids)

    def settled(self, ids: Tensor) -> LookedUp:
        """What is really looked up for a text, (T,), as the module itself reads it.

        Raises:
            LookedUpError: If it can't be told apart.
        """
        with self.call.lock:
            if self.look_ups is not None and self._point().seen:
                with contextlib.suppress(ChangedIdsError):
                    self.look_ups.compare(ids)
            return self.looked_up(ids)

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `forward`."""
        return self.forward(ids, embedded)[0]

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, shape (T, V), and what made them; see `trace`.

        With `embedded` of shape (B, T, D) it reads the ids B times over, or those of B texts,
        (B, T), as one batch: logits, shape (B, T, V), and None.
        """
        if embedded is not None and embedded.ndim == 3:
            with self.call.turn():
                with squashes(wanted=self.layout.may_squash) as made:
                    output, _ = self._once_more(ids, embedded, lambda: self.run(ids, embedded))
                copies, length = embedded.shape[:2]
                return self.layout.logits(output, copies, length, made).each, None
        trace = self.trace(ids, embedded)
        return trace.logits, trace.head

    def trace(self, ids: Tensor, embedded: Tensor | None = None) -> Trace:
        """Run the module and watch its layers.

        Args:
            ids: Token ids, shape (T,).
            embedded: What takes the place of the embedding's output, shape (T, D); gradients
                flow back to it.

        Returns:
            Among others the logits, shape (T, V), or none where there would be more than
            `LOGITS_AT_ONCE` numbers and the head can give them part by part; and the linear layer
            that they came out of as they are, if one did: a gradient can start before it, without
            a number for each of all the classes.

        Raises:
            LookedUpError: If the module looks up other ids than those of the text, and it can't
                be told which token each belongs to.
            ChangedIdsError: If it has turned out that ids are looked up as others.
        """
        batch = None if embedded is None else embedded[None]
        with self.call.lock:
            trace = self._once_more(ids, batch, lambda: self._traced(ids, batch))
            unseen = not self.shows_look_ups and not self.call.random
            if batch is not None and self.look_ups is not None and unseen:
                self.look_ups.check_alike(ids, trace.logits, lambda: self.logits(ids))
        return trace

    def _traced(self, ids: Tensor, embedded: Tensor | None) -> Trace:
        if embedded is not None and len(ids) * self.layout.classes > LOGITS_AT_ONCE:
            head = self.known_head(ids)
            short = None if head is None else self._traced_to_head(ids, embedded, head)
            if short is not None:
                return short
        with self.call.turn():
            with (
                watched(self.call.module) as calls,
                squashes(wanted=self.layout.may_squash) as made,
            ):
                output, given = self.run(ids, embedded)
            found = self.layout.logits(output, 1, len(ids), made)
        head = None
        if found.shape is OutputShape.EACH:
            head = find_head(found.tensor, calls, batch_first=self.call.batch_first)
        return Trace(found.each[0], head, calls, given, self.call.batch_first)

    def hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> Tensor:
        """Run the module until the linear layer that makes the logits would read its input.

        Args:
            ids: Token ids, shape (T,), or (B, T).
            embedded: As in `forward`, shape (T, D) or (B, T, D).
            head: That layer, as `trace` found it.

        Returns:
            What the layer would read, shape (T, H) or (B, T, H).

        Raises:
            RuntimeError: If the module fails, or reads no such thing there.
        """
        batch = embedded if embedded.ndim == 3 else embedded[None]
        read: list[Tensor] = []
        with self.call.lock, stopped_at(self.call.module, head, read), self.call.turn():
            self._once_more(ids, batch, lambda: self._until_head(ids, batch, read))
        if not read or read[0].ndim != 3 or read[0].shape[-1] != head.weight.shape[1]:
            raise RuntimeError("the layer that makes the logits does not read what it read before")
        hidden = read[0] if self.call.batch_first else read[0].transpose(0, 1)
        if hidden.shape[:2] != batch.shape[:2]:
            raise RuntimeError(f"the last layer reads {tuple(hidden.shape)}, not (B, T, H)")
        return hidden if embedded.ndim == 3 else hidden[0]

    def _until_head(self, ids: Tensor, embedded: Tensor, read: list[Tensor]) -> list[Tensor]:
        read.clear()
        return self.run(ids, embedded)[1]

    def known_head(self, ids: Tensor) -> Head | None:
        """The linear layer that makes the logits as they are, as found on a text's beginning.

        Asked for where the logits of a whole text would take much room. None: there is none, or
        the module can't be stopped there.
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
        except Exception:  # noqa: BLE001 - what can't read a beginning is read as a whole
            return None
        return head

    def _traced_to_head(self, ids: Tensor, embedded: Tensor, head: Head) -> Trace | None:
        """The same, but for the logits: there are none of them; None where that can't be."""
        read: list[Tensor] = []
        with (
            self.call.turn(),
            stopped_at(self.call.module, head, read),
            watched(self.call.module) as calls,
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
        """Run something once more where the ids of a text turn out to be looked up otherwise."""
        if embedded is None or self.look_ups is None:
            return run()
        if ids.ndim == 1:
            self.look_ups.of(ids)
        try:
            return run()
        except OtherIdsError:
            # Several texts at once that are not read as one is: whoever asks reads one by one.
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
        """What the module looks up as it reads ids (T,), call by call, `most` calls if so many."""
        record = LookUpRecord(most)
        with torch.no_grad(), self.call.turn(), contextlib.suppress(RecordedError):
            self.call.returned(ids[None], self.point, record)
        return record.calls

    def run(self, ids: Tensor, embedded: Tensor | None) -> tuple[object, list[Tensor]]:
        """What the module returns, and what it read in the place of embedded tokens.

        Args:
            ids: Token ids, (T,), or (B, T).
            embedded: Shape (B, T, D): ids (T,) are read as a batch of so many copies.
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
