"""Exporting a widget: pages, pictures and tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tqdm import tqdm

from rnnviz_widget import share
from rnnviz_widget.calls import check_choice, suggest_arguments
from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.short_wait import join_if_soon
from rnnviz_widget.explorer.text_units import with_text_units
from rnnviz_widget.files import write_whole
from rnnviz_widget.picture import SUFFIXES as PICTURES
from rnnviz_widget.picture import DrawOptions, Picture, standing_html, standing_text, with_units
from rnnviz_widget.picture import save as save_picture
from rnnviz_widget.reading import tables
from rnnviz_widget.surrogates import check_surrogates

from .baking import size_words

# How many seconds to wait for all rows when the widget is shown.
_SHORT = 0.3
# From how many bytes on it is said, before a page is written, what the open views take of it.
_WORTH_TELLING = 100_000


@runtime_checkable
class Shareable(Protocol):
    """A widget that a page can be made of."""

    def bake(self) -> object:
        """Compute all rows."""
        ...

    def shared(
        self,
        *,
        live: share.Precision | None = None,
        live_limit: int | None = None,
        theme: share.PageTheme = "light",
    ) -> share.Shared:
        """The widget's current state, for `share.document`."""
        ...


def shared(
    explorer: Explorer,
    state: Mapping[str, Any],
    picture: Picture,
    *,
    live: share.Precision | None,
    live_limit: int | None,
    theme: share.PageTheme,
) -> share.Shared:
    """The parts of a page.

    Args:
        explorer: The explorer.
        state: The traits that are saved.
        picture: What the widget shows.
        live: The precision of the weights of included models; None: no models are included.
        live_limit: The most bytes that the weights of a model may take.
        theme: The ground of the static picture.

    Raises:
        ValueError: If models can't be included.
    """
    html_and_text = standing_html(picture, theme), standing_text(picture)
    if live is None:
        return share.Shared(dict(state), *html_and_text, [])
    if not explorer.models:
        raise ValueError(
            "ready-made rows have no model to include in the page; save without live=True"
        )
    if explorer.changes.now.interventions:
        raise ValueError(
            "a live page computes models as they are, and here units are set or held; undo that "
            "(w.interventions = {}), or save without live=True"
        )
    infos = [cache.facet.measure for cache in explorer.caches]
    measures = {f"{each.name} of {each.of}" for each in infos}
    if len(measures) > 1:
        raise ValueError(
            "a live page computes all models' rows by one measure, and here there are "
            f"{', '.join(sorted(measures))}; save without live=True, with the rows computed here"
        )
    models = [
        share.live_message(
            name,
            model,
            precision=live,
            question=explorer.question,
            limit=live_limit,
        )
        for name, model in explorer.snapshots.items()
    ]
    # Models that run in the page read other texts, of which there are no other checkpoints.
    alone = {name: state[name] for name in state if name not in ("_checkpoints", "_kept")}
    return share.Shared(alone, *html_and_text, models)


def standing(
    explorer: Explorer, position: int, options: DrawOptions, with_rows: bool
) -> dict[str, str]:
    """The static picture and text for hosts without widgets, by MIME type; begins the fill."""
    explorer.fill()
    if with_rows and explorer.changes.now.reads_known:
        # So a notebook that is saved right after this has the rows of a short text.
        join_if_soon(explorer.background, _SHORT)
    now = explorer.picture_at_once(position, options, with_rows=with_rows)
    return {"text/html": standing_html(now), "text/plain": standing_text(now)}


def figure_picture(explorer: Explorer, picture: Picture) -> Picture:
    """What a figure draws: a picture with the units that are open, and those that colour texts."""
    opened = explorer.states.saved(picture.position)
    whole = picture if opened is None else with_units(picture, opened)
    return with_text_units(whole, explorer.changes.now, explorer.states.color_by())


def save(
    path: str | os.PathLike[str],
    options: Mapping[str, Any],
    picture: Callable[[], Picture],
    explorer: Explorer,
    page: Callable[..., None],
) -> None:
    """Write a picture, a table or a page, according to the suffix; see `ExplorerWidget.save`."""
    kind = Path(path).suffix.lower()
    if kind == ".html":
        page(path, **options)
    elif kind in PICTURES:
        save_picture(figure_picture(explorer, picture()), path, **options)
    elif kind in tables.SUFFIXES:
        if options:
            raise ValueError(f"{kind} holds all scores: leave out the arguments of a picture")
        tables.save(explorer.connectivity(), path)
    else:
        known = ", ".join((*PICTURES, *tables.SUFFIXES, ".html"))
        raise ValueError(f"the file must end in one of {known}; got {os.fspath(path)!r}")


@suggest_arguments(file="path", widget="widgets")
def save_html(
    path: str | os.PathLike[str],
    widgets: Sequence[Shareable],
    *,
    title: str | None = None,
    live: bool = False,
    precision: share.Precision = "int8",
    live_limit: int | None = None,
    theme: share.PageTheme = "auto",
) -> None:
    """Write a page of several widgets, one below the other, that needs no kernel and no network.

    Args:
        path: The file; it is written completely or not at all.
        widgets: The widgets, at least one.
        title: A heading, as plain text.
        live: Whether the models are included, so that the reader can type other text: predictions
            and connectivity are then computed in the page. For models of an embedding, recurrent
            layers and a linear layer; their sizes are printed.
        precision: The precision of their weights: "int8" (the head in 8 bits, all else in half
            precision) or "half".
        live_limit: The most bytes that the weights of a model may take; default: 8,000,000. In the
            file they take a third more, and the reader waits for them.
        theme: The page's ground: "light" (white), "dark", or "auto": the one that the reader has
            set in browser or system, also while it changes.

    Raises:
        TypeError: If one of them is no widget of this package.
        ValueError: If there is none, there is no such theme, or a model can't be included.
        OSError: If the file can't be written.
        KeyboardInterrupt: If interrupted while rows are computed; nothing is written.
    """
    if title is not None:
        if not isinstance(title, str):
            raise TypeError(f"title must be a string; got {title!r}")
        check_surrogates(title, "title")
    given: object = widgets
    if isinstance(path, Shareable) or not isinstance(given, Sequence) or isinstance(given, str):
        raise TypeError(
            "expected a path and a list of widgets, as rv.save_html(path, [w]); got "
            f"{type(path).__name__} and {type(widgets).__name__}"
        )
    check_choice("theme", theme, share.SCHEMES)
    if not widgets:
        raise ValueError("there is no widget to save; pass at least one that rv.explore made")
    for widget in widgets:
        if not isinstance(widget, Shareable):
            raise TypeError(
                f"expected an explorer widget, as rv.explore(model, text) makes one; got "
                f"{type(widget).__name__}"
            )
    for widget in widgets:
        widget.bake()
    sent = precision if live else None
    parts = [widget.shared(live=sent, live_limit=live_limit, theme=theme) for widget in widgets]
    opened = sum(share.size_of_replies(part.state) for part in parts)
    if opened > _WORTH_TELLING:
        tqdm.write(f"{os.fspath(path)}: {size_words(opened)} of it are what is open in the views")
    write_whole(path, share.document(parts, title=title, theme=theme))
    if live:
        sizes = {one["name"]: len(one["weights"]) for part in parts for one in part.live}
        words = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes.items())
        tqdm.write(f"{os.fspath(path)}: {Path(path).stat().st_size / 1e6:.1f} MB; weights: {words}")
