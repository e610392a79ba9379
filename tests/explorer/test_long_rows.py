"""Long rows in part, the rest of them in the background, and what is kept."""

import threading

import numpy as np
import pytest
from explorer.two_models import TEXT, models
from explorer.watched_fill import held_up, watch

from rnnviz_widget.explorer import Explorer, ModelSource, epoch, fill
from rnnviz_widget.explorer import explorer as rooms
from rnnviz_widget.scene.rows import Part

LONG = TEXT * 12


@pytest.fixture
def impatient(monkeypatch):
    """Answers with what there is after the first stretch of each row."""
    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)


def test_a_long_row_comes_in_part_and_is_finished_behind(impatient):
    explorer = Explorer(ModelSource(models(), LONG))
    inside, go_on = held_up(explorer.caches[0], 2)
    explorer.fill()
    assert inside.wait(10)
    whole = threading.Event()
    answers = []

    def more(epoch, position, answer):
        answers.append((epoch, position, answer))
        if not any(isinstance(outcome, Part) for _, outcome in answer):
            whole.set()

    explorer.listener.on_answer = more
    s = len(LONG) - 1
    for facet, (row, part) in zip(explorer.caches, explorer.rows_at(s), strict=True):
        assert (row, part.start) == (s, s - 15)
        exact = facet.reading.rows([s])[0]
        np.testing.assert_allclose(part.scores, exact[part.start :], rtol=1e-4)
    go_on.set()
    assert whole.wait(20)
    assert answers[-1][:2] == (1, s)
    for facet, (_, row) in zip(explorer.caches, answers[-1][2], strict=True):
        exact = facet.reading.rows([s])[0]
        np.testing.assert_allclose(row, exact, rtol=1e-4, atol=1e-6 * exact.max())
    explorer.close()
    assert explorer.join(timeout=20)


def test_the_first_row_after_a_change_has_no_more_time_than_the_change_left(monkeypatch):
    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 60.0)
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, LONG))
    explorer.background.displayed = True
    explorer.background.go_on = lambda: None  # nobody finishes rows
    monkeypatch.setattr(rooms, "_SHOW_WITHIN", 0.0)
    explorer.changes.read(LONG + "s")
    ((s, part),) = explorer.rows_at(len(LONG), changed=True)
    assert (s, part.start) == (len(LONG), len(LONG) - 15)
    # A hover has its own time, and so has the row after a change that took none.
    assert len(explorer.rows_at(len(LONG))[0][1]) == len(LONG) + 1
    monkeypatch.setattr(rooms, "_SHOW_WITHIN", 60.0)
    explorer.changes.read(LONG + "so")
    ((s, row),) = explorer.rows_at(len(LONG) + 1, changed=True)
    exact = explorer.caches[0].reading.rows([s])[0]
    np.testing.assert_allclose(row, exact, rtol=1e-4, atol=1e-6 * exact.max())


def test_a_pointer_that_moves_on_leaves_its_row_and_finds_it_again(impatient):
    explorer = Explorer(ModelSource({"GRU": models()["GRU"]}, LONG))
    facet = explorer.caches[0]
    asked = watch(explorer)["GRU"]
    explorer.background.displayed = True
    explorer.background.go_on = lambda: None  # nobody finishes rows
    assert explorer.rows_at(300)[0][1].start == 285
    assert explorer.rows_at(200)[0][1].start == 185
    assert explorer.rows_at(300)[0][1].start == 253
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
    inside, go_on = held_up(second.caches[0], 1)
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
    made = fill.Fill(explorer.caches, lambda: 0)
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
    facet = explorer.caches[0]
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
    for facet, truth in zip(loose.caches, exact.caches, strict=True):
        errors = [np.abs(facet.rows[s] - row).max() / row.max() for s, row in truth.rows.items()]
        assert 0 < max(errors) < 1e-3


def test_all_scores_are_the_rows_that_are_there(explorer):
    computed = explorer.connectivity()
    explorer.fill()
    assert explorer.join(timeout=60)
    for facet in explorer.caches:
        facet.rows[3] = facet.rows[3] * 2
    for before, after in zip(computed, explorer.connectivity(), strict=True):
        wanted = before.scores.copy()
        wanted[3] *= 2
        np.testing.assert_allclose(after.scores, wanted, rtol=1e-5)
        assert after.accuracy == before.accuracy
