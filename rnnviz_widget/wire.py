"""The contract with the page: what is in each trait, and how rows are packed.

`docs/architecture.md` writes it down, `js/src/wire/` mirrors it, `tests/wire/*.json` are
messages that both sides read. Bytes are little-endian; standard library and numpy only.
"""

from __future__ import annotations

import base64
import itertools
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.surrogates import without_surrogates

Floats = npt.NDArray[np.floating]
Message = dict[str, Any]

VERSION = 6

# A row is cut into this many steps up to its peak: values are true to half a step, a thousandth.
STEPS = 500


class PackedRow(NamedTuple):
    """A row of scores as it travels.

    Attributes:
        peak: The largest magnitude, in the measure's unit.
        total: The sum of magnitudes, in the measure's unit.
        values: round(500 C / peak) as uint16, zigzag-coded for a signed measure, shape (n,).
    """

    peak: float
    total: float
    values: npt.NDArray[np.uint16]


class PartRow(NamedTuple):
    """The nearest inputs of a causal model's row, while the others are still being computed.

    Attributes:
        start: The first input that is there, at least 1; the last is the output's own.
        row: Their scores, packed as a row of their own: peak and total are of these only.
    """

    start: int
    row: PackedRow


def pack_row(scores: Floats, *, signed: bool) -> PackedRow:
    """Pack one row of scores, shape (n,), true to 1/1000 of its largest magnitude."""
    magnitudes = np.abs(scores.astype(np.float64))
    peak = float(magnitudes.max(initial=0.0))
    total = float(magnitudes.sum())
    if peak == 0.0:
        return PackedRow(0.0, 0.0, np.zeros(len(scores), np.uint16))
    steps = np.rint(scores.astype(np.float64) / peak * STEPS).astype(np.int32)
    if signed:
        steps = np.where(steps >= 0, 2 * steps, -2 * steps - 1)
    return PackedRow(peak, total, steps.astype(np.uint16))


