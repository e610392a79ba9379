"""Rows on demand, the rest in the background, nothing twice, failures in words."""

import threading

import numpy as np
import pytest
import torch
from small import LETTERS, Recurrent, recurrent, seeded

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource, epoch, fill
from rnnviz_widget.explorer import explorer as rooms
from rnnviz_widget.reading import Question
from rnnviz_widget.scene.rows import Failure, Part

TEXT = "a text that two models read"


def models(**more):
    return {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
        **more,
    }


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


@pytest.fixture
def explorer():
    explorer = Explorer(ModelSource(models(), TEXT))
    yield explorer
    explorer.close()
    assert explorer.join(timeout=20)


def watch(explorer):
    """The rows asked of each facet's engine, by facet: alone, or by the fill."""
    counts = {}
    for facet in explorer.facets:
        pieces, fill, seen = facet.reading.pieces, facet.reading.fill, []
        counts[facet.name] = seen

        def one(s, pieces=pieces, seen=seen):
            seen.append(s)
            return pieces(s)

        def many(rows, fill=fill, seen=seen, **more):
            seen.extend(rows)
            return fill(rows, **more)

        facet.reading.pieces, facet.reading.fill = one, many
    return counts


def test_rows_are_those_of_connectivity(explorer):
    full = {name: rv.connectivity(m, TEXT).scores for name, m in explorer.models.items()}
    for position in (0, 7, len(TEXT) - 1):
        answers = explorer.rows_at(position)
        for facet, (s, row) in zip(explorer.facets, answers, strict=True):
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


def held_up(facet, parts):
    """Lets a facet's fill do so many parts, then wait: what says so, and what lets it go on."""
    inside, go_on = threading.Event(), threading.Event()
    original = facet.reading.fill

    def fill(rows, **more):
        for number, part in enumerate(original(rows, **more)):
            if number == parts:
                inside.set()
                go_on.wait(20)
            yield part

    facet.reading.fill = fill
    return inside, go_on


def test_a_hover_comes_between_two_parts_of_the_fill():
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, TEXT))
    facet = explorer.facets[0]
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
    explorer = Explorer(ModelSource(models(Bad=failing), TEXT))
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
    assert len(explorer.facets[0].rows) == len(TEXT)


def test_refresh_reads_the_new_weights_in_a_new_epoch():
    module = recurrent("gru")
    explorer = Explorer(
        ModelSource({"GRU": rv.SequenceModel(module, LETTERS)}, TEXT, Question("e"))
    )
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
    kept = sorted(explorer.facets[0].rows)
    assert kept == list(range(kept[0], kept[-1] + 1))
    assert kept[0] <= 20 <= kept[-1]
    assert sum(len(r) for f in explorer.facets for r in f.rows.values()) <= 300 * 1.6
    assert progress[-1].state == "done"
    assert "rows are kept in the page; the others are read on hover" in progress[-1].message


def test_the_newest_fill_goes_first():
    first, second = Explorer(ModelSource(models(), TEXT)), Explorer(ModelSource(models(), TEXT))
    order = []
    for name, explorer in (("first", first), ("second", second)):
        explorer.listener.on_rows = lambda *_, name=name: order.append(name)
    inside, go_on = held_up(first.facets[0], 3)
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
    assert explorer.facets == []


LONG = TEXT * 12


@pytest.fixture
def impatient(monkeypatch):
    """Answers with what there is after the first stretch of each row."""
    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)


def test_a_long_row_comes_in_part_and_is_finished_behind(impatient):
    explorer = Explorer(ModelSource(models(), LONG))
    inside, go_on = held_up(explorer.facets[0], 2)
    explorer.fill()
    assert inside.wait(10)
    whole = threading.Event()
    told = []

    def more(epoch, position, answer):
        told.append((epoch, position, answer))
        if not any(isinstance(outcome, Part) for _, outcome in answer):
            whole.set()

    explorer.listener.on_answer = more
    s = len(LONG) - 1
    for facet, (row, part) in zip(explorer.facets, explorer.rows_at(s), strict=True):
        assert (row, part.start) == (s, s - 31)
        exact = facet.reading.rows([s])[0]
        np.testing.assert_allclose(part.scores, exact[part.start :], rtol=1e-4)
    go_on.set()
    assert whole.wait(20)
    assert told[-1][:2] == (1, s)
    for facet, (_, row) in zip(explorer.facets, told[-1][2], strict=True):
        exact = facet.reading.rows([s])[0]
        np.testing.assert_allclose(row, exact, rtol=1e-4, atol=1e-6 * exact.max())
    explorer.close()
    assert explorer.join(timeout=20)


