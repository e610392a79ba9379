"""What docs/article.md says of the article and of our models is what was computed."""

import re

import article
import numpy as np
import pytest
import readme
from evaluation import distill
from PIL import Image

import rnnviz_widget as rv

PAGE = article.PAGE.read_text(encoding="utf-8")
BLOCKS = list(readme.BLOCK.finditer(PAGE))
AT = 106  # "le" of "learning", by the article's own count


def on_advanced(whose, name):
    """The share of the norm on "advanced" at "le", and how strongly the article colours it."""
    reading = article.BOTH[whose](name)
    start = reading.text.index("advanced")
    span = (AT, start, start + len("advanced"))
    return reading.share(*span), reading.colour(*span)


def needed(whose, name, word, *, last=False):
    reading = article.BOTH[whose](name)
    start = (reading.text.rindex if last else reading.text.index)(word)
    return reading.letters_needed(word, start)


def test_the_page_says_what_was_computed():
    assert sorted(block[2] for block in BLOCKS) == sorted(article.MAKERS)
    assert article.filled(PAGE) == PAGE


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[2])
def test_a_wrong_number_in_any_block_is_found(block):
    wrong = re.sub(r"\d", "7", block[0])
    assert wrong != block[0]
    assert article.filled(wrong) == block[0]


def test_it_fails_for_a_block_that_there_is_not():
    with pytest.raises(KeyError, match="others"):
        article.filled("<!-- numbers: others -->\n<!-- end -->")


def test_the_numbers_are_those_of_the_rows():
    """By hand, of the squares as they were published, and of a model that ships."""
    entry = distill.published("gru")[AT]
    assert entry["target"] == "learning"
    squares = np.array(entry["connectivity"])
    word = slice(96, 104)
    assert "".join(each["char"] for each in distill.published("gru")[word]) == "advanced"
    share, colour = on_advanced("article", "GRU")
    assert share == pytest.approx(np.sqrt(squares[word]).sum() / np.sqrt(squares).sum())
    assert colour == pytest.approx(squares[word].mean() / squares.max())
    row = rv.connectivity(rv.load_pretrained("gru"), article.theirs("GRU").text).scores[AT]
    assert on_advanced("here", "GRU")[0] == pytest.approx(row[word].sum() / row.sum())


def test_letters_needed_count_from_the_space():
    reading = article.Reading("a bc", np.eye(4), [["a"], ["bd"], ["bd", "bc"], ["bc"]])
    assert reading.letters_needed("bc", 2) == 1
    assert reading.letters_needed("a", 1) == 0
    assert reading.letters_needed("bx", 2) is None


def test_the_scale_alone_turns_the_comparison_round():
    (gru, gru_colour), (lstm, lstm_colour) = (
        on_advanced("article", name) for name in ("GRU", "LSTM")
    )
    assert gru_colour > 5 * lstm_colour
    assert gru < lstm


def test_the_three_observations_are_the_articles_and_what_ours_do():
    for name, letters in {"GRU": 2, "LSTM": 2, "Nested LSTM": 3}.items():
        assert needed("article", name, "learning") == letters
    here = {name: needed("here", name, "learning") for name in article.UNITS}
    assert here == {"GRU": 1, "LSTM": 2, "Nested LSTM": 4}
    again = {name: needed("article", name, "grammar", last=True) for name in article.UNITS}
    assert again == {"GRU": 1, "LSTM": 4, "Nested LSTM": 4}
    for name in article.UNITS:
        assert needed("here", name, "grammar", last=True) >= 3
    start = article.theirs("GRU").text.index("schools")
    assert "school" in article.theirs("GRU").suggested[start]
    for whose, get in article.BOTH.items():
        reach = {name: rv.memory.reach(get(name).scores)[start] for name in article.UNITS}
        assert max(reach, key=reach.get) == "LSTM", whose
    suggested = [set(article.ours(name).suggested[start]) for name in ("GRU", "LSTM")]
    assert len(set.intersection(*suggested)) == 2


def test_what_is_said_of_long_and_short_memory():
    gru, lstm = (article.PUBLISHED[name].right_after for name in ("GRU", "LSTM"))
    ahead = [letters for letters, (a, b) in enumerate(zip(gru, lstm, strict=True)) if a > b]
    assert ahead == [1, 2, 3, 4, 5, 6]
    found = article.results()
    here = [
        found[name]["model"]["accuracy by known"]["all"]["top 1"]["value"][: len(gru)]
        for name in ("GRU", "LSTM")
    ]
    assert np.abs(np.subtract(*here)).max() < 0.01
    many = {name: each["memory"]["reach"] for name, each in found.items()}
    for name in article.UNITS:
        one = rv.memory.reach(article.ours(name).scores)[article.SETTLED :].mean()
        assert 0.33 < one / many[name]["value"] < 0.67
    assert many["Nested LSTM"]["high"] < min(many["GRU"]["low"], many["LSTM"]["low"])
    assert "with 5 of 5 seeds" in article.seeds()


def test_the_pictures_are_there_in_both_themes():
    named = set(re.findall(r"images/article/[a-z]+-(?:light|dark)\.png", PAGE))
    assert len(named) == 6
    for name in named:
        with Image.open(article.PAGE.parent / name) as picture:
            assert picture.width > 1500
