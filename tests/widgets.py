"""A widget as tests see it: the page that shows it, its background fill, and its explorer.

Private names of a widget stand here and in no test: where one changes, this file changes.
"""

import itertools
import threading

from rnnviz_widget.explorer import Explorer

_SERIALS = itertools.count(1000)
LEFT_OUT = object()
# For a notebook's kernel: whether the page that shows w has said that it was loaded.
PAGE_IS_LOADED = "bool(w._page)"


def _received(name):
    def message(page):
        return page.widget.get_state(name)[name]

    return property(message, doc=f"The last message in {name}; the object itself, not a copy.")


def _replied(kind):
    def message(page):
        reply = page.reply(kind)
        return {} if "refused" in reply else reply

    return property(message, doc=f"The last reply to what was asked as {kind}; {{}}: none.")


class Page:
    """The page that shows a widget: the messages that it has received, and what it asks for."""

    scene = _received("_scene")
    answer = _received("_answer")
    rows = _received("_rows")
    status = _received("_status")
    choices = _received("_choices")
    modules = _received("_modules")
    checkpoints = _received("_checkpoints")
    opened = _received("_opened")
    freeze = _received("_freeze")
    preview = _replied("preview")
    found = _replied("classes")
    strips = _replied("strips")

    def __init__(self, widget):
        self.widget = widget
        self._asks = {}

    def ask(self, kind, *, fills=True, **asked):
        """Ask for a "text", a "target", a "measure", a "preview", "classes", "strips" or "modules".

        As a real page does it sends the newest ask of each kind together. Whatever a page sends
        begins the background fill; with `fills=False` it stays as it is.

        Returns:
            The serial of the ask; it may be given.
        """
        serial = asked.setdefault("serial", next(_SERIALS))
        self._asks[kind] = {key: value for key, value in asked.items() if value is not LEFT_OUT}
        if fills:
            self.widget.set_state({"_ask": self._asks})
        else:
            self.widget._page_state.asks.receive(kind, self._asks[kind])
        return serial

    def end_preview(self):
        """Ask for no preview any more."""
        self.ask("preview", position=0, target=None)

    def reply(self, kind):
        """The newest reply to an ask of a kind."""
        return self.widget.get_state("_reply")["_reply"].get(kind, {})

    @property
    def refused(self):
        """The newest refusal: its kind, the ask's serial, the message, and unknown characters."""
        replies = self.widget.get_state("_reply")["_reply"]
        found = {kind: one for kind, one in replies.items() if "refused" in one}
        if not found:
            return {}
        kind = max(found, key=lambda kind: found[kind]["number"])
        refusal = dict(found[kind])
        return {"kind": kind, "message": refusal.pop("refused"), **refusal}

    def on_reply(self, kind, heard):
        """Call a function with every reply to asks of a kind from now on."""
        numbers = []

        def changed(change):
            reply = change.new.get(kind)
            if reply is not None and reply["number"] not in numbers:
                numbers.append(reply["number"])
                heard(reply)

        self.widget.observe(changed, "_reply")

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
    return explorer_of(widget).caches[facet].rows


def picture_of(widget):
    """What the widget draws into files."""
    return widget._picture()


def show(widget):
    """Show the widget, as the last line of a cell does: its background fill begins."""
    widget._repr_mimebundle_()


def shown_html(widget):
    """The picture that hosts show which have no widgets."""
    return widget._repr_mimebundle_()[0]["text/html"]


def display_in_notebook(widget):
    """Display the widget as the last line of a notebook's cell does."""
    widget._ipython_display_()


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
    return explorer_of(widget).background.thread


def await_freeze():
    """Wait until what the page's button has begun has ended."""
    for thread in threading.enumerate():
        if thread.name == "rnnviz-freeze":
            thread.join(20)
            assert not thread.is_alive(), "freezing goes on"


def holds_traits_lock(widget):
    """Whether this thread keeps other threads from setting the widget's traits."""
    return widget._link.lock._is_owned()
