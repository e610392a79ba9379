"""A frozen widget: its outputs have no widget in them, and it can be shown again."""

import json
import re
import sys
import types

import pytest
from share.executed import SHOW, bundles, execute
from small import LETTERS, recurrent
from widgets import await_freeze, page_of

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.share.state import check
from rnnviz_widget.widget import outputs

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def state_in(html):
    """What a page answers from."""
    [data] = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    return json.loads(data)


@pytest.fixture(scope="module")
def frozen():
    return execute(SHOW, "w", "w.position = 4\nw.freeze()", "print(w.position)")


def test_every_output_of_the_widget_is_replaced(frozen):
    shown = bundles(frozen)
    assert len(shown) == 2
    for data in shown:
        assert set(data) == {"text/html", "text/plain"}
        assert data["text/html"].startswith('<div class="rnnviz-page"><div')
        assert data["text/html"].endswith(share.script())
        assert state_in(data["text/html"])["position"] == 4
        assert "GRU predicts" in data["text/plain"]
        assert "a text that two models read" in data["text/plain"]
    assert frozen.cells[-1].outputs[0].text == "4\n"


def test_the_notebook_keeps_no_row_twice(frozen):
    states = frozen.metadata.widgets[STATE]["state"].values()
    buffers = [buffer for saved in states for buffer in saved.get("buffers", [])]
    assert buffers
    assert sum(len(buffer["data"]) for buffer in buffers) == 0
    [ours] = [saved for saved in states if "_scene" in saved["state"]]
    assert len(json.dumps(ours["state"]["_scene"])) < 1500


def test_a_frozen_widget_can_be_shown_and_frozen_again():
    notebook = execute(SHOW, "w.freeze()", "w", "w.position = 2", "rv.explore(models, text)")
    first, again, _ = bundles(notebook)
    assert VIEW not in first
    assert VIEW in again
    states = notebook.metadata.widgets[STATE]["state"]
    saved = states[again[VIEW]["model_id"]]
    assert saved["state"]["position"] == 2
    check(share.of_notebook(saved))


def test_a_widget_inside_a_box_is_frozen_where_it_is_asked_for():
    notebook = execute("import ipywidgets", SHOW[:-2] + "\nipywidgets.VBox([w])", "w.freeze()")
    box, page = bundles(notebook)
    assert VIEW in box
    assert page["text/html"].endswith(share.script())


def test_what_stands_beside_the_live_view_is_true_without_it():
    [data] = bundles(execute(SHOW))
    assert set(data) == {VIEW, "text/html", "text/plain"}
    assert "<script" not in data["text/html"]
    assert "GRU predicts" in data["text/plain"]


def test_outside_of_a_notebook_it_says_what_to_do():
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), "abc")
    with pytest.raises(RuntimeError, match=r"no notebook.*save_html\(path\)"):
        widget.freeze()
    assert page_of(widget).scene["text"] == "abc"
    widget.close()


def test_the_button_freezes_and_says_when_it_cannot(monkeypatch):
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), "abc")
    widget.set_state({"_freeze": "asked"})
    await_freeze()
    said = page_of(widget).freeze
    assert said.startswith("This output could not be frozen: there is no notebook")
    widget.close()


def test_a_page_that_was_loaded_anew_does_not_find_its_outputs(monkeypatch):
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), "abc")
    page = page_of(widget)
    assert page.freeze == ""
    shown = []
    monkeypatch.setattr(outputs, "display", lambda bundle, **_: shown.append(bundle))
    widget._ipython_display_()
    assert len(shown) == 1
    widget.set_state({"_page": 1.0})
    assert page.freeze == "ready"
    widget.set_state({"_page": 2.0})
    assert page.freeze == ""
    monkeypatch.setattr(outputs, "get_ipython", object)
    with pytest.raises(RuntimeError, match=r"reloaded since.*run the cell that shows it again"):
        widget.freeze()
    assert widget.comm is not None
    widget.close()


def test_in_marimo_the_rows_are_read_and_nothing_is_replaced(monkeypatch):
    marimo = types.SimpleNamespace(running_in_notebook=lambda: True)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), "abc")
    widget.freeze()
    assert widget.comm is not None
    assert page_of(widget).rows["complete"]
    widget.close()
