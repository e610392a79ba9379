"""Whether the parts of a saved message fit each other: a notebook or a page may have been changed.

All of these raise whatever the damage brings about, and `ValueError` where they see it themselves;
`state.py` puts it in words.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnviz_widget import wire
from rnnviz_widget.reads import Reads

_MOST_CLASSES_SHOWN = 1000
_MOST_NUMBERS = 16_000_000
"""How many numbers the rows of all models may have: 32 MB. The widget keeps a quarter of that."""


def expect(truth: bool, words: str) -> None:
    """Raise the words as a `ValueError` unless something is true."""
    if not truth:
        raise ValueError(words)


def natural(value: Any, what: str, *, below: int | None = None) -> int:
    """A natural number, and no other kind of value that would do as one."""
    fine = type(value) is int and value >= 0 and (below is None or value < below)
    expect(fine, f"{what} is {value!r}")
    return int(value)


def check_scene(scene: Mapping[str, Any]) -> None:
    """Whether all that is told of the text fits it."""
    expect(isinstance(scene["text"], str), "its text is no text")
    expect(bool(scene["text"] and scene["facets"]), "it is empty")
    expect(isinstance(scene["measure"]["label"], str), "its measure has no label")
    expect(isinstance(scene["facets"], list), "its facets are no list")
    natural(scene["epoch"], "its epoch")
    for facet in scene["facets"]:
        _check_facet(facet, scene)


def _check_facet(facet: Mapping[str, Any], scene: Mapping[str, Any]) -> None:
    own = facet.get("measure", scene["measure"])
    expect(isinstance(own["label"], str), "a measure has no label")
    for name in ("name", "engine", "classes"):
        expect(isinstance(facet[name], str), f"a model's {name} is no text")
    tokens = outputs_of(facet)
    reads_of(facet)
    k = natural(facet["k"], "its number of predictions", below=_MOST_CLASSES_SHOWN)
    if facet["spans"] is not None:
        spans = wire.unpack_ints(facet["spans"], 2 * tokens).reshape(-1, 2)
        expect(bool((spans[:, 0] <= spans[:, 1]).all()), "a token ends before it starts")
        expect(spans.max(initial=0) <= len(scene["text"]), "a token is not in its text")
    wire.unpack_ints(facet["target_rank"], tokens)
    reason = wire.unpack_ints(facet["reason"], tokens)
    expect(reason.max(initial=-1) < len(facet["reasons"]), "it lacks a reason")
    for token in facet["unknown"]:
        natural(token, "an unknown token", below=tokens)
    named = [wire.unpack_ints(facet["top"], k * tokens)]
    named.append(wire.unpack_ints(facet["target"], tokens))
    if facet["rivals"] is not None:
        named.append(wire.unpack_ints(facet["rivals"]["target"], tokens))
        wire.unpack_ints(facet["rivals"]["rank"], tokens)
        expect(len(facet["rivals"]["p"]) == 4 * tokens, "it lacks probabilities")
    classes = len(wire.split_names(facet["classes"]))
    expect(np.concatenate(named).max(initial=0) <= classes, f"it names {classes} classes only")
    expect(len(facet["top_p"]) == 4 * k * tokens, "it lacks probabilities")


def outputs_of(facet: Mapping[str, Any]) -> int:
    """How many outputs a facet has, S."""
    expect(isinstance(facet["target_p"], bytes), "its probabilities are no bytes")
    expect(len(facet["target_p"]) % 4 == 0, "its probabilities are cut off")
    return len(facet["target_p"]) // 4


def reads_of(facet: Mapping[str, Any]) -> Reads:
    """What each output of a facet reads."""
    return Reads.of_dict(facet["reads"], outputs_of(facet))


def check_answer(answer: Mapping[str, Any], scene: Mapping[str, Any]) -> None:
    """Whether the rows of one position fit the scene; there may be none."""
    if not answer:
        return
    natural(answer["epoch"], "its epoch")
    natural(answer["position"], "its position", below=len(scene["text"]))
    expect(len(answer["facets"]) == len(scene["facets"]), "it is of other models")
    for one, facet in zip(answer["facets"], scene["facets"], strict=True):
        outputs = outputs_of(facet)
        row = natural(one["row"], "a row's number", below=outputs)
        if "error" in one:
            expect(isinstance(one["error"], str), "an error is no text")
            continue
        first = natural(one.get("from", 0), "a row's first input", below=row + 1)
        length = (row + 1 if reads_of(facet).causal else outputs) - first
        expect(len(one["data"]) == 2 * length, f"row {row} has {len(one['data'])} bytes")
        expect(bool(np.isfinite([one["peak"], one["total"]]).all()), "a row is not finite")


def check_rows(rows: Mapping[str, Any], scene: Mapping[str, Any]) -> None:
    """Whether all saved rows fit the scene; there may be none.

    They are unpacked a piece at a time and to no more than the size that is known before.
    """
    if not rows:
        return
    natural(rows["epoch"], "their epoch")
    expect(len(rows["facets"]) <= len(scene["facets"]), "there are rows of other models")
    sizes = []
    for one, facet in zip(rows["facets"], scene["facets"], strict=False):
        outputs = outputs_of(facet)
        known = np.unpackbits(np.frombuffer(one["known"], np.uint8), bitorder="little")
        places = np.flatnonzero(known)
        expect(places.max(initial=-1) < outputs, "there are rows of characters that are not there")
        for name in ("peak", "total"):
            each = (4 * len(places), 8 * len(places))
            expect(len(one[name]) in each, f"they have no {name} each")
        causal = reads_of(facet).causal
        sizes.append(int((places + 1).sum()) if causal else outputs * len(places))
    expect(sum(sizes) <= _MOST_NUMBERS, f"they tell of {sum(sizes):,} numbers")
    for one, size in zip(rows["facets"], sizes, strict=False):
        _check_packed(one["data"], 2 * size)


def _check_packed(data: bytes, size: int) -> None:
    """Whether bytes unpack to just so many."""
    unpacking = zlib.decompressobj()
    found = len(unpacking.decompress(data, size + 1))
    expect(
        found == size and unpacking.eof, f"they do not unpack to the {size:,} bytes they tell of"
    )
