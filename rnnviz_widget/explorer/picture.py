"""A picture of what the page draws, from the models' rows."""

from __future__ import annotations

from rnnviz_widget.picture import DrawOptions, Picture, facet_picture

from .changes import Changes
from .epoch import Epoch
from .pending_rows import rows_of
from .turns import TURNS


def picture_of(
    epoch: Epoch, position: int, options: DrawOptions, *, with_rows: bool = True
) -> Picture:
    """The picture at a character, with complete rows, which are computed now; or without any."""
    if not with_rows:
        return _picture_without_rows(epoch, position, options)
    pending = rows_of(epoch.number, position, epoch.caches, lambda _: None)
    with TURNS.hover():
        while pending.in_part:
            pending.advance()
    pictures = []
    for cache, (s, row) in zip(epoch.caches, pending.rows, strict=True):
        if isinstance(row, str):
            pictures.append(facet_picture(cache.facet, s, None, by=options.by, error=row))
            continue
        means = cache.lag_means() if options.scale == "expected" else None
        expected = None if means is None else means.at(s, len(row))
        pictures.append(facet_picture(cache.facet, s, row, by=options.by, expected=expected))
    return Picture(position, tuple(pictures), options)


def _picture_without_rows(epoch: Epoch, position: int, options: DrawOptions) -> Picture:
    facets = [cache.facet for cache in epoch.caches]
    shown = [facet_picture(one, one.tokens.at(position), None, by=options.by) for one in facets]
    return Picture(position, tuple(shown), options)


def on_common_scale(options: DrawOptions, changes: Changes, position: int) -> DrawOptions:
    """The options with which full colour stands for the same at all checkpoints that were shown.

    It stands for the most that it would at any of them. Rows that are not known do not count, nor
    where models have no checkpoints.
    """
    most = 0.0
    for epoch in [] if changes.axis is None else list(changes.axis.kept.values()):
        facets = []
        for cache in epoch.caches:
            s = cache.facet.tokens.at(position)
            facets.append(facet_picture(cache.facet, s, cache.rows.get(s), by=options.by))
        if any(one.row is not None and one.row.largest > 0 for one in facets):
            most = max(most, Picture(position, tuple(facets), options).scaling.full)
    return options._replace(at_least=most)
