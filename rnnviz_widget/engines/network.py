"""A private, frozen copy of a module, cut open where a text enters it."""

from __future__ import annotations

import copy
import dataclasses
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import torch
from torch import Tensor, nn

from .calling import Forward, told, words
from .cut import Cut
from .embedding_points import (
    Entry,
    Found,
    Given,
    Seen,
    check_ids,
    find_entry,
    name_of,
    vectors_of,
    watching,
)
from .find_scale import see_scale
from .forks import FORKS
from .frozen_copy import as_written, frozen_copy
from .gradient_notes import LONGER, see_gradient
from .logits_layout import Logits, Returned
from .looked_up import Texts
from .places import places
from .probabilities import Reader, Scale, scale_named
from .randomness import CHANGES, DRAWS, DrawsRandomNumbersError, RandomGuard, alike
from .sizes import LENGTHS, lengths, more_rows
from .squashing import squashes
from .texts import check_windows, windows_in_words
from .torch_state import clean_torch
from .trace import read_across, watched

WHOLE = "There is one output for the whole text: it is the same at every character."

ONE = "It gives one number, which is shown as it is: a row tells what moves it."


class Network(Cut):
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
            its name; default: the one that is called with them. Or several, in the order of
            their symbols, that read the ids part by part.
        batch_first: Which axis of ids and logits is the batch.
        forward: How the module is called, where not by ids alone: (module, ids) to its logits.
        one_hot: Whether the module reads one-hot vectors (1, T, V_in) instead of ids.
        vectors: What the module reads for each id, (V_in, D), where there are no symbols.
        example: Token ids (T,) that the module is tried on; default: some of no meaning.
        mask: The symbol that stands for a token that is hidden, where output s is to be of the
            text with token s hidden; default: all outputs are of one text.
        window: Output s is to be what the module gives at the end of the last so many tokens that
            end with s, 2 at least; default: all outputs are of one text.
        pad: The symbol that stands before the first token until there are so many; default: the
            windows at the beginning of a text are shorter.
        returns: What the module returns; see `probabilities.Returns`. Default: found out.

    Attributes:
        private: Whether a copy is used.
        notes: What a reader should know about how this module is served, in words.
        columns_without_gradient: Which numbers of the vectors that it reads change its outputs,
            and have no gradient: codes, as a rule.
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
        embedding: Given = None,
        batch_first: bool = True,
        forward: Forward | None = None,
        one_hot: bool = False,
        vectors: Tensor | None = None,
        example: Tensor | None = None,
        mask: int | None = None,
        window: int | None = None,
        pad: int | None = None,
        returns: str | None = None,
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
        # torch.compile's wrapper would not see what is put in the place of embedded tokens.
        self._original = module = getattr(module, "_orig_mod", module)
        self._embedding_name = name_of(embedding, module)
        self._symbols = symbols
        self._batch_first = batch_first
        self._call = as_written(forward)
        self._one_hot = one_hot
        self._vectors = vectors
        self._example = example
        self.mask = mask
        self.window, self.pad = window, pad
        self._places: int | None = None
        self._returns = scale_named(returns)
        self._reads = "ids" if vectors is None and not one_hot else "vectors"
        self._default_device = torch.get_default_device()
        self._expected = Returned(batch_first, classes, reads=self._reads)
        self.lock = threading.RLock()
        FORKS.watch(self)
        self._take()

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock, which can't travel to another process."""
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.RLock())
        FORKS.watch(self)

    def before_fork(self, deadline: float) -> None:
        """Wait for the pass that is under way; see `forks.Forked`."""
        self._at_rest = self.lock.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def after_fork(self, *, child: bool) -> None:
        """Let passes begin again; of one that was cut off the child's module has the hooks."""
        if self._at_rest:
            self.lock.release()
        elif child:
            self.lock = threading.RLock()
            self._cut_off = True

    def renewed(self) -> Self:
        """A network of the same module with its weights as they are now; this one keeps its own.

        Whoever reads a text with this one goes on with the weights that they began with. The two
        share a lock, since a module that can't be copied is behind both.

        Raises:
            TypeError, ValueError, RuntimeError: As where one is made; this one is as it was.
        """
        other = copy.copy(self)
        other.lock = self.lock
        other._take()  # noqa: SLF001
        return other

    def _take(self) -> None:
        """Take the weights from the module that was given."""
        with self.lock, clean_torch():
            self.notes: list[str] = []
            self._cut_off, self._known_head = False, None
            self._expected = dataclasses.replace(
                self._expected, layout=None, place=None, scale=self._returns
            )
            self._copy()
            self._texts, self._only = None, None
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
        return vectors_of(self._module, self._symbols, self._vectors, self._batch_first)

    def _check(self) -> None:
        """Run a few ids through the module: find the embedding, check sizes, see randomness."""
        failed: Exception | None = None
        for ids in self._tried():
            try:
                found, reader = self._try(ids)
            except (RuntimeError, TypeError, ValueError) as error:
                # At other lengths than it is made for it may return anything.
                if len(ids) in LENGTHS and not isinstance(error, RuntimeError):
                    raise
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
        self.notes += self._way().notes
        self.notes += more_rows(rows, self._symbols, self._way().padding)
        through = self._check_way(ids)
        if self.window is not None:
            check_windows(self, ids, self.pad)
            self.notes.append(windows_in_words(self.window, self.pad))
        else:
            self._only = self._one_length(len(ids))
        scale, notes = see_scale(self._returns, found, reader, through, read=self.logits, ids=ids)
        self._expected = dataclasses.replace(self._expected, scale=scale)
        self.notes += notes
        fixed = any(each is not None for each in (self._vectors, self._example, self.window))
        short = self._places is not None and self._places < LONGER
        longer = None if fixed or short else check_ids(self._symbols, LONGER)
        notes, self.columns_without_gradient = see_gradient(
            self, ids, longer, vectors=self.reads_vectors, inference=found.inference
        )
        self.notes += notes
        if self.whole:
            self.notes.append(WHOLE)
        if self.one_number:
            self.notes.append(ONE)

    def _one_length(self, length: int) -> int | None:
        """The length of the only texts that it reads, as far as can be told."""
        if self._vectors is not None or self._example is not None or length in LENGTHS:
            return None
        try:
            with torch.no_grad():
                self.logits(check_ids(self._symbols, length + 1))
        except (RuntimeError, ValueError):
            return length
        return None

    def _tried(self) -> Iterator[Tensor]:
        """Ids to run the module on, until it runs."""
        if self._vectors is not None:
            yield torch.arange(self._symbols)[-(self.window or 0) :]
        elif self._example is not None:
            yield self._example[-(self.window or 0) :]
        elif self.window is not None:
            yield check_ids(self._symbols, self.window)
        else:
            yield from (check_ids(self._symbols, length) for length in lengths())

    def _try(self, ids: Tensor) -> tuple[Logits, Reader]:
        """Run the module twice: what it returns, and what of its way there tells what that is."""
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
                squashes(wanted=self._expected.may_squash) as made,
            ):
                output, _ = self._run(ids, None)
            found = self._expected.logits(output, 1, len(ids), made)
            if before is not None and not alike(before, found.each[0]):
                self._random, notes = True, [CHANGES.format(reads=self._reads)]
            if self._entry is None:
                where = self._found(seen, ids)
                self._entry = where.entry
                self._texts = Texts(
                    where.entry,
                    self._looked_up,
                    symbols=self._symbols,
                    times=where.times,
                    pair=where.pair,
                )
            self._places = places(seen.looked, len(ids))
        across = read_across(calls, len(ids))
        self.notes += notes if across is None else [*notes, across]
        self._expected = dataclasses.replace(self._expected, layout=found.layout, place=found.place)
        return found, Reader(self._expected.scale, made)

    def _found(self, seen: Seen, ids: Tensor) -> Found:
        try:
            return find_entry(
                self._module,
                self._embedding_name,
                seen,
                ids,
                lambda entry, embedded: self._by_way_of(entry, ids, embedded),
                look=self._look,
                symbols=self._symbols,
                batch_first=self._batch_first,
            )
        except ValueError as error:
            if self._call is None:
                raise
            raise ValueError(
                f"{error}. forward= must call the module that it is given, which is a copy of yours"
            ) from None

    def _look(self, ids: Tensor) -> Seen:
        """What the module looks up anywhere while it reads ids (T,)."""
        with (
            watching(self._module, self._embedding_name) as seen,
            self._turn(),
            self._fixed_randomness(),
        ):
            self._run(ids, None)
        return seen

    def _check_way(self, ids: Tensor) -> Tensor:
        """See to it that embedded tokens do for the ids: the logits that they give."""
        embedded = self.embed(ids)
        with torch.enable_grad():
            through = self.logits(ids, embedded.clone().requires_grad_())
        with torch.no_grad():
            if self.reads_vectors:
                return through
            if not (self._random or alike(through, self.logits(ids))):
                raise ValueError(
                    f"with {self.embedding_name!r} embedding each symbol by itself the logits are "
                    "others than with the ids: what it makes of a symbol depends on others or on "
                    "its place; say with embedding= which part of it only looks the symbols up"
                )
        return through

    def _by_way_of(self, entry: Entry | None, ids: Tensor, embedded: Tensor | None) -> Tensor:
        self._entry, kept = entry, self._entry
        try:
            return self.logits(ids, embedded)
        finally:
            self._entry = kept

    @property
    def reads_vectors(self) -> bool:
        """Whether the inputs are vectors of no symbols."""
        return self._vectors is not None

    def places(self) -> int | None:
        """How many tokens it has positions for, if that can be told."""
        return self._places

    def told(self) -> str:
        """How the module is called, where not by ids alone; the same in another process."""
        vectors = None if self._vectors is None else self._vectors.tolist()
        call = None if self._call is None else told(self._call)
        how: tuple[object, ...] = (call, self._one_hot, vectors)
        if self.mask is not None:
            how = (call, self.mask)
        if self.window is not None:
            how = (*how, self.window, self.pad)
        scale = self._expected.scale
        told_scale = "" if scale in (None, Scale.LOGITS) else scale.value
        return (repr(how) if any(how) else "") + told_scale
