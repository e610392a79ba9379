"""What docs/inside.md shows runs, and its tables name every kind and measure there is."""

import re
from pathlib import Path

import numpy as np
import pytest

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES

PAGE = (Path(__file__).parents[1] / "docs" / "inside.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def names():
    """What the snippets define, one after the other."""
    found = {}
    for snippet in SNIPPETS:
        exec(snippet, found)
    yield found
    found["w"].close()


def test_the_snippets_say_what_the_page_says(names):
    assert names["forget"].shape == (len(names["text"]), 256)
    assert names["every"].shape == (2, 2, len(names["text"]), 256)
    assert names["route"].error < 1e-10
    assert names["effect"].before == pytest.approx(names["route"].connectivity)
    assert "set to 1.0" in names["effect"].interventions[0].words
    assert names["w"].target == names["target"]
    np.testing.assert_array_equal(
        names["c"].scores,
        rv.connectivity(names["model"], names["text"], target=names["target"]).scores,
    )
    assert [layer.divergence > 0 for layer in names["lens"].layers] == [True, False]


def test_the_map_is_of_the_text_and_the_others(names):
    steps = len(names["text"]) + sum(map(len, names["others"]))
    assert len(names["m"]) == 2 * steps
    assert names["m"].words().startswith(f"{2 * steps} points in 2 layers; ")


def test_a_match_is_found_where_it_was_selected(names):
    assert names["selection"].table()
    assert names["on"].steps == sum(len(text) for text in [names["text"], *names["others"]])


@pytest.mark.parametrize("kind", ["gru", "lstm", "nested-lstm", "rnn"])
def test_the_table_names_every_kind(kind):
    states = rv.load_pretrained(kind).states("ab")
    title = {"nested-lstm": "`rv.NestedLSTM`"}.get(kind, f"`nn.{kind.upper()}`")
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {title} |")]
    named = set(re.findall(r"`(\w+)`", line.split("|")[2]))
    if "the same" in line:
        named |= {"input", "forget", "candidate", "output", "cell", "hidden"}
    assert named == {place.kind for place in states}


def test_the_table_of_directions_has_every_measure():
    lines = re.findall(r"^\| `(\w+)` \| ", PAGE, re.MULTILINE)
    assert set(MEASURES) <= set(lines)
