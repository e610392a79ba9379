"""Tests know a widget by its public names, and by tests/widgets.py."""

import re
from pathlib import Path

from rnnviz_widget.widget import ExplorerWidget

TESTS = Path(__file__).parents[1]


def reaching_in(text):
    """The lines of a test that use a private name of a widget."""
    private = {name for name in ExplorerWidget.class_trait_names() if name.startswith("_")}
    pattern = re.compile(rf"(?<!\bself)\.({'|'.join(sorted(private | {'_explorer'}))})\b")
    return [line for line in text.splitlines() if pattern.search(line)]


def test_no_test_reaches_into_a_widget():
    found = {
        str(path.relative_to(TESTS)): lines
        for path in TESTS.rglob("*.py")
        if path not in {TESTS / "widgets.py", Path(__file__)}
        and (lines := reaching_in(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_rule_can_be_broken():
    assert reaching_in("x = 1\nassert w._explorer.join(1)\nw._scene['text']\nself._explorer") == [
        "assert w._explorer.join(1)",
        "w._scene['text']",
    ]
