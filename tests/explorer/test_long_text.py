"""Long texts: rows on hover only, logits part by part, and what would not fit is refused."""

import copy

import numpy as np
import pytest
from small import LETTERS, Written, oracle, recurrent, worst
from torch import nn
from widgets import await_fill, begin_fill, explorer_of, filled, page_of, rows_of

import rnnviz_widget as rv
from rnnviz_widget.engines.autograd import memory_limit
from rnnviz_widget.engines.module import forward_passes
from rnnviz_widget.explorer import fill
from rnnviz_widget.reading import checks, target_statistics

TEXT = "a text that is long enough to be called so here"


@pytest.fixture
def _short_of_room(monkeypatch):
    """As of a text of millions of logits."""
    monkeypatch.setattr(forward_passes, "LOGITS_AT_ONCE", 27 * 20)


class Normed(nn.Module):
    """More than a linear layer comes after the recurrent one."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = nn.GRU(5, 12, batch_first=True)
        self.norm = nn.LayerNorm(12)
        self.head = nn.Linear(12, 27)

    def forward(self, ids):
        return self.head(self.norm(self.cell(self.embedding(ids))[0]))


class Attending(nn.Module):
    """Keeps a number for each pair of tokens."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.head = nn.Linear(8, 27)

    def forward(self, ids):
        x = self.embedding(ids)
        return self.head((x @ x.mT).softmax(-1) @ x)