def test_a_pointer_that_moves_on_leaves_its_row_and_finds_it_again(impatient):
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, LONG))
    facet = explorer.facets[0]
    asked = watch(explorer)["GRU"]
    explorer.background.displayed = True
    explorer.background.go_on = lambda: None  # nobody finishes rows
    assert explorer.rows_at(300)[0][1].start == 269
    assert explorer.rows_at(200)[0][1].start == 169
    assert explorer.rows_at(300)[0][1].start == 205
    assert asked == [300, 200]
    assert explorer.background.hovered.position == 300
    explorer.background.displayed = False
    row = explorer.rows_at(300)[0][1]
    assert len(row) == 301
    assert explorer.background.hovered is None
    assert asked == [300, 200]
    assert list(facet.rows) == [300]


def test_a_row_that_is_not_displayed_comes_whole(impatient):
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, LONG))
    assert len(explorer.rows_at(300)[0][1]) == 301


def test_hovered_rows_go_before_the_fill_of_another_explorer(impatient):
    first = Explorer(ModelSource({"GRU": models()["GRU"]}, LONG))
    second = Explorer(ModelSource(models(), TEXT))
    inside, go_on = held_up(second.facets[0], 1)
    first.fill()
    second.fill()
    assert inside.wait(10)
    whole = threading.Event()
    first.listener.on_answer = lambda _, position, answer: (
        (position, len(answer[0][1])) == (320, 321) and whole.set()
    )
    assert isinstance(first.rows_at(320)[0][1], Part)
    assert whole.wait(20)
    go_on.set()
    for explorer in (first, second):
        explorer.close()
        assert explorer.join(timeout=20)


def test_progress_grows_within_one_sweep():
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, LONG))
    made = fill.Fill(explorer.facets, lambda: 0)
    done = [made.progress().done]
    while made.advance():
        done.append(made.progress().done)
    assert done == sorted(done)
    assert len(set(done)) > 8
    assert (done[0], done[-1]) == (0, len(LONG))
    assert made.summary().state == "done"


def test_rows_kept_stay_within_their_limit(monkeypatch):
    monkeypatch.setattr(epoch, "KEPT_LIMIT", 100)
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, TEXT))
    facet = explorer.facets[0]
    for s in range(len(TEXT)):
        explorer.rows_at(s)
        assert sum(map(len, facet.rows.values())) <= 100
    assert list(facet.rows) == [24, 25, 26]


def test_the_fill_of_a_long_text_is_as_exact_as_it_says():
    loose = Explorer(ModelSource(models(), LONG, tolerance=1e-3))
    exact = Explorer(ModelSource(models(), LONG, tolerance=0))
    for explorer in (loose, exact):
        explorer.fill()
        assert explorer.join(timeout=60)
    for facet, truth in zip(loose.facets, exact.facets, strict=True):
        errors = [np.abs(facet.rows[s] - row).max() / row.max() for s, row in truth.rows.items()]
        assert 0 < max(errors) < 1e-3


def test_all_scores_are_the_rows_that_are_there(explorer):
    computed = explorer.connectivity()
    explorer.fill()
    assert explorer.join(timeout=60)
    for facet in explorer.facets:
        facet.rows[3] = facet.rows[3] * 2
    for before, after in zip(computed, explorer.connectivity(), strict=True):
        wanted = before.scores.copy()
        wanted[3] *= 2
        np.testing.assert_allclose(after.scores, wanted, rtol=1e-5)
        assert after.accuracy == before.accuracy
