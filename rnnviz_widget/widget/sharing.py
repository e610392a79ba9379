"""What of a widget leaves the notebook: standing pictures, frozen outputs, pages."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from rnnviz_widget import share
from rnnviz_widget.explorer import Explorer
from rnnviz_widget.files import write_whole
from rnnviz_widget.picture import SUFFIXES as PICTURES
from rnnviz_widget.picture import DrawOptions, Picture, plot, standing_html, standing_text, to_latex
from rnnviz_widget.picture import save as save_picture
from rnnviz_widget.reading import tables
from rnnviz_widget.scene.bytes_as_text import as_bytes
from rnnviz_widget.scene.replies import Progress
from rnnviz_widget.surrogates import check_surrogates

from . import rerun
from .baking import Baked, bake
from .outputs import Bundle, Outputs, in_marimo

if TYPE_CHECKING:
    from anywidget import AnyWidget as Base
    from matplotlib.figure import Figure
else:
    Base = object

# How long to wait for all rows when the widget is shown, in seconds.
_SHORT = 0.3
# Of a widget that is closed a notebook may keep the last state. It need not keep this twice.
_HEAVY = ("_rows", "_answer", "_scene")


class Sharing(Base):
    """The part of the widget that serves readers without a kernel."""

    _explorer: Explorer
    _traits_lock: Any
    _status: dict[str, Any]
    _freeze: Any
    _page: Any
    scale: Any
    by: Any
    sharpness: Any
    brush: Any
    _outputs: Outputs
    _freezing: threading.Thread

    @property
    def shown(self) -> int:
        """The character that the picture explains: the pinned one, else the one hovered."""
        raise NotImplementedError

    def bake(self) -> Baked:
        """Read all rows now, so that a saved notebook or page answers every hover.

        A displayed widget does so in the background; this waits for it, and tells size and time
        before, and progress, where it takes long. Of long texts it keeps 2,000,000 scores over
        all models (some 2 MB in a notebook): the rows nearest to the pinned or shown character.

        Returns:
            How many rows there are now, of how many, and what they take in a saved notebook.

        Raises:
            KeyboardInterrupt: If interrupted; what was read by then is kept.
        """
        bake(self._explorer, self.shown, self._progress)
        facets = self._explorer.facets
        return Baked(
            rows=sum(len(facet.rows) for facet in facets),
            of=sum(len(facet.reading) for facet in facets),
            size=len(share.to_json(self._state())),
        )

    def freeze(self) -> None:
        """Replace the widget's outputs by ones that need no kernel: the way to share a notebook.

        They are static HTML with no widget in it: where scripts run it answers hover and pin from
        all rows, where they do not a picture stands. Where the widget is shown in no output, or
        only inside of another widget, a new output is made. The widget's own views are closed;
        show it again to go on. marimo saves no outputs, and its pages bring the widget along:
        there all rows are read, and nothing is replaced.

        Raises:
            RuntimeError: If this is no notebook, or it was loaded anew since the widget was shown.
            KeyboardInterrupt: If interrupted while rows are read; nothing is replaced.
        """
        if in_marimo():
            self.bake()
            return
        self._outputs.check()
        self.bake()
        self._outputs.replace(share.output(self.shared()))
        with self._traits_lock:
            kept = {name: getattr(self, name) for name in _HEAVY}
            for name, value in kept.items():
                setattr(self, name, share.hollow(value))
            self._freeze = ""
            super().close()
            for name, value in kept.items():
                setattr(self, name, value)

    def save_html(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        live: bool = False,
        precision: share.Precision = "int8",
        live_limit: int | None = None,
    ) -> None:
        """Write a page that needs no kernel and no network, from disk or in an iframe.

        Args:
            path: Where; it is written whole or not at all.
            title: A heading, as text.
            live: Whether the models go along, so that the page's reader can type other text:
                predictions and connectivity are then computed in the page. For models of an
                embedding, recurrent layers and a linear layer; the size is told.
            precision: What their weights are sent in: "int8" (the head in 8 bits, all else in half
                precision) or "half".
            live_limit: How many bytes the weights of a model may take; default: 8,000,000. In the
                file they take a third more, and its reader waits for them.

        Raises:
            ValueError: If a model can't go along.
            OSError: If the file can't be written.
            KeyboardInterrupt: If interrupted while rows are read; nothing is written.
        """
        save_html(path, [self], title=title, live=live, precision=precision, live_limit=live_limit)

    def plot(self, **look: Any) -> Figure:
        """Draw what the widget shows as a matplotlib figure; see `rnnviz_widget.picture.plot`.

        Args:
            look: width in inches, font_size in points, theme "light" or "dark", fonts.

        Raises:
            ImportError: If matplotlib is missing.
            ValueError: If an argument is none of these.
        """
        return plot(self._picture(), **look)

    def to_latex(self) -> str:
        r"""What the widget shows, as LaTeX that needs `\usepackage{xcolor}`."""
        return to_latex(self._picture())

    def save(self, path: str | os.PathLike[str], **look: Any) -> None:
        """Write what the widget shows, or the scores of all models, whole or not at all.

        Args:
            path: Ends in .png, .svg, .pdf or .tex for a picture of the character shown; in .csv,
                .npz or .parquet for all scores, see `rnnviz_widget.reading.tables.save`; in
                .html for a page, see `save_html`.
            look: What `plot` or `save_html` takes, and `dpi` of a PNG.

        Raises:
            ImportError: If matplotlib is missing for a figure, or pyarrow for Parquet.
            OSError: If the file can't be written.
            ValueError: If the path ends in something else, or an argument does not go with it.
        """
        kind = Path(path).suffix.lower()
        if kind == ".html":
            self.save_html(path, **look)
        elif kind in PICTURES:
            save_picture(self._picture(), path, **look)
        elif kind in tables.SUFFIXES:
            if look:
                raise ValueError(f"{kind} holds all scores: leave out what is of a picture only")
            tables.save(self._explorer.connectivity(), path)
        else:
            known = ", ".join((*PICTURES, *tables.SUFFIXES, ".html"))
            raise ValueError(f"the file must end in one of {known}; got {os.fspath(path)!r}")

    def shared(
        self, *, live: share.Precision | None = None, live_limit: int | None = None
    ) -> share.Shared:
        """The widget as it stands now, with the rows it has, for `share.document`."""
        picture, explorer = self._picture(), self._explorer
        if live is not None and not explorer.models:
            raise ValueError(
                "ready-made rows have no model that could go along; save without live=True"
            )
        measures = {facet.facet.measure.name for facet in explorer.facets}
        if live is not None and len(measures) > 1:
            raise ValueError(
                "a page that computes by itself reads all models by one measure, and here they "
                f"are {', '.join(sorted(measures))}; save without live=True, with the rows it has"
            )
        models = (
            []
            if live is None
            else [
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
        )
        return share.Shared(self._state(), standing_html(picture), standing_text(picture), models)

    def _state(self) -> dict[str, Any]:
        return share.saved(as_bytes({name: getattr(self, name) for name in share.TRAITS}))

    def _picture(self) -> Picture:
        options = DrawOptions(self.scale, self.by, self.sharpness, self.brush)
        return self._explorer.picture(self.shown, options)

    def _progress(self) -> Progress:
        status = self._status
        return Progress(status["done"], status["total"], status["state"], status["message"])

    def _page_loaded(self, change: dict[str, Any]) -> None:
        if change["old"]:
            self._outputs.lose()
        self._freeze = "ready" if self._outputs else ""

    def _asked_to_freeze(self, change: dict[str, Any]) -> None:
        if change["new"] == "asked":
            # Not here: while rows are read the kernel goes on.
            self._freezing = threading.Thread(target=self._freeze_as_asked, name="rnnviz-freeze")
            self._freezing.start()

    def _freeze_as_asked(self) -> None:
        try:
            self.freeze()
        except Exception as error:  # noqa: BLE001 - whatever it is, the page says it
            self._freeze = f"This output could not be frozen: {error}"

    def _ipython_display_(self, **_: Any) -> None:
        if self.comm is None:  # Frozen; a closed widget has its way to be shown taken from it.
            self.__dict__.pop("_repr_mimebundle_", None)
            self.open()
        self._outputs.show(*self._repr_mimebundle_())
        rerun.note(self, shown=True)
        if self._page:  # Else the page says when it is there.
            self._freeze = "ready"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Bundle, Bundle]:
        """The live view and, for who can't show it, a standing picture and words."""
        self._explorer.fill()
        # What is saved or exported right after this then has the rows of a short text.
        self._explorer.join(_SHORT)
        live, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        picture = self._picture()
        standing = {"text/html": standing_html(picture), "text/plain": standing_text(picture)}
        return live | standing, metadata


def save_html(
    path: str | os.PathLike[str],
    widgets: Sequence[Sharing],
    *,
    title: str | None = None,
    live: bool = False,
    precision: share.Precision = "int8",
    live_limit: int | None = None,
) -> None:
    """Write a page of several widgets, one below the other; see `ExplorerWidget.save_html`.

    Args:
        path: Where; it is written whole or not at all.
        widgets: The widgets, at least one.
        title: A heading, as text.
        live: Whether the models go along.
        precision: What their weights are sent in, "int8" or "half".
        live_limit: How many bytes the weights of a model may take; default: 8,000,000.

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
        if not isinstance(widget, Sharing):
            raise TypeError(f"expected an explorer widget; got {type(widget).__name__}")
    for widget in widgets:
        widget.bake()
    sent = precision if live else None
    shared = [widget.shared(live=sent, live_limit=live_limit) for widget in widgets]
    write_whole(path, share.document(shared, title=title))
    if live:
        sizes = {one["name"]: len(one["weights"]) for each in shared for one in each.live}
        told = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sizes.items())
        tqdm.write(f"{os.fspath(path)}: {Path(path).stat().st_size / 1e6:.1f} MB; weights: {told}")
