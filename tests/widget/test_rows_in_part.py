"""First rows of recurrent layers that take long: they come in part, where a page is expected."""

import pytest
from browser import toys
from widget.toy_answers import LAST, NOT_COMPUTED, has_true_rows
from widgets import await_fill, display_in_notebook, fill_thread, page_of

import rnnviz_widget as rv
from rnnviz_widget.explorer import first_rows

# A limit that all rows exceed, but not the time of forward passes that were not needed.
SOON = 1e-9


def test_they_are_completed_once_the_widget_is_displayed(displayed, monkeypatch):
    """And the picture that stands for the widget without a page is replaced then."""
    monkeypatch.setattr(first_rows, "PUT_OFF_FROM", SOON)
    widget = rv.explore(toys.both(), toys.TEXT)
    assert all("from" in facet for facet in page_of(widget).answer["facets"])
    # Nothing goes on for a widget that nobody looks at.
    assert fill_thread(widget) is None
    display_in_notebook(widget)
    await_fill(widget)
    assert has_true_rows(page_of(widget).answer, LAST)
    assert NOT_COMPUTED in displayed["first"][0]["text/plain"]
    (then,) = displayed["then"]
    assert NOT_COMPUTED not in then["text/plain"]
    widget.close()


@pytest.mark.parametrize(("limit", "server"), [(SOON, False), (float("inf"), True)])
def test_they_come_whole_where_no_page_is_expected_or_they_are_fast(monkeypatch, limit, server):
    monkeypatch.setattr(first_rows, "PUT_OFF_FROM", limit)
    if server:
        monkeypatch.setenv("JPY_SESSION_NAME", "a notebook")
    widget = rv.explore(toys.both(), toys.TEXT)
    assert has_true_rows(page_of(widget).answer, LAST)
    assert fill_thread(widget) is None
    widget.close()
