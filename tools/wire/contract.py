"""The records of the contract with the page: what is said of each, and what it needs to be read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnnviz_widget.scene import (
    asks,
    checkpoints,
    facet,
    live_model,
    replies,
    rows,
    story,
    training_curves,
)
from rnnviz_widget.scene.arrays import (
    Array,
    ExactFloats,
    Floats,
    Indexes,
    Names,
    Repeated,
    Spans,
)
from rnnviz_widget.scene.codec import Beside, Either, Field, Inner, fields_of, flat_fields
from rnnviz_widget.scene.packing import (
    Listed,
    Natural,
    Nullable,
    Packing,
)

ROOT = Path(__file__).parents[2]
TYPESCRIPT = ROOT / "js/src/wire/generated.ts"
PAGE = ROOT / "docs/wire.md"

MESSAGES = {
    "_scene": facet.Scene,
    "_answer": rows.Answer,
    "_rows": rows.Rows,
    "_status": replies.Status,
    "_checkpoints": checkpoints.ShownCheckpoint,
    **{f"_reply[{kind!r}]": reply for kind, reply in replies.REPLIES.items()},
    "_reply[kind]": replies.Refusal,
    "_live[model]": live_model.LiveModel,
    "_curves": training_curves.TrainingCurves,
    "_story": story.StoryText,
}
"""What stands in each trait that the kernel sets."""

ASKS = {f"_ask[{kind!r}]": ask for kind, ask in asks.ASKS.items()}
"""What a page sets, which the kernel reads."""

# The page makes more of these than what travels: theirs is the plain name.
_MADE_MORE_OF = ("Scene", "Facet", "Answer", "Rows", "Preview", "Randomised", "Reads", "Strips")
_OTHER_NAMES = {"MeasureInfo": "Measure"}


def records() -> list[type[Any]]:
    """All records, each after those that it holds."""
    found: dict[type[Any], None] = {}

    def visit(record: type[Any]) -> None:
        for each in flat_fields(record):
            for inner in inner_records(each.packing):
                visit(inner)
        found[record] = None

    for record in (*MESSAGES.values(), *ASKS.values()):
        visit(record)
    return list(found)


def inner_records(packing: Packing | None) -> tuple[type[Any], ...]:
    """The records in a field."""
    if isinstance(packing, (Listed, Nullable, Beside)):
        return inner_records(packing.item)
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


COUNTS = {
    "k": "How many best classes there are of each output.",
    "cells": "How many cells there are.",
    "inputs": "How many inputs there are.",
    "selected": "How many units there are.",
    "carried": "How many steps there are.",
    "tokens": "How many tokens the text has.",
    "steps": "How many steps there are.",
    "texts": "How many texts the corpus has.",
    "asked": "Of how many points the nearest are told.",
    "each": "How many are told of each.",
}


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
    # From Python 3.13 on docstrings are stored without their indentation.
    _, _, listed = inspect.cleandoc(record.__doc__ or "").partition("Attributes:\n")
    listed = listed.partition("\n\n")[0]
    found: dict[str, str] = {}
    for name, words in re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", listed, re.MULTILINE):
        plain = " ".join(words.split()).replace("`", "")
        found[name] = re.sub(r"\bNone\b", "null", plain)
    return found


def summary(record: type[Any]) -> str:
    """The first paragraph of a record's docstring."""
    text = " ".join((record.__doc__ or "").partition("\n\n")[0].split())
    return re.sub(r"\bNone\b", "null", text)


def wanted(packing: Packing | None) -> Iterator[str]:
    """The names that decoding a value takes from around it."""
    if isinstance(packing, (Listed, Nullable, Beside)):
        yield from wanted(packing.item)
    elif isinstance(packing, (Inner, Either)):
        for record in inner_records(packing):
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
        if isinstance(each.packing, Array) and each.packing.size_key is not None:
            found.add(each.packing.size_key)
        if isinstance(each.packing, Floats) and each.packing.sizes is not None:
            found.add(each.packing.sizes)
    return found | ({"characters"} if "text" in found else set())
