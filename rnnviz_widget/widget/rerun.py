"""Freeing the widgets of a cell's last run when it is run again, if nothing else holds them."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections import defaultdict
from typing import Any

import ipywidgets  # type: ignore[import-untyped]
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython
from ipywidgets.widgets.widget import _instances  # type: ignore[import-untyped]

# How many seconds to wait, in all, for fills to stop: their threads hold their widgets.
_FILLS_STOP_WITHIN = 0.5


class CellWidgets:
    """Which widgets the cells of one IPython shell have made and show.

    A front end removes a cell's outputs when the cell is run again. The widgets of the last run
    would stay in memory with their models, because ipywidgets, comms and IPython's output history
    hold them. If nothing else does, they are freed after the run, which closes them.

    A widget stays if a variable (also `_`, `__` and `___`), a list, another widget or a link holds
    it, if another cell's output shows it, or if it was shown where no cell is known: by a callback
    or a thread, or captured. Without cell ids nothing is freed.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = weakref.ref(shell)
        self._made: defaultdict[str, weakref.WeakSet[Any]] = defaultdict(weakref.WeakSet)
        self._shown: defaultdict[str, weakref.WeakSet[Any]] = defaultdict(weakref.WeakSet)
        self._replaced: weakref.WeakSet[Any] = weakref.WeakSet()
        self._elsewhere: weakref.WeakSet[Any] = weakref.WeakSet()
        self._forget_run()
        shell.events.register("post_run_cell", self._ran)

    def _forget_run(self) -> None:
        self._made_now: weakref.WeakSet[Any] = weakref.WeakSet()
        self._shown_now: weakref.WeakSet[Any] = weakref.WeakSet()
        # The cells whose code made or showed these widgets, as far as the front end says.
        self._requested_by: set[str] = set()

    def add(self, widget: Any, *, shown: bool) -> None:
        """Note that a widget was made or is shown."""
        shell = self._shell()
        if _outside_of_a_cell(shell):
            self._elsewhere.add(widget)
            return
        (self._shown_now if shown else self._made_now).add(widget)
        cell = (_parent(shell).get("metadata") or {}).get("cellId")
        if cell is not None:
            self._requested_by.add(cell)

    def _ran(self, result: Any) -> None:
        cell = getattr(result.info, "cell_id", None)
        made, shown, requested_by = self._made_now, self._shown_now, self._requested_by
        self._forget_run()
        if cell is None or requested_by - {cell}:
            # They may be shown in another cell, whose task made them, or in an unknown place.
            self._elsewhere.update(made | shown)
            made, shown = weakref.WeakSet(), weakref.WeakSet()
        if cell is None or not (made or shown or self._made[cell] or self._shown[cell]):
            return
        self._replaced.update(self._made[cell] | self._shown[cell])
        self._made[cell], self._shown[cell] = made, shown
        gone = self._replaced - self._elsewhere - made
        for each in self._shown.values():
            gone -= each
        _free([weakref.ref(widget) for widget in gone], self._shell())


_SHELLS: weakref.WeakKeyDictionary[Any, CellWidgets] = weakref.WeakKeyDictionary()


def note(widget: Any, *, shown: bool) -> None:
    """Note, if this is IPython, which cell makes or shows a widget."""
    shell = get_ipython()
    if shell is None:
        return
    if shell not in _SHELLS:
        _SHELLS[shell] = CellWidgets(shell)
    _SHELLS[shell].add(widget, shown=shown)


def _parent(shell: Any) -> dict[str, Any]:
    """The message that started the current run; empty if there is no front end."""
    return (shell.get_parent() if hasattr(shell, "get_parent") else None) or {}


def _outside_of_a_cell(shell: Any) -> bool:
    """Whether a widget shown now may go to another output than that of the running cell."""
    request = _parent(shell).get("header", {}).get("msg_type", "execute_request")
    return (
        request != "execute_request"
        or threading.current_thread() is not threading.main_thread()
        or isinstance(shell.display_pub, CapturingDisplayPublisher)
        or any(isinstance(one, ipywidgets.Output) and one.msg_id for one in [*_instances.values()])
    )


class _Hold:
    """The references that keep an unused widget alive: removed, and restored if it lives on."""

    def __init__(self, widget: Any, shell: Any) -> None:
        self._ref = weakref.ref(widget)
        self._history = [
            (names, name)
            for names in (shell.user_ns.get("_oh", {}), shell.user_ns, shell.user_ns_hidden)
            for name, value in names.items()
            if value is widget and (isinstance(name, int) or name[1:].isdecimal())
        ]
        self._filled = widget._explorer.background.stop()  # noqa: SLF001 - its thread holds the widget
        for names, name in self._history:
            del names[name]
        if widget.comm is not None:
            _instances.pop(widget.model_id, None)
            widget.comm.on_msg(None)

    def wait(self, until: float) -> None:
        """Wait for the fill's thread."""
        if (widget := self._ref()) is not None:
            widget._explorer.join(max(0.0, until - time.monotonic()))  # noqa: SLF001

    def put_back(self) -> None:
        """Restore the references, if the widget is still alive."""
        if (widget := self._ref()) is None:
            return
        for names, name in self._history:
            names[name] = widget
        if widget.comm is not None:
            _instances[widget.model_id] = widget
            widget.comm.on_msg(widget._handle_msg)  # noqa: SLF001
        if self._filled:
            widget._explorer.background.go_on()  # noqa: SLF001


def _free(refs: list[weakref.ref[Any]], shell: Any) -> None:
    """Free the widgets that only ipywidgets, a comm, a fill and the output history hold."""
    holds: list[_Hold] = []
    try:
        for ref in refs:
            widget = ref()
            # Most widgets in use have a variable: no garbage collection is needed for these.
            if widget is not None and not _has_name(widget, shell):
                holds.append(_Hold(widget, shell))
            del widget
        until = time.monotonic() + _FILLS_STOP_WITHIN
        for hold in holds:
            hold.wait(until)
        if holds:
            gc.collect()
    finally:
        for hold in holds:
            hold.put_back()


def _has_name(widget: Any, shell: Any) -> bool:
    return any(
        value is widget and not name[1:].isdecimal() for name, value in shell.user_ns.items()
    )
