"""A module cut open where a text enters it, and passes through it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import Tensor, nn

from .calling import Forward, HeadReachedError, called
from .embedding_points import Entry, Instead, OtherIdsError, Pieces, Record, RecordedError
from .logits_layout import Layout, Returned
from .looked_up import ChangedIdsError, LookedUp, LookedUpError, Texts
from .probabilities import Scale, log_probabilities, probabilities
from .randomness import alike, fixed
from .sizes import ONLY
from .squashing import squashes
from .torch_state import default_device
from .trace import Head, Trace, find_head, stopped_at, watched

T = TypeVar("T")

LOGITS_AT_ONCE = 2**26
"""How many logits are computed at once where the head can give them part by part."""

# How many tokens of a long text are read to find its head.
_BEGINNING = 16

CUT_OFF = (
    "this process was forked while the model was being read, in a pass that did not end in time; "
    "refresh() takes a new copy of the module"
)


class Cut:
    """Token ids or embedded tokens in, logits out: what engines differentiate.

    Attributes:
        private: Whether the module that is run is a copy.
        lock: Held during every pass; a network serves one thread at a time.
        window: How many tokens each output reads, those that end with its own; None: not known.
    """

    private: bool
    lock: threading.RLock
    window: int | None
    _module: nn.Module
    _symbols: int
    _batch_first: bool
    _call: Forward | None
    _entry: Entry | None
    _texts: Texts | None
    _only: int | None
    _expected: Returned
    _random: bool
    _default_device: torch.device
    # Whether this process was forked in the middle of a pass.
    _cut_off: bool = False
    # What `known_head` has found.
    _known_head: tuple[Head | None] | None = None

    @property
    def module(self) -> nn.Module:
        """What is run: the private copy, or the module itself where it can't be copied."""
        return self._module

    @property
    def random(self) -> bool:
        """Whether the module gives other logits each time; random numbers are held fixed."""
        return self._random

    @property
    def answers_once(self) -> bool:
        """Whether the module gives one output for all that it reads, and not one for each token."""
        return self._expected.layout is Layout.WHOLE

    @property
    def whole(self) -> bool:
        """Whether there is one output for the whole text, which stands at every token."""
        return self.answers_once and self.window is None

    @property
    def classes(self) -> int:
        """How many output classes there are, V."""
        return self._expected.classes

    @property
    def by_itself(self) -> bool:
        """Whether each class is right or wrong by itself, so that its logit is its log-odds."""
        return self._expected.scale is not None and self._expected.scale.by_itself

    @property
    def one_number(self) -> bool:
        """Whether it gives one number, such as a price, and no classes that could be likely."""
        return self.classes == 1 and not self.by_itself

    @property
    def logits_may_share(self) -> bool:
        """Whether a term may be added to all logits without a change of what is predicted."""
        scale = self._expected.scale
        return scale is None or not (scale.by_itself or scale.is_probability)

    def log_probabilities(self, logits: Tensor) -> Tensor:
        """The logarithms of the classes' probabilities, in nats, from logits (.., V)."""
        return log_probabilities(logits, by_itself=self.by_itself)

    def probabilities(self, logits: Tensor) -> Tensor:
        """The classes' probabilities, from logits (.., V)."""
        return probabilities(logits, by_itself=self.by_itself)

    @property
    def device(self) -> torch.device:
        """Where the ids go: the device of the first parameter."""
        return next((p.device for p in self._module.parameters()), torch.device("cpu"))

    def embedding_matrix(self) -> Tensor:
        """E: what is read for each input symbol, shape (V_in, D); of vectors, the identity."""
        with self.lock, self._turn(), torch.no_grad():
            return self._way().matrix(self._symbols, self.device)

    def embed(self, ids: Tensor, *, as_they_are: bool = False) -> Tensor:
        """The embedded tokens, shape (T, D), detached: of the ids that are really looked up.

        As far as it is known; if it turns out later, `ChangedIdsError` is raised then. With
        `as_they_are` of the ids themselves.
        """
        with self.lock, self._turn(), torch.no_grad():
            read = (ids if as_they_are else self.looked_up(ids).read).to(self.device)
            return self._way().embed(read, max(self._symbols, int(read.max()) + 1))

    @property
    def symbols(self) -> int:
        """How many input symbols there are, V_in; of vectors, how many of these."""
        return self._symbols

    def inputs(self, ids: Tensor) -> Tensor:
        """The inputs x, one-hot or the vectors themselves, (T, V_in): E^T x is embedded."""
        with self.lock, self._turn(), torch.no_grad():
            return self._way().inputs(self.looked_up(ids).read.to(self.device), self._symbols)

    @property
    def shows_look_ups(self) -> bool:
        """Whether each pass tells what the module looks up; else `trace` compares the logits."""
        return self._texts is None or self._way().seen

    def looked_up(self, ids: Tensor) -> LookedUp:
        """What is really looked up for a text, (T,), as far as it is known.

        Raises:
            LookedUpError: If it can't be told apart.
        """
        with self.lock:
            return LookedUp(ids, ids, None) if self._texts is None else self._texts.of(ids)

    def settled(self, ids: Tensor) -> LookedUp:
        """What is really looked up for a text, (T,), as the module itself reads it.

        Raises:
            LookedUpError: If it can't be told apart.
        """
        with self.lock:
            if self._texts is not None and self._way().seen:
                with contextlib.suppress(ChangedIdsError):
                    self._texts.compare(ids)
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
            with self.lock, self._turn(), self._fixed_randomness():
                with squashes(wanted=self._expected.may_squash) as made:
                    output, _ = self._settled(ids, embedded, lambda: self._run(ids, embedded))
                copies, length = embedded.shape[:2]
                return self._expected.logits(output, copies, length, made).each, None
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
        with self.lock:
            trace = self._settled(ids, batch, lambda: self._traced(ids, batch))
            if batch is not None and not (self._way().seen or self._texts is None or self._random):
                self._texts.check_alike(ids, trace.logits, lambda: self.logits(ids))
        return trace

    def _traced(self, ids: Tensor, embedded: Tensor | None) -> Trace:
        if embedded is not None and len(ids) * self.classes > LOGITS_AT_ONCE:
            head = self.known_head(ids)
            short = None if head is None else self._traced_to_head(ids, embedded, head)
            if short is not None:
                return short
        with self._turn(), self._fixed_randomness():
            with watched(self._module) as calls, squashes(wanted=self._expected.may_squash) as made:
                output, pieces = self._run(ids, embedded)
            found = self._expected.logits(output, 1, len(ids), made)
        head = None
        if found.layout is Layout.EACH:
            head = find_head(found.tensor, calls, batch_first=self._batch_first)
        return Trace(found.each[0], head, calls, pieces, self._batch_first)

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
        with (
            self.lock,
            stopped_at(self._module, head, read),
            self._turn(),
            self._fixed_randomness(),
        ):
            self._settled(ids, batch, lambda: self._until_head(ids, batch, read))
        if not read or read[0].ndim != 3 or read[0].shape[-1] != head.weight.shape[1]:
            raise RuntimeError("the layer that makes the logits does not read what it read before")
        hidden = read[0] if self._batch_first else read[0].transpose(0, 1)
        if hidden.shape[:2] != batch.shape[:2]:
            raise RuntimeError(f"the last layer reads {tuple(hidden.shape)}, not (B, T, H)")
        return hidden if embedded.ndim == 3 else hidden[0]

    def weights(self) -> Iterator[Tensor]:
        """The module's parameters and buffers."""
        yield from self._module.parameters()
        yield from self._module.buffers()

    def _way(self) -> Entry:
        assert self._entry is not None
        return self._entry

    def _until_head(self, ids: Tensor, embedded: Tensor, read: list[Tensor]) -> list[Tensor]:
        read.clear()
        return self._run(ids, embedded)[1]

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
        plain = self._expected.scale in {None, Scale.LOGITS} and (
            self._texts is None or self._way().seen
        )
        if not plain or not self.private or self._random:
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
        with self._turn(), stopped_at(self._module, head, read), watched(self._module) as calls:
            pieces = self._until_head(ids, embedded, read)
        size = head.weight.shape[1]
        shape = (1, len(ids), size) if self._batch_first else (len(ids), 1, size)
        if not read or read[0].shape != shape:
            return None
        hidden = read[0].select(0 if self._batch_first else 1, 0)
        found = Head(hidden, head.weight, head.bias, read[0])
        logits = head.weight.detach().new_empty(0, self.classes)
        return Trace(logits, found, calls, pieces, self._batch_first)

    def _settled(self, ids: Tensor, embedded: Tensor | None, run: Callable[[], T]) -> T:
        """Run something once more where the ids of a text turn out to be looked up otherwise."""
        if embedded is None or self._texts is None:
            return run()
        if ids.ndim == 1:
            self._texts.of(ids)
        try:
            return run()
        except OtherIdsError:
            # Several texts at once that are not read as one is: whoever asks reads one by one.
            if ids.ndim > 1 or len(embedded) > 1:
                raise
            self._texts.settle(ids)
        try:
            return run()
        except OtherIdsError as error:
            raise LookedUpError(
                f"{self._way().name!r} looks up other ids each time it reads the same text: {error}"
            ) from error

    def _looked_up(self, ids: Tensor, most: int | None) -> list[Tensor]:
        """What the module looks up as it reads ids (T,), call by call, `most` calls if so many."""
        record = Record(most)
        with (
            self.lock,
            torch.no_grad(),
            self._turn(),
            self._fixed_randomness(),
            contextlib.suppress(RecordedError),
        ):
            self._called(ids[None], record)
        return record.calls

    def _run(self, ids: Tensor, embedded: Tensor | None) -> tuple[object, list[Tensor]]:
        """What the module returns, and what it read in the place of embedded tokens.

        Args:
            ids: Token ids, (T,), or (B, T).
            embedded: Shape (B, T, D): ids (T,) are read as a batch of so many copies.
        """
        batch = ids.expand(1 if embedded is None else len(embedded), -1)
        if embedded is None:
            return self._called(batch, None), []
        known = [self.looked_up(one) for one in ([ids] if ids.ndim == 1 else ids)]
        read = torch.stack([each.read for each in known]).to(self.device).expand(len(batch), -1)
        times = 1 if self._texts is None else self._texts.times
        pieces = Pieces(embedded, read, known[0].arrangement, times)
        try:
            output = self._called(batch, pieces)
        except HeadReachedError:
            output = None
        return output, pieces.given

    def _called(self, batch: Tensor, instead: Instead | None) -> object:
        """What the module returns for ids (B, T)."""
        if self._cut_off:
            raise RuntimeError(CUT_OFF)
        batch = batch.to(self.device)
        batch = batch if self._batch_first else batch.T
        entering = contextlib.nullcontext(batch)
        with entering if self._entry is None else self._entry.entering(batch, instead) as argument:
            try:
                with default_device(self._default_device):
                    return called(self._module, self._call, argument)
            except RuntimeError as error:
                if isinstance(error, OtherIdsError) or self._only in {None, *batch.shape}:
                    raise
                raise RuntimeError(f"{error}; {ONLY.format(length=self._only)}") from error

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Borrow a module that could not be copied: eval mode now, its own mode after."""
        if self.private:
            yield
            return
        training = [module for module in self._module.modules() if module.training]
        self._module.eval()
        try:
            with torch.backends.cudnn.flags(enabled=False):
                yield
        finally:
            for module in training:
                module.training = True

    @contextlib.contextmanager
    def _fixed_randomness(self) -> Iterator[None]:
        if not self._random:
            yield
            return
        with fixed(self.device):
            yield
