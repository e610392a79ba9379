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
    found["searching"].close()


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


def test_a_widget_s_selection_is_searched_in_its_text_and_in_a_corpus(names):
    widget, found = names["searching"], names["found"]
    assert widget.matches == found
    assert {"another text", "and one more"} >= {names["others"][row["text"]] for row in found}


def test_a_match_is_found_where_it_was_selected(names):
    assert names["selection"].table()
    assert names["on"].steps == sum(len(text) for text in [names["text"], *names["others"]])


def test_tables_have_the_columns_that_the_page_shows(names):
    for table in ("selection", "matches", "memory", "meanings", "near"):
        (shown,) = re.findall(rf"^{table}\.table\(\) +# \[(.*)\]$", PAGE, re.MULTILINE)
        columns = re.findall(r'"(\w+)":', shown)
        first = names[table].table()[0]
        assert columns == [name for name in first if name in columns]


def test_a_corpus_gives_progress_and_then_states(names):
    assert names["progress"][-1] == 1
    assert len(names["corpus"]) == len(names["others"])


def test_a_map_says_what_the_page_shows(names):
    (shown,) = re.findall(r'^plan\.words\(\) +# "(.*)"$', PAGE, re.MULTILINE)
    digits = re.compile(r"[\d.]+")
    assert digits.sub("0", names["plan"].words()) == digits.sub("0", shown)


def test_the_page_uses_public_names_only():
    """A reader copies from it."""
    assert re.findall(r"rnnviz_widget\.\w+", PAGE) == []
    modules = Path(rv.inside.__file__).parent.glob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in modules)
    defined = set(re.findall(r"^(?:def|class) (\w+)", code, re.MULTILINE))
    named = set(re.findall(r"`(?:rv\.inside\.)?(\w+)\(", PAGE)) & defined
    assert {"find_matches", "state_map", "texts_of_file"} <= named
    assert named <= {*rv.__all__, *rv.inside.__all__}


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
