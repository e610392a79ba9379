"""The page's interfaces of all records, and what decodes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from contract import (
    ASKS,
    COUNTS,
    camel,
    documented,
    inner_records,
    needs,
    records,
    summary,
    ts_name,
    wanted,
)
from page_values import call, ts_decode, ts_type

from rnnviz_widget.scene import asks, facet, live_model, rows
from rnnviz_widget.scene.arrays import (
    Array,
    Floats,
)
from rnnviz_widget.scene.codec import Beside, Field, flat_fields
from rnnviz_widget.scene.packing import (
    Integers,
    Joined,
    Nullable,
    PlainText,
)

_WIDTH = 100

_TYPES = {"characters": "number", "tokens": "number", "classes": "readonly string[]"}
_TYPES |= {"swapped": "number", "carried": "number"}
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
    asked = record in ASKS.values()  # The page makes these, and reads none.
    for each, words in documented(record):
        packing = each.packing
        if packing is None:
            continue
        if (
            isinstance(packing, Array)
            and packing.size_key
            and packing.size_key not in {one.name for one in found}
        ):
            count = call("natural", packing.size_key)
            found.append(Member(packing.size_key, "number", COUNTS[packing.size_key], count))
        name = each.name if isinstance(packing, Beside) else camel(each.key)
        found.append(Member(name, ts_type(packing), words, "" if asked else _decode_field(each)))
    return found


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
            for inner in inner_records(each.packing)
            for field in flat_fields(inner)
            if field.wire.inherited
        )
    found: dict[str, list[tuple[str, str]]] = {}
    for each in flat_fields(record):
        name, packing = camel(each.key), each.packing
        if isinstance(packing, Floats) and packing.sizes in _needed_by_others(record, each.key):
            found[name] = [(packing.sizes, f"{name}.length")]
        elif each.name == "text" and "characters" in needed:
            found[name] = [("characters", "Array.from(text).length")]
        elif each.name in needed and not each.wire.inherited:
            found[name] = []
        if isinstance(packing, Array) and packing.size_key is not None:
            found[packing.size_key] = []
    return found


def _needed_by_others(record: type[Any], key: str) -> set[str]:
    """The sizes that members of a record need which are written under another key."""
    others = (each for each in flat_fields(record) if each.key != key)
    return {size for each in others for size in wanted(each.packing)}


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
    if record in ASKS.values():
        return "\n".join([*_interface(record), ""])
    return "\n".join([*_interface(record), "", *_decoder(record), ""])


def _tuples() -> list[type[Any]]:
    fields = [each.packing for record in records() for each in flat_fields(record)]
    items = [each.item if isinstance(each, Nullable) else each for each in fields]
    return list(dict.fromkeys(each.shape for each in items if isinstance(each, Integers)))


def _tuple(shape: type[Any]) -> str:
    names = ", ".join(f"{name}: number" for name in shape._fields)
    return f"/** {summary(shape)} */\nexport type {shape.__name__} = readonly [{names}];\n"


def _ask_records() -> str:
    """The interface that has the record of each kind of ask."""
    kinds = "".join(
        f"  readonly {kind}: {ts_name(record)};\n" for kind, record in asks.ASKS.items()
    )
    return f"/** What a page asks, by kind. */\nexport interface AskRecords {{\n{kinds}}}\n"


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
        f"\n/** Of models in a page. */\nexport const LIVE_VERSION = {live_model.LIVE_VERSION};\n"
        "\n/** What can be chosen from a list: each is a kind of ask, and a trait. */\n"
        f"export const CHOICES = {json.dumps(asks.CHOICES)} as const;\n"
        "\n/** Which number of the target is explained where nobody says which. */\n"
        f'export const DEFAULT_QUANTITY = "{facet.DEFAULT_QUANTITY}";\n'
        f"\n/** The values of a row are in these parts of its peak. */\n"
        f"export const ROW_STEPS = {rows.STEPS};\n"
        f"\n/** How many predictions are shown. */\n"
        f"export const SHOWN_PREDICTIONS = {facet.SHOWN_PREDICTIONS};\n\n{body}\n{_ask_records()}"
    )
