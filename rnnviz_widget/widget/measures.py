"""What of a widget changes how it measures: its measure, and those that its models can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from rnnviz_widget.engines import measures_of, title_of
from rnnviz_widget.explorer import Explorer


class _Measure(traitlets.Unicode[str, str]):
    """A measure that is tried where it is set: of two threads that set it, one waits."""

    def set(self, obj: Any, value: Any) -> None:
        """Check, set and tell, all under the lock."""
        with obj._traits_lock:  # noqa: SLF001 - it is the widget's own
            super().set(obj, value)


class Measures(traitlets.HasTraits):
    """The part of the widget that serves a reader who asks: and by another measure?"""

    measure = _Measure(help="what the numbers are").tag(sync=True)
    _measures: Any = traitlets.List().tag(sync=True)

    _explorer: Explorer
    _traits_lock: Any
    _status: Any
    # Begins with what the measure was last checked with.
    _begin_measure: Callable[[], None]
    # What the widget itself offers.
    send_state: Callable[[str], None]
    _show: Callable[[], None]
    _refuse: Callable[[str, Any, Exception], None]

    def _watch_measures(self) -> None:
        self._measures = _offered(self._explorer)
        self.observe(self._measure_by, "measure")

    @traitlets.validate("measure")
    def _check_measure(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name != self._explorer.measure:
            try:
                self._begin_measure = self._explorer.prepare_measure(name)
            except Exception as error:  # a model may raise anything; whoever set it is told
                raise traitlets.TraitError(str(error)) from error
        return name

    def _measure_by(self, _: Any = None) -> None:
        # The fill's thread must not publish rows of the new epoch before the scene is there.
        with self._traits_lock:
            if self.measure == self._explorer.measure:
                return
            filling = self._status["state"] != "idle"
            self._begin_measure()
            self._show()
        if filling:
            self._explorer.fill()

    def _follow_measure(self) -> None:
        """Tell the measure that goes with another target, where none was named."""
        if self._explorer.facets:
            self.measure = self._explorer.measure

    def _take_measure(self, state: dict[str, Any]) -> None:
        """Measure by what the page has sent, if it can be done; else that is said to it.

        An error would undo all else that came with it, and nobody would read it.
        """
        if "measure" not in state:
            return
        try:
            self.measure = state["measure"]
        except traitlets.TraitError as error:
            self._refuse("measure", state["measure"], error)
            # Or the page would go on with what it has set itself.
            self.send_state("measure")


def _offered(explorer: Explorer) -> list[list[str]]:
    """The measures by which all models can be read that have none of their own, with titles.

    None at all where there is no choice.
    """
    free = [model for model in explorer.models.values() if model.measure is None]
    each = [measures_of(model.network) for model in free]
    common = [name for name in (each[0] if each else []) if all(name in some for some in each)]
    return [[name, title_of(name)] for name in common] if len(common) > 1 else []
