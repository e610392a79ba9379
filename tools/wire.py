"""Writes the page's half of the contract from the records of `rnnviz_widget.scene`.

`python tools/wire.py` writes js/src/wire/generated.ts, the types of all messages and what decodes
them, and the tables of docs/wire.md. A test compares both files with what this would write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import singledispatch
from pathlib import Path
from typing import Any, NamedTuple

from rnnviz_widget.scene import facet, replies, rows
from rnnviz_widget.scene.codec import Beside, Either, Field, Inner, fields_of, flat_fields
from rnnviz_widget.scene.packing import (
    Anything,
    Array,
    Bits,
    Bytes,
    ExactFloats,
    Flag,
    Floats,
    Indexes,
    Integers,
    Ints,
    Joined,
    Listed,
    Names,
    Natural,
    Nullable,
    Number,
    OneOf,
    Packing,
    PlainText,
    Repeated,
    Spans,
    Steps,
)

ROOT = Path(__file__).parents[1]
TYPESCRIPT = ROOT / "js/src/wire/generated.ts"
PAGE = ROOT / "docs/wire.md"

MESSAGES = {
    "_scene": facet.Scene,
    "_answer": rows.Answer,
    "_rows": rows.Rows,
    "_status": replies.Status,
    "_looked": replies.Preview,
    "_found": replies.FoundClasses,
    "_strips": replies.Strips,
    "_refused": replies.Refusal,
}
"""What stands in each trait that the kernel sets."""

# The page makes more of these than what travels: theirs is the plain name.
_MADE_MORE_OF = ("Scene", "Facet", "Answer", "Rows", "Preview", "Reads", "Strips")
_OTHER_NAMES = {"MeasureInfo": "Measure"}
_WIDTH = 100


def records() -> list[type[Any]]:
    """All records, each after those that it holds."""
    found: dict[type[Any], None] = {}

    def visit(record: type[Any]) -> None:
        for each in flat_fields(record):
            for inner in _inner(each.packing):
                visit(inner)
        found[record] = None

    for record in MESSAGES.values():
        visit(record)
    return list(found)


def _inner(packing: Packing | None) -> tuple[type[Any], ...]:
    if isinstance(packing, (Listed, Nullable, Beside)):
        return _inner(packing.item)
    if isinstance(packing, Either):
        return packing.records
    return (packing.record,) if isinstance(packing, Inner) else ()


def ts_name(record: type[Any]) -> str:
    """What the page calls a record."""
    name = record.__name__
    return f"{name}Message" if name in _MADE_MORE_OF else _OTHER_NAMES.get(name, name)


def camel(key: str) -> str:
    """A key as the page writes names."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), key)


# What a value is on the page.


@singledispatch
def ts_type(packing: Packing) -> str:
    """The type of a decoded value."""
    raise TypeError(f"no type for {packing!r}")


for _kind, _type in {
    PlainText: "string",
    Natural: "number",
    Number: "number",
    Flag: "boolean",
    Anything: "unknown",
    Joined: "string | null",
    Ints: "Int32Array",
    Indexes: "Int32Array",
    Floats: "Float64Array",
    ExactFloats: "Float64Array",
    Steps: "DataView",
    Bits: "DataView",
    Bytes: "DataView",
    Spans: "Int32Array | null",
    Names: "readonly string[]",
    Repeated: "readonly string[]",
}.items():
    ts_type.register(_kind, lambda _, found=_type: found)


@ts_type.register
def _(packing: Integers) -> str:
    return packing.shape.__name__


@ts_type.register
def _(packing: OneOf) -> str:
    return " | ".join(f'"{value}"' for value in packing.values)


@ts_type.register
def _(packing: Listed) -> str:
    item = ts_type(packing.item)
    return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"


@ts_type.register
def _(packing: Nullable) -> str:
    return f"{ts_type(packing.item)} | null"


@ts_type.register
def _(packing: Inner) -> str:
    return ts_name(packing.record)


@ts_type.register
def _(packing: Either) -> str:
    return " | ".join(map(ts_name, packing.records))


@ts_type.register
def _(packing: Beside) -> str:
    return ts_type(packing.item)


# What decodes a field that stands under a key.


@singledispatch
def ts_decode(packing: Packing, key: str) -> str:
    """An expression that decodes a field, or throws a WireError."""
    raise TypeError(f"no decoder for {key}, {packing!r}")


def _call(function: str, key: str, *more: object) -> str:
    given = ", ".join(["raw", f'"{key}"', *map(str, more)])
    return f"read.{function}({given})"


_READ_MANY_BY = {Natural: "naturals", Number: "reals"}


@ts_decode.register
def _(packing: PlainText, key: str) -> str:
    found = _call("text", key)
    return found if packing.shown is None else f"shortened({found}, {packing.shown})"


