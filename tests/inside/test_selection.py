"""States that come in, thresholds, and the units that a span selects."""

import numpy as np
import pytest

from rnnviz_widget.inside import text_states
from rnnviz_widget.inside.on_bits import OnBits, on_throughout, shifted
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import TextStates, text_at
from rnnviz_widget.inside.thresholds import SAMPLE, fixed_threshold, quantile_thresholds


def on_bits(*states, quantile=0.9):
    texts = TextStates.of(*states)
    return OnBits.of(texts, quantile_thresholds(texts, quantile))


def test_thresholds_are_values_at_the_quantiles():
    values = np.random.default_rng(0).permutation(1_000).astype(float)
    found = quantile_thresholds(TextStates.of(values[:, None]), 0.9)
    assert (found.high[0], found.low[0]) == (900, 99)
    assert (values >= found.high).sum() == (values <= found.low).sum() == 100
    assert found.words == (
        "above the 0.9 quantile of the unit, or below its 0.1 quantile (1,000 steps)"
    )


def test_quantiles_between_two_values_take_the_rarer_side():
    found = quantile_thresholds(TextStates.of(np.arange(15.0)[:, None]), 0.9)
    assert (found.high[0], found.low[0]) == (14, 0)


def test_thresholds_are_rounded_as_the_states_are():
    double = TextStates.of(np.array([[0.7], [0.2]]))
    single = TextStates.of(double.states.astype(np.float32))
    on = OnBits.of(single, fixed_threshold(double, 0.7))
    assert float(np.float32(0.7)) < 0.7
    assert select_units(on, 0, 1).units == (0,)


def test_blocks_of_states_are_joined_to_the_same_bits(monkeypatch):
    texts = TextStates.of(np.random.default_rng(4).standard_normal((300, 3)))
    thresholds = quantile_thresholds(texts)
    whole = OnBits.of(texts, thresholds).bits
    monkeypatch.setattr(text_states, "_AT_ONCE", 100 * 3 * 8)
    assert len(text_states.blocks(300, 3)) == 3
    assert np.array_equal(OnBits.of(texts, thresholds).bits, whole)
    assert np.array_equal(quantile_thresholds(texts).low, thresholds.low)


@pytest.mark.parametrize(
    ("values", "high", "low"),
    [
        ([0] * 19 + [5], {5}, set()),  # a rectifier that is almost always 0
        ([1] * 7 + [0] * 3, set(), {0}),  # usually 1
        ([1] * 5 + [0] * 5, {1}, {0}),
        ([0] * 18 + [1, -1], {1}, {-1}),
        ([4] * 20, set(), set()),  # never changes
        ([4], set(), set()),  # one step
        ([0, 1], {1}, {0}),
    ],
)
def test_a_unit_is_never_on_where_it_has_its_usual_value(values, high, low):
    states = np.array(values, float)[:, None]
    found = quantile_thresholds(TextStates.of(states), 0.9)
    assert set(states[states >= found.high]) == high
    assert set(states[states <= found.low]) == low
    assert np.array_equal(quantile_thresholds(TextStates.of(-states), 0.9).high, -found.low)


def test_thresholds_of_a_long_text_are_those_of_steps_evenly_spaced():
    values = np.arange(2.0 * SAMPLE + 2)
    found = quantile_thresholds(TextStates.of(values[:, None]), 0.5)
    sample = values[::3]
    assert found.high[0] == sample[-(-len(sample) // 2)]
    assert "66,668 steps, evenly spaced" in found.words


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int64, bool])
def test_any_kind_of_number_is_compared_exactly(kind):
    rng = np.random.default_rng(1)
    states = (rng.standard_normal((130, 5)) * 3).astype(kind)
    texts = TextStates.of(states)
    thresholds = quantile_thresholds(texts, 0.75)
    on = OnBits.of(texts, thresholds)
    for t in range(130):
        found = select_units(on, t, t + 1, before=0)
        expected = [
            (u, side)
            for u in range(5)
            for side, is_on in (
                ("high", texts.states[t, u] >= thresholds.high[u]),
                ("low", texts.states[t, u] <= thresholds.low[u]),
            )
            if is_on
        ]
        assert [(row["unit"], row["side"]) for row in found.table()] == expected
    fixed = OnBits.of(texts, fixed_threshold(texts, 0.3))
    assert select_units(fixed, 7, 8, before=0).units == tuple(
        np.flatnonzero(texts.states[7] >= texts.states.dtype.type(0.3))
    )


def test_a_layer_of_65536_units():
    states = np.zeros((70, 1 << 16), np.float32)
    states[30:33, 65_535] = 1
    states[30:33, 17] = -1
    on = on_bits(states)
    found = select_units(on, 30, 33)
    assert found.table() == [{"unit": 17, "side": "low"}, {"unit": 65_535, "side": "high"}]
    assert repr(found) == "UnitSelection(text 0, steps 30 to 32: 2 of 65,536 units on)"


def test_a_text_of_one_step():
    texts = TextStates.of(np.array([[0.5, -0.5]]))
    on = OnBits.of(texts, fixed_threshold(texts))
    assert select_units(on, 0, 1, before=3, after=3).units == (0,)
    assert select_units(on_bits(texts.states), 0, 1).units == ()


def test_units_must_be_off_beside_the_span_within_the_text_only():
    first, second = np.ones((4, 1)), np.array([[1.0], [1.0], [0.0], [1.0]])
    texts = TextStates.of(first, second)
    on = OnBits.of(texts, fixed_threshold(texts))
    assert select_units(on, 0, 2, text=1, before=5, after=1).units == (0,)
    assert select_units(on, 0, 2, text=1, after=2).units == ()  # on again two steps later
    assert select_units(on, 1, 2, text=1).units == ()  # on before
    assert select_units(on, 0, 4, text=0, before=1, after=1).units == (0,)


