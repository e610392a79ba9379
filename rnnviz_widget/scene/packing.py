"""How one field of a record stands in a message: as a text, a number, or many numbers in bytes.

A message is what a trait holds: dicts, lists, texts, numbers and bytes. Bytes are little-endian.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.surrogates import without_surrogates

Message = dict[str, object]

MOST_OF_A_SIZE = 1 << 24
"""A number of things that is told by itself is below this."""


@dataclass(frozen=True)
class Known:
    """What is known already when a field is packed or unpacked.

    Attributes:
        facts: The fields of the record and of those around it, by their Python names.
        sizes: How many there are of something: "tokens", "k", "cells".
        used: By the name of a field of names, which of them are indexed in the record, in order.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    used: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    def copy(self) -> Known:
        """One to add to, which the records around do not see."""
        return Known(dict(self.facts), dict(self.sizes), dict(self.used))


def expect(truth: bool, words: str) -> None:
    """Refuse a message.

    Raises:
        ValueError: With the words, unless something is true.
    """
    if not truth:
        raise ValueError(words)


def natural(value: object, what: str, below: int | None = None) -> int:
    """A natural number, and no other kind of value that would do as one.

    Raises:
        ValueError: If it is none, or not below a limit.
    """
    fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    limit = "" if below is None else f" below {below}"
    expect(
        fine and (below is None or value < below),  # type: ignore[operator]
        f"{what} must be a natural number{limit}; got {value!r}",
    )
    return value  # type: ignore[return-value]


class Packing:
    """How a field stands in a message; mostly under one key."""

    def pack(self, value: Any, known: Known) -> object:
        """The value as it travels."""
        raise NotImplementedError

    def unpack(self, raw: Any, what: str, known: Known) -> Any:
        """Undo `pack`.

        Raises:
            ValueError: If it is nothing of the kind; `what` names it in the message.
        """
        raise NotImplementedError

    def write(self, message: Message, key: str, value: Any, known: Known) -> None:
        """Put a field into a message."""
        message[key] = self.pack(value, known)

    def read(self, message: Mapping[str, Any], key: str, known: Known) -> Any:
        """Undo `write`.

        Raises:
            ValueError: If it does not fit.
        """
        expect(key in message, f"{key} is missing")
        return self.unpack(message[key], key, known)


@dataclass(frozen=True)
class PlainText(Packing):
    """A text; halves of surrogate pairs, which no page can hold, become U+FFFD.

    Attributes:
        shown: Which number of picture/numbers.json says how many of its characters the page draws
            at most; None: all.
    """

    shown: str | None = None

    def pack(self, value: str, known: Known) -> str:
        text: str = without_surrogates(value)
        return text

    def unpack(self, raw: object, what: str, known: Known) -> str:
        expect(isinstance(raw, str), f"{what} is no text")
        return str(raw)


@dataclass(frozen=True)
class Natural(Packing):
    """A natural number, below a size or the number of characters where that is named."""

    below: str | None = None

    def pack(self, value: int, known: Known) -> int:
        return int(value)

    def unpack(self, raw: object, what: str, known: Known) -> int:
        return natural(raw, what, None if self.below is None else size_of(self.below, known))


@dataclass(frozen=True)
class Integers(Packing):
    """A named tuple of whole numbers."""

    shape: type[Any]

    def pack(self, value: Sequence[int], known: Known) -> list[int]:
        return list(map(int, value))

    def unpack(self, raw: object, what: str, known: Known) -> Any:
        expect(isinstance(raw, list), f"{what} is no list")
        numbers: list[object] = raw  # type: ignore[assignment]
        expect(len(numbers) == len(self.shape._fields), f"{what} has {len(numbers)} numbers")
        expect(all(type(one) is int for one in numbers), f"{what} is not told in whole numbers")
        return self.shape(*numbers)


@dataclass(frozen=True)
class Number(Packing):
    """A number; where a host writes null for NaN and infinity, it is NaN."""

    def pack(self, value: float, known: Known) -> float:
        return float(value)

    def unpack(self, raw: object, what: str, known: Known) -> float:
        if raw is None:
            return float("nan")
        fine = isinstance(raw, (int, float)) and not isinstance(raw, bool)
        expect(fine, f"{what} is no number")
        return float(raw)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Flag(Packing):
    """True or false."""

    def pack(self, value: bool, known: Known) -> bool:
        return bool(value)

    def unpack(self, raw: object, what: str, known: Known) -> bool:
        expect(isinstance(raw, bool), f"{what} is neither true nor false")
        return bool(raw)


