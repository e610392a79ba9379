"""Numbers about memory: by hand, by their properties, and on what the article published."""

import numpy as np
import pytest
from evaluation import distill
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rnnviz_widget import memory
from rnnviz_widget.words import Words

BY_HAND = np.array(
    [
        [4.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 0.0, 0.0],
        [2.0, -1.0, 1.0, 0.0],
        [-1.0, 1.0, 1.0, -1.0],
    ]
)


def sizes(least=1):
    return st.integers(least, 12).flatmap(
        lambda n: arrays(np.float64, (n, n), elements=st.floats(-1e6, 1e6, allow_subnormal=False))
    )


def widths_and_scores():
    """Tokens of 1 to 4 characters, some after a gap, and scores over them; no row is zeros."""

    def of(n):
        parts = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), min_size=n, max_size=n)
        return st.tuples(parts, arrays(np.float64, (n, n), elements=st.floats(0.01, 100)))

    def place(found):
        parts, scores = found
        gaps, widths = np.array(parts).T
        ends = np.cumsum(gaps + widths)
        return np.stack([ends - widths, ends], axis=1), scores

    return st.integers(1, 9).flatmap(of).map(place)


def test_shares_by_hand():
    expected = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.5, 0.25, 0.25, 0], [0.25] * 4]
    np.testing.assert_allclose(memory.shares(BY_HAND), expected)


def test_reach_by_hand():
    found = memory.reach(BY_HAND)
    np.testing.assert_allclose(found, [0, 0.5, 2 * 0.5 + 1 * 0.25, (3 + 2 + 1) / 4])


def test_effective_characters_by_hand():
    # The third row has the entropy 1/2 log 2 + 2 * 1/4 log 4 = 3/2 log 2.
    np.testing.assert_allclose(memory.effective_characters(BY_HAND), [1, 2, 2**1.5, 4])


def test_share_before_by_hand():
    found = memory.share_before(BY_HAND, np.array([0, 1, 2, 2]))
    np.testing.assert_allclose(found, [0, 0.5, 0.75, 0.5])


def test_share_by_lag_by_hand():
    expected = [[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5], [0.25, 0.25, 0.5]]
    np.testing.assert_allclose(memory.share_by_lag(BY_HAND, 1), expected)
    np.testing.assert_allclose(memory.share_by_lag(BY_HAND, 0)[:, 0], [1, 0.5, 0.25, 0.25])


def test_inputs_that_come_later_count_by_their_distance():
    scores = np.array([[1.0, 0.0, 3.0], [0, 1, 0], [3, 0, 1]])
    np.testing.assert_allclose(memory.reach(scores), [1.5, 0, 1.5])
    np.testing.assert_allclose(memory.share_by_lag(scores, 2)[0], [0.25, 0, 0.75, 0])


def test_tokens_of_several_characters():
    """ "the", " ", "cat" and a token of no character that stands at the end."""
    spans = np.array([[0, 3], [3, 4], [4, 7], [7, 7]])
    scores = np.array([[1.0, 0, 0, 0], [1, 1, 0, 0], [2, 0, 2, 0], [0, 1, 2, 1]])
    found = memory.reach(scores, spans)
    np.testing.assert_allclose(found, [0, 1.5, 2, (4 * 1 + 3 * 2) / 4])
    # Half on three characters and half on three others are six characters.
    last = 0.25 * np.log(4) + 0.5 * np.log(6) + 0.25 * np.log(4)
    found = memory.effective_characters(scores, spans)
    expected = [3, np.exp(0.5 * np.log(6) + 0.5 * np.log(2)), 6, np.exp(last)]
    np.testing.assert_allclose(found, expected)
    # Of a token that the character lies within, the part before it.
    before = memory.share_before(scores, np.array([2, 3, 5, 7]), spans)
    np.testing.assert_allclose(before, [2 / 3, 0.5, 0.5 + 0.5 / 3, 1])
    lags = memory.share_by_lag(scores, 4, spans)
    np.testing.assert_allclose(lags[2], [0.5, 0, 0, 0, 0.5, 0])
    np.testing.assert_allclose(lags[3], [0.25, 0, 0, 0.5, 0.25, 0])


@given(sizes(), st.floats(1e-3, 1e3), st.data())
def test_scale_and_sign_do_not_matter(scores, scale, data):
    signs = data.draw(arrays(np.int8, scores.shape, elements=st.sampled_from([-1, 1])))
    starts = data.draw(
        arrays(np.int64, len(scores), elements=st.integers(0, len(scores)), fill=st.nothing())
    )
    other = -scale * scores * signs
    for number in (memory.shares, memory.reach, memory.effective_characters):
        np.testing.assert_allclose(number(other), number(scores), rtol=1e-9, atol=1e-9)
    before = [memory.share_before(given, starts) for given in (other, scores)]
    np.testing.assert_allclose(*before, rtol=1e-9, atol=1e-9)
    lags = [memory.share_by_lag(given, 3) for given in (other, scores)]
    np.testing.assert_allclose(*lags, rtol=1e-9, atol=1e-9)


@given(sizes())
def test_effective_characters_lie_between_one_and_all(scores):
    found = memory.effective_characters(scores)
    some = scores.any(axis=1)
    assert (found[some] >= 1 - 1e-9).all()
    assert (found[some] <= (scores[some] != 0).sum(axis=1) + 1e-9).all()
    assert np.isnan(found[~some]).all()


