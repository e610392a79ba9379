"""AUCs against counting pairs, their intervals by simulation, and properties of characters."""

import math

import numpy as np
import pytest

from rnnviz_widget.inside.character_properties import PROPERTIES, at_tokens, properties_of
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.unit_properties import auc_estimate, best_units, unit_aucs


def counted(values, truth):
    """The AUC by going over all pairs."""
    pairs = [(a, b) for a in values[truth] for b in values[~truth]]
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_aucs_are_those_of_counting_pairs(kind):
    rng = np.random.default_rng(0)
    # Few different values: many ties.
    states = rng.integers(-2, 3, (60, 5)).astype(kind)
    states[:, 4] = 1
    truth = rng.random((3, 60)) < np.array([[0.5], [0.1], [0.9]])
    found = unit_aucs(TextStates.of(states), truth)
    for k in range(3):
        for unit in range(5):
            assert found[k, unit] == pytest.approx(counted(states[:, unit], truth[k]), abs=1e-12)
    assert (found[:, 4] == 0.5).all()
    text = np.arange(60) // 6
    one = auc_estimate(states[:, 0], truth[0], text)
    assert one.value == pytest.approx(found[0, 0], abs=1e-12)
    assert 0 < one.low < one.value < one.high < 1
    assert one.positions == 60


def test_with_one_step_a_text_the_variance_is_delongs():
    rng = np.random.default_rng(1)
    truth = rng.random(40) < 0.4
    values = np.round(rng.standard_normal(40) + truth, 1)
    one, other = values[truth], values[~truth]
    psi = (one[:, None] > other) + 0.5 * (one[:, None] == other)
    auc = psi.mean()
    variance = psi.mean(axis=1).var(ddof=1) / len(one) + psi.mean(axis=0).var(ddof=1) / len(other)
    found = auc_estimate(values, truth, np.arange(40))
    width = math.log(found.high / (1 - found.high)) - math.log(found.low / (1 - found.low))
    expected = 2 * 1.959964 * math.sqrt(variance) / (auc * (1 - auc))
    assert found.value == pytest.approx(auc)
    assert width == pytest.approx(expected, rel=1e-6)


def test_intervals_hold_the_true_auc_though_steps_of_a_text_are_alike():
    """Each text shifts all of its values, and has the property more or less often."""
    rng = np.random.default_rng(2)
    texts, steps, apart = 40, 30, 0.8
    text = np.repeat(np.arange(texts), steps)
    true = 0.5 * (1 + math.erf(apart / math.sqrt(2 * (1 + 0.5**2)) / math.sqrt(2)))
    hits, naive = 0, 0
    for _ in range(300):
        shift = 0.5 * rng.standard_normal(texts)
        truth = rng.random(texts * steps) < 0.4
        values = rng.standard_normal(texts * steps) + shift[text] + apart * truth
        found = auc_estimate(values, truth, text)
        hits += found.low <= true <= found.high
        alone = auc_estimate(values, truth, np.arange(texts * steps))
        naive += alone.low <= true <= alone.high
    assert 0.9 <= hits / 300 <= 0.99
    assert naive != hits


