"""Formulas against values worked out by hand, and against captum."""

import numpy as np
import pytest
import torch

from rnnviz_widget.evaluation.faithfulness.formulas import (
    aopc,
    first_of_order,
    infidelity,
    racu_parts,
)


def test_the_first_of_an_order():
    order = np.array([2, 0, 3, 1])
    assert first_of_order(order, 2).tolist() == [True, False, True, False]
    assert first_of_order(order, 9).all()


def test_aopc_is_the_mean_over_steps():
    assert aopc(np.array([[0.1, 0.2, 0.6], [0, 0, -0.3]])) == pytest.approx([0.3, -0.1])


def test_racu_by_hand():
    """Shares 0, 1/2, 1; the order falls to 0.2 at once, the baseline to 0.6, both end at 0.2."""
    above, below = racu_parts([0, 0.5, 1], [1.0, 0.2, 0.2], [1.0, 0.6, 0.2])
    # b - p is 0, 0.4, 0: two triangles of 0.5 * 0.4 / 2. b - 0.2 is 0.8, 0.4, 0: 0.3 + 0.1.
    assert above == pytest.approx(0.2)
    assert below == pytest.approx(0.4)


@pytest.mark.parametrize(("p", "expected"), [([1, 0.6, 0.2], 0), ([1, 0.2, 0.2], 0.5)])
def test_racu_of_the_baseline_is_nothing_and_grows_with_what_is_lost(p, expected):
    above, below = racu_parts([0, 0.5, 1], p, [1, 0.6, 0.2])
    assert above / below == pytest.approx(expected)


def test_racu_is_below_nothing_where_less_is_lost():
    above, below = racu_parts([0, 0.5, 1], [1, 0.9, 0.2], [1, 0.6, 0.2])
    assert above / below == pytest.approx(-0.375)


def test_infidelity_by_hand():
    scores, exchanged = np.array([1.0, 2.0]), np.array([[True, False], [True, True]])
    # Told 1 and 3, really 2 and 3.
    falls = np.array([2.0, 3.0])
    assert infidelity(scores, exchanged, falls, normalize=False) == pytest.approx(0.5)
    beta = (1 * 2 + 3 * 3) / (1 + 9)
    expected = ((beta - 2) ** 2 + (3 * beta - 3) ** 2) / 2
    assert infidelity(scores, exchanged, falls) == pytest.approx(expected)
    assert infidelity(np.zeros(2), exchanged, falls) == pytest.approx((4 + 9) / 2)


@pytest.mark.parametrize("normalize", [False, True])
def test_infidelity_equals_captums(normalize):
    from captum.metrics import infidelity as captums

    generator = np.random.default_rng(3)
    inputs, draws = 7, 40
    exchanged = generator.random((draws, inputs)) < 0.4
    weights = torch.tensor(generator.normal(size=inputs))
    text = torch.tensor(generator.normal(size=inputs))
    others = torch.tensor(generator.normal(size=(draws, inputs)))
    scores = generator.normal(size=inputs)

    def explained(x):
        return torch.tanh(x @ weights) + x[:, 0] * x[:, 1]

    def exchange(given):
        changed = torch.where(torch.tensor(exchanged), others, given)
        return torch.tensor(exchanged, dtype=torch.float64), changed

    theirs = captums(
        explained,
        exchange,
        text[None],
        torch.tensor(scores)[None],
        n_perturb_samples=draws,
        normalize=normalize,
    )
    changed = torch.where(torch.tensor(exchanged), others, text)
    falls = (explained(text[None]) - explained(changed)).numpy()
    ours = infidelity(scores, exchanged, falls, normalize=normalize)
    assert ours == pytest.approx(float(theirs), abs=1e-6)
    assert ours > 0.01
