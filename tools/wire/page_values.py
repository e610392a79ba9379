"""What a field is on the page, and what decodes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from contract import needs, ts_name

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
from rnnviz_widget.scene.codec import Beside, Either, Inner, flat_fields
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

# What a value is on the page.


def _list_of(item: str) -> str:
    return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"


_TYPES: dict[type[Packing], Callable[[Any], str]] = {
    PlainText: lambda _: "string",
    Natural: lambda _: "number",
    Number: lambda _: "number",
    Flag: lambda _: "boolean",
    Anything: lambda _: "unknown",
    Joined: lambda _: "string | null",
    Ints: lambda _: "Int32Array",
    Indexes: lambda _: "Int32Array",
    Floats: lambda _: "Float64Array",
    ExactFloats: lambda _: "Float64Array",
    Steps: lambda _: "DataView",
    Bits: lambda _: "DataView",
    Bytes: lambda _: "DataView",
    Spans: lambda _: "Int32Array | null",
    Names: lambda _: "readonly string[]",
    Repeated: lambda _: "readonly string[]",
    Integers: lambda p: str(p.shape.__name__),
    OneOf: lambda p: " | ".join(f'"{value}"' for value in p.values),
    Listed: lambda p: _list_of(ts_type(p.item)),
    Nullable: lambda p: f"{ts_type(p.item)} | null",
    Inner: lambda p: ts_name(p.record),
    Either: lambda p: " | ".join(map(ts_name, p.records)),
    Beside: lambda p: ts_type(p.item),
}


def ts_type(packing: Packing) -> str:
    """The type of a decoded value."""
    return _TYPES[type(packing)](packing)


# What decodes a field that stands under a key.


def call(function: str, key: str, *more: object) -> str:
    """A call of one of the functions of js/src/wire/fields.ts."""
    given = ", ".join(["raw", f'"{key}"', *map(str, more)])
    return f"read.{function}({given})"


def _text(packing: PlainText, key: str) -> str:
    found = call("text", key)
    return found if packing.shown is None else f"shortened({found}, {packing.shown})"


def _limit(packing: Packing) -> list[str]:
    return [packing.below] if isinstance(packing, Natural) and packing.below is not None else []


_READ_MANY_BY = {Natural: "naturals", Number: "reals", PlainText: "texts"}


def _list(packing: Listed, key: str) -> str:
    if isinstance(packing.item, (Inner, Either)):
        return call("records", key, _decoder_of(packing.item))
    if type(packing.item) not in _READ_MANY_BY:
        raise TypeError(f"no decoder for {key}, a list of {packing.item!r}")
    return call(_READ_MANY_BY[type(packing.item)], key, *_limit(packing.item))


def _nullable(key: str, decode: str) -> str:
    return f'raw["{key}"] == null ? null : {decode}'


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


def _count(packing: Array) -> str:
    return " * ".join(map(str, packing.shape))


_DECODERS: dict[type[Packing], Callable[[Any, str], str]] = {
    PlainText: _text,
    Natural: lambda p, key: call("natural", key, *_limit(p)),
    Number: lambda _, key: call("real", key),
    Flag: lambda _, key: call("flag", key),
    Integers: lambda p, key: call(f"integers<{ts_type(p)}>", key, len(p.shape._fields)),
    OneOf: lambda p, key: call("oneOf", key, json.dumps(list(p.values))),
    Anything: lambda _, key: f'raw["{key}"]',
    Listed: _list,
    Nullable: lambda p, key: _nullable(key, ts_decode(p.item, key)),
    Inner: lambda p, key: call("record", key, _decoder_of(p)),
    Beside: lambda p, _: f"{_decoder_of(p.item)}(raw)",
    Joined: lambda _, key: _nullable(key, call("text", key)),
    Ints: lambda p, key: call("ints", key, _count(p)),
    Indexes: lambda p, key: call("indexes", key, _count(p), f"{p.names}.length + 1"),
    Floats: lambda p, key: call("floats", key, *([] if p.sizes is not None else [_count(p)])),
    ExactFloats: lambda p, key: call("floats", key, f"read.ones({p.bits})"),
    Steps: lambda _, key: call("view", key, 2),
    Bits: lambda _, key: call("view", key),
    Bytes: lambda _, key: call("view", key),
    Spans: lambda _, key: _nullable(key, call("indexes", key, "2 * tokens", "characters + 1")),
    Names: lambda p, key: call("names", key, *([] if p.count is None else [p.count])),
    Repeated: lambda p, key: call("repeated", key, f'"{p.key}"', "tokens"),
}


def ts_decode(packing: Packing, key: str) -> str:
    """An expression that decodes a field, or throws a WireError."""
    return _DECODERS[type(packing)](packing, key)