@dataclass(frozen=True)
class OneOf(Packing):
    """One of a few texts."""

    values: tuple[str, ...]

    def pack(self, value: str, known: Known) -> str:
        return value

    def unpack(self, raw: object, what: str, known: Known) -> str:
        expect(isinstance(raw, str) and raw in self.values, f"{what} is {raw!r:.40}")
        return str(raw)


@dataclass(frozen=True)
class Anything(Packing):
    """What is no business of the codec: given as it is, but for halves of surrogate pairs."""

    def pack(self, value: object, known: Known) -> object:
        return without_surrogates(value)

    def unpack(self, raw: object, what: str, known: Known) -> object:
        return raw


@dataclass(frozen=True)
class Listed(Packing):
    """A list, each of one kind."""

    item: Packing

    def pack(self, value: Sequence[Any], known: Known) -> list[object]:
        return [self.item.pack(each, known) for each in value]

    def unpack(self, raw: object, what: str, known: Known) -> list[Any]:
        expect(isinstance(raw, (list, tuple)), f"{what} is no list")
        items: list[object] = raw  # type: ignore[assignment]
        return [self.item.unpack(each, f"one of {what}", known) for each in items]


@dataclass(frozen=True)
class Nullable(Packing):
    """Null, or something."""

    item: Packing

    def pack(self, value: Any, known: Known) -> object:
        return None if value is None else self.item.pack(value, known)

    def unpack(self, raw: object, what: str, known: Known) -> Any:
        return None if raw is None else self.item.unpack(raw, what, known)


@dataclass(frozen=True)
class Joined(Packing):
    """Sentences in one text; null: there are none."""

    def pack(self, value: Sequence[str], known: Known) -> str | None:
        text: str = without_surrogates(" ".join(value))
        return text or None

    def unpack(self, raw: object, what: str, known: Known) -> list[str]:
        return [] if raw is None else [PlainText().unpack(raw, what, known)]


# Many at once.


@dataclass(frozen=True)
class Array(Packing):
    """Numbers in bytes.

    Attributes:
        shape: How many there are: numbers, or names of sizes.
        told: The size in it that is written under a key of its name.
        most: How many of the last axis travel at most.
    """

    shape: tuple[int | str, ...]
    told: str | None = None
    most: int | None = None

    def write(self, message: Message, key: str, value: Any, known: Known) -> None:
        values = np.asarray(value)[..., : self.most]
        if self.told is not None:
            message[self.told] = values.shape[self.shape.index(self.told)]
        message[key] = self.pack(values, known)

    def read(self, message: Mapping[str, Any], key: str, known: Known) -> Any:
        if self.told is not None and self.told not in known.sizes:
            expect(self.told in message, f"{self.told} is missing")
            known.sizes[self.told] = natural(message[self.told], self.told, MOST_OF_A_SIZE)
        return super().read(message, key, known)

    def lengths(self, known: Known) -> tuple[int, ...]:
        """The shape, in numbers."""
        return tuple(each if isinstance(each, int) else known.sizes[each] for each in self.shape)

    def pack(self, value: Any, known: Known) -> object:
        raise NotImplementedError

    def unpack(self, raw: Any, what: str, known: Known) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class Ints(Array):
    """Natural numbers in 1, 2 or 4 bytes each, the fewest that hold the largest."""

    def pack(self, value: Any, known: Known) -> bytes:
        return pack_ints(np.asarray(value))

    def unpack(self, raw: object, what: str, known: Known) -> npt.NDArray[np.int64]:
        lengths = self.lengths(known)
        return unpack_ints(raw, int(np.prod(lengths)), what).reshape(lengths)


@dataclass(frozen=True)
class Indexes(Array):
    """Which names of a field, as `Ints`; the number of the names stands for none of them (-1)."""

    names: str = "classes"

    def pack(self, value: Any, known: Known) -> bytes:
        used, given = known.used[self.names], np.asarray(value, np.int64)
        return pack_ints(np.where(given >= 0, np.searchsorted(used, given), len(used)))

    def unpack(self, raw: object, what: str, known: Known) -> npt.NDArray[np.int64]:
        found = Ints(self.shape).unpack(raw, what, known)
        there = len(known.facts[self.names])
        expect(found.max(initial=0) <= there, f"{what} names {found.max(initial=0)} of {there}")
        return np.where(found == there, -1, found)


