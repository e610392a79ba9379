"""How one field of a record is packed in a message: as text, a number, or bytes.

A message is what a trait holds: dicts, lists, texts, numbers and bytes. Bytes are little-endian.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.surrogates import without_surrogates

Message = dict[str, object]


@dataclass(frozen=True)
class Context:
    """What is known already when a field is packed or unpacked.

    Attributes:
        facts: The fields of the record and of the records around it, by their Python names.
        sizes: Sizes by name: "tokens", "k", "cells".
        used: By the name of a field of names, the indices of those that the record refers to, in
            order.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    used: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    def copy(self) -> Context:
        """A copy to add to, which the records around do not see."""
        return Context(dict(self.facts), dict(self.sizes), dict(self.used))


def expect(truth: bool, words: str) -> None:
    """Raise a ValueError with these words unless something is true."""
    if not truth:
        raise ValueError(words)


def natural(value: object, what: str, below: int | None = None) -> int:
    """Return a natural number below a limit, or raise a ValueError for anything else."""
    fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    limit = "" if below is None else f" below {below}"
    expect(
        fine and (below is None or value < below),  # type: ignore[operator]
        f"{what} must be a natural number{limit}; got {value!r}",
    )
    return value  # type: ignore[return-value]


class Packing:
    """How a field is packed in a message, usually under one key."""

    def pack(self, value: Any, context: Context) -> object:
        """Convert a value to what a message holds."""
        raise NotImplementedError

    def unpack(self, raw: Any, what: str, context: Context) -> Any:
        """Convert it back, the inverse of `pack`.

        Raises:
            ValueError: If it is nothing that `pack` returns; `what` names it in the message.
        """
        raise NotImplementedError

    def write(self, message: Message, key: str, value: Any, context: Context) -> None:
        """Write a field to a message."""
        message[key] = self.pack(value, context)

    def read(self, message: Mapping[str, Any], key: str, context: Context) -> Any:
        """Read a field from a message, the inverse of `write`.

        Raises:
            ValueError: If it is missing or invalid.
        """
        expect(key in message, f"{key} is missing")
        return self.unpack(message[key], key, context)


@dataclass(frozen=True)
class PlainText(Packing):
    """A text; halves of surrogate pairs, which no page can hold, become U+FFFD.

    Attributes:
        shown: The name in picture/numbers.json of the most characters that the page draws; None:
            all.
    """

    shown: str | None = None

    def pack(self, value: str, context: Context) -> str:
        text: str = without_surrogates(value)
        return text

    def unpack(self, raw: object, what: str, context: Context) -> str:
        expect(isinstance(raw, str), f"{what} is no text")
        return str(raw)


@dataclass(frozen=True)
class Natural(Packing):
    """A natural number; below a size or the number of characters, if `below` names it."""

    below: str | None = None

    def pack(self, value: int, context: Context) -> int:
        return int(value)

    def unpack(self, raw: object, what: str, context: Context) -> int:
        return natural(raw, what, None if self.below is None else size_of(self.below, context))


@dataclass(frozen=True)
class Integers(Packing):
    """A named tuple of whole numbers."""

    shape: type[Any]

    def pack(self, value: Sequence[int], context: Context) -> list[int]:
        return list(map(int, value))

    def unpack(self, raw: object, what: str, context: Context) -> Any:
        expect(isinstance(raw, list), f"{what} is no list")
        numbers: list[object] = raw  # type: ignore[assignment]
        expect(len(numbers) == len(self.shape._fields), f"{what} has {len(numbers)} numbers")
        expect(all(type(one) is int for one in numbers), f"{what} must have whole numbers")
        return self.shape(*numbers)


@dataclass(frozen=True)
class Number(Packing):
    """A number; null, which some hosts write for NaN and infinity, is NaN."""

    def pack(self, value: float, context: Context) -> float:
        return float(value)

    def unpack(self, raw: object, what: str, context: Context) -> float:
        if raw is None:
            return float("nan")
        fine = isinstance(raw, (int, float)) and not isinstance(raw, bool)
        expect(fine, f"{what} is no number")
        return float(raw)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Flag(Packing):
    """True or false."""

    def pack(self, value: bool, context: Context) -> bool:
        return bool(value)

    def unpack(self, raw: object, what: str, context: Context) -> bool:
        expect(isinstance(raw, bool), f"{what} is neither true nor false")
        return bool(raw)


@dataclass(frozen=True)
class OneOf(Packing):
    """One of a few texts."""

    values: tuple[str, ...]

    def pack(self, value: str, context: Context) -> str:
        return value

    def unpack(self, raw: object, what: str, context: Context) -> str:
        expect(isinstance(raw, str) and raw in self.values, f"{what} is {raw!r:.40}")
        return str(raw)


@dataclass(frozen=True)
class Anything(Packing):
    """Any value, which is sent unchanged except for halves of surrogate pairs."""

    def pack(self, value: object, context: Context) -> object:
        return without_surrogates(value)

    def unpack(self, raw: object, what: str, context: Context) -> object:
        return raw


@dataclass(frozen=True)
class Listed(Packing):
    """A list of items of one kind."""

    item: Packing

    def pack(self, value: Sequence[Any], context: Context) -> list[object]:
        return [self.item.pack(each, context) for each in value]

    def unpack(self, raw: object, what: str, context: Context) -> list[Any]:
        expect(isinstance(raw, (list, tuple)), f"{what} is no list")
        items: list[object] = raw  # type: ignore[assignment]
        return [self.item.unpack(each, f"one of {what}", context) for each in items]


@dataclass(frozen=True)
class Nullable(Packing):
    """Null, or a value."""

    item: Packing

    def pack(self, value: Any, context: Context) -> object:
        return None if value is None else self.item.pack(value, context)

    def unpack(self, raw: object, what: str, context: Context) -> Any:
        return None if raw is None else self.item.unpack(raw, what, context)


@dataclass(frozen=True)
class Joined(Packing):
    """Sentences in one text; null: there are none."""

    def pack(self, value: Sequence[str], context: Context) -> str | None:
        text: str = without_surrogates(" ".join(value))
        return text or None

    def unpack(self, raw: object, what: str, context: Context) -> list[str]:
        return [] if raw is None else [PlainText().unpack(raw, what, context)]


def size_of(name: str, context: Context) -> int:
    """A size by its name, or the length of a fact."""
    return context.sizes[name] if name in context.sizes else len(context.facts[name])


# A record annotates its fields with a `Wire`: Annotated[list[int], Wire(Ints(("tokens",)))].


class Wire(NamedTuple):
    """How a field is sent.

    Attributes:
        packing: How it is packed; None: as its type determines.
        key: Its key in the message; None: its name.
        omit: Whether it is left out if it is the default.
        inherited: Whether it is left out if the record around has the same value under its name.
        inline: Whether its own fields are written beside those of its record.
        sent: Whether it is sent at all.
        found: For a field that is not sent, the fact or size of the records around that it equals.
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
"""Left out if it is the default."""
UNSENT = Wire(sent=False)
"""Not sent: after unpacking it is the default, or empty."""


def found(name: str) -> Wire:
    """A field that is not sent: it equals a fact or size of the records around it."""
    return Wire(sent=False, found=name)
