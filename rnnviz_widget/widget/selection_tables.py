"""Selected units and matches as tables: `w.units` and `w.matches`."""

from __future__ import annotations

from collections.abc import Mapping

from rnnviz_widget.inside.result_table import ResultTable
from rnnviz_widget.inside.span_selection import Selection
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_matches import FacetMatches, UnitMatch

_UNITS = ("model", "layer", "unit", "side")
_MATCHES = (
    *("model", "layer", "text", "start", "stop", "score", "held", "others"),
    *("before", "place", "after", "predicted", "p", "true", "p_true"),
)

Found = Mapping[str, FacetMatches | Failure]
"""What was found, or why nothing, by the model's name."""


def units_table(selection: Selection, found: Found) -> ResultTable:
    """A row for each unit that is on; `side` is "high" or "low"."""
    rows = [
        {"model": model, "layer": one.layer, "unit": unit, "side": "low" if low else "high"}
        for model, one in _known(found)
        for unit, low in zip(one.units.tolist(), one.low.tolist(), strict=True)
    ]
    words = [f"{model}: on is {one.when}" for model, one in _known(found)]
    return ResultTable(_UNITS, rows, _words(selection, words, found))


def matches_table(selection: Selection, found: Found) -> ResultTable:
    """A row for each match, best first; `text` is its number in the corpus, or None."""
    rows = [
        {"model": model, "layer": one.layer, **_row(match)}
        for model, one in _known(found)
        for match in one.matches
    ]
    words = [
        f"{model}: {len(one.matches)} of {one.compared:,} places, by {one.scored_by}"
        for model, one in _known(found)
    ]
    return ResultTable(_MATCHES, rows, _words(selection, words, found))


def _row(match: UnitMatch) -> dict[str, object]:
    first = match.context_start
    begin, end = match.start - first, match.after - first
    return {
        "text": match.text,
        "start": match.start,
        "stop": match.after,
        "score": match.score,
        "held": match.held,
        "others": match.others,
        "before": match.context[:begin],
        "place": match.context[begin:end],
        "after": match.context[end:],
        "predicted": None if match.predicted is None else match.predicted.name,
        "p": None if match.predicted is None else match.predicted.probability,
        "true": None if match.truth is None else match.truth.name,
        "p_true": None if match.truth is None else match.truth.probability,
    }


def _known(found: Found) -> list[tuple[str, FacetMatches]]:
    return [(name, one) for name, one in found.items() if isinstance(one, FacetMatches)]


def _words(selection: Selection, words: list[str], found: Found) -> str:
    failed = [f"{name}: {one.error}" for name, one in found.items() if isinstance(one, Failure)]
    return "; ".join([f"characters {selection.start} to {selection.stop - 1}", *words, *failed])
