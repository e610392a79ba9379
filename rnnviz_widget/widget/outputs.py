"""The places in a notebook where a widget is shown, so that something else can be put there."""

from __future__ import annotations

import uuid
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display, update_display

Bundle = dict[str, Any]


class Outputs:
    """The outputs that show one widget, by display id: what a notebook's front end finds again."""

    def __init__(self) -> None:
        self._ids: list[str] = []

    def show(self, bundle: Bundle, metadata: Bundle) -> None:
        """Make an output of its own."""
        name = f"rnnviz-{uuid.uuid4().hex}"
        self._ids.append(name)
        display(bundle, metadata=metadata, raw=True, display_id=name)  # type: ignore[no-untyped-call]

    def replace(self, bundle: Bundle) -> None:
        """Put something else into all of them, or into a new one where there is none.

        Raises:
            RuntimeError: If this is no notebook.
        """
        if get_ipython() is None:
            raise RuntimeError(
                "there is no notebook whose output could be replaced; save_html(path) writes a file"
            )
        if not self._ids:
            display(bundle, raw=True)  # type: ignore[no-untyped-call]
        for name in self._ids:
            update_display(bundle, raw=True, display_id=name)  # type: ignore[no-untyped-call]
        self.forget()

    def forget(self) -> None:
        """Leave the outputs as they are."""
        self._ids.clear()
