"""Rows on demand, the rest in the background, nothing twice, failures in words."""

import numpy as np
import pytest
import torch
from explorer.two_models import TEXT, models
from explorer.watched_fill import held_up, watch
from small import LETTERS, Recurrent, recurrent, seeded

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource, fill
from rnnviz_widget.scene.rows import Failure


class Raises(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        if g[:, 5:].any():
            raise ArithmeticError("no gradient beyond 5")
        return g


class Failing(Recurrent):
    def forward(self, ids):
        hidden, state = self.cell(self.embedding(ids))
        return Raises.apply(self.head(hidden)), state


def test_rows_are_those_of_connectivity(explorer):
    full = {name: rv.connectivity(m, TEXT).scores for name, m in explorer.models.items()}
    for position in (0, 7, len(TEXT) - 1):
        answers = explorer.rows_at(position)
        for facet, (s, row) in zip(explorer.caches, answers, strict=True):
            assert s == position
            np.testing.assert_allclose(row, full[facet.name][s, : s + 1], rtol=1e-5)


def test_the_fill_computes_every_row_once_and_says_so(explorer):
    counts = watch(explorer)
    published, progress = [], []
    explorer.listener.on_rows = lambda epoch, complete: published.append((epoch, complete))
    explorer.listener.on_progress = lambda _, p: progress.append(p)
    explorer.rows_at(9)
    explorer.fill()
    explorer.fill()
    assert explorer.join(timeout=60)
    assert {name: sorted(rows) for name, rows in counts.items()} == {
        name: list(range(len(TEXT))) for name in ("GRU", "LSTM")
    }
    assert published[-1] == (1, True)
    assert (progress[-1].done, progress[-1].total, progress[-1].state) == (54, 54, "done")
    explorer.fill()
    assert explorer.join(timeout=60)
    assert len(counts["GRU"]) == len(TEXT)


def test_the_fill_goes_from_the_hover_outwards(explorer):
    counts = watch(explorer)
    explorer.rows_at(12)
    explorer.fill()
    assert explorer.join(timeout=60)
    distances = np.abs(np.array(counts["GRU"]) - 12)
    assert (np.diff(distances) >= 0).all()


def test_a_hover_comes_between_two_parts_of_the_fill():
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, TEXT))
    facet = explorer.caches[0]
    inside, go_on = held_up(facet, 5)
    explorer.fill()
    assert inside.wait(10)
    ((_, row),) = explorer.rows_at(20)
    np.testing.assert_allclose(row, facet.reading.rows([20])[0, :21], rtol=1e-5)
    assert list(facet.rows) == [20]
    go_on.set()
    assert explorer.join(timeout=20)
    assert len(facet.rows) == len(TEXT)
    assert facet.rows[20] is row
    explorer.close()


def test_a_failing_model_says_so_and_the_others_go_on():
    failing = rv.SequenceModel(seeded(Failing), LETTERS)
    explorer = Explorer(ModelSource({**models(), "Bad": failing}, TEXT))
    (_, good), _, (_, bad) = explorer.rows_at(10)
    assert isinstance(good, np.ndarray)
    assert bad == Failure("ArithmeticError: no gradient beyond 5")
    assert isinstance(explorer.rows_at(3)[2][1], np.ndarray)
    progress = []
    explorer.listener.on_progress = lambda _, p: progress.append(p)
    explorer.fill()
    assert explorer.join(timeout=60)
    assert progress[-1].state == "stopped"
    assert progress[-1].message == "Bad: ArithmeticError: no gradient beyond 5"
    assert len(explorer.caches[0].rows) == len(TEXT)


def test_refresh_reads_the_new_weights_in_a_new_epoch():
    module = recurrent("gru")
    explorer = Explorer(ModelSource({"GRU": rv.SequenceModel(module, LETTERS)}, TEXT, target="e"))
    _, before = explorer.rows_at(8)[0]
    with torch.no_grad():
        module.head.weight.mul_(2)
    np.testing.assert_array_equal(explorer.rows_at(8)[0][1], before)
    explorer.changes.refresh()
    np.testing.assert_allclose(explorer.rows_at(8)[0][1], 2 * before, rtol=1e-5)
    assert explorer.epoch == 2


def test_a_refresh_that_fails_leaves_what_was_there():
    module = recurrent("gru")
    explorer = Explorer(ModelSource({"GRU": rv.SequenceModel(module, LETTERS)}, TEXT))
    _, before = explorer.rows_at(8)[0]
    with torch.no_grad():
        module.head.bias.fill_(float("nan"))
    with pytest.raises(FloatingPointError):
        explorer.changes.refresh()
    assert explorer.epoch == 1
    np.testing.assert_array_equal(explorer.rows_at(8)[0][1], before)


def test_the_fill_keeps_within_its_limit(monkeypatch):
    monkeypatch.setattr(fill, "FILL_LIMIT", 300)
    explorer = Explorer(ModelSource(models(), TEXT))
    progress = []
    explorer.listener.on_progress = lambda _, p: progress.append(p)
    explorer.rows_at(20)
    explorer.fill()
    assert explorer.join(timeout=60)
    kept = sorted(explorer.caches[0].rows)
    assert kept == list(range(kept[0], kept[-1] + 1))
    assert kept[0] <= 20 <= kept[-1]
    assert sum(len(r) for f in explorer.caches for r in f.rows.values()) <= 300 * 1.6
    assert progress[-1].state == "done"
    assert "rows are kept in the page; the others are computed on hover" in progress[-1].message


def test_the_newest_fill_goes_first():
    first, second = Explorer(ModelSource(models(), TEXT)), Explorer(ModelSource(models(), TEXT))
    order = []
    for name, explorer in (("first", first), ("second", second)):
        explorer.listener.on_rows = lambda *_, name=name: order.append(name)
    inside, go_on = held_up(first.caches[0], 3)
    first.fill()
    assert inside.wait(20)
    second.fill()
    go_on.set()
    assert second.join(timeout=60)
    assert first.join(timeout=60)
    assert sorted(order, reverse=True) == order


def test_closing_stops_the_fill(explorer):
    explorer.fill()
    explorer.close()
    assert explorer.join(timeout=20)
    assert explorer.caches == []
