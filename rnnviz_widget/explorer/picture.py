"""A picture of what the page draws, from the models' rows."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget.picture import DrawOptions, Picture, facet_picture
from rnnviz_widget.reading import Floats
from rnnviz_widget.scene.facet import Facet


def picture_of(
    position: int,
    facets: Sequence[Facet],
    rows: Sequence[tuple[int, Floats | str]],
    options: DrawOptions,
) -> Picture:
    """The picture at a character.

    `rows` has for each facet its output there, and that output's row or what went wrong, in words.
    """
    pictures = [
        facet_picture(facet, s, None, by=options.by, error=row)
        if isinstance(row, str)
        else facet_picture(facet, s, row, by=options.by)
        for facet, (s, row) in zip(facets, rows, strict=True)
    ]
    return Picture(position, tuple(pictures), options)
