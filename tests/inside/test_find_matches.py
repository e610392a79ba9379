"""The search for matches against a plain one over every window, in float64 logarithms."""

import itertools
import math

import numpy as np
import pytest
from inside.test_lstmvis import smooth_states

from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.thresholds import fixed_threshold, quantile_thresholds


def searched(*states, quantile=0.8):
    texts = TextStates.of(*states)
    return OnBits.of(texts, quantile_thresholds(texts, quantile))


def is_held(states, thresholds, unit, side, start, stop, before, after):
    """Whether a unit is on in [start, stop) of a text's states and off beside it."""
    x = states[:, unit]
    on = x >= thresholds.high[unit] if side == "high" else x <= thresholds.low[unit]
    beside = [*range(max(0, start - before), start), *range(stop, min(len(x), stop + after))]
    return bool(on[start:stop].all()) and not any(on[t] for t in beside)


def plain_matches(states, on, selection, limit, length):
    """Text, start, score, held units of the best windows, by going over all of them."""
    chosen = list(zip(selection.units, selection.sides, strict=True))
    sides = selection.before, selection.after
    windows = [(n, s) for n, x in enumerate(states) for s in range(len(x) - length + 1)]
    held = {
        (n, s): [c for c in chosen if is_held(states[n], on.thresholds, *c, s, s + length, *sides)]
        for n, s in windows
    }
    nats = {
        c: round(1e4 * math.log((len(windows) + 1) / (sum(c in h for h in held.values()) + 1)))
        for c in chosen
    }
    totals = {place: sum(nats[c] for c in h) for place, h in held.items()}

    def others(n, s):
        every = [(u, side) for u in range(on.units) for side in ("high", "low")]
        there = [c for c in every if is_held(states[n], on.thresholds, *c, s, s + length, *sides)]
        return len(set(there) - set(chosen))

    kept = []
    for n, s in sorted(windows, key=lambda place: (-totals[place], place)):
        apart = all(n != other or abs(s - t) >= length for other, t in kept)
        if totals[n, s] > 0 and apart:
            kept.append((n, s))
    kept.sort(key=lambda p: (-totals[p], others(*p), p))
    whole = sum(nats.values())
    return [(n, s, totals[n, s] / whole, held[n, s]) for n, s in kept[:limit]]


@pytest.mark.parametrize(
    ("seed", "length", "before", "after"),
    [(0, 1, 0, 0), (1, 2, 1, 0), (2, 3, 1, 1), (3, 5, 0, 2), (4, 2, 3, 0), (5, 1, 1, 1)],
)
def test_matches_are_those_of_going_over_every_window(seed, length, before, after):
    states = [smooth_states(10 * seed + n, steps, 16) for n, steps in enumerate((130, 1, 64, 200))]
    on = searched(*states)
    for start in range(20, 150):
        selection = select_units(on, start, start + length, text=3, before=before, after=after)
        if {"high", "low"} == set(selection.sides):
            break
    assert len(selection) > 1
    found = find_matches(on, selection, limit=30)
    right = plain_matches(states, on, selection, 30, length)
    assert len(right) > 1
    got = [(m.text, m.start, list(zip(m.held, m.sides, strict=True))) for m in found.places]
    assert got == [(n, s, held) for n, s, _, held in right]
    np.testing.assert_allclose([m.score for m in found.places], [r[2] for r in right], rtol=1e-12)
    assert found.places[0].score == 1
    assert found.compared == sum(max(0, len(x) - length + 1) for x in states)
    assert [row["stop"] - row["start"] for row in found.table()] == [length] * len(found)


def test_long_places_and_sides_cross_words_of_bits():
    rng = np.random.default_rng(0)
    row = np.full(1_000, -1.0)
    places = [(3, 203), (260, 460), (600, 800)]
    for start, stop in places:
        row[start:stop] = 1
    states = np.stack([row, rng.standard_normal(1_000)], axis=1)
    texts = TextStates.of(states)
    on = OnBits.of(texts, fixed_threshold(texts, 0.3))
    selection = select_units(on, 3, 203, before=70, after=50)
    assert selection.units == (0,)
    found = find_matches(on, selection)
    # Before 260 there are 57 steps off, of 70 that are asked for; before 3 only 3 steps at all.
    assert [(m.start, m.stop) for m in found.places] == [(3, 203), (600, 800)]