class Doubled(nn.Module):
    """Its logits are not what its linear layer gives."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = nn.GRU(5, 12, batch_first=True)
        self.head = nn.Linear(12, 27)

    def forward(self, ids):
        return 2 * self.head(self.cell(self.embedding(ids))[0])


def read(module, target=rv.TOP):
    return rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target=target)


@pytest.mark.parametrize("make", [recurrent, Written, Normed, Doubled])
def test_part_by_part_all_is_as_at_once(make, monkeypatch):
    module = make()
    right = read(copy.deepcopy(module))
    monkeypatch.setattr(forward_passes, "LOGITS_AT_ONCE", 27 * 20)
    monkeypatch.setattr(target_statistics, "OUTPUTS_AT_ONCE", 7)
    monkeypatch.setattr(target_statistics, "_PART", 27 * 3)
    found = read(module)
    assert found.targets == right.targets
    np.testing.assert_allclose(found.target_probabilities, right.target_probabilities, rtol=1e-5)
    assert np.array_equal(found.target_ranks, right.target_ranks)
    for ours, theirs in zip(found.predictions, right.predictions, strict=True):
        assert [name for name, _ in ours] == [name for name, _ in theirs]
    assert worst(found.scores, right.scores) < 1e-4


@pytest.mark.usefixtures("_short_of_room")
@pytest.mark.parametrize("engine", ["sweep", "autograd"])
def test_scores_are_those_of_float64_autograd(engine):
    module = recurrent()
    c = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="e", engine=engine)
    ids = [LETTERS.index(letter) for letter in TEXT]
    truth = oracle(module, ids, [LETTERS.index("e")] * len(ids), "norm")
    assert worst(c.scores, truth) < 1e-4
    assert c.engine == engine


@pytest.mark.usefixtures("_short_of_room")
def test_the_logits_of_the_whole_text_are_never_there_at_once(monkeypatch):
    model = rv.SequenceModel(recurrent(), LETTERS)
    sizes = []
    linear = nn.functional.linear

    def watched(read, weight, bias=None):
        made = linear(read, weight, bias)
        if weight.shape[0] == 27:
            sizes.append(made.numel())
        return made

    monkeypatch.setattr(nn.functional, "linear", watched)
    monkeypatch.setattr(target_statistics, "OUTPUTS_AT_ONCE", 7)
    widget = rv.explore(model, TEXT)
    widget.position = 5
    widget.target = "e"
    assert sizes
    assert max(sizes) <= 27 * 16
    widget.close()


@pytest.mark.parametrize("make", [recurrent, Written])
def test_a_long_text_is_read_on_hover_only(make, monkeypatch):
    monkeypatch.setattr(fill, "ON_DEMAND_FROM", len(TEXT))
    module = make()
    widget = rv.explore(rv.SequenceModel(module, LETTERS), TEXT, target="e")
    page = page_of(widget)
    filled(widget)
    assert page.status["state"] == "done"
    assert "computed on hover only" in page.status["message"]
    assert f"{len(TEXT):,} tokens" in page.status["message"]
    facet = explorer_of(widget).caches[0]
    assert len(facet.rows) == 1
    widget.position = 20
    await_fill(widget)
    assert set(facet.rows) == {len(TEXT) - 1, 20}
    right = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="e").scores
    assert np.abs(facet.rows[20] - right[20, :21]).max() <= 1e-4 * right[20].max()
    widget.text = TEXT[:-1]
    begin_fill(widget)
    await_fill(widget)
    assert len(rows_of(widget)) == len(TEXT) - 1
    widget.close()


def test_who_bakes_a_long_text_gets_the_rows_there_is_room_for(monkeypatch):
    monkeypatch.setattr(fill, "ON_DEMAND_FROM", 10)
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), TEXT)
    filled(widget)
    baked = widget.bake()
    assert baked.rows == baked.of == len(TEXT)
    widget.close()


def test_ready_made_rows_are_there_however_long_the_text(monkeypatch):
    monkeypatch.setattr(fill, "ON_DEMAND_FROM", 2)
    widget = rv.from_rows(("abc", [[1], [2, 3], [4, 5, 6]]))
    filled(widget)
    assert len(rows_of(widget)) == 3
    widget.close()


def test_a_matrix_that_would_not_fit_is_refused_with_its_size(monkeypatch):
    model = rv.SequenceModel(recurrent(), LETTERS)
    monkeypatch.setattr(checks, "MATRIX_LIMIT", len(TEXT) ** 2 - 1)
    said = rf"{len(TEXT):,} outputs and {len(TEXT):,} inputs have {len(TEXT) ** 2:,} scores, about"
    with pytest.raises(ValueError, match=said):
        rv.connectivity(model, TEXT)
    widget = rv.explore(model, TEXT)
    with pytest.raises(ValueError, match=r"hover over this one with rv.explore"):
        widget.connectivity()
    assert explorer_of(widget).rows_at(4)[0][1].shape == (5,)
    assert rv.connectivity(model, TEXT[1:]).scores.shape == (len(TEXT) - 1,) * 2
    with pytest.raises(ValueError, match="scores, about"):
        rv.evaluate(model, [TEXT], start=2, progress=False)
    assert rv.evaluate(model, [TEXT], memory=False, progress=False).accuracy(1).value >= 0
    widget.close()


@pytest.fixture
def _little_room(monkeypatch):
    monkeypatch.setattr(memory_limit, "_LONG", 40)
    monkeypatch.setattr(memory_limit, "_BEGINNINGS", (8, 16))


@pytest.mark.usefixtures("_little_room")
def test_what_a_module_would_keep_is_estimated_before_a_long_text_is_read(monkeypatch):
    model = rv.SequenceModel(Attending(), LETTERS)
    rv.connectivity(model, TEXT)
    # The weights after the softmax alone are a number for each pair of tokens.
    pairs = 4 * len(TEXT) ** 2
    monkeypatch.setattr(memory_limit, "LIMIT", pairs)
    with pytest.raises(ValueError, match=r"would keep about .* of intermediate results"):
        rv.explore(model, TEXT)
    monkeypatch.setattr(memory_limit, "LIMIT", 20 * pairs)
    rv.explore(model, TEXT).close()


@pytest.mark.usefixtures("_little_room")
def test_logits_that_only_come_all_at_once_are_refused_where_they_would_not_fit(monkeypatch):
    monkeypatch.setattr(memory_limit, "LIMIT", 4 * 27 * len(TEXT) - 1)
    with pytest.raises(ValueError, match="no linear layer is known that makes them"):
        rv.explore(rv.SequenceModel(Doubled(), LETTERS), TEXT)


def test_a_text_that_can_not_be_read_leaves_the_one_that_is_shown(monkeypatch):
    widget = rv.explore(rv.SequenceModel(Doubled(), LETTERS), TEXT[:20])
    page = page_of(widget)
    monkeypatch.setattr(memory_limit, "_LONG", 40)
    monkeypatch.setattr(memory_limit, "LIMIT", 4 * 27 * 40)
    page.ask("text", text=TEXT, position=3)
    assert "Read a text of at most about 40 tokens" in page.refused["message"]
    assert widget.text == TEXT[:20]
    widget.close()


def test_a_really_long_text_is_opened_and_hovered():
    text = (TEXT + " ") * 250
    module = recurrent()
    widget = rv.explore(rv.SequenceModel(module, LETTERS), text, target="e")
    page = page_of(widget)
    filled(widget)
    assert len(text) == 12_000
    assert "computed on hover only" in page.status["message"]
    widget.position = 300
    await_fill(widget)
    row = rows_of(widget)[300]
    ids = [LETTERS.index(letter) for letter in text[:301]]
    truth = oracle(module, ids, [LETTERS.index("e")] * 301, "norm")[300]
    assert np.abs(row - truth).max() <= 1e-4 * truth.max()
    assert page.answer["position"] == 300
    widget.close()
