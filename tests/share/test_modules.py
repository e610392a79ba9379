"""Which modules of the page go along with what needs no kernel."""

import base64
import hashlib
import json
import re

import nbformat
import pytest
from share.executed import SHOW, execute
from small import LETTERS, recurrent
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.share import modules
from rnnviz_widget.share.modules import MODULES, carried, module_code
from rnnviz_widget.share.notebook import notebook_page

STATE = "application/vnd.jupyter.widget-state+json"
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def put(name):
    return f'(self.rnnvizModules??={{}})["{name}"]={module_code(name)}'


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture
def needs_nobody(monkeypatch):
    """As if the class search showed what is saved: the name of such a module."""
    monkeypatch.setitem(modules.MODULES, "class-search", "nobody")
    return "class-search"


@pytest.fixture
def widget():
    widget = rv.explore({"GRU": rv.SequenceModel(recurrent("gru"), LETTERS)}, "a text")
    yield widget
    widget.close()


def test_every_module_says_who_must_be_behind_it():
    assert set(MODULES.values()) <= {"kernel", "live", "nobody", "anybody"}
    for name in MODULES:
        assert module_code(name).startswith("(shared,give)=>{")


def test_code_that_would_end_its_script_element_is_refused():
    with pytest.raises(RuntimeError, match=r"module-x\.js contains markup"):
        modules.checked("'</Script>'", "module-x.js")


@pytest.mark.parametrize("opened", [None, 7, "editor", {"class-search": 1}, [["class-search"], 7]])
def test_what_says_nothing_of_what_was_open_brings_nothing_along(needs_nobody, opened):
    assert carried(opened, live=False) == set()
    assert carried(opened, live=True) == {"editor", "check"}


def test_a_page_carries_a_module_where_it_was_open_and_of_use(needs_nobody, widget):
    closed = share.document([widget.shared()])
    assert SCRIPT.findall(closed) == [share.code()]
    page_of(widget).ask("modules", names=["editor", needs_nobody])
    shared = widget.shared()
    page = share.document([shared, shared])
    # The editor needs somebody who reads what is typed.
    assert SCRIPT.findall(page) == [put(needs_nobody), share.code()]
    policy = f"script-src {hash_of(put(needs_nobody))} {hash_of(share.code())};"
    assert policy in page
    assert SCRIPT.findall(share.output(shared)["text/html"]) == [put(needs_nobody), share.code()]
    page_of(widget).ask("modules", names=["editor"])
    assert SCRIPT.findall(share.document([widget.shared()])) == [share.code()]


def test_a_converted_notebook_carries_what_was_open_in_its_widgets(needs_nobody, tmp_path):
    notebook = execute(SHOW + ".bake()\nw")
    path = tmp_path / "notebook.ipynb"
    for opened, expected in ([], []), (["editor", needs_nobody], [put(needs_nobody)]):
        (state,) = [
            one["state"]
            for one in notebook.metadata.widgets[STATE]["state"].values()
            if "_scene" in one["state"]
        ]
        state["_opened"] = opened
        nbformat.write(notebook, path)
        html = notebook_page(path).html
        assert SCRIPT.findall(html)[-1 - len(expected) :] == [*expected, share.code()]
        assert (hash_of(put(needs_nobody)) in html) == bool(expected)
        (kept,) = re.findall(r'<script type="application/json">(.*?)</script>', html)
        assert json.loads(kept)["_opened"] == opened
