"""The fields of ready-made rows, each checked as it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rnnviz_widget.surrogates import check_all_surrogates, check_surrogates

from .row_source import Floats

_LARGEST = 1e30


def is_list(data: object) -> bool:
    """Whether something is a list or a tuple."""
    return isinstance(data, (list, tuple))


def one_each(given: Any, size: int, where: str, read: Callable[[Any, str], Any]) -> list[Any]:
    """Read one value for each token; a list of None if nothing was given."""
    if given is None:
        return [None] * size
    if not is_list(given) or len(given) != size:
        got = f"{len(given)}" if is_list(given) else short(given)
        raise ValueError(f"{where} must be a list with one for each of {size} tokens; got {got}")
    return [read(each, f"{where}, output {s}") for s, each in enumerate(given)]


def pairs(given: Any, where: str) -> list[tuple[str, float]]:
    """Predictions, given as classes or as pairs of a class and its probability."""
    if not is_list(given):
        raise TypeError(f"{where}: expected classes or (class, probability); got {short(given)}")
    if all(is_list(each) and len(each) == 2 for each in given):
        return predictions_of([name for name, _ in given], [p for _, p in given], where)
    return predictions_of(given, None, where)


def predictions_of(said: Any, odds: Any, where: str) -> list[tuple[str, float]]:
    """Predictions with their probabilities, best first; NaN where none are given."""
    said = [] if said is None else said
    if not is_list(said) or not all(isinstance(name, str) for name in said):
        raise TypeError(f"{where}: predictions must be a list of strings; got {short(said)}")
    check_all_surrogates(said, f"{where}: predictions")
    if odds is None:
        # textualheatmap's own examples mark an empty place by an empty string.
        return [(name, float("nan")) for name in said if name]
    numbers = _numbers(odds, f"{where}: probabilities")
    if len(numbers) != len(said):
        raise ValueError(
            f"{where}: expected a probability for each of {len(said)} predictions; got "
            f"{len(numbers)}"
        )
    if not ((numbers >= 0) & (numbers <= 1)).all() or (np.diff(numbers) > 0).any():
        raise ValueError(
            f"{where}: probabilities must be from 0 to 1, best first; got {numbers.tolist()}"
        )
    return list(zip(said, numbers.tolist(), strict=True))


def target_of(given: Any, where: str) -> str | None:
    """A class, or None."""
    if given is not None and not isinstance(given, str):
        raise TypeError(f"{where}: a target must be a string, or none; got {short(given)}")
    if given is not None:
        check_surrogates(given, f"{where}: a target")
    return given


def check_depth(
    predictions: list[list[tuple[str, float]]], targets: list[str | None], who: str
) -> None:
    """Refuse targets with varying numbers of predictions.

    The page says of a target outside the best K predictions that it is not among them, so K must be
    the same at all outputs.
    """
    told = zip(predictions, targets, strict=True)
    depths = {len(best) for best, target in told if target is not None}
    if len(depths) > 1:
        raise ValueError(
            f"{who}: with targets every output needs equally many predictions; some have "
            f"{min(depths)}, some {max(depths)}"
        )


def place(pieces: Any, who: str) -> tuple[str, list[tuple[int, int]]]:
    """The text that tokens make up, and the characters [start, end) of each."""
    if not is_list(pieces):
        raise TypeError(f"{who}: tokens must be a list of strings; got {short(pieces)}")
    for t, piece in enumerate(pieces):
        if not isinstance(piece, str):
            raise TypeError(f"{who}: token {t} must be a string; got {short(piece)}")
    text = "".join(pieces)
    check_surrogates(text, f"{who}: the text")
    if not text:
        raise ValueError(f"{who}: the text is empty; it must have at least one character")
    ends = np.cumsum([len(piece) for piece in pieces]).tolist()
    return text, list(zip([0, *ends[:-1]], ends, strict=True))


def matrix(rows: Any, size: int, who: str) -> Floats:
    """Scores, shape (size, size), from rows of `size` numbers, or of the first s + 1."""
    try:
        count = len(rows)
    except TypeError:
        raise TypeError(f"{who}: scores must be a matrix of numbers; got {short(rows)}") from None
    if count != size:
        raise ValueError(f"{who}: expected {size} rows, one for each token; got {count}")
    if not is_list(rows):
        whole = _numbers(rows, f"{who}: scores", axes=2)
        rows = whole if whole.dtype.itemsize >= 4 else whole.astype(np.float32)
    kind = rows.dtype if isinstance(rows, np.ndarray) else np.float64
    scores: Floats = np.zeros((size, size), kind)
    for s, row in enumerate(rows):
        numbers = _numbers(row, f"{who}, row {s}")
        if len(numbers) not in (size, s + 1):
            raise ValueError(
                f"{who}, row {s}: expected {size} numbers, one for each token, or only the first "
                f"{s + 1} if no output depends on later tokens; got {len(numbers)}"
            )
        # Also false for NaN.
        fine = np.abs(numbers) <= _LARGEST
        if not fine.all():
            t = int(np.argmin(fine))
            raise ValueError(
                f"{who}, row {s}: numbers must be finite, and {_LARGEST:g} at most for the page's "
                f"single precision; got {numbers[t]:g} at input {t}"
            )
        scores[s, : len(numbers)] = numbers
    return scores


def _numbers(given: Any, where: str, axes: int = 1) -> Floats:
    try:
        found = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{where} must be numbers, got {short(given)} ({error})") from error
    if found.size == 0 and found.ndim == axes:
        return found.astype(np.float64)
    if found.ndim != axes or found.dtype.kind not in "fiu":
        shape = "a list" if axes == 1 else "a matrix"
        raise ValueError(f"{where} must be {shape} of numbers; got {short(given)}")
    return found if found.dtype.kind == "f" else found.astype(np.float64)


def check_keys(
    entry: Mapping[str, Any], known: Sequence[str], needed: Sequence[str], where: str
) -> None:
    """Refuse unknown keys, and missing ones that are needed."""
    strange = [key for key in entry if key not in known]
    if strange:
        names = listed(dict.fromkeys(known))
        raise ValueError(f"{where}: unknown key {strange[0]!r}; expected {names}")
    missing = [key for key in needed if key not in entry]
    if missing:
        raise ValueError(f'{where}: expected "{missing[0]}"; there is only {listed(entry)}')


def listed(entry: Mapping[Any, Any]) -> str:
    """The keys, for an error message."""
    return ", ".join(f'"{key}"' for key in entry) or "nothing"


def short(value: object) -> str:
    """A value, shortened for an error message."""
    words = repr(value)
    return f"{type(value).__name__} {words if len(words) <= 60 else f'{words[:60]}...'}"