@given(widths_and_scores())
def test_with_spans_too_between_one_and_the_characters_of_all_tokens(given):
    spans, scores = given
    found = memory.effective_characters(scores, spans)
    widths = spans[:, 1] - spans[:, 0]
    assert (found >= 1 - 1e-9).all()
    assert (found <= widths.sum() + 1e-9).all()
    # As many as there are where each token weighs by its width.
    even = np.broadcast_to(widths.astype(float), scores.shape)
    np.testing.assert_allclose(memory.effective_characters(even, spans), widths.sum())


@given(st.integers(1, 30), st.integers(0, 29), st.floats(1e-6, 1e6))
def test_an_even_row_has_its_number_and_a_single_one_is_one(n, at, size):
    even = np.zeros((30, 30))
    even[:, :n] = size
    np.testing.assert_allclose(memory.effective_characters(even), n)
    np.testing.assert_allclose(memory.reach(even)[0], (n - 1) / 2)
    single = np.zeros((30, 30))
    single[:, at] = size
    np.testing.assert_allclose(memory.effective_characters(single), 1)
    np.testing.assert_allclose(memory.reach(single), np.abs(np.arange(30) - at))


@given(widths_and_scores())
def test_reach_is_the_mean_over_the_shares_by_lag(given):
    spans, scores = given
    lags = int(spans[:, 1].max())
    found = memory.share_by_lag(scores, lags, spans)
    assert not found[:, -1].any()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    mean = found[:, :-1] @ np.arange(lags + 1)
    np.testing.assert_allclose(mean, memory.reach(scores, spans), atol=1e-9)
    fewer = memory.share_by_lag(scores, 2, spans)
    np.testing.assert_allclose(fewer[:, :3], found[:, :3])
    np.testing.assert_allclose(fewer[:, 3], found[:, 3:].sum(axis=1), atol=1e-12)


@given(sizes(least=2), st.data())
def test_share_before_is_a_cumulative_sum(scores, data):
    n = len(scores)
    scores[~scores.any(axis=1), 0] = 1
    sums = np.pad(np.cumsum(memory.shares(scores), axis=1), ((0, 0), (1, 0)))
    starts = np.array(data.draw(st.lists(st.integers(0, n), min_size=n, max_size=n)))
    found = memory.share_before(scores, starts)
    np.testing.assert_allclose(found, sums[np.arange(n), starts], atol=1e-9)
    # Of a row at a time as well: no distance is needed.
    np.testing.assert_allclose(memory.share_before(scores[1:2], starts[1:2]), found[1:2])


def test_a_row_of_zeros_gives_nan_everywhere_and_to_no_other_row():
    scores = BY_HAND.copy()
    scores[2] = 0
    starts = np.zeros(4, dtype=int)
    for found in (
        memory.shares(scores),
        memory.reach(scores),
        memory.effective_characters(scores),
        memory.share_before(scores, starts),
        memory.share_by_lag(scores, 9),
    ):
        assert np.isnan(found[2]).all()
        assert np.isfinite(np.delete(found, 2, axis=0)).all()


def test_single_precision_and_whole_numbers_are_taken():
    for kind in (np.float32, np.int64):
        np.testing.assert_allclose(memory.reach(BY_HAND.astype(kind)), memory.reach(BY_HAND))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: memory.shares(np.ones(3)), r"scores must have the shape \(S, T\); got \(3,\)"),
        (lambda: memory.reach(np.ones((2, 3))), r"scores of the shape \(T, T\); got \(2, 3\)"),
        (lambda: memory.reach(np.array([[np.nan]])), "must be finite; got NaN or infinity"),
        (lambda: memory.shares(np.array([[np.inf]])), "must be finite; got NaN or infinity"),
        (
            lambda: memory.reach(np.ones((2, 2)), np.array([[0, 1]])),
            r"spans must have the shape \(2, 2\), start and end of each token; got \(1, 2\)",
        ),
        (
            lambda: memory.effective_characters(np.ones((2, 2)), np.arange(2)),
            r"spans must have the shape \(2, 2\).*got \(2,\)",
        ),
        (
            lambda: memory.share_before(np.ones((2, 2)), np.zeros(3)),
            r"one character for each of the 2 outputs; got the shape \(3,\)",
        ),
        (lambda: memory.share_by_lag(np.ones((2, 2)), -1), "lags must be at least 0; got -1"),
    ],
)
def test_wrong_shapes_and_numbers_are_said(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("model", "reach", "effective", "before"),
    [
        ("gru", 35.9, 56.9, [0.88, 0.79, 0.73, 0.64, 0.56, 0.49]),
        ("lstm", 25.5, 45.5, [0.89, 0.76, 0.69, 0.60, 0.50, 0.41]),
        ("nlstm", 2.4, 7.0, [0.75, 0.30, 0.22, 0.15, 0.11, 0.10]),
    ],
)
def test_the_articles_models(model, reach, effective, before):
    text, _, scores = distill.read(model)
    assert len(text) == 198
    assert memory.reach(scores)[60:].mean() == pytest.approx(reach, abs=0.05)
    assert memory.effective_characters(scores)[60:].mean() == pytest.approx(effective, abs=0.05)
    words = Words.of(text)
    shares = memory.share_before(scores, words.starts)
    found = [shares[words.known == known].mean() for known in range(6)]
    np.testing.assert_allclose(found, before, atol=0.005)
    # As the reference files' own description says of "advanced" (81 to 89), seen from "le".
    at = text.index("learning") + 1
    word = text.index("advanced")
    share = memory.shares(scores)[at, word : word + len("advanced")].sum()
    assert share == pytest.approx({"gru": 0.25, "lstm": 0.29, "nlstm": 0.07}[model], abs=0.005)
