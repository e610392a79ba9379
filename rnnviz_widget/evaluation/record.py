"""Reads one line of a file of tallies and checks it completely."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rnnviz_widget.evaluation.tally import KNOWN, TOPS, Tally

_NAMES = tuple(field.name for field in fields(Tally))
_COUNTS = ("inside", "outside", "right", "rows")
# Shares are in single precision, so their sums are only about this exact.
_SLACK = 1e-3


@dataclass(frozen=True)
class Expected:
    """The form of the tallies of an evaluation.

    Attributes:
        positions: The number of positions of each text.
        lags: The length of `Tally.lags`: the largest distance plus 2, or 0 without memory.
    """

    positions: Sequence[int]
    lags: int

    def read(self, line: bytes) -> tuple[int, Tally]:
        """Parse a line into the index of its text and the tally.

        Raises:
            ValueError: If the line is anything else; the message says what was expected and found.
        """
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"expected JSON; got {_shown(line)}") from error
        if not isinstance(record, dict) or record.keys() != {"text", "tally"}:
            raise ValueError(f'expected {{"text": .., "tally": ..}}; got {_shown(record)}')
        number, lists = record["text"], record["tally"]
        texts = len(self.positions)
        if type(number) is not int or not 0 <= number < texts:
            raise ValueError(
                f"expected the number of one of {texts} texts, from 0 on; got {_shown(number)}"
            )
        if not isinstance(lists, dict) or lists.keys() != set(_NAMES):
            raise ValueError(
                f"expected the tally of text {number} with {', '.join(_NAMES)}; got {_shown(lists)}"
            )
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(_NAMES, (KNOWN,))
        shapes |= {"right": (len(TOPS), KNOWN), "lags": (self.lags,)}
        for name, values in lists.items():
            _check(name, values, shapes[name])
        tally = Tally.from_dict(lists)
        _check_sums(tally, self.positions[number])
        return number, tally


def _check(name: str, values: object, shape: tuple[int, ...]) -> None:
    """Raise unless `values` are nested lists of this shape, of numbers that are not below 0."""
    size = " x ".join(map(str, shape))
    kind = "whole numbers" if name in _COUNTS else "numbers"
    wanted = f"{name} to be {size} {kind}, none below 0"
    if not isinstance(values, list) or len(values) != shape[0]:
        raise ValueError(f"expected {wanted}; got {_shown(values)}")
    for value in values:
        if len(shape) > 1:
            _check(name, value, shape[1:])
        elif not _natural(value) and (name in _COUNTS or not _number(value, name == "loss")):
            raise ValueError(f"expected {wanted}; got {_shown(value)} among them")


def _natural(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _number(value: object, infinite: bool) -> bool:
    return type(value) is float and value >= 0 and (infinite or math.isfinite(value))


def _check_sums(tally: Tally, positions: int) -> None:
    """Raise unless the relations hold that are true of the tally of any text."""
    best = np.vstack([np.zeros_like(tally.inside), tally.right, tally.inside])
    rows = tally.rows
    slack = _SLACK * rows
    claims = {
        "right to grow with the number of guesses, and not beyond inside": np.diff(best, axis=0)
        >= 0,
        f"inside and outside to be {positions} positions at most, as the text has": (
            tally.inside + tally.outside
        ).sum()
        <= positions,
        f"rows to be {positions} positions at most, as the text has": rows.sum() <= positions,
        "loss to be 0 where inside is": (tally.loss == 0) | (tally.inside > 0),
        "reach, effective and before to be 0 where rows is": (rows > 0)
        | ((tally.reach == 0) & (tally.effective == 0) & (tally.before == 0)),
        "effective to be no less than rows": tally.effective >= rows - slack,
        "before to be no more than rows": tally.before <= rows + slack,
        "lags to add up to rows": abs(tally.lags.sum() - rows.sum()) <= slack.sum()
        if len(tally.lags)
        else not rows.any(),
    }
    for claim, holds in claims.items():
        if not np.all(holds):
            raise ValueError(f"expected {claim}, which is not the case")


def _shown(value: Any) -> str:
    """A value's repr, shortened to 60 characters."""
    try:
        shown = repr(value)
    except RecursionError:
        shown = f"a deeply nested {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "..."