@dataclass(frozen=True)
class Floats(Array):
    """Numbers in 4 bytes each; NaN: not known.

    Attributes:
        sizes: The size that their number tells.
    """

    sizes: str | None = None

    def pack(self, value: Any, known: Known) -> bytes:
        return np.asarray(value).astype("<f4").tobytes()

    def unpack(self, raw: object, what: str, known: Known) -> npt.NDArray[np.float32]:
        data = bytes_of(raw, what)
        if self.sizes is not None:
            expect(len(data) % 4 == 0, f"{what} has {len(data)} bytes")
            known.sizes[self.sizes] = len(data) // 4
        lengths = self.lengths(known)
        expect(len(data) == 4 * int(np.prod(lengths)), f"{what} has {len(data)} bytes")
        return np.frombuffer(data, "<f4").reshape(lengths)


@dataclass(frozen=True)
class Steps(Packing):
    """Whole numbers in 2 bytes each."""

    def pack(self, value: Any, known: Known) -> bytes:
        return np.asarray(value).astype("<u2").tobytes()

    def unpack(self, raw: object, what: str, known: Known) -> npt.NDArray[np.uint16]:
        data = bytes_of(raw, what)
        expect(len(data) % 2 == 0, f"{what} has {len(data)} bytes")
        return np.frombuffer(data, "<u2")


@dataclass(frozen=True)
class Bits(Packing):
    """Yes or no in a bit each, the first in the lowest; as many more at the end as fill a byte."""

    def pack(self, value: Any, known: Known) -> bytes:
        return np.packbits(np.asarray(value, bool), bitorder="little").tobytes()

    def unpack(self, raw: object, what: str, known: Known) -> npt.NDArray[np.bool_]:
        bits = np.unpackbits(np.frombuffer(bytes_of(raw, what), np.uint8), bitorder="little")
        return bits.astype(bool)


@dataclass(frozen=True)
class ExactFloats(Packing):
    """Numbers in 4 bytes each, or in 8 where one is beyond that range: their length tells which.

    Attributes:
        bits: The field whose set bits they are of.
    """

    bits: str

    def pack(self, value: Any, known: Known) -> bytes:
        values, limits = np.asarray(value, np.float64), np.finfo(np.float32)
        fits = (values == 0) | ((values >= limits.tiny) & (values <= limits.max))
        return values.astype("<f4" if fits.all() else "<f8").tobytes()

    def unpack(self, raw: object, what: str, known: Known) -> npt.NDArray[np.float64]:
        data, count = bytes_of(raw, what), int(known.facts[self.bits].sum())
        kind = {4 * count: "<f4", 8 * count: "<f8"}.get(len(data))
        expect(kind is not None, f"{what} has {len(data)} bytes for {count} numbers")
        return np.frombuffer(data, kind).astype(np.float64)


@dataclass(frozen=True)
class Bytes(Packing):
    """Bytes as they are."""

    def pack(self, value: bytes, known: Known) -> bytes:
        return value

    def unpack(self, raw: object, what: str, known: Known) -> bytes:
        return bytes_of(raw, what)


@dataclass(frozen=True)
class Spans(Packing):
    """First and past-the-last character of each token, as `Ints`; null: one token a character."""

    def pack(self, value: Sequence[tuple[int, int]], known: Known) -> bytes | None:
        if all(span == (t, t + 1) for t, span in enumerate(value)):
            return None
        return pack_ints(np.asarray(value).reshape(-1, 2))

    def unpack(self, raw: object, what: str, known: Known) -> list[tuple[int, int]]:
        tokens, characters = known.sizes["tokens"], len(known.facts["text"])
        if raw is None:
            expect(tokens <= characters, f"a text of {characters} characters has {tokens} tokens")
            return [(t, t + 1) for t in range(tokens)]
        found = unpack_ints(raw, 2 * tokens, what).reshape(-1, 2)
        expect(bool((found[:, 0] <= found[:, 1]).all()), "a token ends before it starts")
        expect(found.max(initial=0) <= characters, "a token is not in its text")
        return [(start, end) for start, end in found.tolist()]


