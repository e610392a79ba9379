"""A widget as tests see it: the page that shows it, its background fill, and its explorer.

Private names of a widget stand here and in no test: where one changes, this file changes.
"""

import threading

from rnnviz_widget.explorer import Explorer

# What the page asks the kernel, and the trait that it travels in.
_ASKS = {"text": "_typed", "preview": "_look", "class search": "_seek", "strips": "_strip"}


def _received(name):
    def message(page):
        return page.widget.get_state(name)[name]

    return property(message, doc=f"The last message in {name}; the object itself, not a copy.")


class Page:
    """The page that shows a widget: the messages that it has received, and what it asks for."""

    scene = _received("_scene")
    answer = _received("_answer")
    rows = _received("_rows")
    status = _received("_status")
    preview = _received("_looked")
    found = _received("_found")
    refused = _received("_refused")
    strips = _received("_strips")
    measures = _received("_measures")
    freeze = _received("_freeze")

    def __init__(self, widget):
        self.widget = widget

    def ask(self, kind, asked, *, fills=True):
        """Ask for a "text", a "preview", a "class search" or the "strips".

        Whatever a page sends begins the background fill; with `fills=False` it stays as it is.
        """
        if fills:
            self.widget.set_state({_ASKS[kind]: asked})
        else:
            self.widget.set_trait(_ASKS[kind], asked)

    def send(self, **state):
        """Send traits as a message of the comm, the way a real page does."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self.widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def page_of(widget):
    """The page that shows a widget."""
    return Page(widget)


def explorer_of(widget) -> Explorer:
    """What computes the widget's rows."""
    return widget._explorer


def rows_of(widget, facet=0):
    """The rows that are there, by output; of a facet by its number."""
    return explorer_of(widget).facets[facet].rows


def picture_of(widget):
    """What the widget draws into files."""
    return widget._picture()


def show(widget):
    """Show the widget, as the last line of a cell does: its background fill begins."""
    widget._repr_mimebundle_()


def begin_fill(widget):
    """Begin the background fill without showing the widget."""
    explorer_of(widget).fill()


def await_fill(widget, timeout=60):
    """Wait until the background fill has ended; it must end in time."""
    assert explorer_of(widget).join(timeout), "the background fill goes on"


def filled(widget):
    """Show the widget and wait for all rows that are kept."""
    show(widget)
    await_fill(widget)


def fill_thread(widget):
    """The thread of the latest background fill."""
    return explorer_of(widget)._worker


def await_freeze():
    """Wait until what the page's button has begun has ended."""
    for thread in threading.enumerate():
        if thread.name == "rnnviz-freeze":
            thread.join(20)
            assert not thread.is_alive(), "freezing goes on"


def holds_traits_lock(widget):
    """Whether this thread keeps other threads from setting the widget's traits."""
    return widget._traits_lock._is_owned()
