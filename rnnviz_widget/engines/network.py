"""A private, frozen copy of a module, cut open where a text enters it."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from .calling import Forward, HeadReachedError, called, words
from .entry import Entry, Vectors, check_ids, find_entry, name_of, watching
from .private import frozen_copy
from .randomness import CHANGES, DRAWS, DrawsRandomNumbersError, RandomGuard, alike, fixed
from .returned import Layout, Returned
from .trace import Head, Trace, find_head, read_across, watched

WHOLE = "There is one output for the whole text: it is the same at every character."

# How many tokens a module is tried on; the later ones where it fails on fewer.
_LENGTHS = (4, 16, 64)


class Network:
    """What the engines differentiate: token ids or embedded tokens in, logits out.

    Works on a deep copy in eval mode whose parameters are frozen, so that a cell that goes on
    training the same module can neither be disturbed nor disturb. Where the module can't be
    copied it is used itself, in turns: its mode is set for each pass and put back after it, and
    `lock` is held meanwhile (hold it too in a training loop on another thread).

    Args:
        module: Maps ids (1, T) to logits (1, T, V), (T, V), or (1, V) where there is one output
            for the whole text; or to a tuple, mapping or object that holds them. With
            `batch_first=False`, (T, 1) to (T, 1, V).
        symbols: How many input symbols there are.
        classes: How many output classes there are, V.
        embedding: The submodule that embeds the ids, the weight that they are looked up in, or
            its name; default: the one that is called with them.
        batch_first: Which axis of ids and logits is the batch.
        forward: How the module is called, where not by ids alone: (module, ids) to its logits.
        one_hot: Whether the module reads one-hot vectors (1, T, V_in) instead of ids.
        vectors: What the module reads for each id, (V_in, D), where there are no symbols.

    Attributes:
        private: Whether a copy is used.
        notes: What a reader should know about how this module is served, in words.
        lock: Held during every pass; a network serves one thread at a time.

    Raises:
        TypeError: If `module` is not a module, or returns something else than logits.
        ValueError: If the embedding can't be found, or sizes don't fit.
        RuntimeError: If the module can't be called with ids; the cause is attached.
    """

    def __init__(
        self,
        module: nn.Module,
        symbols: int,
        classes: int,
        *,
        embedding: nn.Module | Tensor | str | None = None,
        batch_first: bool = True,
        forward: Forward | None = None,
        one_hot: bool = False,
        vectors: Tensor | None = None,
    ) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(
                f"module must be a torch.nn.Module; got {type(module).__name__}. Put what computes "
                "the logits into the forward of one"
            )
        if forward is not None and not callable(forward):
            raise TypeError(
                "forward must be callable, as lambda module, ids: module(ids); got "
                f"{type(forward).__name__}"
            )
        if one_hot and embedding is not None:
            raise ValueError(
                "one_hot=True says that the module reads one-hot vectors, and embedding= that it "
                "embeds ids; pass one of the two"
            )
        self._original = module
        self._embedding_name = name_of(embedding, module)
        self._symbols = symbols
        self._batch_first = batch_first
        self._call = forward
        self._one_hot = one_hot
        self._vectors = vectors
        self._expected = Returned(batch_first, classes)
        self.lock = threading.RLock()
        self.refresh()

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock, which can't travel to another process."""
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.RLock())

    def refresh(self) -> None:
        """Take the weights anew from the module that was given."""
        with self.lock, torch.inference_mode(mode=False):
            self.notes: list[str] = []
            self._expected = dataclasses.replace(self._expected, layout=None, place=None)
            self._copy()
            self._entry = self._vectors_read()
            self._check()

    def _copy(self) -> None:
        try:
            self._module = frozen_copy(self._original)
            self.private = True
        except Exception as error:  # noqa: BLE001 - whatever a module's own __deepcopy__ raises
            self.private = False
            self._module = self._original
            self.notes.append(
                f"The module could not be copied ({words(error)}): it is used itself, in turns "
                "with your cells, and shows its weights as they are when a row is computed."
            )

    def _vectors_read(self) -> Entry | None:
        """What stands for the ids where the module reads vectors."""
        if self._vectors is None and not self._one_hot:
            return None
        floats = (p for p in self._module.parameters() if p.is_floating_point())
        like = next(floats, torch.zeros(())).detach()
        if self._vectors is None:
            vectors = torch.eye(self._symbols, dtype=like.dtype, device=like.device)
        else:
            vectors = self._vectors.detach().to(like, copy=True)
        return Vectors(vectors, batch_first=self._batch_first)

    def _check(self) -> None:
        """Run a few ids through the module: find the embedding, check sizes, see randomness."""
        failed: RuntimeError | None = None
        for length in _LENGTHS if self._vectors is None else (self._symbols,):
            try:
                self._try(length)
            except RuntimeError as error:
                failed = failed or error
            else:
                break
        else:
            assert failed is not None
            raise failed
        self.embedding_name, rows = self._way().name, self._way().rows
        if rows is not None and rows < self._symbols:
            raise ValueError(
                f"the embedding {self.embedding_name!r} has {rows} rows, but there are "
                f"{self._symbols} input symbols; pass the symbols in the order of their ids"
            )
        if self.whole:
            self.notes.append(WHOLE)

    def _try(self, length: int) -> None:
        """Run so many ids through the module, twice."""
        ids = check_ids(self._symbols, length) if self._vectors is None else torch.arange(length)
        self._random, notes, before = False, [], None
        with torch.no_grad():
            try:
                with RandomGuard():  # type: ignore[no-untyped-call]
                    before = self.logits(ids)
            except DrawsRandomNumbersError:
                self._random, notes = True, [DRAWS]
            with (
                watching(self._module, self._embedding_name) as seen,
                watched(self._module) as calls,
                self._turn(),
                self._fixed_randomness(),
            ):
                output, _ = self._run(ids, None)
            found = self._expected.logits(output, 1, length)
            if before is not None and not alike(before, found.each[0]):
                self._random, notes = True, [CHANGES]
            if self._entry is None:
                self._entry = find_entry(
                    self._module,
                    self._embedding_name,
                    seen,
                    ids,
                    lambda entry, embedded: self._by_way_of(entry, ids, embedded),
                    symbols=self._symbols,
                    batch_first=self._batch_first,
                )
        across = read_across(calls, length)
        self.notes += notes if across is None else [*notes, across]
        self._expected = dataclasses.replace(self._expected, layout=found.layout, place=found.place)

    def _by_way_of(self, entry: Entry | None, ids: Tensor, embedded: Tensor | None) -> Tensor:
        self._entry, kept = entry, self._entry
        try:
            return self.logits(ids, embedded)
        finally:
            self._entry = kept

    @property
    def module(self) -> nn.Module:
        """What is run: the private copy, or the module itself where it can't be copied."""
        return self._module

    @property
    def random(self) -> bool:
        """Whether the module gives other logits each time; random numbers are held fixed."""
        return self._random

    @property
    def whole(self) -> bool:
        """Whether there is one output for the whole text, which stands at every token."""
        return self._expected.layout is Layout.WHOLE

    @property
    def reads_vectors(self) -> bool:
        """Whether the inputs are vectors of no symbols."""
        return self._vectors is not None

    @property
    def device(self) -> torch.device:
        """Where the ids go: the device of the first parameter."""
        return next((p.device for p in self._module.parameters()), torch.device("cpu"))

    def embedding_matrix(self) -> Tensor:
        """E: what is read for each input symbol, shape (V_in, D); of vectors, the identity."""
        with self.lock, self._turn(), torch.no_grad():
            return self._way().matrix(self._symbols, self.device)

    def embed(self, ids: Tensor) -> Tensor:
        """The embedded tokens, shape (T, D), detached."""
        with self.lock, self._turn(), torch.no_grad():
            return self._way().embed(ids.to(self.device), self._symbols)

    def inputs(self, ids: Tensor) -> Tensor:
        """The inputs x, one-hot or the vectors themselves, (T, V_in): E^T x is embedded."""
        with self.lock, self._turn(), torch.no_grad():
            return self._way().inputs(ids.to(self.device), self._symbols)

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `forward`."""
        return self.forward(ids, embedded)[0]

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, shape (T, V), and what made them; see `trace`.

        With `embedded` of shape (B, T, D) it reads the ids B times over, as one batch: logits,
        shape (B, T, V), and None.
        """
        if embedded is not None and embedded.ndim == 3:
            with self.lock, self._turn(), self._fixed_randomness():
                output, _ = self._run(ids, embedded)
            return self._expected.logits(output, len(embedded), len(ids)).each, None
        trace = self.trace(ids, embedded)
        return trace.logits, trace.head

    def trace(self, ids: Tensor, embedded: Tensor | None = None) -> Trace:
        """Run the module and watch its layers.

        Args:
            ids: Token ids, shape (T,).
            embedded: What takes the place of the embedding's output, shape (T, D); gradients
                flow back to it.

        Returns:
            Among others the logits, shape (T, V), and the linear layer that they came out of as
            they are, if one did: a gradient can start before it, without a number for each of
            all the classes.
        """
        with self.lock, self._turn(), self._fixed_randomness():
            with watched(self._module) as calls:
                output, pieces = self._run(ids, None if embedded is None else embedded[None])
            found = self._expected.logits(output, 1, len(ids))
        head = None
        if found.layout is Layout.EACH:
            head = find_head(found.tensor, calls, batch_first=self._batch_first)
        return Trace(found.each[0], head, calls, pieces, self._batch_first)

    def hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> Tensor:
        """Run the module until the linear layer that makes the logits would read its input.

        Args:
            ids: Token ids, shape (T,).
            embedded: As in `forward`, shape (T, D) or (B, T, D).
            head: That layer, as `trace` found it.

        Returns:
            What the layer would read, shape (T, H) or (B, T, H).

        Raises:
            RuntimeError: If the module fails, or reads no such thing there.
        """
        batch = embedded if embedded.ndim == 3 else embedded[None]
        read: list[Tensor] = []

        def stop(_: nn.Module, args: tuple[Any, ...]) -> None:
            read.extend(args[:1])
            raise HeadReachedError

        with self.lock, contextlib.ExitStack() as stack:
            for layer in self._module.modules():
                if isinstance(layer, nn.Linear) and layer.weight is head.weight:
                    stack.callback(layer.register_forward_pre_hook(stop).remove)
            with (
                self._turn(),
                self._fixed_randomness(),
                contextlib.suppress(HeadReachedError),
            ):
                self._run(ids, batch)
        if not read or read[0].ndim != 3 or read[0].shape[-1] != head.weight.shape[1]:
            raise RuntimeError("the layer that makes the logits does not read what it read before")
        hidden = read[0] if self._batch_first else read[0].transpose(0, 1)
        if hidden.shape[:2] != (len(batch), len(ids)):
            raise RuntimeError(f"the last layer reads {tuple(hidden.shape)}, not (B, T, H)")
        return hidden if embedded.ndim == 3 else hidden[0]

    def weights(self) -> Iterator[Tensor]:
        """The module's parameters and buffers."""
        yield from self._module.parameters()
        yield from self._module.buffers()

    def _way(self) -> Entry:
        assert self._entry is not None
        return self._entry

    def _run(self, ids: Tensor, embedded: Tensor | None) -> tuple[object, list[Tensor]]:
        """What the module returns, and what it read in the place of embedded tokens.

        Args:
            ids: Token ids, (T,).
            embedded: Shape (B, T, D): the ids are read as a batch of so many copies.
        """
        batch = ids.to(self.device).expand(1 if embedded is None else len(embedded), -1)
        batch = batch if self._batch_first else batch.T
        entering = contextlib.nullcontext((batch, list[Tensor]()))
        with entering if self._entry is None else self._entry.entering(batch, embedded) as entered:
            argument, pieces = entered
            return called(self._module, self._call, argument), pieces

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
