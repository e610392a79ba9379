"""What of a widget leaves the notebook: pages, pictures, tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tqdm import tqdm

from rnnviz_widget import share
from rnnviz_widget.explorer import Explorer
from rnnviz_widget.files import write_whole
from rnnviz_widget.picture import SUFFIXES as PICTURES
from rnnviz_widget.picture import Picture, standing_html, standing_text
from rnnviz_widget.picture import save as save_picture
from rnnviz_widget.reading import Connectivity, tables
from rnnviz_widget.surrogates import check_surrogates

# How long to wait for all rows when the widget is shown, in seconds.
_SHORT = 0.3


@runtime_checkable
class Shareable(Protocol):
    """A widget of which a page can be made."""

    def bake(self) -> object:
        """Read all rows."""
        ...

    def shared(
        self, *, live: share.Precision | None = None, live_limit: int | None = None
    ) -> share.Shared:
        """The widget as it stands, for `share.document`."""
        ...


def shared(
    explorer: Explorer,
    state: Mapping[str, Any],
    picture: Picture,
    *,
    live: share.Precision | None,
    live_limit: int | None,
) -> share.Shared:
    """What a page is made of.

    Args:
        explorer: The explorer.
        state: The traits that are saved.
        picture: What the widget shows.
        live: What the weights of models are sent in that go along; None: none goes along.
        live_limit: How many bytes the weights of a model may take.

    Raises:
        ValueError: If models can't go along.
    """
    html_and_text = standing_html(picture), standing_text(picture)
    if live is None:
        return share.Shared(dict(state), *html_and_text, [])
    if not explorer.models:
        raise ValueError(
            "ready-made rows have no model that could go along; save without live=True"
        )
    measures = {cache.facet.measure.name for cache in explorer.caches}
    if len(measures) > 1:
        raise ValueError(
            "a page that computes by itself reads all models by one measure, and here they "
            f"are {', '.join(sorted(measures))}; save without live=True, with the rows it has"
        )
    models = [
        share.live_message(
            name,
            model,
            precision=live,
            target=explorer.target,
            measure=explorer.measure,
            limit=live_limit,
        )
        for name, model in explorer.snapshots.items()
    ]
    return share.Shared(dict(state), *html_and_text, models)


def standing(explorer: Explorer, picture: Callable[[], Picture]) -> dict[str, str]:
    """What stands where no widget can be shown, by MIME type; the background fill begins."""
    explorer.fill()
    # What is saved or exported right after this then has the rows of a short text.
    explorer.join(_SHORT)
    now = picture()
    return {"text/html": standing_html(now), "text/plain": standing_text(now)}


def save(
    path: str | os.PathLike[str],
    options: Mapping[str, Any],
    picture: Callable[[], Picture],
    scores: Callable[[], Sequence[Connectivity]],
    page: Callable[..., None],
) -> None:
    """Write a picture, a table or a page, by what the path ends in; see `ExplorerWidget.save`.

    Args:
        path: Where.
        options: What goes with that kind of file.
        picture: Gives the picture.
        scores: Gives all scores of all models.
        page: Writes a page.

    Raises:
        ImportError, OSError, ValueError: See `ExplorerWidget.save`.
    """
    kind = Path(path).suffix.lower()
    if kind == ".html":
        page(path, **options)
    elif kind in PICTURES:
        save_picture(picture(), path, **options)
    elif kind in tables.SUFFIXES:
        if options:
            raise ValueError(f"{kind} holds all scores: leave out what is of a picture only")
        tables.save(scores(), path)
    else:
        known = ", ".join((*PICTURES, *tables.SUFFIXES, ".html"))
        raise ValueError(f"the file must end in one of {known}; got {os.fspath(path)!r}")


def save_html(
    path: str | os.PathLike[str],
    widgets: Sequence[Shareable],
    *,
    title: str | None = None,
    live: bool = False,
    precision: share.Precision = "int8",
    live_limit: int | None = None,
) -> None:
    """Write a page of several widgets, one below the other, that needs no kernel and no network.

    Args:
        path: Where; it is written whole or not at all.
        widgets: The widgets, at least one.
        title: A heading, as text.
        live: Whether the models go along, so that the page's reader can type other text:
            predictions and connectivity are then computed in the page. For models of an
            embedding, recurrent layers and a linear layer; the size is told.
        precision: What their weights are sent in: "int8" (the head in 8 bits, all else in half
            precision) or "half".
        live_limit: How many bytes the weights of a model may take; default: 8,000,000. In the
            file they take a third more, and its reader waits for them.

    Raises:
        TypeError: If one is no widget of ours.
        ValueError: If there is none, or a model can't go along.
        OSError: If the file can't be written.
        KeyboardInterrupt: If interrupted while rows are read; nothing is written.
    """
    if title is not None:
        if not isinstance(title, str):
            raise TypeError(f"title must be a string; got {title!r}")
        check_surrogates(title, "title")
    if not widgets:
        raise ValueError("there is no widget to save; pass at least one that rv.explore made")
    for widget in widgets:
        if not isinstance(widget, Shareable):
            raise TypeError(f"expected an explorer widget; got {type(widget).__name__}")
    for widget in widgets:
        widget.bake()
    sent = precision if live else None
    parts = [widget.shared(live=sent, live_limit=live_limit) for widget in widgets]
    write_whole(path, share.document(parts, title=title))
    if live:
        sizes = {one["name"]: len(one["weights"]) for part in parts for one in part.live}
        words = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes.items())
        tqdm.write(f"{os.fspath(path)}: {Path(path).stat().st_size / 1e6:.1f} MB; weights: {words}")