@ts_decode.register
def _(packing: Natural, key: str) -> str:
    return _call("natural", key, *_limit(packing))


def _limit(packing: Packing) -> list[str]:
    return [packing.below] if isinstance(packing, Natural) and packing.below is not None else []


@ts_decode.register
def _(_: Number, key: str) -> str:
    return _call("real", key)


@ts_decode.register
def _(_: Flag, key: str) -> str:
    return _call("flag", key)


@ts_decode.register
def _(packing: Integers, key: str) -> str:
    return _call(f"integers<{ts_type(packing)}>", key, len(packing.shape._fields))


@ts_decode.register
def _(packing: OneOf, key: str) -> str:
    return _call("oneOf", key, json.dumps(list(packing.values)))


@ts_decode.register
def _(_: Anything, key: str) -> str:
    return f'raw["{key}"]'


@ts_decode.register
def _(packing: Listed, key: str) -> str:
    if isinstance(packing.item, (Inner, Either)):
        return _call("records", key, _decoder_of(packing.item))
    if type(packing.item) not in _READ_MANY_BY:
        raise TypeError(f"no decoder for {key}, a list of {packing.item!r}")
    return _call(_READ_MANY_BY[type(packing.item)], key, *_limit(packing.item))


@ts_decode.register
def _(packing: Nullable, key: str) -> str:
    return f'raw["{key}"] == null ? null : {ts_decode(packing.item, key)}'


@ts_decode.register
def _(packing: Inner, key: str) -> str:
    return _call("record", key, _decoder_of(packing))


@ts_decode.register
def _(packing: Beside, _: str) -> str:
    return f"{_decoder_of(packing.item)}(raw)"


def _decoder_of(packing: Packing) -> str:
    """A function of the fields of a record, or of one of two records."""
    if isinstance(packing, Either):
        # By a key that the last needs and the first does not have.
        first, last = packing.records
        there = {each.key for each in flat_fields(first)}
        key = next(f.key for f in flat_fields(last) if f.required and f.key not in there)
        return f'read.either("{key}", decode{ts_name(last)}, decode{ts_name(first)})'
    assert isinstance(packing, Inner)
    given, name = needs(packing.record), f"decode{ts_name(packing.record)}"
    return f"(one) => {name}(one, {', '.join(given)})" if given else name


@ts_decode.register
def _(_: Joined, key: str) -> str:
    return f'raw["{key}"] == null ? null : {_call("text", key)}'


def _count(packing: Array) -> str:
    return " * ".join(map(str, packing.shape))


@ts_decode.register
def _(packing: Ints, key: str) -> str:
    return _call("ints", key, _count(packing))


@ts_decode.register
def _(packing: Indexes, key: str) -> str:
    return _call("indexes", key, _count(packing), f"{packing.names}.length + 1")


@ts_decode.register
def _(packing: Floats, key: str) -> str:
    return _call("floats", key, *([] if packing.sizes is not None else [_count(packing)]))


@ts_decode.register
def _(packing: ExactFloats, key: str) -> str:
    return _call("floats", key, f"read.ones({packing.bits})")


@ts_decode.register
def _(_: Steps, key: str) -> str:
    return _call("view", key, 2)


@ts_decode.register(Bits)
@ts_decode.register(Bytes)
def _(_: Packing, key: str) -> str:
    return _call("view", key)


@ts_decode.register
def _(_: Spans, key: str) -> str:
    found = _call("indexes", key, "2 * tokens", "characters + 1")
    return f'raw["{key}"] == null ? null : {found}'


@ts_decode.register
def _(packing: Names, key: str) -> str:
    return _call("names", key, *([] if packing.count is None else [packing.count]))


@ts_decode.register
def _(packing: Repeated, key: str) -> str:
    return _call("repeated", key, f'"{packing.key}"', "tokens")


# A record's interface and its decoder.


def wanted(packing: Packing | None) -> Iterator[str]:
    """The names that decoding a value takes from around it."""
    if isinstance(packing, (Listed, Nullable, Beside)):
        yield from wanted(packing.item)
    elif isinstance(packing, (Inner, Either)):
        for record in _inner(packing):
            yield from needs(record)
    elif isinstance(packing, Array):
        yield from (size for size in packing.shape if isinstance(size, str))
        if isinstance(packing, Indexes):
            yield packing.names
    elif isinstance(packing, ExactFloats):
        yield packing.bits
    elif isinstance(packing, Spans):
        yield from ("tokens", "characters")
    elif isinstance(packing, Repeated):
        yield "tokens"
    elif isinstance(packing, Natural) and packing.below is not None:
        yield packing.below
    elif isinstance(packing, Names) and packing.count is not None:
        yield packing.count


