"""Rows with random weights and of random classes, computed while hovers are answered."""

import queue

import numpy as np
import pytest
from explorer.two_models import OTHER, TEXT, models
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource, ReadySource
from rnnviz_widget.reading import ready_readings
from rnnviz_widget.reading.formats import read_tables
from rnnviz_widget.scene.rows import FailedRow, scores_of

WAIT = 30


@pytest.fixture
def heard(explorer):
    replies = queue.Queue()
    explorer.randomised.on_reply = replies.put
    yield replies
    explorer.randomised.end()
    assert explorer.randomised.join(WAIT)


def final(explorer, heard):
    """The last reply, once the thread has ended."""
    assert explorer.randomised.join(WAIT)
    found = [heard.get_nowait() for _ in range(heard.qsize())]
    return found[-1]


def near(row, scores):
    found = scores_of(row.outcome.scores, signed=False)
    return np.allclose(found, scores, atol=abs(scores).max() / 900)


def test_rows_and_correlations_are_those_of_python(explorer, heard):
    explorer.fill()
    assert explorer.join(WAIT)
    explorer.randomised.begin(20, serial=5)
    reply = final(explorer, heard)
    assert (reply.epoch, reply.position, reply.serial) == (1, 20, 5)
    for n, model in enumerate(models().values()):
        found = rv.randomised(model, TEXT)
        weights, classes = reply.weights[n], reply.classes[n]
        for what, row, c in [
            ("weights", weights, found.weights),
            ("class", classes, found.classes),
        ]:
            assert near(row, c.scores[20, :21])
            assert row.target.name == c.targets[20]
            assert row.target.probability == pytest.approx(c.target_probabilities[20], rel=1e-5)
            assert row.correlation == pytest.approx(found.correlations(what)[20], abs=1e-9)
            over = found.correlations(what, per_lag=True)[20]
            assert row.over_expected == pytest.approx(over, abs=1e-9)
            shares = [c.scores[s, s] / c.scores[s].sum() for s in range(len(TEXT))]
            assert row.expected[20] == pytest.approx(np.mean(shares), rel=1e-5)


def test_what_is_expected_is_told_once_all_rows_are_there(explorer, heard):
    explorer.randomised.begin(20)
    first = heard.get(timeout=WAIT)
    assert all(row.over_expected is None for row in first.weights)
    last = final(explorer, heard)
    # The model's own rows are not filled; those with random weights are.
    assert all(row.over_expected is None and len(row.expected) == 21 for row in last.weights)
    explorer.fill()
    assert explorer.join(WAIT)
    explorer.randomised.begin(20)
    assert all(row.over_expected is not None for row in final(explorer, heard).weights)


def test_only_the_newest_ask_is_answered(explorer, heard):
    for serial, position in enumerate([3, 9, 20]):
        explorer.randomised.begin(position, serial)
    reply = final(explorer, heard)
    assert (reply.serial, reply.position) == (2, 20)


def test_models_are_prepared_once_an_epoch(explorer, heard, monkeypatch):
    from rnnviz_widget.explorer import randomised_rows

    made = []
    real = randomised_rows.reinitialised
    monkeypatch.setattr(
        randomised_rows, "reinitialised", lambda network: made.append(1) or real(network)
    )
    for position in (20, 5):
        explorer.randomised.begin(position)
        final(explorer, heard)
    assert len(made) == 2
    explorer.changes.read(OTHER)
    explorer.randomised.begin(5)
    reply = final(explorer, heard)
    assert (reply.epoch, len(reply.weights[0].outcome.scores.values)) == (2, 6)
    assert len(made) == 4


def test_facets_with_the_same_weights_share_the_random_ones(monkeypatch):
    model = models()["GRU"]
    explorer = Explorer(ModelSource({"a": model, "b": model.by("squared")}, TEXT))
    replies = queue.Queue()
    explorer.randomised.on_reply = replies.put
    explorer.randomised.begin(12)
    reply = final(explorer, replies)
    one, other = (scores_of(row.outcome.scores, signed=False) for row in reply.weights)
    assert np.allclose(one**2, other, atol=other.max() / 300)
    explorer.close()
    assert explorer.randomised.join(WAIT)


def test_a_hover_is_answered_while_they_are_computed(explorer, heard):
    explorer.randomised.begin(20)
    answer = explorer.rows_at(9)
    assert all(len(row) == 10 for _, row in answer)
    assert final(explorer, heard).position == 20


def test_nothing_is_computed_before_it_is_asked_for_or_after_the_end(explorer):
    told = []
    explorer.randomised.on_reply = told.append
    explorer.fill()
    assert explorer.join(WAIT)
    explorer.randomised.end()
    assert explorer.randomised.join(WAIT)
    assert told == []


def test_what_can_not_be_random_is_said_in_its_place(explorer):
    number = rv.SequenceModel(recurrent(classes=1), LETTERS, ["n"], unit="", name="N")
    explorer = Explorer(ModelSource({"GRU": models()["GRU"], "N": number}, TEXT))
    replies = queue.Queue()
    explorer.randomised.on_reply = replies.put
    explorer.randomised.begin(12)
    reply = final(explorer, replies)
    assert reply.classes[1].outcome == FailedRow(12, "N gives one number: there is no other class")
    assert reply.classes[1].target is None
    assert reply.classes[0].correlation is not None
    assert reply.weights[1].correlation is not None
    explorer.close()
    assert explorer.randomised.join(WAIT)


def test_a_model_that_fails_with_random_weights_is_said_and_not_tried_again(
    explorer, heard, monkeypatch
):
    from rnnviz_widget.explorer import randomised_rows

    tried = []

    def fails(network):
        tried.append(network)
        raise RuntimeError("no more <memory>")

    monkeypatch.setattr(randomised_rows, "reinitialised", fails)
    explorer.randomised.begin(12)
    reply = final(explorer, heard)
    assert [row.outcome.error for row in reply.weights] == ["RuntimeError: no more <memory>"] * 2
    assert all(row.correlation is not None for row in reply.classes)
    explorer.randomised.begin(3)
    final(explorer, heard)
    assert len(tried) == 2


def test_ready_made_rows_have_none():
    rows = ready_readings(read_tables({"r": {"tokens": list("abc"), "scores": np.eye(3)}}, None))
    explorer = Explorer(ReadySource(rows))
    with pytest.raises(ValueError, match="ready-made"):
        explorer.randomised.begin(1)
    explorer.close()


def test_a_position_that_is_not_there_is_refused(explorer):
    with pytest.raises(ValueError, match="99"):
        explorer.randomised.begin(99)
    explorer.close()
    with pytest.raises(RuntimeError, match="closed"):
        explorer.randomised.begin(3)
