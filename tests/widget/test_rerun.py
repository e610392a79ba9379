"""Cells that are run again and again: neither widgets nor threads pile up, and none is lost."""

import gc
import threading
import weakref

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances
from small import LETTERS, recurrent
from widgets import await_fill, page_of

import rnnviz_widget as rv
from rnnviz_widget.widget import ExplorerWidget

# Noted by a weak reference each: the widget and the private copy of its module.
MAKE = "made(rv.explore(rv.SequenceModel(recurrent(), LETTERS), 'a text'))"


class Notebook:
    """A shell that runs cells by id, and all that was made there."""

    def __init__(self, shell):
        self.shell = shell
        self.refs = []
        shell.user_ns.update(rv=rv, recurrent=recurrent, LETTERS=LETTERS, made=self.made)

    def made(self, widget):
        model = next(iter(widget.models.values()))
        self.refs.append((weakref.ref(widget), weakref.ref(model.network.module)))
        return widget

    def run(self, code, cell):
        self.shell.run_cell(code, store_history=True, cell_id=cell).raise_error()

    def __getitem__(self, name):
        return self.shell.user_ns[name]

    @property
    def alive(self):
        """The places of those that are alive; a widget is so if and only if its module is."""
        gc.collect()
        widgets = [i for i, (widget, _) in enumerate(self.refs) if widget() is not None]
        assert widgets == [i for i, (_, copy) in enumerate(self.refs) if copy() is not None]
        return widgets

    def registered(self):
        ours = {id(widget()) for widget, _ in self.refs if widget() is not None}
        return [one for one in _instances.values() if id(one) in ours]


@pytest.fixture
def notebook():
    InteractiveShell.clear_instance()
    yield Notebook(InteractiveShell.instance())
    InteractiveShell.clear_instance()


def works(widget):
    """Whether what a page sends still reaches a widget."""
    page_of(widget).send(position=2)
    return widget.position == 2 and _instances[widget.model_id] is widget


@pytest.mark.parametrize(
    ("code", "left"),
    [
        (f"w = {MAKE}", 1),
        (f"w = {MAKE}\ndisplay(w)", 1),
        (f"display({MAKE})", 1),
        # IPython's names _, __ and ___ are names like others.
        (MAKE, 3),
        (f"w = {MAKE}\nw", 3),
    ],
)
def test_thirty_runs_leave_as_much_as_a_few(notebook, code, left):
    # Of earlier tests some may end meanwhile.
    threads = set(threading.enumerate())
    for _ in range(30):
        notebook.run(code, "a")
    assert notebook.alive == list(range(30 - left, 30))
    assert len(notebook.registered()) == left
    for one in notebook.registered():
        await_fill(one)
    assert set(threading.enumerate()) <= threads


def test_a_cell_that_shows_what_another_made_lets_go_of_it_too(notebook):
    for _ in range(3):
        notebook.run(f"w = {MAKE}", "a")
        notebook.run("display(w)", "b")
    assert notebook.alive == [2]


@pytest.mark.parametrize("hold", ["kept.append(w)", "box = [HBox([w]), *box]", "kept.append({w})"])
def test_what_is_held_works_on(notebook, hold):
    notebook.shell.user_ns["HBox"] = ipywidgets.HBox
    notebook.run("kept, box = [], []", "a")
    for _ in range(4):
        notebook.run(f"w = {MAKE}\n{hold}\ndisplay(w)", "b")
    assert notebook.alive == [0, 1, 2, 3]
    for widget, _ in notebook.refs:
        assert works(widget())
        await_fill(widget())
        # The fill that was stopped to see who holds the widget has gone on.
        assert page_of(widget()).status["state"] == "done"
    notebook.run("del kept, box, w", "c")


def test_the_history_of_outputs_has_what_is_held(notebook):
    for _ in range(2):
        notebook.run(f"kept = globals().get('kept', [])\nkept.append({MAKE})\nkept[-1]", "a")
    first = notebook["kept"][0]
    assert first in notebook["Out"].values()
    assert any(value is first for name, value in notebook.shell.user_ns.items() if name != "kept")


def test_what_another_cell_shows_stays(notebook):
    notebook.run(f"w = {MAKE}\ndisplay(w)", "a")
    notebook.run("display(w)", "b")
    notebook.run(f"w = {MAKE}\ndisplay(w)", "a")
    assert notebook.alive == [0, 1]
    assert works(notebook.refs[0][0]())
    # Until that one is run again too.
    notebook.run("display(w)", "b")
    assert notebook.alive == [1]


def test_cells_do_not_touch_each_other(notebook):
    for cell in "abc":
        notebook.run(f"display({MAKE})", cell)
    notebook.run("1", "a")
    assert notebook.alive == [1, 2]


def test_what_is_captured_stays(notebook):
    notebook.run("from IPython.utils.capture import capture_output", "a")
    for _ in range(2):
        notebook.run(f"with capture_output() as taken:\n    display({MAKE})", "b")
    assert notebook.alive == [0, 1]


def test_a_run_that_fails_leaves_what_has_a_name(notebook):
    notebook.run(f"w = {MAKE}\ndisplay(w)", "a")
    with pytest.raises(ZeroDivisionError):
        notebook.run("1 / 0", "a")
    assert notebook.alive == [0]
    assert works(notebook["w"])


def test_without_cell_ids_nothing_is_freed(notebook):
    for _ in range(3):
        notebook.run(f"w = {MAKE}\ndisplay(w)", None)
    assert notebook.alive == [0, 1, 2]


def test_freed_widgets_are_closed_in_the_page(notebook, monkeypatch):
    closed = []
    close = ExplorerWidget.close
    monkeypatch.setattr(
        ExplorerWidget, "close", lambda self: (closed.append(self.model_id), close(self))
    )
    notebook.run(f"w = {MAKE}\ndisplay(w)", "a")
    first = notebook["w"].model_id
    notebook.run(f"w = {MAKE}\ndisplay(w)", "a")
    # Those of earlier tests may be freed meanwhile.
    assert closed.count(first) == 1
    assert notebook["w"].model_id not in closed
