"""Executed notebooks as pages: every widget alive, nothing to fetch, clear words for the rest."""

import copy
import json
import re
import subprocess
import sys

import nbformat
import pytest
from share.executed import SHOW, execute, notebook_of

from rnnviz_widget import share
from rnnviz_widget.share.__main__ import main
from rnnviz_widget.share.notebook import notebook_page

STATE = "application/vnd.jupyter.widget-state+json"
FOREIGN = re.compile(
    r"""(?:src|href)=["']?(?!data:|#)[^"'>]*//|@import|url\((?!data:|["']?data:)"""
)


@pytest.fixture(scope="module")
def executed():
    """Live, in a box, frozen, of another kind, and text that would like to be markup."""
    box = "import ipywidgets\nipywidgets.VBox([ipywidgets.HBox([w]), ipywidgets.IntSlider()])"
    frozen = "f = rv.explore(models, text, position=3)\nf"
    return execute(
        SHOW + ".bake()\nw", box, frozen, "f.freeze()", "ipywidgets.IntSlider()", "'</script><b>'"
    )


def saved(notebook, folder, name="notebook.ipynb"):
    path = folder / name
    nbformat.write(notebook, path)
    return path


def widgets_in(html):
    return [
        json.loads(data)
        for data in re.findall(r'<script type="application/json">(.*?)</script>', html)
    ]


def test_all_widgets_are_alive_and_the_code_is_there_once(executed, tmp_path):
    page = notebook_page(saved(executed, tmp_path))
    assert page.widgets == 3
    states = widgets_in(page.html)
    assert [state["position"] for state in states] == [9, 9, 3]
    assert all(state["_status"]["state"] == "done" for state in states)
    assert page.html.count(share.script()) == 1
    assert page.html.rstrip().endswith("</html>")
    assert page.warnings == [
        "cell 6: the widget is not of rnnviz_widget, so its static output is shown"
    ]
    assert "GRU predicts" in page.html or "largest share" in page.html


def test_the_page_asks_for_nothing(executed, tmp_path):
    html = notebook_page(saved(executed, tmp_path)).html
    outside = html.replace(share.script(), "")
    assert not FOREIGN.findall(re.sub(r"<a [^>]*>", "", outside))
    for word in ("require.min.js", "mathjax", "html-manager", "mermaid"):
        assert word not in outside.lower(), word


def test_a_notebook_saved_without_state_shows_what_it_has_and_says_so(executed, tmp_path):
    notebook = copy.deepcopy(executed)
    del notebook.metadata["widgets"]
    page = notebook_page(saved(notebook, tmp_path))
    assert page.widgets == 1
    assert "saved without the state of its widget" in page.warnings[0]
    assert "w.freeze()" in page.warnings[0]
    assert "largest share" in page.html


def test_a_widget_of_another_version_stands_and_is_named(executed, tmp_path):
    notebook = copy.deepcopy(executed)
    for state in notebook.metadata.widgets[STATE]["state"].values():
        if "version" in state["state"].get("_scene", {}):
            state["state"]["_scene"]["version"] = 1
    page = notebook_page(saved(notebook, tmp_path))
    assert page.widgets == 1
    assert page.warnings[0].startswith("cell 2: the widget was saved by another version")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no notebook, or was cut off"),
        ('{"cells": [', "is no notebook, or was cut off"),
        ("[1, 2]", "is no notebook, or was cut off"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is no notebook, or was cut off"),
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path, content, words):
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    with pytest.raises(ValueError, match=words):
        notebook_page(path)


def test_a_notebook_that_was_not_run_is_refused(tmp_path):
    path = saved(notebook_of("1"), tmp_path)
    with pytest.raises(ValueError, match=r"has no outputs; run it first.*jupyter execute"):
        notebook_page(path)


def test_the_command_writes_the_page_and_says_what_it_did(executed, tmp_path, capsys):
    path = saved(executed, tmp_path)
    assert main([str(path)]) == 0
    said = capsys.readouterr()
    assert re.match(r".*notebook\.html: 3 widgets, [\d,]+ KB\n$", said.out)
    assert said.err.startswith("warning: cell 6: the widget is not of rnnviz_widget")
    assert path.with_suffix(".html").read_text().count('class="rnnviz-page"') == 3


def test_the_command_says_what_went_wrong_and_writes_nothing(executed, tmp_path, capsys):
    assert main([str(tmp_path / "none.ipynb")]) == 1
    assert "error: " in capsys.readouterr().err
    path = saved(executed, tmp_path)
    assert main([str(path), "-o", str(tmp_path / "no folder" / "page.html")]) == 1
    assert "could not write" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notebook.ipynb"]


def test_the_command_is_there():
    command = [sys.executable, "-m", "rnnviz_widget.share", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "one HTML file that needs no kernel and no network" in " ".join(said.split())