@pytest.mark.parametrize(
    ("start", "stop", "more", "error", "message"),
    [
        (3, 3, {}, ValueError, r"the span \[3, 3\) is empty"),
        (5, 2, {}, ValueError, r"the span \[5, 2\) is empty"),
        (8, 12, {}, ValueError, "goes over the end of the text, 10 steps: .* end at 10 or before"),
        (10, 11, {}, ValueError, "there is no step 10: they go from 0 to 9"),
        (-1, 2, {}, ValueError, "there is no step -1"),
        (0.0, 2, {}, TypeError, "step must be a whole number; got 0.0"),
        (0, 2, {"text": 1}, ValueError, "there is no text 1: they go from 0 to 0"),
        (0, 2, {"before": -1}, ValueError, "before must be a whole number, at least 0; got -1"),
        (0, 2, {"after": 1.5}, ValueError, "after must be a whole number, at least 0; got 1.5"),
    ],
)
def test_a_span_that_is_not_there_is_refused(start, stop, more, error, message):
    on = on_bits(np.random.default_rng(0).standard_normal((10, 3)))
    with pytest.raises(error, match=message):
        select_units(on, start, stop, **more)


def test_bad_states_are_refused():
    good = np.zeros((3, 2))
    for value in (np.nan, np.inf):
        bad = good.copy()
        bad[2, 1] = value
        with pytest.raises(
            ValueError, match=f"states of text 1 must be finite; got {value} at step 2, unit 1"
        ):
            TextStates.of(good, bad)
    with pytest.raises(ValueError, match=r"must have the shape \(T, H\), .*; got \(3,\)"):
        TextStates.of(np.zeros(3))
    with pytest.raises(ValueError, match=r"at least one step and one unit; got \(0, 2\)"):
        TextStates.of(good[:0])
    with pytest.raises(ValueError, match="must be real numbers; got the dtype complex128"):
        TextStates.of(good.astype(complex))
    with pytest.raises(ValueError, match="text 0 has 2 units, text 1 has 1"):
        TextStates.of(good, good[:, :1])
    with pytest.raises(ValueError, match="there are no states"):
        TextStates.of()
    with pytest.raises(ValueError, match="there is no text 2: they go from 0 to 1"):
        TextStates.of(good, good).text(2)


def test_thresholds_that_make_no_sense_are_refused():
    texts = TextStates.of(np.zeros((3, 2)))
    for quantile in (0.4, 1.0, np.nan):
        with pytest.raises(ValueError, match=r"at least 0\.5 and below 1"):
            quantile_thresholds(texts, quantile)
    with pytest.raises(ValueError, match="a finite number; got nan"):
        fixed_threshold(texts, np.nan)
    other = fixed_threshold(TextStates.of(np.zeros((3, 5))))
    with pytest.raises(ValueError, match="the thresholds are of 5 units, the states of 2"):
        OnBits.of(texts, other)


def test_what_does_not_fit_is_refused_with_what_is_needed():
    texts = TextStates.of(np.zeros((1_000, 100), np.float16))
    thresholds = quantile_thresholds(texts)
    with pytest.raises(
        ValueError, match=r"1,000 steps of 100 units takes 0.0 GB, .* Take about 192 steps"
    ):
        OnBits.of(texts, thresholds, memory_limit=8_000)
    assert OnBits.of(texts, thresholds, memory_limit=27_200).bits.nbytes == 27_200


def test_bits_are_moved_and_windows_found_across_words():
    rng = np.random.default_rng(2)
    steps = 500
    texts = TextStates.of((rng.random((steps, 1)) < 0.97).astype(float))
    row = OnBits.of(texts, fixed_threshold(texts, 0.5)).bits[0]
    truth = texts.states[:, 0] > 0.5

    def unpacked(bits):
        return np.unpackbits(bits.view(np.uint8), bitorder="little")[:steps].astype(bool)

    assert np.array_equal(unpacked(row), truth)
    for by in (0, 1, 63, 64, 65, 128, 200, 499, 700):
        empty = np.zeros(min(by, steps), bool)
        assert np.array_equal(unpacked(shifted(row, by)), np.concatenate([truth[by:], empty]))
        assert np.array_equal(
            unpacked(shifted(row, -by)), np.concatenate([empty, truth[: max(0, steps - by)]])
        )
    for length in (1, 2, 3, 7, 64, 90):
        windows = np.lib.stride_tricks.sliding_window_view(truth, length).all(axis=1)
        expected = np.concatenate([windows, np.zeros(length - 1, bool)])
        assert np.array_equal(unpacked(on_throughout(row, length)), expected)


def test_places_are_looked_up_over_any_number_of_words():
    rng = np.random.default_rng(3)
    texts = TextStates.of((rng.random((400, 6)) < [0.5, 0.9, 0.99, 0.999, 1, 0]).astype(float))
    on = OnBits.of(texts, fixed_threshold(texts, 0.5))
    begin = rng.integers(0, 400, 300)
    end = np.minimum(begin + rng.integers(0, 200, 300), 400)
    always, ever = on.on_at_all_steps(on.rows, begin, end), on.on_at_any_step(on.rows, begin, end)
    for k, (b, e) in enumerate(zip(begin, end, strict=True)):
        assert np.array_equal(always[:, k], texts.states[b:e].all(axis=0))
        assert np.array_equal(ever[:, k], texts.states[b:e].any(axis=0))


def test_each_step_has_its_text():
    texts = TextStates.of(*(np.zeros((n, 1)) for n in (2, 1, 3)))
    assert text_at(texts.starts, np.arange(6)).tolist() == [0, 0, 1, 2, 2, 2]
    assert len(texts) == 3
    assert texts.text(2).shape == (3, 1)