def unpack_row(row: PackedRow, *, signed: bool) -> Floats:
    """Undo `pack_row`: scores in the measure's unit, shape (n,)."""
    steps = row.values.astype(np.int32)
    if signed:
        steps = np.where(steps % 2 == 0, steps // 2, -(steps + 1) // 2)
    return steps * (row.peak / STEPS)


def scene_message(
    epoch: int,
    text: str,
    measure: tuple[str, bool, str],
    facets: Sequence[Message],
    target: Any = None,
    *,
    editable: bool = False,
) -> Message:
    """All that is known after the forward pass.

    Args:
        epoch: Grows with every refresh.
        text: The text.
        measure: Name, whether signed, and label.
        facets: One `facet_message` for each model.
        target: What was chosen to be explained, as it travels: "truth", "top", a list of one
            or two classes, each its name or {"choice": "truth" or "top"}; None: a list of
            targets, one for each token, or nothing that could be chosen.
        editable: Whether the models could read another text.
    """
    return {
        "version": VERSION,
        "epoch": epoch,
        "text": text,
        "editable": editable,
        "measure": measure_message(measure),
        "target": target,
        "facets": list(facets),
    }


def measure_message(measure: tuple[str, bool, str]) -> Message:
    """What a score is: name, whether signed, and label."""
    name, signed, label = measure
    return {"name": name, "signed": signed, "label": label}


class RivalsRow(NamedTuple):
    """The classes that those explained are compared with, for each of S outputs.

    Attributes:
        target: The class; -1: nothing is compared.
        probability: Shape (S,); NaN there.
        rank: Shape (S,); 0 there.
    """

    target: Sequence[int]
    probability: Floats
    rank: npt.NDArray[np.integer]


def facet_message(
    *,
    name: str,
    reads: Message,
    note: str | None,
    engine: str,
    spans: Sequence[tuple[int, int]] | None,
    unknown: Sequence[int],
    outputs: Sequence[str],
    top: npt.NDArray[np.integer],
    top_probability: Floats,
    target: Sequence[int],
    target_probability: Floats,
    target_rank: npt.NDArray[np.integer],
    reasons: Sequence[str],
    rivals: RivalsRow | None = None,
    truth: str | None = None,
    measure: tuple[str, bool, str] | None = None,
    unit: str | None = None,
    one_output: bool = False,
) -> Message:
    """One model's part of the scene.

    Args:
        name: The model's name.
        reads: Which tokens each output reads, as `Reads.as_dict` gives it.
        note: What a reader must know about it.
        engine: How its rows are computed, in words.
        spans: Start and end of each token in characters; None: one token a character.
        unknown: Tokens fed as the unknown symbol.
        outputs: All class names; only those used travel.
        top: The K best classes, best first, shape (S, K); -1: none.
        top_probability: Shape (S, K); NaN: not known.
        target: The class explained, S of them; -1: not told.
        target_probability: Shape (S,); NaN: not known.
        target_rank: Shape (S,); 1 is the best, 0: not known.
        reasons: Why that class, S of them, in words.
        rivals: What the class is compared with, where two are.
        truth: What the right answer is, "word" or "next"; None: something else, or not known.
        measure: What its scores are, where that is not the scene's: name, whether signed, label.
        unit: The unit of the one number that it gives, "" if it has none: what is a probability
            elsewhere, here and in what follows, is then that number. None: it has classes.
        one_output: Whether there is one output for the whole text, which stands at every token.
    """
    others = [] if rivals is None else rivals.target
    shown = np.concatenate([top.ravel(), target, others]).astype(np.int64)
    used = np.unique(shown[shown >= 0])
    # None is what comes after the last name.
    index = np.where(shown >= 0, np.searchsorted(used, shown), len(used))
    classes = [outputs[k] for k in used]
    said = list(dict.fromkeys(reasons))
    number = {reason: k for k, reason in enumerate(said)}
    own: Message = {} if measure is None else {"measure": measure_message(measure)}
    if unit is not None:
        own["unit"] = unit
    if one_output:
        own["one_output"] = True
    return own | {
        "name": name,
        "reads": reads,
        "note": without_surrogates(note),
        "engine": without_surrogates(engine),
        "spans": None if spans is None else pack_ints(np.asarray(spans)),
        "unknown": list(unknown),
        "truth": truth,
        "classes": join_names(classes),
        "k": top.shape[1],
        "top": pack_ints(index[: top.size]),
        "top_p": _floats(top_probability),
        "target": pack_ints(index[top.size : top.size + len(target)]),
        "target_p": _floats(target_probability),
        "target_rank": pack_ints(target_rank),
        "rivals": None
        if rivals is None
        else {
            "target": pack_ints(index[top.size + len(target) :]),
            "p": _floats(rivals.probability),
            "rank": pack_ints(rivals.rank),
        },
        "reasons": said,
        "reason": pack_ints(np.asarray([number[reason] for reason in reasons])),
    }


def answer_message(
    epoch: int, position: int, facets: Sequence[tuple[int, PackedRow | PartRow | str]]
) -> Message:
    """The rows of one position: for each facet the output index, and the row or what failed.

    Of a row that is not whole yet its part; the whole one follows in another answer.

    Raises:
        ValueError: If a part does not reach from an input after the first to its row's own.
    """
    return {
        "epoch": epoch,
        "position": position,
        "facets": [{"row": s} | _outcome(s, outcome) for s, outcome in facets],
    }


class Told(NamedTuple):
    """What is explained at one output.

    Attributes:
        name, probability, rank: The class.
        reason: Why this, in words.
        rival: Name, probability and rank of the class that it is compared with, or None.
    """

    name: str
    probability: float
    rank: int
    reason: str
    rival: tuple[str, float, int] | None = None


def look_message(
    of: tuple[int, int, int],
    measure: tuple[str, bool, str],
    facets: Sequence[tuple[int, PackedRow | PartRow | str, Told | None]],
    measures: Sequence[tuple[str, bool, str] | None] = (),
) -> Message:
    """Rows of one position that explain what the page looks at, as `answer_message`.

    Args:
        of: The epoch, the position, and the serial of the page's request.
        measure: Name, whether signed, and label; it may be another than the scene's.
        facets: For each the output index, the row or what failed, and what is explained.
        measures: Of each facet, where it is another than that; none at all: nowhere.
    """
    own = [
        {} if each is None else {"measure": measure_message(each)}
        for each in measures or [None] * len(facets)
    ]
    epoch, position, serial = of
    return {
        "epoch": epoch,
        "position": position,
        "serial": serial,
        "measure": measure_message(measure),
        "facets": [
            {"row": s, "target": None if told is None else _told(told)} | _outcome(s, outcome) | its
            for (s, outcome, told), its in zip(facets, own, strict=True)
        ],
    }


def found_message(
    of: tuple[int, str, int], names: Sequence[tuple[str, Sequence[float]]]
) -> Message:
    """Classes whose names begin with a prefix, the likeliest first.

    Args:
        of: The serial of the page's request, the prefix, and the position that odds are of.
        names: Each with its probability in every facet.
    """
    serial, prefix, position = of
    return {
        "serial": serial,
        "prefix": prefix,
        "position": position,
        "names": [{"name": name, "p": list(odds)} for name, odds in names],
    }


class StripRow(NamedTuple):
    """The probabilities of all classes at one output, in N cells of classes sorted by name.

    Attributes:
        classes: How many classes there are.
        p: The sum of the probabilities of each cell's classes, (N,).
        best: The name of each cell's likeliest class.
        best_p: Its probability, (N,).
    """

    classes: int
    p: Floats
    best: Sequence[str]
    best_p: Floats


def strips_message(epoch: int, position: int, facets: Sequence[StripRow | str]) -> Message:
    """The strips of one position: for each facet its strip, or what failed."""
    return {
        "epoch": epoch,
        "position": position,
        "facets": [
            {"error": strip}
            if isinstance(strip, str)
            else {
                "cells": len(strip.p),
                "classes": strip.classes,
                "p": _floats(strip.p),
                "best": join_names(strip.best),
                "best_p": _floats(strip.best_p),
            }
            for strip in facets
        ],
    }


def refused_message(
    serial: int | None, words: str, unknown: Sequence[int] | None = None
) -> Message:
    """What the page has asked for and the kernel does not do, and why.

    Args:
        serial: That of the ask, if it had one.
        words: Why not.
        unknown: The characters of a text that models do not know, where that is why.
    """
    refused: Message = {"serial": serial, "refused": without_surrogates(words)}
    return refused if unknown is None else refused | {"unknown": list(unknown)}


def _told(told: Told) -> Message:
    rival = None
    if told.rival is not None:
        name, p, rank = told.rival
        rival = {"name": name, "p": p, "rank": rank}
    return {
        "name": told.name,
        "p": told.probability,
        "rank": told.rank,
        "reason": told.reason,
        "rival": rival,
    }


def _outcome(s: int, outcome: PackedRow | PartRow | str) -> Message:
    if isinstance(outcome, str):
        # A model may have said anything.
        return {"error": without_surrogates(outcome)}
    if isinstance(outcome, PartRow):
        start, row = outcome
        if not 1 <= start <= s or len(row.values) != s + 1 - start:
            raise ValueError(
                f"a part of row {s} must start at an input from 1 to {s} and reach to {s}; "
                f"got {len(row.values)} values from {start}"
            )
        return {"from": start} | _outcome(s, row)
    return {
        "peak": outcome.peak,
        "total": outcome.total,
        "data": outcome.values.astype("<u2").tobytes(),
    }


def rows_message(
    epoch: int, facets: Sequence[tuple[int, Mapping[int, PackedRow]]], *, complete: bool
) -> Message:
    """Every row computed so far: for each facet the number of outputs S, and rows by index."""
    return {
        "epoch": epoch,
        "complete": complete,
        "facets": [_facet_rows(outputs, rows) for outputs, rows in facets],
    }


def _facet_rows(outputs: int, rows: Mapping[int, PackedRow]) -> Message:
    known = np.zeros(outputs, bool)
    known[list(rows)] = True
    ordered = [rows[s] for s in sorted(rows)]
    values = np.concatenate([row.values for row in ordered] or [np.zeros(0, np.uint16)])
    # Low and high bytes apart deflate better: the high ones are nearly all zero.
    planes = (values & 255).astype(np.uint8).tobytes() + (values >> 8).astype(np.uint8).tobytes()
    return {
        "known": np.packbits(known, bitorder="little").tobytes(),
        "peak": _sizes([row.peak for row in ordered]),
        "total": _sizes([row.total for row in ordered]),
        "data": zlib.compress(planes, 9),
    }


def status_message(epoch: int, done: int, total: int, state: str, message: str | None) -> Message:
    """Progress of the background fill; `state` is "idle", "filling", "done" or "stopped"."""
    said = without_surrogates(message)
    return {"epoch": epoch, "done": done, "total": total, "state": state, "message": said}


def pack_ints(values: npt.NDArray[np.integer]) -> bytes:
    """Natural numbers in 1, 2 or 4 bytes each, the fewest that hold the largest."""
    largest = int(values.max(initial=0))
    kind = "<u1" if largest < 1 << 8 else "<u2" if largest < 1 << 16 else "<u4"
    return values.astype(kind).tobytes()


def join_names(names: Sequence[str]) -> str:
    """Names in one text: each after a separator, the text's first character, which is in no name.

    Where names are many a list of them takes a notebook far more room.
    """
    used = set().union(*names)
    candidates = map(chr, itertools.chain((32, 10), range(33, 0xD800)))
    separator = next(character for character in candidates if character not in used)
    return "".join(separator + name for name in names)


def split_names(joined: str) -> list[str]:
    """Undo `join_names`."""
    return joined[1:].split(joined[0]) if joined else []


def unpack_ints(data: bytes, count: int) -> npt.NDArray[np.int64]:
    """Undo `pack_ints`, for so many numbers.

    Raises:
        ValueError: If the bytes are no such numbers.
    """
    kind = {count: "<u1", 2 * count: "<u2", 4 * count: "<u4"}.get(len(data))
    if kind is None:
        raise ValueError(f"expected {count} numbers of 1, 2 or 4 bytes; got {len(data)} bytes")
    return np.frombuffer(data, kind).astype(np.int64)


def _floats(values: Floats) -> bytes:
    return values.astype("<f4").tobytes()


def _sizes(sizes: Sequence[float]) -> bytes:
    """Numbers of 4 bytes each, or of 8 where one is too large or too small for that."""
    values = np.array(sizes, np.float64)
    limits = np.finfo(np.float32)
    fits = (values == 0) | ((values >= limits.tiny) & (values <= limits.max))
    return values.astype("<f4" if fits.all() else "<f8").tobytes()


def as_text(message: Any) -> Any:
    """A message with its bytes as {"b64": base64}: for JSON, and for hosts that lose bytes."""
    if isinstance(message, bytes):
        return {"b64": base64.b64encode(message).decode()}
    if isinstance(message, Mapping):
        return {key: as_text(item) for key, item in message.items()}
    if isinstance(message, (list, tuple)):
        return [as_text(item) for item in message]
    return message


def as_bytes(message: Any) -> Any:
    """Undo `as_text`.

    Raises:
        ValueError: If something is not base64.
    """
    if isinstance(message, Mapping):
        if message.keys() == {"b64"}:
            return base64.b64decode(message["b64"], validate=True)
        return {key: as_bytes(item) for key, item in message.items()}
    return [as_bytes(item) for item in message] if isinstance(message, list) else message
