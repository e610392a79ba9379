"""Ready-made rows in other formats: the article's JSON, textualheatmap's, plain arrays.

All data is checked here, so that the tables which `read_tables` returns are consistent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rnnviz_widget.models import check_name

from .fields import (
    check_depth,
    check_keys,
    is_list,
    listed,
    matrix,
    one_each,
    pairs,
    place,
    predictions_of,
    short,
    target_of,
)
from .row_source import Floats

_KINDS = (
    'a list of entries of the article ("char", "connectivity", ...) or of textualheatmap '
    '("token", "heat", ...), a text or list of tokens with a matrix of scores, or the path of a '
    "JSON file"
)


class Table(NamedTuple):
    """One model's rows on one text, as given.

    Attributes:
        text: The text.
        spans: The characters [start, end) of each of T tokens.
        scores: C, shape (T, T): [output s, input t].
        predictions: For each output (class, probability), best first; NaN: not known.
        targets: The class explained at each output; None: not given.
        squares: Whether the scores are squares of the L2 norm, as the article published them.
    """

    text: str
    spans: list[tuple[int, int]]
    scores: Floats
    predictions: list[list[tuple[str, float]]]
    targets: list[str | None]
    squares: bool


def read_tables(data: Any, names: Sequence[str] | None = None) -> dict[str, Table]:
    """Read ready-made rows of one or several models; see `rv.from_rows`.

    Raises:
        TypeError, ValueError: If the data is in no known format, or inconsistent.
        OSError: If a file can't be read.
    """
    stem = None
    if isinstance(data, (str, os.PathLike)):
        stem = Path(data).stem
        data = _loaded(data)
    if isinstance(data, Mapping):
        if names is not None:
            raise ValueError(f"the data names its models: {', '.join(map(repr, data))}; drop names")
        models = list(data.items())
    else:
        several = is_list(data) and not _is_one(data)
        parts = list(data) if several else [data]
        numbered = [f"model {n + 1}" for n in range(len(parts))]
        default = numbered if several else [stem or "model"]
        given = default if names is None else list(names)
        if len(given) != len(parts):
            raise ValueError(f"names must be {len(parts)}, one for each model; got {given!r}")
        models = list(zip(given, parts, strict=True))
    if not models:
        raise ValueError(f"there are no rows to show; pass {_KINDS}, or several of them by name")
    _check_names([name for name, _ in models])
    found = {name: _table(part, repr(name)) for name, part in models}
    _check_texts(found)
    return found


def _is_one(data: Sequence[Any]) -> bool:
    """Whether a list holds one model's rows: entries, or a text with scores."""
    if data and isinstance(data[0], Mapping):
        return not {"text", "tokens"} & data[0].keys()
    return _is_pair(data)


def _is_pair(data: Any) -> bool:
    return isinstance(data, tuple) and len(data) == 2 and not _is_one_of(data[1])


def _is_one_of(part: Any) -> bool:
    """Whether something is a model's rows and no matrix."""
    told = (str, os.PathLike, Mapping)
    if isinstance(part, told) or not is_list(part) or not part:
        return isinstance(part, told)
    first = part[0]
    words = is_list(first) and bool(first) and isinstance(first[0], str)
    return isinstance(first, told) or words


def _check_names(names: list[Any]) -> None:
    for name in names:
        check_name(name)
    twice = [name for n, name in enumerate(names) if name in names[:n]]
    if twice:
        raise ValueError(f"two models are called {twice[0]!r}; give each a name of its own")


def _check_texts(found: Mapping[str, Table]) -> None:
    first, *others = found
    for other in others:
        one, two = found[first].text, found[other].text
        if one != two:
            same = (a == b for a, b in zip(one, two, strict=False))
            at = next((p for p, yes in enumerate(same) if not yes), min(len(one), len(two)))
            raise ValueError(
                f"all models must have the same text; those of {first!r} and {other!r} differ from "
                f"character {at} on: {one[at : at + 20]!r} and {two[at : at + 20]!r}. Show them in "
                "two widgets"
            )


