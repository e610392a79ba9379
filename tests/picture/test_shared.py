"""What Python and the page share stands in one place: both read it, and neither repeats it."""

import ast
import re
from pathlib import Path

import pytest

from rnnviz_widget import ExplorerWidget
from rnnviz_widget.picture import SCALES, shared

ROOT = Path(__file__).parents[2]
PYTHON = {p: p.read_text(encoding="utf-8") for p in (ROOT / "rnnviz_widget/picture").glob("*.py")}
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
PAGE = {p: COMMENT.sub("", p.read_text(encoding="utf-8")) for p in (ROOT / "js/src").rglob("*.ts")}


def users(name, texts):
    return [path.name for path, text in texts.items() if re.search(rf"\b{name}\b", text)]


@pytest.mark.parametrize("name", [*shared.WORDING, *shared.NUMBERS])
def test_both_sides_use_it(name):
    assert users(name, {p: t for p, t in PYTHON.items() if re.search(rf"[\"']{name}[\"']", t)})
    assert users(name, PAGE)


def literals(source):
    """The strings in Python code that have two words or more, but for docstrings."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield from re.findall(r"[A-Za-z]{2,} [A-Za-z ]*[A-Za-z]{2,}", node.value)


def test_no_sentence_stands_in_the_code_of_both():
    assert list(literals('"""A docstring here."""\nsaid = f"no influence {1}"')) == ["no influence"]
    page = "\n".join(PAGE.values())
    found = {words for source in PYTHON.values() for words in literals(source)}
    assert len(found) > 20
    # A part of a gradient in CSS, the end of an error, and a part of quite another sentence.
    alike = {"to right", "there is none", "the first"}
    assert {words for words in found if words in page} == alike


def test_a_sentence_says_what_it_misses():
    assert shared.say("after", text="{name}") == "After “{name}”"
    with pytest.raises(KeyError, match="rival"):
        shared.say("rather_than", target="a")


def test_a_scale_says_what_it_is_called_and_what_it_means():
    assert tuple(shared.SCALES) == SCALES == tuple(ExplorerWidget.scale.values)
    for each in shared.SCALES.values():
        assert set(each) == {"label", "title", "meaning"}
        names = re.findall(r"\{(\w+)\}", each["meaning"])
        assert set(names) <= {"share", "squared", "cut", "one_scale", "own_scales"}
