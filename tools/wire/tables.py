"""The tables of docs/wire.md, one a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def _shape(packing: Array) -> str:
    return f"({', '.join(map(str, packing.shape))})"


_WORDS: dict[type[Packing], Callable[[Any], str]] = {
    PlainText: lambda _: "text",
    Number: lambda _: "number",
    Flag: lambda _: "true or false",
    Anything: lambda _: "anything",
    Joined: lambda _: "text or null",
    Steps: lambda _: "bytes: 2 for each number",
    Bits: lambda _: "bytes: a bit each, the first in the lowest",
    Bytes: lambda _: "bytes",
    Spans: lambda _: "ints (tokens, 2), or null: one token a character",
    Natural: lambda p: "natural" if p.below is None else f"natural below {p.below}",
    Integers: lambda p: f"[{', '.join(p.shape._fields)}]",
    OneOf: lambda p: " or ".join(f'"{value}"' for value in p.values),
    Listed: lambda p: f"list of {in_words(p.item)}",
    Nullable: lambda p: f"{in_words(p.item)} or null",
    Inner: lambda p: f"[{p.record.__name__}](#{p.record.__name__.lower()})",
    Either: lambda p: " or ".join(in_words(Inner(record)) for record in p.records),
    Beside: lambda p: in_words(p.item),
    Ints: lambda p: f"ints {_shape(p)}",
    Indexes: lambda p: f"ints {_shape(p)} into {p.names}; their number: none",
    Floats: lambda p: f"floats {_shape(p)}",
    ExactFloats: lambda p: (
        f"floats, or doubles where one is out of range, for each set bit of {p.bits}"
    ),
    Names: lambda p: "names" if p.count is None else f"names ({p.count})",
    Repeated: lambda p: f"list of text; `{p.key}`: ints (tokens) into it",
}
"""How a value of each kind travels, in a few words."""


def in_words(packing: Packing) -> str:
    """How a value travels, in a few words."""
    return _WORDS[type(packing)](packing)


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
