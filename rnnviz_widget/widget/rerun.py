"""Cells that are run again: the widgets that they showed before are freed, if nobody holds them."""

from __future__ import annotations

import gc
import weakref
from collections import defaultdict
from typing import Any

import ipywidgets  # type: ignore[import-untyped]
from ipywidgets.widgets.widget import _instances  # type: ignore[import-untyped]


class Reruns:
    """Which widgets were shown in which cell, and what becomes of them when it is run again.

    A front end takes a cell's outputs away when the cell is run again. The widget that was shown
    there would stay for ever, with its models: ipywidgets, its comm and IPython's history of
    outputs hold it. Where nothing else does it is freed, and closed thereby. A widget that is held
    by a name, a list, or another widget, or was shown in another cell too, stays as it is.
    """

    def __init__(self) -> None:
        self._shown: defaultdict[str, weakref.WeakSet[Any]] = defaultdict(weakref.WeakSet)
        self._new: weakref.WeakSet[Any] = weakref.WeakSet()
        self._elsewhere: weakref.WeakSet[Any] = weakref.WeakSet()
        self._shells: weakref.WeakSet[Any] = weakref.WeakSet()

    def shows(self, widget: Any, shell: Any) -> None:
        """A widget is shown by the cell that runs in an IPython shell."""
        if shell is None:
            return
        if shell not in self._shells:
            self._shells.add(shell)
            shell.events.register("post_run_cell", lambda result: self._ran(shell, result))
        if _outside_of_a_cell(shell):
            self._elsewhere.add(widget)
        self._new.add(widget)

    def _ran(self, shell: Any, result: Any) -> None:
        cell = getattr(result.info, "cell_id", None)
        new, self._new = list(self._new), weakref.WeakSet()
        if cell is None:
            self._elsewhere.update(new)
            return
        shown = {other: set(map(id, known)) for other, known in self._shown.items()}
        gone = []
        for widget in self._shown[cell]:
            others = [one for one, ids in shown.items() if one != cell and id(widget) in ids]
            if not (others or widget in self._elsewhere or widget in new):
                gone.append(weakref.ref(widget))
        self._shown[cell].update(new)
        # Else these names would hold them.
        widget = None
        del new
        if gone:
            _free(gone, shell)


def _outside_of_a_cell(shell: Any) -> bool:
    """Whether what is shown now goes elsewhere than to the output of the cell that runs."""
    parent = getattr(shell, "parent_header", None) or {}
    asked = parent.get("header", {}).get("msg_type", "execute_request")
    captured = any(
        isinstance(each, ipywidgets.Output) and each.msg_id for each in list(_instances.values())
    )
    return captured or asked != "execute_request"


def _free(gone: list[weakref.ref[Any]], shell: Any) -> None:
    """Free those that only ipywidgets, a comm and the history of outputs hold."""
    kept = []
    for ref in gone:
        widget = ref()
        if widget is None or widget.comm is None:
            continue
        widget._explorer.rest()  # noqa: SLF001 - a thread would hold it
        _instances.pop(widget.model_id, None)
        widget.comm.on_msg(None)
        numbers = [n for n, value in shell.user_ns.get("_oh", {}).items() if value is widget]
        for n in numbers:
            del shell.user_ns["_oh"][n]
            for names in (shell.user_ns, shell.user_ns_hidden):
                names.pop(f"_{n}", None)
        kept.append((ref, numbers))
    widget = None
    gc.collect()
    for ref, numbers in kept:
        widget = ref()
        if widget is None:
            continue
        _instances[widget.model_id] = widget
        widget.comm.on_msg(widget._handle_msg)  # noqa: SLF001
        for n in numbers:
            shell.user_ns["_oh"][n] = widget
            for names in (shell.user_ns, shell.user_ns_hidden):
                names[f"_{n}"] = widget


RERUNS = Reruns()
