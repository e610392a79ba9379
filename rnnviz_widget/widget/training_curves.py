"""The curves of a training as a widget, and what a notebook needs to show and follow it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import MethodType
from typing import Any, cast

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.training_curves import TrainingCurves

from .page_code import page_code
from .page_link import for_host


class TrainingCurvesWidget(anywidget.AnyWidget):
    """Draws what was measured of a training's checkpoints; the pointer tells step and numbers."""

    _esm = page_code("training-curves.js")
    _css = page_code("training-curves.css")

    _curves = traitlets.Dict().tag(sync=True)

    def show(self, curves: TrainingCurves) -> None:
        """Draw other curves; may be called from any thread."""
        self._curves = for_host(pack(curves))


def show_stacked(*widgets: ipywidgets.Widget) -> None:
    """Show widgets one below the other, in one output."""
    display(ipywidgets.VBox(list(widgets)))  # type: ignore[no-untyped-call]


def after_each_cell(call: Callable[[], None]) -> None:
    """Call a bound method after each cell of this notebook, for as long as its object lives.

    A cell that is interrupted ends, too. Where there is no notebook nothing happens.
    """
    shell = get_ipython()
    if shell is None:
        return
    method = weakref.WeakMethod(cast(MethodType, call))

    def ended(_: Any = None) -> None:
        now = method()
        if now is None:
            shell.events.unregister("post_run_cell", ended)
        else:
            now()

    shell.events.register("post_run_cell", ended)
