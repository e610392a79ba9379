"""How arrays of numbers or texts are packed in a message: as bytes, or joined into one text."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .packing import Context, Listed, Message, Packing, PlainText, expect, natural

MOST_OF_A_SIZE = 1 << 24
"""The largest size that a message may state by itself, exclusive."""


@dataclass(frozen=True)
class Array(Packing):
    """Numbers as bytes.

    Attributes:
        shape: Their shape: numbers, or names of sizes.
        size_key: The size in `shape` that is written under a key of its name.
        most: The most entries of the last axis that are sent.
    """

    shape: tuple[int | str, ...]
    size_key: str | None = None
    most: int | None = None

    def write(self, message: Message, key: str, value: Any, context: Context) -> None:
        values = np.asarray(value)[..., : self.most]
        if self.size_key is not None:
            message[self.size_key] = values.shape[self.shape.index(self.size_key)]
        message[key] = self.pack(values, context)

    def read(self, message: Mapping[str, Any], key: str, context: Context) -> Any:
        if self.size_key is not None and self.size_key not in context.sizes:
            expect(self.size_key in message, f"{self.size_key} is missing")
            context.sizes[self.size_key] = natural(
                message[self.size_key], self.size_key, MOST_OF_A_SIZE
            )
        return super().read(message, key, context)

    def lengths(self, context: Context) -> tuple[int, ...]:
        """The shape in numbers."""
        return tuple(each if isinstance(each, int) else context.sizes[each] for each in self.shape)

    def pack(self, value: Any, context: Context) -> object:
        raise NotImplementedError

    def unpack(self, raw: Any, what: str, context: Context) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class Ints(Array):
    """Natural numbers in 1, 2 or 4 bytes each, the fewest that hold the largest."""

    def pack(self, value: Any, context: Context) -> bytes:
        return pack_ints(np.asarray(value))

    def unpack(self, raw: object, what: str, context: Context) -> npt.NDArray[np.int64]:
        lengths = self.lengths(context)
        return unpack_ints(raw, int(np.prod(lengths)), what).reshape(lengths)


@dataclass(frozen=True)
class Indexes(Array):
    """Indices into a field of names.

    Their number stands for none of them (-1). Packed as `Ints`.
    """

    names: str = "classes"

    def pack(self, value: Any, context: Context) -> bytes:
        used, given = context.used[self.names], np.asarray(value, np.int64)
        return pack_ints(np.where(given >= 0, np.searchsorted(used, given), len(used)))

    def unpack(self, raw: object, what: str, context: Context) -> npt.NDArray[np.int64]:
        found = Ints(self.shape).unpack(raw, what, context)
        there = len(context.facts[self.names])
        expect(found.max(initial=0) <= there, f"{what} names {found.max(initial=0)} of {there}")
        return np.where(found == there, -1, found)


@dataclass(frozen=True)
class Floats(Array):
    """Numbers in 4 bytes each; NaN: not known.

    Attributes:
        sizes: The size that their number defines.
    """

    sizes: str | None = None

    def pack(self, value: Any, context: Context) -> bytes:
        return np.asarray(value).astype("<f4").tobytes()

    def unpack(self, raw: object, what: str, context: Context) -> npt.NDArray[np.float32]:
        data = bytes_of(raw, what)
        if self.sizes is not None:
            expect(len(data) % 4 == 0, f"{what} has {len(data)} bytes")
            context.sizes[self.sizes] = len(data) // 4
        lengths = self.lengths(context)
        expect(len(data) == 4 * int(np.prod(lengths)), f"{what} has {len(data)} bytes")
        return np.frombuffer(data, "<f4").reshape(lengths)


@dataclass(frozen=True)
class Steps(Packing):
    """Whole numbers in 2 bytes each."""

    def pack(self, value: Any, context: Context) -> bytes:
        return np.asarray(value).astype("<u2").tobytes()

    def unpack(self, raw: object, what: str, context: Context) -> npt.NDArray[np.uint16]:
        data = bytes_of(raw, what)
        expect(len(data) % 2 == 0, f"{what} has {len(data)} bytes")
        return np.frombuffer(data, "<u2")


@dataclass(frozen=True)
class Bits(Packing):
    """One bit for each truth value, the first in the lowest bit, filled up to whole bytes."""

    def pack(self, value: Any, context: Context) -> bytes:
        return np.packbits(np.asarray(value, bool), bitorder="little").tobytes()

    def unpack(self, raw: object, what: str, context: Context) -> npt.NDArray[np.bool_]:
        bits = np.unpackbits(np.frombuffer(bytes_of(raw, what), np.uint8), bitorder="little")
        return bits.astype(bool)


@dataclass(frozen=True)
class ExactFloats(Packing):
    """Numbers in 4 bytes each, or in 8 if one is out of range; the number of bytes shows which.

    Attributes:
        bits: The field of bits; there is a number for each bit that is set.
    """

    bits: str

    def pack(self, value: Any, context: Context) -> bytes:
        values, limits = np.asarray(value, np.float64), np.finfo(np.float32)
        fits = (values == 0) | ((values >= limits.tiny) & (values <= limits.max))
        return values.astype("<f4" if fits.all() else "<f8").tobytes()

    def unpack(self, raw: object, what: str, context: Context) -> npt.NDArray[np.float64]:
        data, count = bytes_of(raw, what), int(context.facts[self.bits].sum())
        kind = {4 * count: "<f4", 8 * count: "<f8"}.get(len(data))
        expect(kind is not None, f"{what} has {len(data)} bytes for {count} numbers")
        return np.frombuffer(data, kind).astype(np.float64)


@dataclass(frozen=True)
class Bytes(Packing):
    """Bytes, unchanged."""

    def pack(self, value: bytes, context: Context) -> bytes:
        return value

    def unpack(self, raw: object, what: str, context: Context) -> bytes:
        return bytes_of(raw, what)


@dataclass(frozen=True)
class Spans(Packing):
    """The first character of each token and the one after its last; null: one token a character."""

    def pack(self, value: Sequence[tuple[int, int]], context: Context) -> bytes | None:
        if all(span == (t, t + 1) for t, span in enumerate(value)):
            return None
        return pack_ints(np.asarray(value).reshape(-1, 2))

    def unpack(self, raw: object, what: str, context: Context) -> list[tuple[int, int]]:
        tokens, characters = context.sizes["tokens"], len(context.facts["text"])
        if raw is None:
            expect(tokens <= characters, f"a text of {characters} characters has {tokens} tokens")
            return [(t, t + 1) for t in range(tokens)]
        found = unpack_ints(raw, 2 * tokens, what).reshape(-1, 2)
        expect(bool((found[:, 0] <= found[:, 1]).all()), "a token ends before it starts")
        expect(found.max(initial=0) <= characters, "a token is not in its text")
        return [(start, end) for start, end in found.tolist()]


@dataclass(frozen=True)
class Names(Packing):
    """Texts joined into one, each after a separator: its first character, which is in none of them.

    A notebook needs far more space for a list of many texts.

    Attributes:
        count: The size that must be their number.
        used: Whether only those are sent that the record refers to.
    """

    count: str | None = None
    used: bool = False

    def write(self, message: Message, key: str, value: Sequence[str], context: Context) -> None:
        if self.used:
            value = [value[k] for k in context.used[key]]
        message[key] = PlainText().pack(join_names(value), context)

    def unpack(self, raw: object, what: str, context: Context) -> list[str]:
        names = split_names(PlainText().unpack(raw, what, context))
        if self.count is not None:
            size = context.sizes[self.count]
            expect(len(names) == size, f"{what} has {len(names)} names, not {size}")
        return names


@dataclass(frozen=True)
class Repeated(Packing):
    """A text for each token, many of which are the same: the different texts, and their indices.

    Attributes:
        key: The key of the indices.
    """

    key: str

    def write(self, message: Message, key: str, value: Sequence[str], context: Context) -> None:
        different = list(dict.fromkeys(value))
        number = {text: k for k, text in enumerate(different)}
        message[key] = [PlainText().pack(text, context) for text in different]
        message[self.key] = pack_ints(np.asarray([number[text] for text in value]))

    def read(self, message: Mapping[str, Any], key: str, context: Context) -> list[str]:
        different = Listed(PlainText()).read(message, key, context)
        which = Ints(("tokens",)).read(message, self.key, context)
        expect(which.max(initial=-1) < len(different), f"{self.key} names what is not there")
        return [different[k] for k in which]


def bytes_of(raw: object, what: str) -> bytes:
    """Return bytes, or raise a ValueError."""
    if not isinstance(raw, (bytes, bytearray, memoryview)):
        raise ValueError(f"{what} is no bytes")  # noqa: TRY004 - a message is wrong, not a type
    return bytes(raw)


def pack_ints(values: npt.NDArray[np.integer]) -> bytes:
    """Pack natural numbers in 1, 2 or 4 bytes each, the fewest that hold the largest."""
    largest = int(values.max(initial=0))
    kind = "<u1" if largest < 1 << 8 else "<u2" if largest < 1 << 16 else "<u4"
    return values.astype(kind).tobytes()


def unpack_ints(raw: object, count: int, what: str) -> npt.NDArray[np.int64]:
    """Read back `count` numbers that `pack_ints` wrote, or raise a ValueError."""
    data = bytes_of(raw, what)
    kind = {count: "<u1", 2 * count: "<u2", 4 * count: "<u4"}.get(len(data))
    expect(kind is not None, f"{what} has {len(data)} bytes for {count} numbers")
    return np.frombuffer(data, kind).astype(np.int64)


def join_names(names: Sequence[str]) -> str:
    """Join names into one text, each after a separator that is in none of them."""
    used = set().union(*names)
    candidates = map(chr, itertools.chain((32, 10), range(33, 0xD800)))
    separator = next(character for character in candidates if character not in used)
    return "".join(separator + name for name in names)


def split_names(joined: str) -> list[str]:
    """Split what `join_names` joined."""
    return joined[1:].split(joined[0]) if joined else []