@dataclass(frozen=True)
class Names(Packing):
    """Texts in one: each after a separator, the first character, which is in none of them.

    Where there are many, a list of them takes a notebook far more room.

    Attributes:
        count: How many there must be: a size.
        used: Whether only those travel that are indexed in the record.
    """

    count: str | None = None
    used: bool = False

    def write(self, message: Message, key: str, value: Sequence[str], known: Known) -> None:
        if self.used:
            value = [value[k] for k in known.used[key]]
        message[key] = join_names([PlainText().pack(name, known) for name in value])

    def unpack(self, raw: object, what: str, known: Known) -> list[str]:
        names = split_names(PlainText().unpack(raw, what, known))
        if self.count is not None:
            size = known.sizes[self.count]
            expect(len(names) == size, f"{what} has {len(names)} names, not {size}")
        return names


@dataclass(frozen=True)
class Repeated(Packing):
    """A text for each token, of which many are the same: the different ones, and which it is.

    Attributes:
        key: Under which key stands which it is.
    """

    key: str

    def write(self, message: Message, key: str, value: Sequence[str], known: Known) -> None:
        different = list(dict.fromkeys(value))
        number = {text: k for k, text in enumerate(different)}
        message[key] = [PlainText().pack(text, known) for text in different]
        message[self.key] = pack_ints(np.asarray([number[text] for text in value]))

    def read(self, message: Mapping[str, Any], key: str, known: Known) -> list[str]:
        different = Listed(PlainText()).read(message, key, known)
        which = Ints(("tokens",)).read(message, self.key, known)
        expect(which.max(initial=-1) < len(different), f"{self.key} names what is not there")
        return [different[k] for k in which]


def size_of(name: str, known: Known) -> int:
    """How many there are of something: a size, or the length of a fact."""
    return known.sizes[name] if name in known.sizes else len(known.facts[name])


def bytes_of(raw: object, what: str) -> bytes:
    """Bytes, and nothing else.

    Raises:
        ValueError: If it is something else.
    """
    if not isinstance(raw, (bytes, bytearray, memoryview)):
        raise ValueError(f"{what} is no bytes")  # noqa: TRY004 - a message is wrong, not a type
    return bytes(raw)


def pack_ints(values: npt.NDArray[np.integer]) -> bytes:
    """Natural numbers in 1, 2 or 4 bytes each, the fewest that hold the largest."""
    largest = int(values.max(initial=0))
    kind = "<u1" if largest < 1 << 8 else "<u2" if largest < 1 << 16 else "<u4"
    return values.astype(kind).tobytes()


def unpack_ints(raw: object, count: int, what: str) -> npt.NDArray[np.int64]:
    """Undo `pack_ints`, for so many numbers.

    Raises:
        ValueError: If the bytes are no such numbers.
    """
    data = bytes_of(raw, what)
    kind = {count: "<u1", 2 * count: "<u2", 4 * count: "<u4"}.get(len(data))
    expect(kind is not None, f"{what} has {len(data)} bytes for {count} numbers")
    return np.frombuffer(data, kind).astype(np.int64)


def join_names(names: Sequence[str]) -> str:
    """Names in one text: each after its first character, a separator that is in none of them."""
    used = set().union(*names)
    candidates = map(chr, itertools.chain((32, 10), range(33, 0xD800)))
    separator = next(character for character in candidates if character not in used)
    return "".join(separator + name for name in names)


def split_names(joined: str) -> list[str]:
    """Undo `join_names`."""
    return joined[1:].split(joined[0]) if joined else []


# What a record says of a field, beside its type: Annotated[list[int], Wire(Ints(("tokens",)))].


class Wire(NamedTuple):
    """How a field travels.

    Attributes:
        packing: As what; None: as its type says.
        key: Under which key; None: under its own name.
        omit: Whether it is left out where it is the default.
        inherited: Whether it is left out where the record around has the same under its name.
        inline: Whether its own fields stand beside those of its record.
        sent: Whether it travels at all.
        found: Of a field that does not travel, which fact or size of the records around it is.
    """

    packing: Packing | None = None
    key: str | None = None
    omit: bool = False
    inherited: bool = False
    inline: bool = False
    sent: bool = True
    found: str | None = None


INLINE = Wire(inline=True)
INHERITED = Wire(inherited=True)
OMITTED = Wire(omit=True)
"""Left out where it is the default."""
UNSENT = Wire(sent=False)
"""Where the record is read again, it is its default, or empty."""


def found(name: str) -> Wire:
    """A field that does not travel; it is what the records around say under a name."""
    return Wire(sent=False, found=name)