def _loaded(path: str | os.PathLike[str]) -> Any:
    words = Path(path).read_bytes()
    try:
        return json.loads(words)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{os.fspath(path)} is not JSON ({error}); pass {_KINDS}") from error


def _table(part: Any, who: str) -> Table:
    if isinstance(part, (str, os.PathLike)):
        part = _loaded(part)
    if _is_pair(part):
        part = {"text" if isinstance(part[0], str) else "tokens": part[0], "scores": part[1]}
    if isinstance(part, Mapping):
        return _plain(part, who)
    if not is_list(part):
        raise TypeError(f"{who}: expected {_KINDS}; got {type(part).__name__}")
    if not part:
        raise ValueError(f"{who}: the list is empty; it must have an entry for each token")
    for s, entry in enumerate(part):
        if not isinstance(entry, Mapping):
            raise TypeError(
                f"{who}, entry {s}: expected a mapping; got {short(entry)}. A matrix of scores "
                "stands beside its text: (text, scores)"
            )
    if "char" in part[0]:
        return _article(part, who)
    if "token" in part[0]:
        return _heatmap(part, who)
    raise ValueError(
        f'{who}: expected entries with "char" (the article\'s) or "token" (textualheatmap\'s); '
        f"the first has {listed(part[0])}"
    )


def _article(entries: Sequence[Mapping[str, Any]], who: str) -> Table:
    known = ("char", "target", "predict", "probability", "connectivity")
    predictions, targets = [], []
    for s, entry in enumerate(entries):
        where = f"{who}, entry {s}"
        check_keys(entry, known, ("char", "connectivity"), where)
        targets.append(target_of(entry.get("target"), where))
        said, odds = entry.get("predict"), entry.get("probability")
        predictions.append(predictions_of(said, odds, where))
    text, spans = place([entry["char"] for entry in entries], who)
    scores = matrix([entry["connectivity"] for entry in entries], len(spans), who)
    check_depth(predictions, targets, who)
    return Table(text, spans, scores, predictions, targets, squares=True)


def _heatmap(entries: Sequence[Mapping[str, Any]], who: str) -> Table:
    known = ("token", "meta", "heat", "format")
    read = []
    for s, entry in enumerate(entries):
        where = f"{who}, entry {s}"
        check_keys(entry, known, ("token",), where)
        if not isinstance(entry.get("format", False), bool):
            raise TypeError(f'{where}: "format" must be true or false; got {entry["format"]!r}')
        if not entry.get("format", False):
            check_keys(entry, known, ("heat",), f"{where} (not a format token)")
            read.append(s)
    text, spans = place([entry["token"] for entry in entries], who)
    if not read:
        raise ValueError(f"{who}: all tokens are format tokens; some must have a heat")
    # The meta of format tokens is ignored, as textualheatmap does.
    scores = matrix([entries[s]["heat"] for s in read], len(read), who)
    said = [predictions_of(entries[s].get("meta"), None, f"{who}, entry {s}") for s in read]
    return Table(text, [spans[s] for s in read], scores, said, [None] * len(read), squares=False)


def _plain(part: Mapping[str, Any], who: str) -> Table:
    check_keys(part, ("text", "tokens", "scores", "predictions", "targets"), ("scores",), who)
    if ("text" in part) == ("tokens" in part):
        raise ValueError(f'{who}: expected either "text" or "tokens"; got {listed(part)}')
    if "text" in part and not isinstance(part["text"], str):
        raise TypeError(f'{who}: "text" must be a string; got {short(part["text"])}')
    pieces = list(part["text"]) if "text" in part else part["tokens"]
    text, spans = place(pieces, who)
    size = len(spans)
    scores = matrix(part["scores"], size, who)
    said = one_each(part.get("predictions"), size, f"{who}: predictions", pairs)
    targets = one_each(part.get("targets"), size, f"{who}: targets", target_of)
    predictions = [each or [] for each in said]
    check_depth(predictions, targets, who)
    return Table(text, spans, scores, predictions, targets, squares=False)
