"""The notebook outputs that show a widget, so that they can be replaced."""

from __future__ import annotations

import sys
import uuid
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display, update_display

Bundle = dict[str, Any]


class Outputs:
    """The outputs that show one widget, by display id, with which a front end finds them again."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._lost = False

    def __bool__(self) -> bool:
        """Whether there is an output to replace."""
        return bool(self._ids)

    def show(self, bundle: Bundle, metadata: Bundle) -> None:
        """Show the widget in an output with a display id."""
        self._lost = False
        name = f"rnnviz-{uuid.uuid4().hex}"
        self._ids.append(name)
        display(bundle, metadata=metadata, raw=True, display_id=name)  # type: ignore[no-untyped-call]

    def update(self, bundle: Bundle, metadata: Bundle) -> None:
        """Show something else in all outputs, which can still be replaced later."""
        for name in self._ids:
            update_display(bundle, metadata=metadata, raw=True, display_id=name)  # type: ignore[no-untyped-call]

    def check(self) -> None:
        """Check that `replace` can work.

        Raises:
            RuntimeError: If this is no notebook, or its outputs can't be found any more.
        """
        if get_ipython() is None:
            raise RuntimeError(
                "there is no notebook whose output could be replaced; save_html(path) writes a file"
            )
        if self._lost:
            raise RuntimeError(
                "the notebook was reloaded since the widget was shown, and can't replace that "
                "output any more; run the cell that shows it again, then freeze"
            )

    def replace(self, bundle: Bundle) -> None:
        """Replace the contents of all outputs, or make a new output if there is none."""
        if not self._ids:
            display(bundle, raw=True)  # type: ignore[no-untyped-call]
        for name in self._ids:
            update_display(bundle, raw=True, display_id=name)  # type: ignore[no-untyped-call]
        self._ids.clear()

    def lose(self) -> None:
        """Note that the notebook was reloaded, and no longer finds its outputs by their ids."""
        self._lost = self._lost or bool(self._ids)
        self._ids.clear()


def in_marimo() -> bool:
    """Whether this is a marimo notebook, which saves no outputs and exports the widget itself."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())
