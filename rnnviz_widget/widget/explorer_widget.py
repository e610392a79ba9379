"""The widget: its traits, and methods that each call the member which does the work."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from rnnviz_widget import share
from rnnviz_widget.calls import did_you_mean
from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.picture import on_common_scale
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.picture import SCALES, DrawOptions, Picture
from rnnviz_widget.scene.bytes_as_text import as_bytes

from . import inside, rerun, results, sharing, trait_types
from .asks import Asks
from .baking import Baked, bake
from .color_by import NO_UNITS, ColorBy
from .early_display import EarlyDisplay
from .epochs import Epochs
from .freezing import Freezing
from .full_collections import FULL_COLLECTIONS
from .map_regions import NO_REGIONS, MapRegions
from .page_code import page_code
from .page_link import PageLink
from .page_state import PageState
from .publisher import Publisher
from .selecting import Selecting
from .shown_place import ShownPlace


class ExplorerWidget(anywidget.AnyWidget):
    """Hover a character to see what each model read; made by `rv.explore` or `rv.from_rows`.

    Attributes marked (trait) can be set, observed and linked.

    Attributes:
        position, pinned: (trait) The character hovered, an index into the text, and the one pinned,
            or None, which is shown instead.
        direction: (trait) "sources": how much the output at the character depends on each input;
            "influence": how much of each other output's row, where computed, lies on the character.
        scale: (trait) How numbers become colour. "share" of the row (default), with the same share
            at full colour for all models; "row": relative to the row's largest; "one": the measure
            in its own unit, one scale for all models; "log": shares, logarithmic; "expected": the
            share over the mean share at the same lag s - t in tokens, full colour at 4, once all
            rows are computed; "published": the square of "row", as in the article's figure;
            "sparsemax": sparsemax of `sharpness` times "row".
        by: (trait) "character", or "word": scores summed over words, each with the space before it.
        target: (trait) What is explained: `rv.TRUTH`, `rv.TOP`, a class, or a contrast of two,
            `rv.Contrast(one, other)`. What one model can't explain is a `TraitError` that names it.
        measure, of: (trait) The measure of all models that have none of their own (`model.by`), and
            which number of the target is explained. What can't serve one raises a `TraitError`.
        brush: (trait) The characters [start, end) whose share of the row is shown for each model,
            or None; dragging sets it. With "influence" they are the inputs that it is drawn of.
        bars: (trait) Whether a bar under each character repeats what its colour says.
        playing: (trait) Whether the picture walks through the text by itself, until pointed at.
        sharpness: (trait) b of sparsemax(b |C| / max |C|), 1 to 1,000,000: larger colours fewer.
        text: (trait) The text. All models read it, or none does: if one can't, setting it raises a
            `TraitError` that names the model. The position stays, or moves to the last character of
            a shorter text; a pin beyond its end is released.
        checkpoint: (trait) Which of the checkpoints that `rv.Checkpoints` names is shown, from 0.
        common_scale: (trait) Whether full colour stands for the same at all checkpoints that were
            shown: the most that it would at any of them. Else each has its own.
        corpus: (trait) Texts that matches are searched in: the path of a file whose lines they are,
            a list of texts, or an `rv.TextCorpus`, which can keep states on disk. Not set: None.
        selection: (trait) Characters whose units are looked at: (start, stop), or an
            `rv.Selection` that names the layer, what "on" means, and whether the corpus is
            searched. Brushing on a page where units are shown sets it; setting it shows it there.
        units, matches: (trait) The units that are on exactly there, and the places like it, best
            first, as tables (`to_dict`, `to_frame`); None while they are not known. The corpus is
            searched in the background; `find_matches` waits for it.
        interventions: (trait) What is done to units, by model: {"LSTM": [rv.Intervention(...)]}.
            Each of these models is shown twice, as it is and so. The page sets it by clicks.
        color_by: (trait) By which unit's states texts are coloured in place of connectivity, an
            `rv.Unit` by the name of a model: keeping a unit on the page sets it; a page that shows
            units shows it, figures too. Connectivity colours all: {}.
        map_regions: (trait) Regions of the maps of states, an `rv.MapRegion` by the name of a
            model: drawing on a map sets it, and setting it shows it there. Not set: {}. They
            end with another text or corpus, or other weights.
        region_points: (trait) The points inside them, as a table (`to_dict`, `to_frame`), each with
            its characters of the text; None: there are no regions.
    """

    _esm = page_code("widget.js")
    _css = page_code("widget.css")

    # No echo: it would move the page's position back to where the pointer was before.
    position = traitlets.Int(0).tag(sync=True, echo_update=False)
    pinned = traitlets.Int(None, allow_none=True).tag(sync=True, echo_update=False)
    direction = traitlets.Enum(["sources", "influence"], "sources").tag(sync=True)
    scale = traitlets.Enum(SCALES, "share").tag(sync=True)
    by = traitlets.Enum(["character", "word"], "character").tag(sync=True)
    sharpness = trait_types.Sharpness(4.0).tag(sync=True)
    brush = trait_types.CharacterSpan().tag(sync=True, echo_update=False)
    bars = traitlets.Bool(False).tag(sync=True)
    common_scale = traitlets.Bool(True).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    target = trait_types.EpochTarget().tag(sync=True)
    measure = trait_types.EpochText().tag(sync=True)
    of = trait_types.EpochText().tag(sync=True)
    text = trait_types.EpochText()
    interventions = trait_types.EpochUnits()
    checkpoint = trait_types.EpochNumber(0)
    corpus = traitlets.Any(None)
    selection = traitlets.Any(None)
    units = traitlets.Any(None)
    matches = traitlets.Any(None)
    color_by = trait_types.ByModel(NO_UNITS)
    map_regions = trait_types.ByModel(NO_REGIONS)
    region_points = traitlets.Any(None)
    _checkpoints = traitlets.Dict().tag(sync=True)
    _choices = traitlets.Dict().tag(sync=True)
    _scene = traitlets.Dict().tag(sync=True)
    _answer = traitlets.Dict().tag(sync=True)
    _rows = traitlets.Dict().tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)
    # The newest ask and the newest reply of each kind.
    _ask = traitlets.Dict().tag(sync=True, echo_update=False)
    _reply = traitlets.Dict().tag(sync=True)
    _modules = traitlets.Dict().tag(sync=True)
    _opened: traitlets.List[str] = traitlets.List().tag(sync=True)
    _freeze = traitlets.Unicode("").tag(sync=True)
    _page = traitlets.Float(0.0).tag(sync=True, echo_update=False)

    def __init__(
        self, explorer: Explorer, *, position: int, pinned: int | None = None, aside: bool = False
    ) -> None:
        self._explorer, self._aside = explorer, aside
        self._link = link = PageLink(self)
        self._place = place = ShownPlace(explorer, link)
        self._publisher = publisher = Publisher(explorer, link, place)
        self._epochs = epochs = Epochs(explorer, link, publisher, place)
        self._selecting = selecting = Selecting(explorer, link, publisher)
        self._regions = regions = MapRegions(explorer, link, publisher)
        self._colors = colors = ColorBy(explorer, link, publisher)
        asks = Asks(explorer, link, place, publisher, selecting, regions=regions, colors=colors)
        self._page_state = PageState(explorer, link, asks)
        self._freezing = freezing = Freezing(link, self.freeze)
        self._display = EarlyDisplay(explorer, link, freezing)
        self._checks = place.checks | selecting.checks | regions.checks | colors.checks
        self._checks |= {name: one.check for name, one in epochs.changes.items()}
        start = epochs.start
        super().__init__(position=position, pinned=pinned, **start)
        self._choices = explorer.choices
        epochs.show(opening=True)
        for name, change in epochs.changes.items():
            self.observe(change.apply, name)
        self.observe(publisher.show_position, ["position", "pinned"])
        for member in (selecting, regions, colors):
            for name, react in member.reactions.items():
                self.observe(react, name)
        self.observe(freezing.requested, "_freeze")
        self.observe(freezing.page_loaded, "_page")
        self._aside = False
        if not aside:
            rerun.note(self, shown=False)

    states, route, intervene, map = inside.states, inside.route, inside.intervene, inside.map_states
    find_matches = inside.find_matches
    connectivity, swaps, check = results.connectivity, results.swaps, results.check
    to_frame, plot, to_latex = results.to_frame, results.plot, results.to_latex
    save_html, save, shared = results.save_html, results.save, results.shared

    @property
    def models(self) -> dict[str, SequenceModel]:
        """The models by name, those with units set or held too; empty if rows are ready-made."""
        return inside.models(self._explorer)

    @property
    def engines(self) -> dict[str, str]:
        """The engine that computes each model's rows, with the reason, in words."""
        return {cache.name: cache.facet.engine_words for cache in self._explorer.caches}

    @property
    def shown(self) -> int:
        """The character that the picture explains: the pinned one, or else the one hovered."""
        return self._place.shown

    def refresh(self) -> None:
        """Show the models with their current weights; text, position and pin stay.

        Until then everything that the widget shows and returns uses the weights of its last
        refresh, or of its creation: rows, `connectivity()`, `bake()`, other texts, targets and
        measures, even if `models` or other widgets were refreshed meanwhile. The models in `models`
        take the new weights, too.

        Raises:
            RuntimeError, FloatingPointError: If a model fails; everything stays as it was.
        """
        self._epochs.refresh()

    def bake(self) -> Baked:
        """Compute all rows now, so that a saved notebook or page answers every hover.

        A displayed widget does this in the background; this method waits for it, and prints size,
        time and progress if that takes long. Of long texts 2,000,000 scores over all models are
        kept (about 2 MB in a notebook): the rows nearest to the pinned or shown character.

        Returns:
            How many rows there are now, of how many, and their size in a saved notebook. If it is
            interrupted, what is computed by then is kept.
        """
        for _ in self._epochs.each_checkpoint():
            bake(self._explorer, self.shown, lambda: self._publisher.progress)
        return Baked(*self._explorer.kept(), size=len(share.to_json(self._state())))

    def freeze(self) -> None:
        """Replace the widget's outputs by ones that need no kernel, to share the notebook.

        They are static HTML without a widget. Where scripts run, it answers hover and pin from all
        rows; where they do not, it is a picture. If the widget is shown in no output, or only
        inside of another widget, a new output is made. The widget's own views are closed; show it
        again to continue. marimo saves no outputs, and its exported pages contain the widget: there
        all rows are computed, and nothing is replaced.

        Raises:
            RuntimeError: If this is no notebook, or it was reloaded since the widget was shown.
            KeyboardInterrupt: If interrupted while rows are computed; nothing is replaced.
        """
        self._freezing.freeze(self.bake, self.shared, super().close)

    def open(self) -> None:
        """Let the host know the widget; not while one is made that is to be shown nowhere."""
        if not self._aside:
            super().open()

    def close(self) -> None:
        """Stop computing, drop the models' rows, and remove the widget."""
        self._explorer.close()
        self._publisher.forget_rows()
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Receive what the page sends."""
        with FULL_COLLECTIONS.deferred(), self._page_state.received(sync_data) as state:
            super().set_state(state)
        self._explorer.fill()

    @traitlets.validate(
        *("target", "measure", "of", "text", "checkpoint", "interventions"),
        *("position", "pinned", "brush", "corpus", "selection", "units", "matches"),
        *("map_regions", "region_points", "color_by"),
    )
    def _check(self, proposal: dict[str, Any]) -> Any:
        return self._checks[proposal["trait"].name](proposal["value"])

    def _should_send_property(self, key: str, value: object) -> bool:
        return super()._should_send_property(key, value) and not self._link.holds(key)

    def _state(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in share.TRAITS}
        state["_reply"] = self._publisher.saved_replies()
        return share.saved(as_bytes(state) | self._publisher.other_checkpoints())

    def __setattr__(self, name: str, value: Any, /) -> None:
        """Refuse a name that is a trait's but for its spelling: it would have no effect."""
        if not name.startswith("_") and not hasattr(type(self), name):
            hint = did_you_mean(name, [t for t in self.trait_names() if t[0] != "_"], most=1)
            if hint:
                raise AttributeError(f"the widget has no {name!r}{hint}")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        names = ", ".join(cache.name for cache in self._explorer.caches)
        return (
            f"ExplorerWidget({names}; {len(self.text):,} characters): a notebook shows it, and "
            "save_html(path) writes a page"
        )

    @property
    def _options(self) -> DrawOptions:
        options = DrawOptions(self.scale, self.by, self.sharpness, self.brush)
        if self.common_scale:
            options = on_common_scale(options, self._explorer.changes, self.shown)
        return options

    def _picture(self) -> Picture:
        return self._explorer.picture(self.shown, self._options)

    def _ipython_display_(self, **_: Any) -> None:
        self._link.reopen()
        self._display.show(self._bundle)
        rerun.note(self, shown=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The live view and, for hosts that can't show it, a static picture and text."""
        return self._bundle(with_rows=True, **kwargs)

    def _bundle(self, *, with_rows: bool, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        standing = sharing.standing(self._explorer, self.shown, self._options, with_rows)
        live, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return live | standing, metadata