def needs(record: type[Any]) -> list[str]:
    """The names that decoding a record takes from around it."""
    found: dict[str, None] = {}
    for each in flat_fields(record):
        found.update(dict.fromkeys(wanted(each.packing)))
        if each.wire.inherited:
            found[each.name] = None
    return [name for name in found if name not in _found_in(record)]


def _found_in(record: type[Any]) -> set[str]:
    """The names that a record's own fields tell those that are decoded after them."""
    sent = [each for each in flat_fields(record) if each.packing is not None]
    found = {each.name for each in sent if not each.wire.inherited}
    for each in flat_fields(record):
        if isinstance(each.packing, Array) and each.packing.told is not None:
            found.add(each.packing.told)
        if isinstance(each.packing, Floats) and each.packing.sizes is not None:
            found.add(each.packing.sizes)
    return found | ({"characters"} if "text" in found else set())


_TYPES = {"characters": "number", "tokens": "number", "classes": "readonly string[]"}
_TYPES["measure"] = "Measure"


class Member(NamedTuple):
    """A member of an interface: its name, type, documentation, and what decodes it."""

    name: str
    type: str
    words: str
    decode: str


def members(record: type[Any]) -> list[Member]:
    """The members of a record's interface."""
    found: list[Member] = []
    for each, words in documented(record):
        packing = each.packing
        if packing is None:
            continue
        if isinstance(packing, Array) and packing.told and packing.told not in dict(_told(found)):
            count = _call("natural", packing.told)
            found.append(Member(packing.told, "number", COUNTS[packing.told], count))
        name = each.name if isinstance(packing, Beside) else camel(each.key)
        found.append(Member(name, ts_type(packing), words, _decode_field(each)))
    return found


def _told(found: list[Member]) -> list[tuple[str, str]]:
    return [(each.name, each.type) for each in found]


COUNTS = {
    "k": "How many best classes there are of each output.",
    "cells": "How many cells there are.",
}


def _decode_field(one: Field) -> str:
    raw, packing = f'raw["{one.key}"]', one.packing
    assert packing is not None
    decode = ts_decode(packing, one.key)
    if one.wire.inherited:
        return f"{raw} == null ? {one.name} : {decode}"
    if one.required or one.default is None or isinstance(packing, Joined):
        return decode
    default = "[]" if one.default == () else json.dumps(one.default)
    return f"{raw} === undefined ? {default} : {decode}"


def documented(record: type[Any]) -> Iterator[tuple[Field, str]]:
    """The fields of a record, those of inline records in their place, and what is said of each."""
    about = attributes(record)
    for each in fields_of(record):
        if each.inline is not None:
            yield from documented(each.inline)
        else:
            yield each, about[each.name]


def attributes(record: type[Any]) -> dict[str, str]:
    """What a record's docstring says of each field."""
    _, _, listed = (record.__doc__ or "").partition("Attributes:\n")
    listed = listed.partition("\n\n")[0]
    found: dict[str, str] = {}
    for name, words in re.findall(r"^ {8}(\w+): (.*(?:\n {9,}.*)*)", listed, re.MULTILINE):
        plain = " ".join(words.split()).replace("`", "")
        found[name] = re.sub(r"\bNone\b", "null", plain)
    return found


def summary(record: type[Any]) -> str:
    """The first paragraph of a record's docstring."""
    text = " ".join((record.__doc__ or "").partition("\n\n")[0].split())
    return re.sub(r"\bNone\b", "null", text)


def _interface(record: type[Any]) -> Iterator[str]:
    yield f"/** {summary(record)} */"
    yield f"export interface {ts_name(record)} {{"
    for each in members(record):
        yield from _comment(each.words)
        yield f"  readonly {each.name}: {each.type};"
    yield "}"


def _comment(words: str) -> Iterator[str]:
    if len(words) + 9 <= _WIDTH:
        yield f"  /** {words} */"
        return
    yield "  /**"
    line = "   *"
    for word in words.split():
        if len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = "   *"
        line += f" {word}"
    yield line
    yield "   */"


def _decoder(record: type[Any]) -> Iterator[str]:
    name, found = ts_name(record), members(record)
    given = [("raw", "Fields"), *((one, _TYPES[one]) for one in needs(record))]
    signature = ", ".join(f"{one}: {kind}" for one, kind in given)
    head = f"export function decode{name}({signature}): {name} {{"
    if len(head) <= _WIDTH:
        yield head
    else:
        yield f"export function decode{name}("
        yield from (f"  {one}: {kind}," for one, kind in given)
        yield f"): {name} {{"
    first = _first(record)
    for each in found:
        if each.name in first:
            yield from _wrapped(f"  const {each.name} = ", each.decode, ";")
            for size, expression in first[each.name]:
                yield f"  const {size} = {expression};"
    yield "  return {"
    for each in found:
        if each.name in first:
            yield f"    {each.name},"
        else:
            yield from _wrapped(f"    {each.name}: ", each.decode, ",")
    yield "  };"
    yield "}"


