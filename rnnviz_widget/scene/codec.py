"""Converting records to what a trait holds, and back; the records say how each field is packed.

`pack` makes a message of a record; `unpack` makes a record of a message, and checks every part.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np
import numpy.typing as npt

from .arrays import (
    Floats,
    Indexes,
    Names,
)
from .packing import (
    Anything,
    Context,
    Flag,
    Integers,
    Listed,
    Message,
    Natural,
    Nullable,
    Number,
    OneOf,
    Packing,
    PlainText,
    Wire,
    expect,
)

Record = TypeVar("Record")


@dataclass(frozen=True)
class Field:
    """A field of a record, or of a record that is inlined in it.

    Attributes:
        name: Its name.
        key: Its key in the message.
        packing: How it is packed; None: it is not sent, or its own fields are, see `inline`.
        wire: The record's annotation.
        default: Its default, or `MISSING`.
        inline: The record whose fields are inlined, if it is one.
    """

    name: str
    key: str
    packing: Packing | None
    wire: Wire
    default: Any
    inline: type[Any] | None = None

    @property
    def tag(self) -> str | None:
        """The only text that it may be, which distinguishes this record from others, or None."""
        values = self.packing.values if isinstance(self.packing, OneOf) else ()
        return values[0] if len(values) == 1 else None

    @property
    def required(self) -> bool:
        """Whether a message without it is refused."""
        return self.tag is not None or (self.default is MISSING and not self.wire.inherited)


_FIELDS: dict[type[Any], tuple[Field, ...]] = {}


def fields_of(record: type[Any]) -> tuple[Field, ...]:
    """The fields of a record, in order.

    Raises a TypeError if it is no record, or a field's type does not determine how it is packed.
    """
    if record not in _FIELDS:
        if not dataclasses.is_dataclass(record):
            raise TypeError(f"expected a dataclass; got {record!r}")
        hints = typing.get_type_hints(record, include_extras=True)
        given = dataclasses.fields(record)
        _FIELDS[record] = tuple(_field(each, hints[each.name], record) for each in given)
    return _FIELDS[record]


def _field(given: dataclasses.Field[Any], hint: Any, record: type[Any]) -> Field:
    wire, default = Wire(), given.default
    if get_origin(hint) is Annotated:
        hint, wire = get_args(hint)
    if given.default_factory is not MISSING:
        default = given.default_factory()
    packing, inlined = wire.packing, None
    if wire.inline and get_origin(hint) in _UNIONS:
        packing = Beside(packing_of(hint, given.name))
    elif wire.inline:
        inlined = hint
    elif wire.sent and packing is None:
        packing = packing_of(hint, f"{record.__name__}.{given.name}")
    return Field(given.name, wire.key or given.name, packing, wire, default, inlined)


_UNIONS = (Union, types.UnionType)
_PLAIN: dict[Any, Packing] = {
    str: PlainText(),
    bool: Flag(),
    int: Natural(),
    float: Number(),
    object: Anything(),
    Any: Anything(),
}


def packing_of(hint: Any, what: str) -> Packing:
    """The packing of a type, or a TypeError if the type does not determine it."""
    plain = _PLAIN.get(hint) if isinstance(hint, type) or hint is Any else None
    if plain is not None:
        return plain
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return OneOf(args)
    if origin in _UNIONS:
        rest = [one for one in args if one is not type(None)]
        item = packing_of(rest[0], what) if len(rest) == 1 else Either(tuple(rest))
        return Nullable(item) if len(rest) < len(args) else item
    if origin is list or origin is Sequence or (origin is tuple and args[1:] == (...,)):
        return Listed(packing_of(args[0], what))
    if dataclasses.is_dataclass(hint):
        return Inner(typing.cast("type[Any]", hint))
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return Integers(hint)
    raise TypeError(f"{what} is of type {hint!r}: say how it is packed, as wire(...)")


@dataclass(frozen=True)
class Inner(Packing):
    """A record within a record."""

    record: type[Any]

    def pack(self, value: Any, context: Context) -> object:
        return _pack(value, context.copy())

    def unpack(self, raw: object, what: str, context: Context) -> Any:
        expect(isinstance(raw, Mapping), f"{what} is no object")
        return _unpack(self.record, typing.cast("Mapping[str, Any]", raw), context.copy())


@dataclass(frozen=True)
class Either(Packing):
    """One of several records: the first whose required keys are all there."""

    records: tuple[type[Any], ...]

    def pack(self, value: Any, context: Context) -> object:
        return _pack(value, context.copy())

    def unpack(self, raw: object, what: str, context: Context) -> Any:
        expect(isinstance(raw, Mapping), f"{what} is no object")
        message = typing.cast("Mapping[str, Any]", raw)
        for record in self.records:
            if all(_fits(each, message) for each in flat_fields(record) if each.required):
                return _unpack(record, message, context.copy())
        names = " or ".join(record.__name__ for record in self.records)
        raise ValueError(f"{what} is no {names}")


@dataclass(frozen=True)
class Beside(Packing):
    """One of several records, whose fields are inlined in the record around it."""

    item: Packing

    def write(self, message: Message, key: str, value: Any, context: Context) -> None:
        message.update(typing.cast("Message", self.item.pack(value, context)))

    def read(self, message: Mapping[str, Any], key: str, context: Context) -> Any:
        return self.item.unpack(message, key, context)


def _fits(one: Field, message: Mapping[str, Any]) -> bool:
    if one.packing is None or isinstance(one.packing, Beside):
        return True
    return one.key in message and one.tag in (None, message[one.key])


def flat_fields(record: type[Any]) -> Iterator[Field]:
    """The fields of a record, with those of inlined records in their place."""
    for each in fields_of(record):
        if each.inline is None:
            yield each
        else:
            yield from flat_fields(each.inline)


def pack(record: Any) -> Message:
    """Convert a record to what a trait holds: dicts, lists, texts, numbers and bytes."""
    return _pack(record, Context())


def unpack(record: type[Record], message: object) -> Record:
    """Convert a message back to a record, or raise a ValueError that says which part is wrong."""
    return Inner(record).unpack(message, record.__name__, Context())  # type: ignore[no-any-return]


def _pack(value: Any, context: Context) -> Message:
    message: Message = {}
    for each in flat_fields(type(value)):
        if isinstance(each.packing, Names) and each.packing.used:
            indexed = [np.ravel(found) for found in _indexes(value, each.name)]
            used = np.unique(np.concatenate([*indexed, []]).astype(np.int64))
            context.used[each.name] = used[used >= 0]
    _write(value, message, context)
    return message


def _indexes(value: Any, names: str) -> Iterator[npt.NDArray[np.integer]]:
    """Everything that refers to a field of names, in a record and in the records within it."""
    for each in fields_of(type(value)):
        found = getattr(value, each.name)
        if isinstance(each.packing, Indexes) and each.packing.names == names:
            yield np.asarray(found)[..., : each.packing.most]
        elif dataclasses.is_dataclass(found) and not isinstance(found, type):
            yield from _indexes(found, names)


def _write(value: Any, message: Message, context: Context) -> None:
    for each in fields_of(type(value)):
        found = getattr(value, each.name)
        if each.inline is not None:
            _write(found, message, context)
        elif each.packing is not None:
            before = context.facts.get(each.name) if each.wire.inherited else each.default
            if not (each.wire.omit or each.wire.inherited) or found != before:
                each.packing.write(message, each.key, found, context)
            context.facts[each.name] = found


def _unpack(record: type[Any], message: Mapping[str, Any], context: Context) -> Any:
    values: dict[int, Any] = {}
    # Fields that define sizes come first, then names, which other fields refer to.
    for each in sorted(flat_fields(record), key=_order):
        if each.packing is None:
            continue
        if each.wire.inherited and message.get(each.key) is None and each.name in context.facts:
            found = context.facts[each.name]
        elif each.key not in message and not each.required and each.default is not MISSING:
            found = each.default
        else:
            found = each.packing.read(message, each.key, context)
        values[id(each)] = context.facts[each.name] = found
    return _made(record, values, context)


def _order(one: Field) -> int:
    if isinstance(one.packing, Floats) and one.packing.sizes is not None:
        return 0
    return 1 if isinstance(one.packing, Names) and one.packing.used else 2


def _made(record: type[Any], values: Mapping[int, Any], context: Context) -> Any:
    given = {}
    for each in fields_of(record):
        if each.inline is not None:
            given[each.name] = _made(each.inline, values, context)
        elif each.packing is not None:
            given[each.name] = values[id(each)]
        elif each.wire.found is not None:
            sizes, name = context.sizes, each.wire.found
            given[each.name] = sizes[name] if name in sizes else context.facts[name]
        elif each.default is MISSING:
            given[each.name] = ()
    return record(**given)
