"""What one text adds; on the article's data too."""

import json

import numpy as np
import pytest
from evaluation import distill
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget import memory
from rnnviz_widget.evaluation import KNOWN, TOPS, Evaluation, MemorySettings, Tally
from rnnviz_widget.evaluation.tally import add_memory, tally_ranks, tally_text


def nothing(length):
    none = np.zeros(length, dtype=bool)
    return tally_ranks(np.zeros(length, dtype=int), none, none, np.zeros(length), np.zeros(length))


def evaluation_of(name, settings):
    text, _, scores = distill.read(name)
    every = np.ones(len(text), dtype=bool)
    tally = add_memory(nothing(len(text)), scores, text, every, settings)
    return Evaluation(name, [tally], len(text), settings)


@pytest.mark.parametrize(
    ("model", "reach", "effective"),
    [("gru", 35.9, 56.9), ("lstm", 25.5, 45.5), ("nlstm", 2.4, 7.0)],
)
def test_the_articles_models_from_position_60(model, reach, effective):
    found = evaluation_of(model, MemorySettings(start=60))
    assert found.reach().value == pytest.approx(reach, abs=0.05)
    assert found.effective_characters().value == pytest.approx(effective, abs=0.05)
    assert found.reach().positions == 198 - 60
    assert sum(lag.value for lag in found.share_by_lag()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("model", "before"),
    [
        ("gru", [0.88, 0.79, 0.73, 0.64, 0.56, 0.49]),
        ("lstm", [0.89, 0.76, 0.69, 0.60, 0.50, 0.41]),
        ("nlstm", [0.75, 0.30, 0.22, 0.15, 0.11, 0.10]),
    ],
)
def test_the_articles_models_by_known_characters(model, before):
    found = evaluation_of(model, MemorySettings(start=0))
    by_known = found.share_before_word_by_known()
    np.testing.assert_allclose([f.value for f in by_known[:6]], before, atol=0.005)
    assert len(by_known) == KNOWN
    text, _, _ = distill.read(model)
    letters = [len(word) for word in text.split()]
    expected = [sum(length >= known for length in letters) for known in range(KNOWN)]
    assert [f.positions for f in by_known] == expected


def test_the_article_counts_the_same_targets():
    """Its target is the word being typed, the space before it included, as ours is."""
    text, targets, _ = distill.read("gru")
    expected = [word for word in text.split() for _ in range(len(word) + 1)]
    assert targets == expected


def test_ranks_by_known_characters():
    known = np.array([0, 1, 2, 0, 1, 23, 24, 30])
    inside = np.array([1, 1, 1, 0, 1, 1, 1, 1], dtype=bool)
    outside = np.array([0, 0, 0, 1, 0, 0, 0, 0], dtype=bool)
    ranks = np.array([0, 1, 2, 0, 3, 0, 0, 1])
    losses = np.array([0.5, 1, 2, np.nan, 4, 5, 6, 7])
    tally = tally_ranks(known, inside, outside, ranks, losses)
    assert tally.inside[[0, 1, 2, 23, 24]].tolist() == [1, 2, 1, 1, 2]
    assert tally.inside.sum() == 7
    assert tally.outside.tolist() == [1] + 24 * [0]
    assert tally.right.shape == (len(TOPS), KNOWN)
    assert tally.right[:, [0, 1, 2, 24]].tolist() == [[1, 0, 0, 1], [1, 1, 0, 2], [1, 1, 1, 2]]
    assert tally.loss[[0, 1, 2, 23, 24]].tolist() == [0.5, 5, 2, 5, 13]
    assert not tally.rows.any()


def test_memory_counts_chosen_rows_that_are_not_zeros():
    text = "ab cd"
    scores = np.tril(np.arange(1.0, 26).reshape(5, 5))
    scores[3] = 0
    counted = np.array([True, True, False, True, True])
    tally = add_memory(nothing(5), scores, text, counted, MemorySettings(start=1, lags=2))
    # Left are outputs 1, "b", and 4, "d": both with two known characters.
    assert tally.rows.tolist() == [0, 0, 2] + 22 * [0]
    weights = [np.array([6.0, 7]) / 13, np.array([21.0, 22, 23, 24, 25]) / 115]
    reach = weights[0] @ [1, 0] + weights[1] @ [4, 3, 2, 1, 0]
    assert tally.reach[2] == pytest.approx(reach)
    effective = sum(np.exp(-(p * np.log(p)).sum()) for p in weights)
    assert tally.effective[2] == pytest.approx(effective)
    assert tally.before[2] == pytest.approx((21 + 22) / 115)  # "ab", before the space
    lags = [7 / 13 + 25 / 115, 6 / 13 + 24 / 115, 23 / 115, (21 + 22) / 115]
    assert tally.lags == pytest.approx(lags)
    assert add_memory(tally, scores, text, counted, MemorySettings(start=5)).rows.sum() == 0


def test_memory_counts_characters_where_tokens_have_several():
    text = "abc de"
    spans = np.array([[0, 3], [3, 4], [4, 6]])
    scores = np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, 2]])
    every = np.ones(3, dtype=bool)
    settings = MemorySettings(start=0, lags=5)
    tally = add_memory(nothing(3), scores, text, every, settings, spans=spans)
    assert tally.rows.tolist()[:4] == [1, 0, 1, 1]
    assert tally.reach[[0, 2, 3]] == pytest.approx([1.5, 4 / 4 + 1 / 4, 0])
    assert tally.before[[0, 2, 3]] == pytest.approx([0.5, 0.25, 0])
    effective = memory.effective_characters(scores, spans)
    assert tally.effective[[3, 0, 2]] == pytest.approx(effective)
    assert tally.lags == pytest.approx([1 + 0.5 + 0.5, 0.25, 0, 0.5, 0.25, 0, 0])


def test_tallies_travel_as_json_unchanged():
    text, _, scores = distill.read("gru")
    every = np.ones(len(text), dtype=bool)
    tally = add_memory(nothing(len(text)), scores, text, every, MemorySettings())
    back = Tally.from_dict(json.loads(json.dumps(tally.as_dict(), allow_nan=False)))
    for name, values in vars(tally).items():
        assert np.array_equal(values, getattr(back, name)), name
    with pytest.raises(TypeError):
        Tally.from_dict({"inside": [1]})


def test_the_defaults_are_the_articles_measure_and_the_truth():
    assert MemorySettings() == MemorySettings("norm", rv.TRUTH, 100, 100)


def test_the_right_answers_are_asked_for_once_a_text_not_once_a_position():
    asked = []

    def truth(symbols):
        asked.append(len(symbols))
        return list(symbols)

    model = rv.SequenceModel(recurrent(), LETTERS, LETTERS, truth=truth)
    few, many = " ab cd ef", " ab cd ef" * 9
    tally_text(model, few, None)
    for_few = len(asked)
    tally_text(model, many, None)
    assert len(asked) == 2 * for_few
