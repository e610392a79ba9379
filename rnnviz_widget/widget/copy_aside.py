"""A copy of a widget that no page shows, to see something else in while the widget stays."""

from __future__ import annotations

from rnnviz_widget import share
from rnnviz_widget.explorer.copy_explorer import copy_explorer

from .explorer_widget import ExplorerWidget

_COPIED = ("position", "pinned", *share.OPTIONS, "corpus", "color_by")


def copy_aside(widget: ExplorerWidget) -> ExplorerWidget:
    """A copy of a widget that shows the same, with the weights of its last refresh.

    No host is told of it, and what either is set to leaves the other as it is. It begins with the
    rows that the widget has, and with its corpus; it has no selections and no regions of maps.

    Returns:
        The copy. Close it: its background fill would go on.

    Raises:
        RuntimeError: If the widget was closed.
    """
    # A page may read another text meanwhile, in which there are other characters.
    with widget._link.lock:  # noqa: SLF001 - of the same package
        explorer = copy_explorer(widget._explorer)  # noqa: SLF001
        traits = {name: getattr(widget, name) for name in _COPIED}
    copied = ExplorerWidget(
        explorer, position=traits.pop("position"), pinned=traits.pop("pinned"), aside=True
    )
    for name, value in traits.items():
        copied.set_trait(name, value)
    return copied
