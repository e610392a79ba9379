"""Opening a large model: how many passes there are before the page is shown, and what it says."""

import contextlib

import numpy as np
import pytest
import torch
import traitlets
from passes import counted
from small import LETTERS, seeded
from torch import nn
from tqdm.notebook import tqdm_notebook
from widget.texts import TEXT
from widgets import await_fill, begin_fill, explorer_of, page_of

import rnnviz_widget as rv
from rnnviz_widget.engines.autograd import reads_search
from rnnviz_widget.explorer import reading_progress
from rnnviz_widget.explorer.fill import CHECKING
from rnnviz_widget.models import UnknownSymbolError
from rnnviz_widget.reading.notes import CORRECTED
from rnnviz_widget.widget import copy_aside, opening


class Attention(nn.Module):
    """One layer of attention; it looks back, and in texts of more than `ahead_from` ahead too."""

    def __init__(self, ahead_from=1000):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.places = nn.Embedding(200, 8)
        self.read = nn.Linear(8, 24)
        self.head = nn.Linear(8, 27)
        self.ahead_from = ahead_from

    def forward(self, ids):
        length = ids.shape[1]
        e = self.embedding(ids) + self.places(torch.arange(length))
        query, key, value = self.read(e).chunk(3, dim=-1)
        mask = torch.ones(length, length).tril().bool() | (length > self.ahead_from)
        weights = (query @ key.mT).masked_fill(~mask, -torch.inf).softmax(-1)
        return self.head(torch.tanh(e + weights @ value))


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """Small modules are treated as large ones are."""
    monkeypatch.setattr(reads_search, "PUT_OFF_FROM", 1)
    monkeypatch.setattr(reading_progress, "LONG", 1)


class Bar:
    """Stands for tqdm's, and remembers what it said."""

    bars: list["Bar"] = []

    def __init__(self, *, total, **_):
        self.total, self.n, self.said, self.closed = total, 0, [], False
        Bar.bars.append(self)

    def set_description_str(self, words):
        self.said.append(words)

    def update(self, more):
        self.n += more

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    monkeypatch.setattr(opening, "tqdm", Bar)
    Bar.bars = []
    return Bar.bars


def model_of(name="Transformer", **options):
    return rv.SequenceModel(seeded(Attention, **options), LETTERS, name=name)


@pytest.fixture
def opened(bars):
    made = []

    def explore(*models, **options):
        widget = rv.explore(list(models), TEXT, **options)
        widget.statuses = []
        widget.observe(lambda change: widget.statuses.append(change.new), "_status")
        made.append(widget)
        return widget

    yield explore
    for widget in made:
        widget.close()
        await_fill(widget, 20)


def words(widget):
    said = [each.get("message") for each in widget.statuses]
    return list(dict.fromkeys(filter(None, said)))


def test_one_pass_and_one_gradient_until_the_first_row_is_there(opened):
    with counted(Attention) as passes:
        model = model_of()
    # Loops are looked for in so many tokens when the model is made, and not again.
    assert passes.forward[-1] == (1, 16)
    with counted(Attention) as passes:
        widget = opened(model)
    assert (passes.forward, passes.gradients) == ([(1, len(TEXT))], 1)
    page = page_of(widget)
    assert page.scene["epoch"] == page.answer["epoch"] == 1
    assert "error" not in page.answer["facets"][0]


def test_then_it_is_said_what_is_checked_and_nothing_changes(opened):
    widget = opened(model_of())
    begin_fill(widget)
    await_fill(widget)
    assert words(widget)[0] == CHECKING.format(name="Transformer")
    first = widget.statuses[0]
    assert (first["state"], first["done"], first["total"]) == ("filling", 0, 100)
    page = page_of(widget)
    assert page.status["state"] == "done"
    assert page.scene["epoch"] == 1
    assert CORRECTED not in explorer_of(widget).caches[0].facet.notes
    alone = rv.connectivity(model_of(), TEXT)
    assert widget.connectivity().reads == alone.reads
    np.testing.assert_allclose(widget.connectivity().scores, alone.scores, atol=1e-6)