def test_the_span_itself_can_be_left_out():
    states = smooth_states(3, 300, 8)
    on = searched(states)
    selection = select_units(on, 40, 42, before=0)
    found = find_matches(on, selection, skip_own=True)
    assert len(find_matches(on, selection)) > 0
    assert len(found) > 0
    assert all(m.stop <= 40 or m.start >= 42 for m in found.places)


def test_places_of_at_least_so_many_steps_go_on_while_the_units_are_on():
    row = np.zeros(400)
    lengths = {10: 2, 50: 3, 100: 150, 300: 1, 398: 2}
    for start, length in lengths.items():
        row[start : start + length] = 1
    other = np.zeros(400)
    other[50:52] = other[100:110] = 1
    texts = TextStates.of(np.stack([row, other], axis=1), np.ones((5, 2)))
    on = OnBits.of(texts, fixed_threshold(texts, 0.5))
    selection = select_units(on, 100, 101)
    assert selection.units == (0, 1)
    found = find_matches(on, selection, at_least=2)
    # At 50 and 100 both units: while both are on. The second text is on from end to end.
    both = {(0, 50, 52), (0, 100, 110), (1, 0, 5)}
    places = [(m.text, m.start, m.stop) for m in found.places]
    assert set(places[:3]) == both
    assert {m.score for m in found.places[:3]} == {1.0}
    assert set(places[3:]) == {(0, 10, 12), (0, 398, 400)}
    # Without steps before, a place also goes on to the left.
    free = select_units(on, 102, 103, before=0)
    found = find_matches(on, free, at_least=3)
    assert (0, 100, 110) in [(m.text, m.start, m.stop) for m in found.places]
    taken = sorted((m.text, m.start, m.stop) for m in found.places)
    assert all(one[0] != two[0] or one[2] <= two[1] for one, two in itertools.pairwise(taken))


def test_a_unit_that_was_on_before_does_not_end_a_place():
    both = np.zeros((60, 2))
    both[5:8] = both[20:26, :1] = both[18:22, 1:] = both[40:43, 1:] = 1
    on = OnBits.of(texts := TextStates.of(both), fixed_threshold(texts, 0.5))
    selection = select_units(on, 5, 8)
    assert selection.units == (0, 1)
    found = find_matches(on, selection, at_least=2)
    # At 20 unit 1 is on already, so only unit 0 is held there, to 26.
    places = [(m.start, m.stop, m.held) for m in found.places]
    assert places == [(5, 8, (0, 1)), (20, 26, (0,)), (18, 20, (1,)), (40, 43, (1,))]


def test_many_equal_places_are_found_in_their_order():
    row = np.tile([1.0, 0.0, 0.0], 20_000)
    texts = TextStates.of(row[:, None])
    on = OnBits.of(texts, fixed_threshold(texts, 0.5))
    found = find_matches(on, select_units(on, 0, 1), limit=9_000)
    assert [m.start for m in found.places] == list(range(0, 27_000, 3))


def test_another_corpus_is_searched_with_the_units_of_this_text():
    this, corpus = smooth_states(1, 60, 6), [smooth_states(n, 500, 6) for n in (3, 5)]
    texts = TextStates.of(*corpus)
    thresholds = quantile_thresholds(texts, 0.7)
    selection = select_units(OnBits.of(TextStates.of(this), thresholds), 30, 32, before=0)
    assert len(selection) > 0
    found = find_matches(OnBits.of(texts, thresholds), selection)
    assert len(found) == 50
    assert {m.text for m in found.places} == {0, 1}
    # Texts shorter than the span: nothing to compare.
    short = OnBits.of(TextStates.of(this[:1]), thresholds)
    assert find_matches(short, selection).compared == 0
    assert len(find_matches(short, selection)) == 0


def test_what_can_not_be_searched_is_refused():
    on = searched(smooth_states(0, 40, 3))
    nothing = next(
        found for s in range(30) if not len(found := select_units(on, s, s + 9, before=3))
    )
    with pytest.raises(ValueError, match="choose another span, fewer steps before= and after="):
        find_matches(on, nothing)
    some = next(found for s in range(30) if len(found := select_units(on, s, s + 1)))
    with pytest.raises(ValueError, match="at_least must be at least 1 step; got 0"):
        find_matches(on, some, at_least=0)
