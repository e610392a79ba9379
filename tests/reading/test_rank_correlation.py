"""Rank correlation against values worked out by hand."""

import numpy as np
import pytest

from rnnviz_widget.reading.rank_correlation import ranks, spearman


def test_equal_values_share_the_mean_of_their_ranks():
    assert ranks(np.array([3.0, 1.0, 3.0, 7.0, 3.0])).tolist() == [3, 1, 3, 5, 3]


def test_spearman_by_hand():
    # Ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * 4 / (4 * 15).
    assert spearman(np.array([1, 2, 3, 4]), np.array([20, 10, 40, 30])) == pytest.approx(0.6)
    assert spearman(np.array([1, 5, 9]), np.array([3, 2, 1])) == pytest.approx(-1)
    # With a tie: ranks 1.5 1.5 3 and 1 2 3, Pearson 1.5 / sqrt(1.5 * 2).
    assert spearman(np.array([4, 4, 8]), np.array([1, 2, 3])) == pytest.approx(1.5 / 3**0.5)


@pytest.mark.parametrize("values", [[5.0], [2.0, 2.0, 2.0]])
def test_spearman_of_what_has_no_order_is_not_known(values):
    assert np.isnan(spearman(np.array(values), np.arange(len(values))))
