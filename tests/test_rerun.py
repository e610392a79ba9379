"""Cells that are run again and again: neither widgets nor threads pile up, and none is lost."""

import gc
import threading
import weakref

import pytest
from IPython.core.interactiveshell import InteractiveShell
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.widget import ExplorerWidget, sharing

MAKE = "rv.explore(rv.SequenceModel(recurrent(), LETTERS), 'a text to be read')"


@pytest.fixture
def shell(monkeypatch):
    one = InteractiveShell()
    one.display_formatter.active_types = one.display_formatter.format_types
    one.display_formatter.ipython_display_formatter.enabled = True
    one.user_ns.update(rv=rv, recurrent=recurrent, LETTERS=LETTERS)
    monkeypatch.setattr(sharing, "get_ipython", lambda: one)
    monkeypatch.setattr("IPython.core.display_functions.display", lambda *_, **__: None)
    return one


def run(shell, code, cell):
    shell.run_cell(code, store_history=True, cell_id=cell).raise_error()


def widgets():
    gc.collect()
    return [one for one in gc.get_objects() if issubclass(type(one), ExplorerWidget) and one.comm]


@pytest.mark.parametrize("code", [MAKE, f"w = {MAKE}\nw", f"w = {MAKE}\nw.bake()\ndisplay(w)"])
def test_thirty_runs_leave_as_much_as_a_few(shell, code):
    before, threads = len(widgets()), threading.active_count()
    for _ in range(12):
        run(shell, code, "a")
    # The newest, and those that IPython calls _, __ and ___.
    assert len(widgets()) - before <= 5
    for one in widgets():
        assert one._explorer.join(60)
    assert threading.active_count() == threads


def test_who_is_held_by_a_name_works_on(shell):
    run(shell, "kept = []", "a")
    for _ in range(3):
        run(shell, f"kept.append({MAKE})\nkept[-1]", "b")
    first = shell.user_ns["kept"][0]
    assert len(widgets()) >= 3
    first._handle_msg(
        {
            "content": {
                "data": {"method": "update", "state": {"position": 2}, "buffer_paths": []},
            },
            "buffers": [],
        }
    )
    assert first.position == 2
    assert first.widgets[first.model_id] is first
    first.bake()


def test_who_is_shown_in_another_cell_too_stays(shell):
    run(shell, f"w = {MAKE}\nw", "a")
    shown = weakref.ref(shell.user_ns["w"])
    run(shell, "w", "b")
    run(shell, f"w = {MAKE}\nw", "a")
    run(shell, "1\n2\n3", "c")
    gc.collect()
    assert shown() is not None
    assert shown().comm is not None


def test_what_is_shown_again_by_its_cell_stays(shell):
    run(shell, f"w = {MAKE}", "a")
    for _ in range(3):
        run(shell, "w", "b")
    assert shell.user_ns["w"].comm is not None
    shell.user_ns["w"].position = 1
