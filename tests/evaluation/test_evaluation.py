"""Figures from tallies: by hand, paired, and as JSON."""

import json
import math

import numpy as np
import pytest
from evaluation.plainly import TEXTS, next_model, word_model

import rnnviz_widget as rv
from rnnviz_widget.evaluation import Evaluation, MemorySettings, Tally


def tally(inside, outside, right, loss=0.0, rows=0, reach=0.0, effective=0.0, before=0.0, lags=()):
    """All of it at two known characters."""

    def at(value):
        whole = isinstance(value, int)
        found = np.zeros(25, dtype=np.int64 if whole else np.float64)
        found[2] = value
        return found

    return Tally(
        inside=at(inside),
        outside=at(outside),
        right=np.array([at(number) for number in right]),
        loss=at(loss),
        rows=at(rows),
        reach=at(reach),
        effective=at(effective),
        before=at(before),
        lags=np.array(lags, dtype=float),
    )


BY_HAND = Evaluation(
    "by hand",
    [
        tally(10, 2, (4, 5, 6), 8.0, 5, 60.0, 20.0, 4.0, (1, 2, 2)),
        tally(20, 0, (5, 8, 9), 10.0, 0, 0.0, 0.0, 0.0, (0, 0, 0)),
        tally(0, 8, (0, 0, 0), 0.0, 3, 20.0, 12.0, 1.0, (0, 1, 2)),
    ],
    characters=70,
    memory=MemorySettings(start=10, lags=1),
)


def test_figures_by_hand():
    assert BY_HAND.accuracy().value == pytest.approx(9 / 30)
    assert BY_HAND.accuracy(2).value == pytest.approx(13 / 30)
    assert BY_HAND.accuracy(3, outside=True).value == pytest.approx(15 / 40)
    assert BY_HAND.cross_entropy().value == pytest.approx(18 / 30)
    assert BY_HAND.reach().value == pytest.approx(80 / 8)
    assert BY_HAND.effective_characters().value == pytest.approx(32 / 8)
    assert BY_HAND.share_before_word().value == pytest.approx(5 / 8)
    assert [f.value for f in BY_HAND.share_by_lag()] == pytest.approx([1 / 8, 3 / 8, 4 / 8])
    assert {f.positions for f in BY_HAND.share_by_lag()} == {8}
    for figures, value, number in (
        (BY_HAND.accuracy_by_known(), 9 / 30, 30),
        (BY_HAND.accuracy_by_known(outside=True), 9 / 40, 40),
        (BY_HAND.reach_by_known(), 10, 8),
        (BY_HAND.share_before_word_by_known(), 5 / 8, 8),
    ):
        assert (figures[2].value, figures[2].positions) == (pytest.approx(value), number)
        assert all(math.isnan(f.value) and f.positions == 0 for f in figures[:2] + figures[3:])


def test_its_words_say_what_was_found():
    words = repr(BY_HAND)
    assert words.startswith("Evaluation('by hand', 3 texts, top 1: 30.0 % (")
    assert words.endswith("), reach 10.0 characters)")
    nothing = Evaluation("mute", [tally(0, 0, (0, 0, 0))], 3)
    assert repr(nothing) == "Evaluation('mute', 1 texts)"


def test_a_gain_is_the_difference_with_a_paired_interval():
    better = Evaluation(
        "better",
        [
            tally(t.inside[2], t.outside[2], t.right[:, 2] + t.inside[2] // 10)
            for t in BY_HAND.tallies
        ],
        70,
    )
    gain = better.gain(BY_HAND)
    assert gain.value == pytest.approx(better.accuracy().value - BY_HAND.accuracy().value)
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))  # in every text
    assert better.gain(BY_HAND, 2, outside=True).value == pytest.approx(3 / 40)
    assert BY_HAND.gain(better).value == pytest.approx(-0.1)


def test_a_gain_needs_the_same_positions():
    one, other = (
        rv.evaluate(m, TEXTS, memory=False, progress=False) for m in (word_model(), next_model())
    )
    with pytest.raises(ValueError, match="gru and Recurrent were not evaluated on the same pos"):
        one.gain(other)
    fewer = rv.evaluate(word_model(), TEXTS[1:], memory=False, progress=False)
    with pytest.raises(ValueError, match="not evaluated on the same positions"):
        one.gain(fewer)


def test_two_models_on_the_same_texts():
    one, other = (
        rv.evaluate(word_model(seed=seed), TEXTS, memory=False, progress=False) for seed in (0, 4)
    )
    gain = one.gain(other, 3)
    assert gain.value == pytest.approx(one.accuracy(3).value - other.accuracy(3).value)
    assert gain.value != 0
    assert gain.low < gain.value < gain.high
    assert one.gain(one).high == 0


@pytest.mark.parametrize("top", [0, 4, "1"])
def test_another_top_is_refused(top):
    with pytest.raises(ValueError, match="top must be one of 1, 2, 3; got"):
        BY_HAND.accuracy(top)


def test_figures_are_json():
    found = json.loads(json.dumps(BY_HAND.as_dict(), allow_nan=False))
    assert (found["name"], found["texts"], found["characters"]) == ("by hand", 3, 70)
    first = found["accuracy"]["in vocabulary"]["top 1"]
    assert (first["value"], first["positions"]) == (0.3, 30)
    assert found["accuracy"]["all"]["top 2"]["value"] == 0.325
    by_known = found["accuracy by known"]["in vocabulary"]["top 3"]
    assert by_known["value"] == [None, None, 0.5] + 22 * [None]
    assert by_known["positions"] == [0, 0, 30] + 22 * [0]
    memory = found["memory"]
    assert (memory["measure"], memory["target"]) == ("norm", "rv.TRUTH")
    assert (memory["start"], memory["lags"]) == (10, 1)
    assert memory["reach"]["value"] == 10
    assert memory["effective characters"]["value"] == 4
    assert memory["share before word"]["value"] == 0.625
    assert memory["share by lag"]["value"] == [0.125, 0.375, 0.5]
    assert memory["reach by known"]["value"][2] == 10
    assert memory["share before word by known"]["value"][2] == 0.625


def test_one_text_gives_figures_without_intervals():
    found = rv.evaluate(word_model(), TEXTS[:1], start=5, progress=False)
    numbers = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    reach = numbers["memory"]["reach"]
    assert reach["value"] > 0
    assert (reach["low"], reach["high"]) == (None, None)
