"""Every other symbol in the place of one input: for all models as a page asks, or for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rnnviz_widget.picture import check_position
from rnnviz_widget.scene.asks import AskSwaps
from rnnviz_widget.scene.replies import LaterReply
from rnnviz_widget.scene.swaps import FacetSwaps, InputSwaps, Swaps

from .background_fill import BackgroundFill
from .changes import Changes
from .instrument import nobody
from .row_cache import RowCache, in_words

_KIND = "swaps"
NO_MODEL = "its rows are ready-made: there is no model that could read another symbol"


class PendingSwaps:
    """The swaps of all models at one output and one input, computed one model after the other.

    Args:
        epoch: The epoch that they belong to.
        position: The character whose output is explained.
        at: The character in whose place the symbols stand.
        caches: The facets.
        serial: Returned with the reply.
        tell: Called with this object, from the fill's thread, when there is more of them.
    """

    def __init__(
        self,
        epoch: int,
        position: int,
        at: int,
        caches: Sequence[RowCache],
        *,
        serial: int,
        tell: Callable[[PendingSwaps], None],
    ) -> None:
        self.epoch, self.position = epoch, position
        self._input, self._serial, self._tell = at, serial, tell
        self._work = [steps_of(cache, position, at) for cache in caches]
        self._found = [FacetSwaps(0.0)] * len(caches)

    def advance(self) -> None:
        """Take the next step, of the first model that is not done."""
        n = next(n for n, one in enumerate(self._found) if _awaited(one))
        try:
            step = next(self._work[n])
            self._found[n] = FacetSwaps(step) if isinstance(step, float) else FacetSwaps(1.0, step)
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
            self._found[n] = FacetSwaps(1.0, error=in_words(error))

    def tell(self) -> None:
        """Report that there is more of them."""
        self._tell(self)

    @property
    def in_part(self) -> bool:
        """Whether any model is not done."""
        return any(map(_awaited, self._found))

    @property
    def swaps(self) -> Swaps:
        """The swaps, as far as they are there."""
        of = (self.epoch, self._serial, self.position, self._input)
        return Swaps(*of, list(self._found))


def _awaited(one: FacetSwaps) -> bool:
    return one.swaps is None and one.error is None


class SwapsForPage:
    """Computes swaps in the background, those asked for last; see `Instrument`.

    Attributes:
        on_reply: Called from the fill's thread when there is more of them, model by model.
    """

    def __init__(self, changes: Changes, background: BackgroundFill) -> None:
        self._changes, self._background = changes, background
        self.on_reply: Callable[[LaterReply], None] = nobody

    def ask(self, ask: AskSwaps) -> None:
        """See `Instrument.ask`."""
        now = self._changes.open()
        check_position(ask.position, now.text)
        self._background.drop(_KIND)
        if ask.input is None:
            return
        check_position(ask.input, now.text)
        of = (now.number, ask.position, ask.input, now.caches)
        pending = PendingSwaps(*of, serial=ask.serial, tell=self._tell)
        self._background.finish(_KIND, pending)

    def _tell(self, pending: PendingSwaps) -> None:
        self.on_reply(pending.swaps)


def steps_of(cache: RowCache, position: int, at: int) -> Iterator[float | InputSwaps]:
    """The steps that compute one model's swaps; see `Reading.swaps`."""
    if cache.model_reading is None:
        raise ValueError(NO_MODEL)
    tokens = cache.facet.tokens
    yield from cache.model_reading.swaps(tokens.at(position), tokens.at(at))


def swaps_of(cache: RowCache, position: int, at: int) -> InputSwaps:
    """One model's swaps, all at once."""
    *_, found = steps_of(cache, position, at)
    assert isinstance(found, InputSwaps)
    return found
