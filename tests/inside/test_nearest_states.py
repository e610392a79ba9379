"""The most similar states, against going over all of them."""

import numpy as np
import pytest

from rnnviz_widget.inside.nearest_states import nearest_of_many, nearest_states, nearest_to
from rnnviz_widget.inside.text_states import TextStates


def made_up():
    rng = np.random.default_rng(0)
    return TextStates.of(*(rng.standard_normal((n, 8)).astype(np.float32) for n in (30, 1, 50)))


def cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return a @ b / np.sqrt((a @ a) * (b @ b))


@pytest.mark.parametrize("apart", [1, 4])
def test_nearest_are_those_of_going_over_all(apart):
    texts = made_up()
    own = texts.text(2)[47]
    expected = sorted(
        (
            (-cosine(state, own), n, t)
            for n in range(3)
            for t, state in enumerate(texts.text(n))
            if n != 2 or abs(t - 47) >= apart
        )
    )
    found = nearest_to(texts, 2, 47, count=5, apart=apart)
    assert [(s.text, s.step) for s in found.states] == [(n, t) for _, n, t in expected[:5]]
    for state, (similarity, *_) in zip(found.states, expected, strict=False):
        assert state.similarity == pytest.approx(-similarity, abs=1e-6)
    assert found.table()[0] == vars(found.states[0])
    assert len(nearest_to(texts, 2, 47, count=1_000)) == 80


def test_equal_states_stand_in_their_order_and_zeros_are_like_nothing():
    states = np.array([[1, 0], [2, 0], [0, 0], [1, 0], [-1, 0]], np.float16)
    found = nearest_to(TextStates.of(states), 0, 0)
    assert [(s.step, s.similarity) for s in found.states] == [(1, 1), (3, 1), (4, -1)]
    assert len(nearest_to(TextStates.of(states[:1]), 0, 0)) == 0
    with pytest.raises(ValueError, match="this state is 0 in all units"):
        nearest_to(TextStates.of(states), 0, 2)


def test_a_state_of_elsewhere_is_compared_with_all():
    texts = made_up()
    found = nearest_states(texts, 3 * texts.text(1)[0], count=1)
    assert (found.states[0].text, found.states[0].step) == (1, 0)
    assert found.states[0].similarity == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 0, {}), "there is no text 3: they go from 0 to 2"),
        ((1, 1, {}), "there is no step 1: they go from 0 to 0"),
        ((0, 0, {"count": 0}), "count must be at least 1; got 0"),
        ((0, 0, {"apart": 0}), "apart must be at least 1 step; got 0"),
    ],
)
def test_what_is_not_there_is_refused(arguments, message):
    text, step, more = arguments
    with pytest.raises(ValueError, match=message):
        nearest_to(made_up(), text, step, **more)


def test_a_state_of_another_layer_is_refused():
    with pytest.raises(ValueError, match="expected a state of 8 units; got 3"):
        nearest_states(made_up(), np.ones(3))
    with pytest.raises(ValueError, match="a state must be finite; got nan"):
        nearest_states(made_up(), np.full(8, np.nan))


@pytest.mark.parametrize("apart", [1, 4])
def test_the_nearest_of_many_are_those_of_each(apart):
    texts = made_up()
    asked = np.asarray([0, 29, 30, 31, 47, 80])
    found = nearest_of_many(texts, asked, count=5, apart=apart)
    assert found.indices.shape == found.similarity.shape == (6, 5)
    for at, indices, similarity in zip(asked, found.indices, found.similarity, strict=True):
        number = int(np.searchsorted(texts.starts, at, side="right")) - 1
        step = int(at - texts.starts[number])
        one = nearest_to(texts, number, step, count=5, apart=apart).states
        assert indices.tolist() == [texts.starts[s.text] + s.step for s in one]
        np.testing.assert_allclose(similarity, [s.similarity for s in one], atol=1e-6)


def test_of_few_states_and_of_zeros_the_nearest_of_many_are_not_numbers():
    texts = TextStates.of(np.asarray([[1.0, 0], [2, 0], [0, 0], [0, 3]]))
    found = nearest_of_many(texts, np.asarray([0, 2]))
    assert found.indices[0].tolist()[0] == 1
    np.testing.assert_allclose(found.similarity, [[1, 0, np.nan], [np.nan] * 3])
    alone = nearest_of_many(texts, np.asarray([1]), apart=9)
    assert np.isnan(alone.similarity).all()
    for wrong in ({"count": 0}, {"apart": 0}):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"{name} must be at least 1; got 0"):
            nearest_of_many(texts, np.asarray([0]), **wrong)
