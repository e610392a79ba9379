"""When each unit is on, as bits: 64 steps of a unit in one word, so that a million are searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from .text_states import Integers, TextStates, blocks
from .thresholds import Thresholds

Side = Literal["high", "low"]
Words = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

MEMORY_LIMIT = 4_000_000_000
"""The most bytes that the bits of a corpus may take, unless another limit is given."""

_WORD = np.dtype("<u8")
# Places are looked up so many words at a time, which a processor's cache holds.
_WORDS_AT_ONCE = 1 << 16


@dataclass(frozen=True, eq=False)
class OnBits:
    """When each of H units is on, in the T steps of one or more texts.

    Row h of `bits` tells when unit h is on high, row H + h when it is on low. Step t is bit t % 64
    of word t // 64; at least one word of zeros follows the last step.

    Attributes:
        bits: Shape (2H, W), or (H, W) if low values are not on.
        starts: The first step of each text, then T, shape (N + 1,).
        units: The number of units, H.
        thresholds: What counts as on.
    """

    bits: Words
    starts: Integers
    units: int
    thresholds: Thresholds

    @classmethod
    def of(
        cls, texts: TextStates, thresholds: Thresholds, *, memory_limit: int = MEMORY_LIMIT
    ) -> Self:
        """Compare all states with the thresholds; T H / 4 bytes, an eighth of that a side.

        Args:
            texts: The states.
            thresholds: Those of the same units.
            memory_limit: The most bytes that the bits may take.

        Raises:
            ValueError: If the thresholds are of other units, or the bits take too much memory.
        """
        *_, found = cls.in_steps(texts, thresholds, memory_limit=memory_limit)
        assert isinstance(found, cls)
        return found

    @classmethod
    def in_steps(
        cls,
        texts: TextStates,
        thresholds: Thresholds,
        *,
        memory_limit: int = MEMORY_LIMIT,
        file: Callable[[], Path] | None = None,
    ) -> Iterator[float | Self]:
        """Compare in steps between which others may compute; else as `of`.

        Args:
            texts: The states.
            thresholds: Those of the same units.
            memory_limit: The most bytes that the bits may take in memory.
            file: Gives a file for bits that take more, which is mapped into memory; None: they are
                refused.

        Yields:
            How much is done, 0 to 1; at last the bits.
        """
        steps, units = texts.states.shape
        if len(thresholds.high) != units:
            raise ValueError(
                f"the thresholds are of {len(thresholds.high):,} units, the states of {units:,}: "
                "take those of the same layer"
            )
        sides = 1 if thresholds.low is None else 2
        words = steps // 64 + 2
        needed = 8 * sides * units * words
        if needed > memory_limit and file is None:
            most = max(1, memory_limit // (8 * sides * units) * 64 - 128)
            raise ValueError(
                f"to search {steps:,} steps of {units:,} units takes {needed / 1e9:.1f} GB, of "
                f"{memory_limit / 1e9:.1f} GB at most. Take about {most:,} steps, fewer units, or "
                "raise memory_limit="
            )
        shape = sides * units, words
        if needed > memory_limit and file is not None:
            bits: Words = np.memmap(file(), _WORD, mode="w+", shape=shape)
        else:
            bits = np.zeros(shape, _WORD)
        for part in blocks(steps, units, multiple=64):
            states = texts.states[part]
            on = [states >= thresholds.high.astype(states.dtype)]
            if thresholds.low is not None:
                on.append(states <= thresholds.low.astype(states.dtype))
            for side, each in enumerate(on):
                packed = as_words(np.ascontiguousarray(each.T))
                rows = slice(side * units, (side + 1) * units)
                bits[rows, part.start // 64 : part.start // 64 + packed.shape[1]] = packed
            yield part.stop / steps
        yield cls(bits, texts.starts, units, thresholds)

    @property
    def steps(self) -> int:
        """The number of steps, T."""
        return int(self.starts[-1])

    @property
    def rows(self) -> Integers:
        """The indices of all rows of `bits`."""
        return np.arange(len(self.bits))

    def unit(self, row: int) -> tuple[int, Side]:
        """The unit of a row of `bits`, and whether the row tells when it is high or low."""
        return row % self.units, "high" if row < self.units else "low"

    def on_at_all_steps(self, rows: Integers, begin: Integers, end: Integers) -> Bools:
        """Whether rows are on at all steps of places.

        Args:
            rows: The indices of R rows.
            begin: The first step of each of K places.
            end: The step after its last; of an empty place the answer is yes.

        Returns:
            Shape (R, K).
        """
        return self._at(rows, begin, end, always=True)

    def on_at_any_step(self, rows: Integers, begin: Integers, end: Integers) -> Bools:
        """Whether rows are on at any step of places; else as `on_at_all_steps`."""
        return self._at(rows, begin, end, always=False)

    def _at(self, rows: Integers, begin: Integers, end: Integers, *, always: bool) -> Bools:
        found = np.full((len(rows), len(begin)), always)
        at_once = max(1, _WORDS_AT_ONCE // max(1, len(rows)))
        order = np.argsort(begin, kind="stable")  # neighbours are in the cache
        for start in range(0, len(begin), at_once):
            some = order[start : start + at_once]
            first, left = begin[some], end[some] - begin[some]
            answer = found[:, some]
            while (left > 0).any():
                wanted = _lowest(np.clip(left, 0, 64))
                there = self._words_from(rows, first) & wanted
                if always:
                    answer &= there == wanted
                else:
                    answer |= there != 0
                first, left = np.minimum(first + 64, self.steps), left - 64
            found[:, some] = answer
        return found

    def _words_from(self, rows: Integers, first: Integers) -> Words:
        """The 64 steps from each of K steps on, (R, K)."""
        word, bit = first // 64, (first % 64).astype(np.uint64)
        row = rows[:, None]
        after: Words = (self.bits[row, word + 1] << np.uint64(1)) << (np.uint64(63) - bit)
        return (self.bits[row, word] >> bit) | after


def as_words(on: Bools) -> Words:
    """Rows of truth values as rows of bits, (R, T) to (R, ceil(T / 64))."""
    packed = np.packbits(on, axis=-1, bitorder="little")
    words = np.zeros((*on.shape[:-1], -(-on.shape[-1] // 64) * 8), np.uint8)
    words[..., : packed.shape[-1]] = packed
    return words.view(_WORD)


def as_truth(row: Words, steps: int) -> npt.NDArray[np.uint8]:
    """A row of bits as 0 and 1, (W,) to (T,)."""
    return np.unpackbits(row.view(np.uint8), count=steps, bitorder="little")


def shifted(row: Words, steps: int) -> Words:
    """A row whose step t is step t + `steps` of the given one, which may be below 0; 0 beyond."""
    words, bits = divmod(abs(steps), 64)
    found = np.zeros_like(row)
    length = len(row) - words
    if length <= 0:
        return found
    near, far = np.uint64(bits), np.uint64(63 - bits)
    if steps >= 0:
        found[:length] = row[words:] >> near
        found[: length - 1] |= (row[words + 1 :] << np.uint64(1)) << far
    else:
        found[words:] = row[:length] << near
        found[words + 1 :] |= (row[: length - 1] >> np.uint64(1)) >> far
    return found


def on_throughout(row: Words, length: int) -> Words:
    """At which steps a window of this length begins in which the row is on throughout."""
    found, known = row.copy(), 1
    while known < length:
        by = min(known, length - known)
        found &= shifted(found, by)
        known += by
    return found


def _lowest(count: Integers) -> Words:
    """Words whose lowest so many bits are 1; 0 to 64."""
    full = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
    shift = np.where(count > 0, 64 - count, 0).astype(np.uint64)
    return np.where(count > 0, full >> shift, np.uint64(0)).astype(np.uint64)