def test_what_was_assumed_wrongly_is_corrected_and_told(opened):
    widget = opened(model_of(ahead_from=8), position=5)
    assert explorer_of(widget).caches[0].facet.reads.causal
    begin_fill(widget)
    await_fill(widget)
    await_fill(widget)
    page = page_of(widget)
    assert page.scene["epoch"] == page.answer["epoch"] == page.rows["epoch"] == 2
    assert CORRECTED in explorer_of(widget).caches[0].facet.notes
    assert CORRECTED in str(page.scene)
    alone = rv.connectivity(model_of(ahead_from=8), TEXT)
    assert not alone.reads.causal
    assert widget.connectivity().reads == alone.reads
    np.testing.assert_allclose(widget.connectivity().scores, alone.scores, atol=1e-6)


@pytest.mark.parametrize("asked", ["connectivity", "bake", "to_latex", "shared"])
def test_what_leaves_the_page_is_never_assumed(opened, asked):
    widget = opened(model_of(ahead_from=8), position=5)
    getattr(widget, asked)()
    assert not explorer_of(widget).caches[0].facet.reads.causal
    assert page_of(widget).scene["epoch"] == 2


def test_what_is_found_out_for_a_copy_is_told_to_the_page_too(opened):
    widget = opened(model_of(ahead_from=8), position=5)
    copied = copy_aside(widget)
    for each in (widget, copied):
        assert not explorer_of(each).caches[0].facet.reads.causal
        assert CORRECTED in str(page_of(each).scene)
    assert page_of(widget).scene["epoch"] == 2
    copied.close()


def test_a_question_asked_meanwhile_is_corrected_too(opened):
    widget = opened(model_of(ahead_from=8), position=5)
    widget.target = "e"
    widget.measure = "occlusion"  # It asks what is read.
    assert not explorer_of(widget).caches[0].facet.reads.causal


def test_a_bar_in_the_cell_says_which_model_reads(opened, bars):
    opened(model_of("one"), model_of("two"))
    (bar,) = bars
    assert bar.said == [
        "one reads the text, model 1 of 2",
        "two reads the text, model 2 of 2",
        "explaining the character shown",
    ]
    assert (bar.n, bar.total, bar.closed) == (3, 3, True)


def test_an_error_is_raised_by_the_call_and_the_bar_is_removed(bars):
    with pytest.raises(UnknownSymbolError):
        rv.explore(model_of(), "UPPER")
    with pytest.raises(RuntimeError, match="failed"):
        rv.explore(model_of(), "a" * 201)
    assert [bar.closed for bar in bars] == [True, True]


@pytest.mark.parametrize("text", [TEXT, "a" * 201])
def test_nothing_of_the_bar_is_left_in_a_notebook(monkeypatch, text):
    made = []

    class Recorded(tqdm_notebook):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            made.append(self.container)

    monkeypatch.setattr(opening, "tqdm", Recorded)
    with contextlib.suppress(RuntimeError):
        rv.explore(model_of(), text).close()
    (container,) = made
    assert container.comm is None
    assert container.children[1].bar_style != "danger"


def test_the_page_says_that_another_text_is_read(opened):
    widget = opened(model_of("one"), model_of("two"))
    widget.text = "another text"
    assert words(widget)[:2] == [
        "one reads the text, model 1 of 2",
        "two reads the text, model 2 of 2",
    ]
    reading = widget.statuses[0]
    assert (reading["epoch"], reading["state"]) == (1, "filling")
    assert page_of(widget).status["epoch"] == 2
    # A text that can't be read leaves everything as it was, what is said too.
    before = page_of(widget).status
    with pytest.raises(traitlets.TraitError, match="does not know"):
        widget.text = "UPPER"
    assert page_of(widget).status == before


def test_small_models_say_nothing(opened, bars, monkeypatch):
    monkeypatch.setattr(reading_progress, "LONG", 5_000_000_000)
    monkeypatch.setattr(reads_search, "PUT_OFF_FROM", 1_000_000_000)
    widget = opened(model_of())
    widget.text = "another text"
    assert bars == []
    assert words(widget) == []
