"""Maps of the models' states and token embeddings, for the page's view of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rnnviz_widget.inside.mapped_states import MappedStates
from rnnviz_widget.inside.state_map import map_methods
from rnnviz_widget.scene.asks import AskMap
from rnnviz_widget.scene.replies import LaterReply
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.state_map import FacetMap, MapMethod, StateMaps

from .background_fill import BackgroundFill
from .changes import Changes
from .epoch import Epoch
from .facet_map import FacetMapSteps, KnownCorpora
from .found_or_failure import found_or_failure
from .instrument import nobody
from .row_cache import RowCache

_KIND = "map"
_NO_MODEL = "its rows are ready-made: there is no model whose states could be mapped"


class EpochMaps:
    """The maps of all models on one text, as far as they are there.

    Args:
        now: The epoch.
        sources: For each model the name of what is mapped; None: its last hidden states.
        method: What places the points.
        corpus: The texts of the corpus.
        known: What is known of them.
    """

    def __init__(
        self,
        now: Epoch,
        sources: Sequence[str | None],
        method: MapMethod,
        corpus: Sequence[str],
        known: KnownCorpora,
    ) -> None:
        self.now, self.sources, self.method = now, list(sources), method
        self._corpus, self._known = corpus, known
        self._left = list(range(len(now.caches)))
        self._facets: dict[int, FacetMapSteps | Failure] = {}

    @property
    def in_part(self) -> bool:
        """Whether there is more to compute."""
        return bool(self._left)

    def advance(self) -> None:
        """Do the next step: all models' maps of the text come before that of a corpus."""
        n = self._left.pop(0)
        facet = self._facets.get(n)
        if facet is None:
            facet = self._facets[n] = self._begun(self.now.caches[n], self.sources[n])
        if isinstance(facet, FacetMapSteps):
            facet.advance()
            if facet.in_part:
                self._left.append(n)

    def _begun(self, cache: RowCache, name: str | None) -> FacetMapSteps | Failure:
        reading = cache.model_reading
        if reading is None:
            return Failure(_NO_MODEL)
        asked = reading, name, self._corpus, self.method, self._known
        return found_or_failure(partial(FacetMapSteps, *asked))

    def mapped(self, facet: int) -> MappedStates | None:
        """The map of a model, as far as it is there; None: there is none."""
        found = self._facets.get(facet)
        return found.mapped if isinstance(found, FacetMapSteps) else None

    def messages(self, near: Sequence[int | None]) -> list[FacetMap | Failure] | None:
        """What the page is sent of each model; None: one of them has nothing yet."""
        found: list[FacetMap | Failure] = []
        for n in range(len(self.now.caches)):
            facet = self._facets.get(n)
            sent = facet.message(near[n]) if isinstance(facet, FacetMapSteps) else facet
            if sent is None:
                return None
            found.append(sent)
        return found


class PendingMaps:
    """The answer to an ask, of which there is more with each step.

    Args:
        of: The maps of the epoch.
        ask: The ask.
        background: Whose hovered character it goes with: it is not dropped when that changes.
        tell: Called with each reply, from the fill's thread.
    """

    def __init__(
        self,
        of: EpochMaps,
        ask: AskMap,
        background: BackgroundFill,
        tell: Callable[[LaterReply], None],
    ) -> None:
        self._of, self._ask, self._background, self._tell = of, ask, background, tell

    @property
    def position(self) -> int:
        """The character that is hovered: a map belongs to all of them."""
        return self._background.focus

    @property
    def in_part(self) -> bool:
        """Whether there is more to compute."""
        return self._of.in_part

    def advance(self) -> None:
        """Do the next step."""
        self._of.advance()

    def tell(self) -> None:
        """Report what there is."""
        reply = self.reply
        if reply is not None:
            self._tell(reply)

    @property
    def reply(self) -> StateMaps | None:
        """What there is; None: a model has nothing yet."""
        of, facets = self._of, self._of.messages(self._ask.near)
        if facets is None:
            return None
        return StateMaps(of.now.number, self._ask.serial, of.method, map_methods(), facets)


class MapsForPage:
    """Sends maps; they are kept while the page's view of them is open.

    Attributes:
        corpus: Texts that are mapped beside the one shown; set them by `use_corpus`.
        on_reply: Called from the fill's thread when there is more of a map.
    """

    def __init__(self, changes: Changes, background: BackgroundFill) -> None:
        self._changes, self._background = changes, background
        self._kept: EpochMaps | None = None
        self._known: KnownCorpora = {}
        self._newest: AskMap | None = None
        self.corpus: Sequence[str] = ()
        self.on_reply: Callable[[LaterReply], None] = nobody

    def ask(self, ask: AskMap) -> StateMaps | None:
        """See `Instrument.ask`; the reply comes at once if there is nothing to compute."""
        now = self._changes.open()
        self._background.drop(_KIND)
        if not ask.wanted:
            self._kept = self._newest = None
            self._known.clear()
            return None
        for name, given in (("sources", ask.sources), ("near", ask.near)):
            if len(given) != len(now.caches):
                raise ValueError(
                    f"{name} must have an entry for each of the {len(now.caches)} models; got "
                    f"{len(given)}"
                )
        self._newest = ask
        kept = self._kept
        asked = (now, list(ask.sources), ask.method)
        if kept is None or (kept.now, kept.sources, kept.method) != asked:
            kept = EpochMaps(now, ask.sources, ask.method, self.corpus, self._known)
            self._kept = kept
        pending = PendingMaps(kept, ask, self._background, self._tell)
        if not pending.in_part:
            return pending.reply
        self._background.finish(_KIND, pending)
        return None

    def use_corpus(self, texts: Sequence[str]) -> None:
        """Map other texts beside the one shown; an open view of the page is sent them."""
        self.corpus = texts
        kept, self._kept = self._kept, None
        self._known.clear()
        # In another epoch the page asks by itself, perhaps for other models.
        if self._newest is not None and kept is not None and kept.now is self._changes.now:
            self.ask(self._newest)

    def shown(self, facet: int, source: str | None, method: MapMethod) -> MappedStates | None:
        """The map of a model that the page was sent, if it is of that; None: it is of others."""
        kept = self._kept
        if kept is None or kept.now is not self._changes.now or kept.method != method:
            return None
        found = kept.mapped(facet)
        return found if found is not None and found.source.name == source else None

    def _tell(self, reply: LaterReply) -> None:
        self.on_reply(reply)
