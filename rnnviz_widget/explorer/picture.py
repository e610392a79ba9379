"""A picture of what the page draws, from the models' rows."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget.picture import DrawOptions, LagMeans, Picture, facet_picture
from rnnviz_widget.reading import Floats
from rnnviz_widget.scene.facet import Facet


def picture_of(
    position: int,
    facets: Sequence[Facet],
    rows: Sequence[tuple[int, Floats | str]],
    means: Sequence[LagMeans | None],
    options: DrawOptions,
) -> Picture:
    """The picture at a character.

    `rows` has for each facet its output there, and that output's row or what went wrong, in words;
    `means` has for each the mean share at each lag, or None if it is not known.
    """
    pictures = []
    for facet, (s, row), mean in zip(facets, rows, means, strict=True):
        if isinstance(row, str):
            pictures.append(facet_picture(facet, s, None, by=options.by, error=row))
        else:
            expected = None if mean is None else mean.at(s, len(row))
            pictures.append(facet_picture(facet, s, row, by=options.by, expected=expected))
    return Picture(position, tuple(pictures), options)
