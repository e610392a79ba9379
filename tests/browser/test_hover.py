"""A real mouse over a real page: colours, chips and words are what the kernel computed."""

import io
from collections import Counter

import pytest
from browser import toys
from browser.checks import check_colours, check_facet, shares_of
from browser.colours import distance
from PIL import Image

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

LAST = len(toys.TEXT) - 1
SHOW = "w = rv.explore(toys.both(), toys.TEXT)\nw"
# Where the row was asked for that the kernel has answered with last.
ANSWERED = "w.get_state('_answer')['_answer']['position']"


@pytest.fixture(scope="module")
def numbers():
    return {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}


def test_every_facet_shows_what_was_computed_for_the_character_hovered(notebook, numbers):
    picture = notebook.show(SHOW, LAST)
    assert picture.names == ["GRU", "LSTM"]
    for name, position in [("GRU", 31), ("LSTM", 13), ("GRU", 0), ("LSTM", LAST)]:
        picture.hover(name, position)
        for facet, c in numbers.items():
            check_facet(picture, facet, c, position)
    notebook.await_value("w.position", LAST)


def test_rows_filled_in_the_background_are_the_rows_that_a_hover_brings(notebook, numbers):
    picture = notebook.show(SHOW, LAST)
    picture.await_filled()
    answers = notebook.ask(ANSWERED)
    for position in (20, 40):
        picture.hover("LSTM", position)
        for facet, c in numbers.items():
            check_facet(picture, facet, c, position)
    notebook.await_value("w.position", 40)
    assert notebook.ask(ANSWERED) == answers, "rows at hand were asked for again"


def test_the_screen_shows_the_colours_that_the_styles_name(notebook):
    picture = notebook.show(SHOW, LAST)
    picture.hover("GRU", 31)
    picture.leave()
    spans = picture.spans("LSTM")
    for p in (29, 31):
        shot = Image.open(io.BytesIO(picture.span("LSTM", p).screenshot())).convert("RGB")
        (seen, _), *_ = Counter(shot.get_flattened_data()).most_common(1)
        assert distance(seen, spans[p].background) <= 2
    hatched = Image.open(io.BytesIO(picture.span("LSTM", 33).screenshot())).convert("RGB")
    assert len(set(hatched.get_flattened_data())) > 3, "the future looks like plain ground"


def test_full_colour_and_no_colour_are_both_to_be_seen(notebook):
    """Of a signed measure the sign shows too, and of a row of zeros nothing."""
    picture = notebook.show(
        "class Deaf(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.embedding = torch.nn.Embedding(len(toys.SYMBOLS), 4)\n"
        "        self.mix = torch.nn.Parameter(torch.ones(4, len(toys.SYMBOLS)))\n"
        "    def forward(self, ids):\n"
        "        heard = self.embedding(ids).cumsum(1)\n"
        "        heard = torch.where((ids == toys.SYMBOLS.index('D'))[..., None], 0, heard)\n"
        "        return heard @ self.mix\n"
        "torch.manual_seed(0)\n"
        "m = rv.SequenceModel(Deaf(), toys.SYMBOLS, name='deaf')\n"
        "w = rv.explore(m, 'A cat, a Dog.')\nw",
        12,
    )
    picture.hover("deaf", 9)
    assert [span.background for span in picture.spans("deaf")] == [None] * 13
    assert "no influence" in picture.words()
    check_colours(picture, "deaf", [0.0] * 13, 9)
    picture.hover("deaf", 8)
    cap, bar = picture.legend()
    assert [span.background for span in picture.spans("deaf")[:9]] == [bar[-1]] * 9
    assert cap == pytest.approx(1 / 9, rel=0.2)


def test_a_signed_measure_shows_both_signs(notebook):
    picture = notebook.show(
        "w = rv.explore(toys.lstm(), toys.TEXT, measure='grad_x_input')\nw", LAST
    )
    picture.hover("LSTM", 31)
    row = rv.connectivity(toys.lstm(), toys.TEXT, measure="grad_x_input").scores[31]
    shares = shares_of(row)
    cap, bar = picture.legend()
    middle = len(bar) // 2
    assert bar[0] != bar[-1]
    strong = [p for p in range(32) if shares[p] >= cap / 3]
    assert {row[p] > 0 for p in strong} == {True, False}, "the text has both signs to show"
    spans = picture.spans("LSTM")
    for p in strong:
        own, other = (bar[-1], bar[0]) if row[p] > 0 else (bar[0], bar[-1])
        assert distance(spans[p].background, own) < distance(spans[p].background, other)
        assert spans[p].background != bar[middle]


def test_a_text_and_classes_of_any_kind_are_text_and_nothing_else(notebook):
    name = "<b>A</b><img src=x onerror='window.hit=1'>"
    text = "<img src=x onerror=hit=1>\n</script><script>hit=1</script>"
    picture = notebook.show(
        f"names = ['<i>{{}}</i><img src=x onerror=\"window.hit=1\">'.format(i) for i in range(9)]\n"
        f"m = rv.SequenceModel(toys.module(torch.nn.GRU, 3, classes=9), toys.SYMBOLS, names)\n"
        f"w = rv.explore({{{name!r}: m}}, {text!r})\nw",
        len(text) - 1,
    )
    facet = picture.root.locator("[data-facet]")
    assert facet.get_attribute("data-facet") == name
    assert name in facet.inner_text()
    assert "".join(facet.locator("[data-p]").all_text_contents()) == text.replace("\n", "↵")
    facet.locator("[data-p='30']").hover()
    picture.await_shown(30)
    assert facet.locator("[data-target='true']").get_attribute("data-class").startswith("<i>")
    assert picture.root.locator("img, b, i, script").count() == 0
    assert picture.page.evaluate("window.hit") is None
