"""What Python and the page share stands in one place: both read it, and neither repeats it."""

import re
from pathlib import Path

import pytest

from rnnviz_widget import ExplorerWidget
from rnnviz_widget.picture import SCALES, shared

ROOT = Path(__file__).parents[2]
PYTHON = {p: p.read_text(encoding="utf-8") for p in (ROOT / "rnnviz_widget/picture").glob("*.py")}
PAGE = {p: p.read_text(encoding="utf-8") for p in (ROOT / "js/src").rglob("*.ts")}


def users(name, texts):
    return [path.name for path, text in texts.items() if re.search(rf"\b{name}\b", text)]


@pytest.mark.parametrize("name", [*shared.WORDING, *shared.NUMBERS])
def test_both_sides_use_it(name):
    assert users(name, {p: t for p, t in PYTHON.items() if re.search(rf"[\"']{name}[\"']", t)})
    assert users(name, PAGE)


def test_no_sentence_stands_in_the_code_of_either():
    # Of each sentence its longest stretch between two values.
    stretches = [max(re.split(r"\{\w+\}", text), key=len) for text in shared.WORDING.values()]
    stretches += [each["meaning"].split("{")[0] for each in shared.SCALES.values()]
    long = [stretch for stretch in stretches if len(stretch) > 13]
    assert len(long) > 20
    for path, text in (PYTHON | PAGE).items():
        code = re.sub(r'"""[\s\S]*?"""|/\*[\s\S]*?\*/|^\s*(#|//).*', "", text, flags=re.MULTILINE)
        assert not [stretch for stretch in long if stretch in code], path


def test_a_sentence_says_what_it_misses():
    assert shared.say("after", text="{name}") == "After “{name}”"
    with pytest.raises(KeyError, match="rival"):
        shared.say("rather_than", target="a")


def test_a_scale_says_what_it_is_called_and_what_it_means():
    assert tuple(shared.SCALES) == SCALES == tuple(ExplorerWidget.scale.values)
    for each in shared.SCALES.values():
        assert set(each) == {"label", "meaning"}
        names = re.findall(r"\{(\w+)\}", each["meaning"])
        assert set(names) <= {"share", "squared", "cut", "one_scale", "own_scales"}