def test_there_is_no_interval_where_nothing_varies():
    values = np.arange(6.0)
    truth = values > 2
    perfect = auc_estimate(values, truth, np.arange(6) // 2)
    assert perfect.value == 1
    assert math.isnan(perfect.low)
    mixed = auc_estimate(values, np.array([1, 0, 1, 0, 0, 0], bool), np.zeros(6, int))
    assert 0 < mixed.value < 1
    assert math.isnan(mixed.high)  # one text
    assert math.isnan(auc_estimate(values, np.zeros(6, bool), np.arange(6)).value)


def test_units_are_chosen_by_some_texts_and_measured_on_others():
    rng = np.random.default_rng(3)
    words = ["the cat sat", "on 12 mats", "A dog ran", "to me (and you)", "so it is", "all 3 of us"]
    states = [rng.standard_normal((len(text), 300)) for text in words]
    for text, each in zip(words, states, strict=True):
        each[:, 7] -= 3.0 * PROPERTIES["white space"](text)  # low at white space
    found = best_units(TextStates.of(*states), properties_of(words), each=2)
    by_name = {}
    for each in found.best:
        by_name.setdefault(each.name, []).append(each)
    first = by_name["white space"][0]
    assert (first.unit, first.side) == (7, "low")
    measured = [1, 3, 5]
    values = np.concatenate([states[n][:, 7] for n in measured])
    truth = np.concatenate([PROPERTIES["white space"](words[n]) for n in measured])
    assert first.auc.value == pytest.approx(1 - counted(values, truth))
    assert first.share == pytest.approx(truth.mean())
    assert first.auc.positions == len(truth)
    # What looks good among 300 units by chance does not on other texts.
    second = by_name["vowel"][0]
    assert second.chosen_by > 0.75
    assert second.auc.value < second.chosen_by - 0.1
    assert all(len(units) == 2 for units in by_name.values())
    assert "inside quotes" in found.without
    assert "inside brackets" in found.without  # in none of the texts that choose
    assert found.halves
    assert found.table()[0]["property"] == "white space"
    assert "white space: unit 7 low" in repr(found)


def test_one_text_is_taken_for_both():
    states = np.arange(8.0)[:, None]
    found = best_units(TextStates.of(states), {"end": np.arange(8) > 5})
    assert not found.halves
    assert (found.best[0].auc.value, found.best[0].chosen_by) == (1, 1)
    assert math.isnan(found.best[0].auc.low)


@pytest.mark.parametrize(
    ("name", "text", "holds"),
    [
        ("white space", "ab  c", "..xx."),
        ("first letter of a word", "ab cd", "x..x."),
        ("second letter of a word", "ab cd", ".x..x"),
        ("third letter of a word", "abc de fgh", "..x......x"),
        ("fourth or later letter of a word", "abcdef abcde", "...xxx....xx"),
        ("eighth or later letter of a word", "abcdefghi", ".......xx"),
        ("last letter of a word", "ab c, d", ".x..x.x"),
        ("vowel", "aBEy", "x.x."),
        ("consonant", "aBy1 ", ".xx.."),
        ("digit", "a12b", ".xx."),
        ("capital", "aB\u00c9", ".xx"),
        ("punctuation", "a,b (c)", ".x..x.x"),
        ("inside quotes", 'a "bc" d', "...xx..."),
        ("inside quotes", "\u201cab\u201d c", ".xx..."),
        ("inside quotes", 'a "bc', "...xx"),
        ("inside brackets", "a (b [c] d) e", "...xxxxxxx..."),
        ("inside brackets", ")(a", "..x"),
    ],
)
def test_properties_by_the_character(name, text, holds):
    assert "".join(".x"[each] for each in PROPERTIES[name](text).astype(int)) == holds
    assert PROPERTIES[name]("").shape == (0,)


def test_a_token_has_the_property_of_its_last_character():
    truth = PROPERTIES["vowel"]("the oak")
    spans = np.array([[0, 3], [3, 3], [3, 5], [5, 7], [0, 0]])
    assert at_tokens(truth, spans).tolist() == [True, False, True, False, False]
    with pytest.raises(ValueError, match="tokens end at 9, but the text has 7 characters"):
        at_tokens(truth, np.array([[0, 9]]))


def test_what_is_no_property_is_refused():
    texts = TextStates.of(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"at each of the 4 steps; got bool of the shape \(3,\)"):
        unit_aucs(texts, np.zeros(3, bool))
    with pytest.raises(ValueError, match="at each of the 4 steps; got float64"):
        best_units(texts, {"p": np.zeros(4)})
    with pytest.raises(ValueError, match="there are no properties"):
        best_units(texts, {})
    with pytest.raises(ValueError, match="each must be at least 1 unit; got 0"):
        best_units(texts, {"p": np.zeros(4, bool)}, each=0)
