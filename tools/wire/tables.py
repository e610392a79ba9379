"""The tables of docs/wire.md, one a record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from contract import ASKS, COUNTS, MESSAGES, documented, records, summary

from rnnviz_widget.scene.arrays import (
    Array,
    Bits,
    Bytes,
    ExactFloats,
    Floats,
    Indexes,
    Ints,
    Names,
    Repeated,
    Spans,
    Steps,
)
from rnnviz_widget.scene.codec import Beside, Either, Inner
from rnnviz_widget.scene.packing import (
    Anything,
    Flag,
    Integers,
    Joined,
    Listed,
    Natural,
    Nullable,
    Number,
    OneOf,
    Packing,
    PlainText,
)


@singledispatch
def in_words(packing: Packing) -> str:
    """How a value travels, in a few words."""
    raise TypeError(f"no words for {packing!r}")


for _kind, _words in {
    PlainText: "text",
    Number: "number",
    Flag: "true or false",
    Anything: "anything",
    Joined: "text or null",
    Steps: "bytes: 2 for each number",
    Bits: "bytes: a bit each, the first in the lowest",
    Bytes: "bytes",
    Spans: "ints (tokens, 2), or null: one token a character",
}.items():
    in_words.register(_kind, lambda _, found=_words: found)


@in_words.register
def _(packing: Natural) -> str:
    return "natural" if packing.below is None else f"natural below {packing.below}"


@in_words.register
def _(packing: Integers) -> str:
    return f"[{', '.join(packing.shape._fields)}]"


@in_words.register
def _(packing: OneOf) -> str:
    return " or ".join(f'"{value}"' for value in packing.values)


@in_words.register
def _(packing: Listed) -> str:
    return f"list of {in_words(packing.item)}"


@in_words.register
def _(packing: Nullable) -> str:
    return f"{in_words(packing.item)} or null"


@in_words.register
def _(packing: Inner) -> str:
    return f"[{packing.record.__name__}](#{packing.record.__name__.lower()})"


@in_words.register
def _(packing: Either) -> str:
    return " or ".join(in_words(Inner(record)) for record in packing.records)


@in_words.register
def _(packing: Beside) -> str:
    return in_words(packing.item)


def _shape(packing: Array) -> str:
    return f"({', '.join(map(str, packing.shape))})"


@in_words.register
def _(packing: Ints) -> str:
    return f"ints {_shape(packing)}"


@in_words.register
def _(packing: Indexes) -> str:
    return f"ints {_shape(packing)} into {packing.names}; their number: none"


@in_words.register
def _(packing: Floats) -> str:
    return f"floats {_shape(packing)}"


@in_words.register
def _(packing: ExactFloats) -> str:
    return f"floats, or doubles where one is out of range, for each set bit of {packing.bits}"


@in_words.register
def _(packing: Names) -> str:
    return "names" if packing.count is None else f"names ({packing.count})"


@in_words.register
def _(packing: Repeated) -> str:
    return f"list of text; `{packing.key}`: ints (tokens) into it"


def tables() -> str:
    """The tables of docs/wire.md, one a record."""
    traits = {record: trait for trait, record in (MESSAGES | ASKS).items()}
    order = [*traits, *(each for each in records() if each not in traits)]
    return "\n".join("\n".join(_table(record, traits.get(record))) for record in order)


def _table(record: type[Any], trait: str | None) -> Iterator[str]:
    yield f"### {record.__name__}"
    yield ""
    yield summary(record) + (f" In the trait `{trait}`." if trait else "")
    yield ""
    yield "| key | how it travels | what it is |"
    yield "|---|---|---|"
    written: set[str] = set()
    for each, words in documented(record):
        packing = each.packing
        if packing is None:
            continue
        if isinstance(packing, Array) and packing.size_key and packing.size_key not in written:
            written.add(packing.size_key)
            yield f"| `{packing.size_key}` | natural | {COUNTS[packing.size_key]} |"
        key = "of either" if isinstance(packing, Beside) else f"`{each.key}`"
        left_out = each.wire.omit or each.wire.inherited
        optional = " (may be left out)" if left_out else ""
        yield f"| {key} | {in_words(packing)}{optional} | {words} |"
    yield ""


BEGIN, END = "<!-- tables: made by `make wire` -->", "<!-- end of the tables -->"


def page(text: str) -> str:
    """The text of docs/wire.md with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"