def _first(record: type[Any]) -> dict[str, list[tuple[str, str]]]:
    """The members that are decoded first, as others need them, and what they tell."""
    needed: set[str] = set()
    for each in flat_fields(record):
        needed.update(wanted(each.packing))
        needed.update(
            field.name
            for inner in _inner(each.packing)
            for field in flat_fields(inner)
            if field.wire.inherited
        )
    found: dict[str, list[tuple[str, str]]] = {}
    for each in flat_fields(record):
        name, packing = camel(each.key), each.packing
        if isinstance(packing, Floats) and packing.sizes is not None:
            found[name] = [(packing.sizes, f"{name}.length")]
        elif each.name == "text" and "characters" in needed:
            found[name] = [("characters", "Array.from(text).length")]
        elif each.name in needed and not each.wire.inherited:
            found[name] = []
        if isinstance(packing, Array) and packing.told is not None:
            found[packing.told] = []
    return found


def _wrapped(before: str, decode: str, after: str) -> Iterator[str]:
    """A line, or as many as the formatter would make of it."""
    line = f"{before}{decode}{after}"
    if len(line) <= _WIDTH:
        yield line
        return
    indent = " " * (len(before) - len(before.lstrip()))
    condition, question, rest = decode.partition(" ? ")
    if question:
        one, _, other = rest.partition(" : ")
        yield before.rstrip()
        short = f"{indent}  {condition} ? {one} : {other}{after}"
        if len(short) <= _WIDTH:
            yield short
        else:
            yield f"{indent}  {condition}"
            yield f"{indent}    ? {one}"
            yield f"{indent}    : {other}{after}"
        return
    call, arrow, item = decode.partition("(one) => ")
    if arrow:
        yield f"{before}{call}(one) =>"
        yield f"{indent}  {item.removesuffix(')')},"
        yield f"{indent}){after}"
        return
    yield f"{before.rstrip()}"
    yield f"{indent}  {decode}{after}"


def _both(record: type[Any]) -> str:
    return "\n".join([*_interface(record), "", *_decoder(record), ""])


def _tuples() -> list[type[Any]]:
    fields = [each.packing for record in records() for each in flat_fields(record)]
    return list(dict.fromkeys(each.shape for each in fields if isinstance(each, Integers)))


def _tuple(shape: type[Any]) -> str:
    names = ", ".join(f"{name}: number" for name in shape._fields)
    return f"/** {summary(shape)} */\nexport type {shape.__name__} = readonly [{names}];\n"


def typescript() -> str:
    """The text of js/src/wire/generated.ts."""
    each = [*(_tuple(shape) for shape in _tuples()), *(_both(record) for record in records())]
    body = "\n".join(each)
    texts = [each.packing for record in records() for each in flat_fields(record)]
    numbers = sorted({each.shown for each in texts if isinstance(each, PlainText) and each.shown})
    return (
        "/** Messages of the kernel: types, and what decodes and checks them. Made by `make wire` "
        "from rnnviz_widget/scene; do not edit. */\n"
        f'import {{ {", ".join(numbers)} }} from "../../../rnnviz_widget/picture/numbers.json";\n'
        'import { shortened } from "../core/format";\n'
        'import type { Fields } from "./fields";\n'
        'import * as read from "./fields";\n'
        f"\nexport const VERSION = {facet.VERSION};\n"
        f"\n/** The values of a row are in these parts of its peak. */\n"
        f"export const ROW_STEPS = {rows.STEPS};\n"
        f"\n/** How many predictions are shown. */\n"
        f"export const SHOWN_PREDICTIONS = {facet.SHOWN_PREDICTIONS};\n\n{body}"
    )


# The tables of the documentation.


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
    traits = {record: trait for trait, record in MESSAGES.items()}
    order = [*MESSAGES.values(), *(each for each in records() if each not in traits)]
    return "\n".join("\n".join(_table(record, traits.get(record))) for record in order)


def _table(record: type[Any], trait: str | None) -> Iterator[str]:
    yield f"### {record.__name__}"
    yield ""
    yield summary(record) + (f" In the trait `{trait}`." if trait else "")
    yield ""
    yield "| key | how it travels | what it is |"
    yield "|---|---|---|"
    told: set[str] = set()
    for each, words in documented(record):
        packing = each.packing
        if packing is None:
            continue
        if isinstance(packing, Array) and packing.told and packing.told not in told:
            told.add(packing.told)
            yield f"| `{packing.told}` | natural | {COUNTS[packing.told]} |"
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


def main() -> None:
    """Write both files."""
    TYPESCRIPT.write_text(typescript(), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
