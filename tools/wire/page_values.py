"""What a field is on the page, and what decodes it."""

from __future__ import annotations

import json
from functools import singledispatch

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


def call(function: str, key: str, *more: object) -> str:
    """A call of one of the functions of js/src/wire/fields.ts."""
    given = ", ".join(["raw", f'"{key}"', *map(str, more)])
    return f"read.{function}({given})"


_READ_MANY_BY = {Natural: "naturals", Number: "reals"}


@ts_decode.register
def _(packing: PlainText, key: str) -> str:
    found = call("text", key)
    return found if packing.shown is None else f"shortened({found}, {packing.shown})"


@ts_decode.register
def _(packing: Natural, key: str) -> str:
    return call("natural", key, *_limit(packing))


def _limit(packing: Packing) -> list[str]:
    return [packing.below] if isinstance(packing, Natural) and packing.below is not None else []


@ts_decode.register
def _(_: Number, key: str) -> str:
    return call("real", key)


@ts_decode.register
def _(_: Flag, key: str) -> str:
    return call("flag", key)


@ts_decode.register
def _(packing: Integers, key: str) -> str:
    return call(f"integers<{ts_type(packing)}>", key, len(packing.shape._fields))


@ts_decode.register
def _(packing: OneOf, key: str) -> str:
    return call("oneOf", key, json.dumps(list(packing.values)))


@ts_decode.register
def _(_: Anything, key: str) -> str:
    return f'raw["{key}"]'


@ts_decode.register
def _(packing: Listed, key: str) -> str:
    if isinstance(packing.item, (Inner, Either)):
        return call("records", key, _decoder_of(packing.item))
    if type(packing.item) not in _READ_MANY_BY:
        raise TypeError(f"no decoder for {key}, a list of {packing.item!r}")
    return call(_READ_MANY_BY[type(packing.item)], key, *_limit(packing.item))


@ts_decode.register
def _(packing: Nullable, key: str) -> str:
    return f'raw["{key}"] == null ? null : {ts_decode(packing.item, key)}'


@ts_decode.register
def _(packing: Inner, key: str) -> str:
    return call("record", key, _decoder_of(packing))


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
    return f'raw["{key}"] == null ? null : {call("text", key)}'


def _count(packing: Array) -> str:
    return " * ".join(map(str, packing.shape))


@ts_decode.register
def _(packing: Ints, key: str) -> str:
    return call("ints", key, _count(packing))


@ts_decode.register
def _(packing: Indexes, key: str) -> str:
    return call("indexes", key, _count(packing), f"{packing.names}.length + 1")


@ts_decode.register
def _(packing: Floats, key: str) -> str:
    return call("floats", key, *([] if packing.sizes is not None else [_count(packing)]))


@ts_decode.register
def _(packing: ExactFloats, key: str) -> str:
    return call("floats", key, f"read.ones({packing.bits})")


@ts_decode.register
def _(_: Steps, key: str) -> str:
    return call("view", key, 2)


@ts_decode.register(Bits)
@ts_decode.register(Bytes)
def _(_: Packing, key: str) -> str:
    return call("view", key)


@ts_decode.register
def _(_: Spans, key: str) -> str:
    found = call("indexes", key, "2 * tokens", "characters + 1")
    return f'raw["{key}"] == null ? null : {found}'


@ts_decode.register
def _(packing: Names, key: str) -> str:
    return call("names", key, *([] if packing.count is None else [packing.count]))


@ts_decode.register
def _(packing: Repeated, key: str) -> str:
    return call("repeated", key, f'"{packing.key}"', "tokens")
