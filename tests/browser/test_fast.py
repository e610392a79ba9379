"""A pointer as fast as it can go: the last character wins and nothing is left in a queue."""

import pytest
from browser import toys
from browser.checks import check_colours, check_facet, check_selection

import rnnviz_widget as rv
from rnnviz_widget.reading import Reading

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
TEXT = "".join(f"Line {i}: the Quick brown Fox.\n" for i in range(12))[:300]


WATCH = """moves, answers = [], []
w.observe(lambda change: moves.append(change.new), "position")
w.observe(lambda change: answers.append(change.new["position"]), "_answer")
w"""


def test_three_hundred_characters(notebook):
    picture = notebook.show(f"w = rv.explore(toys.both(), {TEXT!r})\n{WATCH}", 299)
    picture.sweep("GRU", range(300))
    picture.await_shown(299)
    for name, model in toys.both().items():
        check_colours(picture, name, Reading(model, TEXT).rows([299])[0], 299)
        check_selection(picture, name, 299)
    notebook.await_value("moves[-1]", 299)
    moves, answers = notebook.ask("(moves, answers)")
    assert len(moves) < 250, "the kernel was asked for nearly every character passed"
    assert len(answers) <= len(moves)
    # Messages keep their order: whatever had been queued would be handled before this hover.
    picture.hover("LSTM", 150)
    notebook.await_value("moves[-1]", 150)
    later_moves, later_answers = notebook.ask("(moves, answers)")
    assert later_moves == [*moves, 150]
    assert later_answers in ([*answers, 150], answers)


def test_rows_at_hand_follow_the_pointer_without_the_kernel(notebook):
    picture = notebook.show(f"w = rv.explore(toys.both(), toys.TEXT, position=0)\n{WATCH}", 0)
    picture.await_filled()
    picture.sweep("LSTM", range(LAST + 1))
    picture.await_shown(LAST)
    check_facet(picture, "GRU", rv.connectivity(toys.gru(), toys.TEXT), LAST)
    notebook.await_value("(w.position, answers)", [LAST, []])
