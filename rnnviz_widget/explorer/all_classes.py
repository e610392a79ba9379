"""Questions about all classes of each model at one character."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget.reading import strip_of
from rnnviz_widget.scene.replies import FoundClass, Strip
from rnnviz_widget.scene.rows import Failure

from .row_cache import RowCache, in_words

_NO_ODDS = "its rows are ready-made: there is no model that could give all classes' probabilities"
_NUMBER = "it gives one number, and has no classes with probabilities"


def likeliest_of(
    caches: Sequence[RowCache], position: int, prefix: str, most: int
) -> list[FoundClass]:
    """The classes of all models whose names begin with `prefix`; see `Explorer.likeliest`."""
    found = []
    for cache in caches:
        reading = cache.model_reading
        if reading is None:
            return []
        s = cache.facet.tokens.at(position)
        found.append(dict(reading.predictions.likeliest(s, prefix, len(cache.facet.classes))))
    common = [name for name in found[0] if all(name in each for each in found)]
    odds = [FoundClass(name, [each[name] for each in found]) for name in common]
    return sorted(odds, key=lambda each: -max(each.probabilities))[:most]


def strips_of(caches: Sequence[RowCache], position: int) -> list[Strip | Failure]:
    """For each facet the strip of all classes' probabilities at a character, or what went wrong."""
    return [_strip(cache, position) for cache in caches]


def _strip(cache: RowCache, position: int) -> Strip | Failure:
    reading = cache.model_reading
    if reading is None:
        return Failure(_NO_ODDS)
    if cache.facet.unit is not None:
        return Failure(_NUMBER)
    try:
        return strip_of(
            reading.predictions.all_odds(cache.facet.tokens.at(position)), cache.facet.classes
        )
    except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
        return Failure(in_words(error))
