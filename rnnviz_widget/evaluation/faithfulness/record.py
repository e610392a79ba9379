"""Stores the check of one text as a line of JSON, and reads it back with a complete check."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnviz_widget.evaluation.record import read_line, shown

from .measured import RowMeasured
from .row_effects import Curve, RowEffects

_WHOLE = ("row", "places")
_MAY_BE_UNKNOWN = ("infidelity", "unexplained")


@dataclasses.dataclass(frozen=True, eq=False)
class TextCheck:
    """The check of one text.

    Attributes:
        rows: The true effects at each checked output.
        measured: The rows of each measure, by the measure's name.
        notes: Notes for the reader.
    """

    rows: list[RowEffects]
    measured: dict[str, list[RowMeasured]] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values; NaN becomes null."""
        found: dict[str, Any] = as_json(self)
        return found


@dataclasses.dataclass(frozen=True)
class ExpectedChecks:
    """The form of the lines of a check.

    Attributes:
        positions: The number of positions of each text.
        steps: The number of values of k, K.
        draws: The number of draws, D.
        measures: The names of the measures.
    """

    positions: Sequence[int]
    steps: int
    draws: int
    measures: Sequence[str]

    def read(self, line: bytes) -> tuple[int, TextCheck]:
        """Parse a line into the index of its text and the check of that text.

        Raises:
            ValueError: If the line is anything else; the message says what was expected and found.
        """
        number, found = read_line(line, len(self.positions))
        _keys(found, TextCheck, f"the check of text {number}")
        rows, measured, notes = found["rows"], found["measured"], found["notes"]
        strings = isinstance(notes, list) and all(isinstance(note, str) for note in notes)
        if not isinstance(rows, list) or not strings:
            wanted = "a list of rows and one of notes"
            raise ValueError(f"expected {wanted}; got {shown(rows)} and {shown(notes)}")
        if not isinstance(measured, dict) or list(measured) != list(self.measures):
            wanted = ", ".join(self.measures) or "none"
            raise ValueError(f"expected the measures {wanted}; got {shown(measured)}")
        true_rows = [self._effects(row, self.positions[number]) for row in rows]
        return number, TextCheck(
            true_rows, {name: self._rows(each, true_rows) for name, each in measured.items()}, notes
        )

    def _effects(self, found: Any, positions: int) -> RowEffects:
        _keys(found, RowEffects, "a row")
        inputs = _length(found, "places")
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("places", "effect", "size"), (inputs,))
        shapes |= {"falls": (self.draws, self.steps, 2)}
        values: dict[str, Any] = {
            name: self._curve(value, name)
            if name in ("nearest", "random")
            else _numbers(value, name, shapes.get(name, ()))
            for name, value in found.items()
        }
        true = RowEffects(**values)
        inside = 0 <= true.row < positions and (np.diff(true.places) > 0).all()
        if not inside or true.places.min() < 0 or true.places.max() >= positions:
            raise ValueError(
                f"expected a row and ascending places below {positions}, the length of the text; "
                f"got {true.row} and {shown(true.places.tolist())}"
            )
        if (true.size < 0).any() or true.error < 0:
            raise ValueError("expected size and error to be no less than 0; that is not so")
        return true

    def _rows(self, found: Any, true_rows: Sequence[RowEffects]) -> list[RowMeasured]:
        if not isinstance(found, list) or len(found) != len(true_rows):
            raise ValueError(f"expected {len(true_rows)} rows of each measure; got {shown(found)}")
        return [self._measured(each, true) for each, true in zip(found, true_rows, strict=True)]

    def _measured(self, found: Any, true: RowEffects) -> RowMeasured:
        _keys(found, RowMeasured, "a row of a measure")
        values: dict[str, Any] = {}
        for name, value in found.items():
            if name == "curve":
                values[name] = self._curve(value, name)
            elif name in _MAY_BE_UNKNOWN:
                values[name] = math.nan if value is None else _numbers(value, name, ())
            else:
                empty = name != "scores" and value == []
                values[name] = _numbers(value, name, (0 if empty else len(true.places),))
        return RowMeasured(**values)

    def _curve(self, found: Any, name: str) -> Curve:
        _keys(found, Curve, name)
        return Curve(**{key: _numbers(value, key, (self.steps,)) for key, value in found.items()})


def as_json(record: Any) -> Any:
    """Convert a record into JSON values: arrays become lists, NaN becomes null."""
    if dataclasses.is_dataclass(record):
        return {name: as_json(value) for name, value in vars(record).items()}
    if isinstance(record, Mapping):
        return {name: as_json(value) for name, value in record.items()}
    if isinstance(record, list):
        return [as_json(value) for value in record]
    if isinstance(record, float) and math.isnan(record):
        return None
    return record.tolist() if isinstance(record, np.ndarray) else record


def _keys(found: Any, kind: type, what: str) -> None:
    names = {field.name for field in dataclasses.fields(kind)}
    if not isinstance(found, dict) or found.keys() != names:
        raise ValueError(f"expected {what} with {', '.join(sorted(names))}; got {shown(found)}")


def _length(found: dict[str, Any], name: str) -> int:
    if not isinstance(found[name], list) or len(found[name]) < 2:
        raise ValueError(f"expected {name} to be two numbers at least; got {shown(found[name])}")
    return len(found[name])


def _numbers(value: Any, name: str, shape: tuple[int, ...]) -> Any:
    """Parse finite numbers of a shape into an array, or into one number for shape ()."""
    kind = "whole numbers" if name in _WHOLE else "finite numbers"
    wanted = f"{name} to be {' x '.join(map(str, shape)) or 'one of'} {kind}"
    for one in _leaves(value):
        right = type(one) is int if name in _WHOLE else type(one) in (int, float)
        if not right or not math.isfinite(one):
            raise ValueError(f"expected {wanted}; got {shown(one)} among them")
    try:
        found = np.array(value, np.int64 if name in _WHOLE else np.float64)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"expected {wanted}; got {shown(value)}") from error
    if found.shape != shape:
        raise ValueError(f"expected {wanted}; got {shown(value)}")
    return found if shape else found.item()


def _leaves(value: Any) -> list[Any]:
    return [one for each in value for one in _leaves(each)] if isinstance(value, list) else [value]
