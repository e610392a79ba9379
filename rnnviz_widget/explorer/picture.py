"""A picture of what the page draws, from the facets' rows."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget.picture import (
    DrawOptions,
    FacetPicture,
    Measured,
    Picture,
    Target,
    facet_picture,
)
from rnnviz_widget.reading import Floats

from .row_cache import RowCache


def picture_of(
    position: int,
    facets: Sequence[RowCache],
    rows: Sequence[tuple[int, Floats | str]],
    options: DrawOptions,
) -> Picture:
    """The picture at a character.

    Args:
        position: A character.
        facets: The models' readings.
        rows: For each its output there, and that output's row or what went wrong, in words.
        options: How it is drawn.
    """
    reading = facets[0].reading
    measures = [facet.reading.measure for facet in facets]
    return Picture(
        text=reading.tokens.text,
        position=position,
        measure=reading.measure.name,
        signed=any(measure.signed for measure in measures),
        label=reading.measure.label,
        facets=tuple(
            _facet(facet, s, row, options.by) for facet, (s, row) in zip(facets, rows, strict=True)
        ),
        options=options,
    )


def _facet(facet: RowCache, s: int, row: Floats | str, by: str) -> FacetPicture:
    reading = facet.reading
    names = reading.outputs
    best = zip(reading.top[s], reading.top_probabilities[s], strict=True)
    return facet_picture(
        name=facet.name,
        reads=reading.reads,
        unit=reading.unit,
        one_output=reading.one_output,
        note=" ".join(reading.notes) or None,
        text=reading.tokens.text,
        spans=reading.tokens.spans,
        unknown=reading.tokens.unknown,
        token=s,
        predictions=[(names[k], float(p)) for k, p in best if k >= 0],
        target=None
        if reading.target[s] < 0
        else Target(
            names[reading.target[s]],
            float(reading.target_probability[s]),
            int(reading.target_rank[s]),
            reading.reasons[s],
            None if reading.rivals is None else reading.rivals.at(s, names),
        ),
        scores=None if isinstance(row, str) else row,
        signed=reading.measure.signed,
        by=by,
        error=row if isinstance(row, str) else None,
        measure=Measured(reading.measure.name, reading.measure.signed, reading.measure.label),
    )
