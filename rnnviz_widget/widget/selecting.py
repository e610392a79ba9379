"""Selected units and their matches: between the widget's traits, the page, and the search."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import traitlets
from tqdm.auto import tqdm

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.explorer.unit_searches import READING, UnitSearchState
from rnnviz_widget.inside.corpus import TextCorpus, as_corpus
from rnnviz_widget.inside.result_table import ResultTable
from rnnviz_widget.inside.span_selection import Selection, as_selection
from rnnviz_widget.scene.asks import AskCorpusText, AskMatches, AskText
from rnnviz_widget.scene.unit_matches import CorpusSize, FoundMatches, SearchProgress, UnitSearch

from .match_visits import MatchVisits
from .page_link import PageLink
from .publisher import Publisher
from .selection_tables import matches_table, units_table
from .trait_checks import found_table, in_trait_errors

_TICK = 0.1
# How many seconds a search takes before a bar says how far it is.
_BAR_AFTER = 0.5
# How many of the selected characters are told.
_SELECTED = 40
_TABLES = "units and matches are what was found: set selection to find others"


class Selecting:
    """Has the explorer search for what is selected, and tells page and traits what is found.

    The traits are `corpus`, `selection`, `units` and `matches`.

    Args:
        explorer: The explorer.
        link: The widget's traits.
        publisher: Sends replies to the page.

    Attributes:
        checks: By trait, what checks a value and refuses it by a `TraitError`.
        reactions: By trait, what follows a change of it.
    """

    def __init__(self, explorer: Explorer, link: PageLink, publisher: Publisher) -> None:
        self._explorer, self._link, self._publisher = explorer, link, publisher
        self._searches = explorer.searches
        self._searches.on_found = self._found
        self._state: UnitSearchState | None = None
        self._visits = MatchVisits(link)
        self._text = explorer.text
        self._serial = 0
        self._selected = ""
        # Whether the page has asked, and may not wait for a search.
        self._by_page = False
        self._ended = threading.Event()
        self._ended.set()
        self.checks: dict[str, Callable[[Any], Any]] = {
            "corpus": in_trait_errors(lambda value: None if value is None else as_corpus(value)),
            "selection": in_trait_errors(self._checked),
            "units": found_table(_TABLES),
            "matches": found_table(_TABLES),
        }
        self.reactions: dict[str, Callable[[Any], None]] = {
            "corpus": self.corpus_set,
            "selection": self.selection_set,
            "_scene": self.scene_shown,
        }

    def _checked(self, value: object) -> Selection | None:
        selection, length = as_selection(value), len(self._explorer.text)
        if selection is not None and selection.stop > length:
            raise ValueError(
                f"selection ends at character {selection.stop}; the text has {length} characters"
            )
        if selection is not None and selection.corpus and self._searches.corpus is None:
            raise ValueError(
                "there is no corpus to search: set the widget's corpus to the path of a text file, "
                "a list of texts, or an rv.TextCorpus"
            )
        return selection and self._searches.with_layers(selection)

    def corpus_set(self, change: Any) -> None:
        """The trait `corpus` was set."""
        self._searches.take(change["new"])
        self._explorer.maps.use_corpus([] if change["new"] is None else change["new"].texts)
        selection: Selection | None = self._link.get("selection")
        if selection is not None and selection.corpus:
            if change["new"] is None:
                self._link.set("selection", replace(selection, corpus=False))
            else:
                self._begin(selection)
        else:
            self._publish()

    def selection_set(self, change: Any) -> None:
        """The trait `selection` was set."""
        selection: Selection | None = change["new"]
        if not self._by_page:
            self._serial = 0
        # Brush and answer together: the page would ask again for a brush that comes first.
        with self._link.together():
            if selection is None:
                self._link.set("brush", None)
                self._searches.end()
                self._selected = ""
                self._forget()
                self._publish()
            else:
                self._link.set("brush", (selection.start, selection.stop))
                self._selected = self._explorer.text[selection.start : selection.stop][:_SELECTED]
                self._begin(selection)

    def _begin(self, selection: Selection) -> None:
        self._forget()
        at_once = not selection.corpus and not self._by_page
        self._ended.clear()
        self._searches.begin(selection, at_once=at_once)
        if not at_once:
            self._publish()

    def _forget(self) -> None:
        self._state = None
        self._ended.set()
        with self._link.together():
            self._link.set("units", None)
            self._link.set("matches", None)

    def _found(self, state: UnitSearchState) -> None:
        with self._link.lock:
            wanted = self._explorer.epoch, self._link.get("selection")
            if (state.epoch, state.selection) != wanted:
                return
            self._state = state
            if state.progress is None:
                names = [cache.name for cache in self._explorer.caches]
                found = dict(zip(names, state.facets, strict=False))
                self._link.set("units", units_table(state.selection, found))
                self._link.set("matches", matches_table(state.selection, found))
            self._publish()
            if state.progress is None:
                self._ended.set()

    def search(self, selection: object) -> ResultTable | None:
        """Search now, with a bar; see `ExplorerWidget.find_matches`."""
        if selection is not None:
            self._link.set("selection", selection)
        wanted: Selection | None = self._link.get("selection")
        if wanted is None:
            raise ValueError("nothing is selected: give an rv.Selection, or brush on the page")
        if self._state is None and self._ended.is_set():
            self._begin(wanted)
        try:
            if not self._ended.wait(_BAR_AFTER):
                self._wait_with_bar()
        except KeyboardInterrupt:
            self._searches.end()
            self._state = None
            self._ended.set()
            self._publish()
            raise
        found: ResultTable | None = self._link.get("matches")
        return found

    def _wait_with_bar(self) -> None:
        with tqdm(total=100, leave=False, bar_format="{desc} {bar} {percentage:.0f} %") as bar:
            while not self._ended.wait(_TICK):
                progress = None if self._state is None else self._state.progress
                if progress is not None:
                    bar.set_description_str(progress.words)
                    bar.update(max(0, int(100 * progress.share) - bar.n))

    def scene_shown(self, _: object) -> None:
        """Another epoch is shown: of another text, with other weights, or of another target."""
        before, self._text = self._text, self._explorer.text
        selection: Selection | None = self._link.get("selection")
        if self._visits.shows(self._text):
            self._publish()
        elif self._text != before:
            self._visits.end()
            brush = self._link.get("brush")
            with self._link.together():
                # The brush stays, and the page selects by it again.
                self._link.set("selection", None)
                if brush is not None and brush[1] <= len(self._text):
                    self._link.set("brush", brush)
                self._publish()
        elif selection is not None:
            with self._waiting_for_nothing():
                self._begin(selection)
        else:
            self._publish()

    def ask(self, ask: AskMatches) -> None:
        """Answer the page, which selects other characters, or elsewhere, or nothing."""
        self._serial = ask.serial
        search = ask.search
        selection = None if search is None else self._of_page(search)
        if selection == self._link.get("selection"):
            self._publish()
            return
        try:
            with self._waiting_for_nothing():
                self._link.set("selection", selection)
        except traitlets.TraitError as error:
            raise ValueError(str(error)) from error

    @contextlib.contextmanager
    def _waiting_for_nothing(self) -> Iterator[None]:
        """Search in the background meanwhile."""
        before, self._by_page = self._by_page, True
        try:
            yield
        finally:
            self._by_page = before

    def _of_page(self, search: UnitSearch) -> Selection:
        names = [cache.name for cache in self._explorer.caches]
        if len(search.layers) != len(names):
            raise ValueError(
                f"layers must have an entry for each of the {len(names)} models; got "
                f"{len(search.layers)}"
            )
        chosen = zip(names, search.layers, strict=True)
        return Selection(
            search.start,
            search.after,
            corpus=search.corpus,
            quantile=search.quantile,
            threshold=search.threshold,
            before=search.before,
            after=search.beyond,
            layers={name: layer for name, layer in chosen if layer},
        )

    def visit(self, ask: AskCorpusText, read: Callable[[AskText], None]) -> None:
        """Read the text of a match, or go back to the text before.

        Args:
            ask: Which text.
            read: Reads a text as if a page had asked for it.

        Raises:
            ValueError: If there is no such text, or it can't be read.
        """
        with self._waiting_for_nothing():
            self._visits.go(ask, read)
        self._publish()

    @property
    def _progress(self) -> SearchProgress | None:
        if self._state is None:
            return None if self._ended.is_set() else READING
        return self._state.progress

    def _publish(self) -> None:
        """Tell the page what there is."""
        with self._link.lock:
            corpus: TextCorpus | None = self._link.get("corpus")
            selection: Selection | None = self._link.get("selection")
            state = self._state
            nobody_selects = self._serial == 0 and corpus is None and selection is None
            if nobody_selects and "matches" not in self._link.get("_reply"):
                return
            names = [cache.name for cache in self._explorer.caches]
            size = None
            if corpus is not None:
                size = CorpusSize(corpus.name, len(corpus), corpus.characters)
            found = FoundMatches(
                epoch=self._explorer.epoch,
                serial=self._serial,
                search=None if selection is None else _for_page(selection, names),
                selected=self._selected,
                corpus=size,
                progress=self._progress,
                visited=self._visits.visited,
                facets=() if state is None else state.facets,
            )
            self._publisher.reply("matches", found)


def _for_page(selection: Selection, names: list[str]) -> UnitSearch:
    return UnitSearch(
        start=selection.start,
        after=selection.stop,
        layers=[selection.layers.get(name, "") for name in names],
        corpus=selection.corpus,
        quantile=selection.quantile,
        threshold=selection.threshold,
        before=selection.before,
        beyond=selection.after,
    )
