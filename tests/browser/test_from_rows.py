"""Pages of ready-made rows, opened from disk with the network off."""

import numpy as np
import pytest
from browser.checks import NEAR, check_colours, check_facet, check_selection
from browser.colours import distance, expected
from browser.picture import Picture
from evaluation import distill

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = 106


@pytest.fixture
def opened(visit, tmp_path):
    """A widget's own page: its picture."""

    def opened(widget):
        path = tmp_path / "rows.html"
        widget.save_html(path)
        page, _ = visit(path.as_uri())
        page.context.set_offline(True)
        page.goto(path.as_uri())
        picture = Picture(page.locator(".rnnviz-explorer"))
        picture.await_ready()
        return picture

    return opened


@pytest.mark.parametrize("measure", ["squared", "norm"])
def test_the_article_s_example(opened, measure):
    data = {name: distill.published(short) for name, short in distill.MODELS.items()}
    widget = rv.from_rows(data, measure=measure, position=AT)
    numbers = {name: widget.connectivity(name) for name in data}
    picture = opened(widget)
    widget.close()
    assert picture.names == list(data)
    assert picture.shown == AT
    for name, entries in data.items():
        chips = picture.chips(name)
        assert [c["name"] for c in chips if not c["apart"]] == entries[AT]["predict"]
        if entries[AT]["target"] in entries[AT]["predict"]:
            check_facet(picture, name, numbers[name], AT)
        else:
            check_colours(picture, name, numbers[name].scores[AT], AT)
        assert [c["name"] for c in chips if c["target"]] == ["learning"]
    words = "squared L2 norm" if measure == "squared" else "L2 norm"
    assert f"{words} of the gradient with respect to the one-hot input, as a share" in " ".join(
        picture.words().split()
    )


def test_the_article_s_comparison_is_turned_round_and_the_page_says_so(opened):
    """0.34 against 0.06 by row maximum of the square, 0.25 against 0.29 by share of the norm."""
    data = {name: distill.published(short) for name, short in distill.MODELS.items()}
    picture = opened(rv.from_rows(data, measure="norm", position=AT))
    said = picture.root.locator(".rnnviz-remark")
    assert said.text_content() == (
        "“as published” would turn this round: there GRU leans more on “advanced” "
        "(mean colour 0.34 to 0.06), by share LSTM (29 % to 25 %)"
    )
    picture.controls().get_by_role("radio", name="as published").click()
    assert said.text_content() == (
        "this scale shows GRU leaning more on “advanced” (mean colour 0.34 to 0.06); "
        "by share it is LSTM (29 % to 25 %)"
    )


def test_a_target_of_which_nothing_is_known(opened):
    widget = rv.from_rows(distill.published("gru"), names=["GRU"])
    c = widget.connectivity()
    picture = opened(widget)
    widget.close()
    # The first is the space before "context".
    for s in (0, int(np.flatnonzero(c.target_ranks == 0)[-1])):
        assert c.target_ranks[s] == 0
        picture.hover("GRU", s)
        *best, explained = picture.chips("GRU")
        assert [chip["name"] for chip in best] == [name for name, _ in c.predictions[s]]
        assert (explained["name"], explained["apart"]) == (c.targets[s], True)
        assert explained["value"] == "– · not in the best 3"  # noqa: RUF001
        check_colours(picture, "GRU", c.scores[s], s)


def test_heat_of_textualheatmap(opened):
    data = [
        {"token": "a", "meta": ["x", "y"], "heat": [1, 0, 0.5]},
        {"token": " ", "format": True},
        {"token": "b", "meta": [], "heat": [0.25, 1, 0.25]},
        {"token": "c", "meta": ["", "z"], "heat": [0.5, 0.25, 0.25]},
    ]
    widget = rv.from_rows(data, names=["BERT"], position=2)
    picture = opened(widget)
    widget.close()
    for at, row, said in (
        (3, [0.5, 0, 0.25, 0.25], ["z"]),
        (0, [1, 0, 0, 0.5], ["x", "y"]),
        (2, [0.25, 0, 1, 0.25], []),
    ):
        picture.hover("BERT", at)
        chips = picture.chips("BERT")
        assert [(chip["name"], chip["value"], chip["target"]) for chip in chips] == [
            (name, "–", False)  # noqa: RUF001
            for name in said
        ]
        cap, bar = picture.legend()
        spans = picture.spans("BERT")
        assert [span.text for span in spans] == list("a bc")
        assert not any(span.future or span.hatched for span in spans)
        for span, share in zip(spans, np.array(row) / sum(row), strict=True):
            painted = bar[0] if span.background is None else span.background
            assert distance(painted, expected(share, cap, bar)) <= NEAR
        check_selection(picture, "BERT", at)
    assert "explains" not in picture.words()
    assert "the author's own number, as a share of its sum over the whole row" in " ".join(
        picture.words().split()
    )
