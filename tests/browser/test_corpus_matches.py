"""Matches in a corpus: searched from the page, gone to, come back from, and saved with the page."""

import pytest
from browser.picture import Picture
from browser.toys import TEXT, both
from playwright.sync_api import expect

from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.thresholds import quantile_thresholds

pytestmark = pytest.mark.browser

AT = 20
TEXTS = [
    *(" ".join(text.split()) for text in (TEXT[::-1], f"{TEXT[5:]} again")),
    *("a text of which other places are like those", "the end"),
]


def hidden_states(*texts):
    model = both()["GRU"]
    return TextStates.of(*(model.states(text)[0, "hidden"] for text in texts))


def a_selection():
    """Characters of the text with units that are on by the corpus's quantiles, and the matches."""
    corpus = hidden_states(*TEXTS)
    thresholds = quantile_thresholds(corpus)
    on, own = OnBits.of(corpus, thresholds), OnBits.of(hidden_states(TEXT), thresholds)
    spans = [(start, start + 2) for start in range(len(TEXT) - 2)]
    start, stop = next(span for span in spans if len(select_units(own, *span)) > 1)
    return start, stop, find_matches(on, select_units(own, start, stop), limit=12)


def test_a_corpus_is_searched_visited_left_and_saved(notebook, lab, visit):
    (lab.root / "corpus.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    picture = notebook.show(
        f'w = rv.explore(toys.both(), toys.TEXT, position={AT}, corpus="corpus.txt")\nw', shown=AT
    )
    picture.await_filled()
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    start, stop, found = a_selection()
    notebook.tell(f"w.brush = ({start}, {stop})")
    facet = picture.facet("GRU")
    words = facet.locator(".rnnviz-unit-matches-words")
    expect(words).to_contain_text("other places")
    picture.root.get_by_role("radio", name="the corpus").click()
    expect(words).to_contain_text(f"best of {found.compared:,} places of corpus.txt")
    matches = facet.locator(".rnnviz-unit-matches .rnnviz-place-line")
    expect(matches).to_have_count(len(found.places))
    best = found.places[0]
    place = TEXTS[best.text][best.start : best.stop]
    expect(matches.first.locator("strong")).to_have_text(place)
    notebook.await_value("w.selection.corpus", True)
    notebook.await_value("len(w.matches) > 0", True)
    matches.first.click()
    notebook.await_value("w.text", TEXTS[best.text])
    notebook.await_value("[w.pinned, *w.brush]", [best.stop - 1, best.start, best.stop])
    back = picture.root.get_by_role("button", name="back to").first
    expect(back).to_contain_text(TEXT[:20])
    # What was found stays, to go to the next.
    expect(matches).to_have_count(len(found.places))
    notebook.tell('w.save_html("corpus.html")')
    back.click()
    notebook.await_value("w.text", TEXT)
    expect(back).to_be_hidden()
    expect(matches).to_have_count(len(found.places))
    notebook.await_value("list(w.brush)", [start, stop])
    # Python selects, and the page shows it.
    notebook.tell(f"w.selection = rv.Selection({start}, {stop}, threshold=0.1)")
    expect(picture.root.get_by_role("radio", name="LSTMVis")).to_be_checked()
    expect(words).to_contain_text("at least 0.1")
    notebook.tell("w.selection = None")
    expect(words).to_be_hidden()
    address = (lab.root / "corpus.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_shown(best.stop - 1)
    expect(saved.facet("GRU").locator(".rnnviz-unit-matches .rnnviz-place-line")).to_have_count(
        len(found.places)
    )
    expect(
        saved.facet("GRU").locator(".rnnviz-unit-matches .rnnviz-place-line").first
    ).to_be_disabled()
    expect(saved.root.get_by_role("button", name="back to")).to_be_hidden()


WIDE = """
from torch import nn
class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.cell = nn.RNN(8, 2000, batch_first=True)
        self.head = nn.Linear(2000, 27)
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])
m = rv.SequenceModel(Wide(), " abcdefghijklmnopqrstuvwxyz", name="wide")
w = rv.explore(m, "a long text of many words " * 12, position=300)
w"""


def test_a_long_saved_text_has_what_was_shown_not_the_last_window_alone(notebook, lab, visit):
    picture = notebook.show(WIDE, shown=300)
    picture.text("wide").focus()
    picture.page.keyboard.press("i")
    strongest = chips(picture)
    expect(strongest.first).to_contain_text("unit")
    first = strongest.all_text_contents()
    # The kernel sends windows of 256 steps of so many units; the strip shows the first.
    notebook.tell("w.position = 5")
    expect(picture.facet("wide").locator(".rnnviz-unit-chips-words")).to_contain_text("character 6")
    expect(strongest.first).to_contain_text("unit")
    near = strongest.all_text_contents()
    notebook.tell('w.save_html("long.html")')
    address = (lab.root / "long.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_shown(5)
    expect(chips(saved)).to_have_text(near)
    saved.hover("wide", 300)
    expect(chips(saved)).to_have_text(first)


def chips(picture):
    return picture.facet("wide").locator(".rnnviz-unit-chip:visible")
