"""The scale that divides each share by the mean share at the same lag."""

from dataclasses import replace

import numpy as np
import pytest
from small import LETTERS, recurrent
from widgets import explorer_of

import rnnviz_widget as rv
from rnnviz_widget.picture import DrawOptions, LagMeans
from rnnviz_widget.picture.content import content_of
from rnnviz_widget.scene.rows import STEPS

TEXT = "what is far from here"


def in_steps(scores):
    """Shares as they travel: in steps of each row's peak."""
    sizes = np.abs(scores.astype(float))
    peaks = sizes.max(axis=1, keepdims=True)
    return np.rint(sizes / peaks * STEPS) * (peaks / STEPS) / sizes.sum(axis=1, keepdims=True)


def over_mean(shares):
    """By its definition, in plain loops; of a causal model."""
    size = len(shares)
    found = np.zeros_like(shares)
    for s in range(size):
        for t in range(s + 1):
            same = [shares[u, u - (s - t)] for u in range(s - t, size)]
            # Where no output has any there is nothing to divide by.
            found[s, t] = shares[s, t] / (np.mean(same) or 1)
    return found


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
def test_it_is_the_share_over_the_mean_share_at_its_lag(measure):
    c = rv.connectivity(rv.SequenceModel(recurrent(), LETTERS), TEXT, measure=measure)
    means = LagMeans({s: row[: s + 1] for s, row in enumerate(c.scores)}, signed=c.signed)
    shares = in_steps(c.scores)
    for s, right in enumerate(over_mean(shares)):
        expected = means.at(s, s + 1)
        ratios = shares[s, : s + 1] / np.where(expected > 0, expected, 1)
        assert ratios == pytest.approx(right[: s + 1])


def test_the_only_output_with_a_lag_has_what_is_expected():
    means = LagMeans({0: np.ones(1), 1: np.array([4.0, 1.0])}, signed=False)
    assert means.at(1, 2) == pytest.approx([0.8, (1 + 0.2) / 2])


def test_a_row_of_zeros_counts_for_nothing_and_a_lag_without_any_gives_none():
    means = LagMeans({0: np.zeros(1), 1: np.array([0.0, 2.0])}, signed=False)
    assert means.at(1, 2).tolist() == [0, 1]
    one = LagMeans({0: np.zeros(1)}, signed=False)
    assert one.at(0, 1).tolist() == [0]


def test_a_picture_has_it_once_all_rows_are_there_and_else_shares():
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), TEXT)
    explorer = explorer_of(widget)
    options = DrawOptions("expected")
    cache = explorer.caches[0]
    cache.rows.clear()
    waiting = explorer.picture(12, options)
    assert waiting.scale == "share"
    assert "once all rows are here" in content_of(waiting).legend.words
    for _ in cache.fill(range(len(TEXT)), patience=0.0):
        pass
    picture = explorer.picture(12, options)
    assert picture.scale == "expected"
    legend = content_of(picture).legend
    assert legend.ends[1].endswith("4 times the expected")
    assert "over the mean share at the same distance" in legend.words
    right = over_mean(in_steps(cache.connectivity().scores))[12, :13] / 4
    row = picture.facets[0].row
    drawn = [picture.scaling.part(0, share, p) for p, share in enumerate(row.characters[:13])]
    assert drawn == pytest.approx(right)
    widget.close()


def test_a_model_with_one_output_for_the_whole_text_has_no_mean():
    widget = rv.explore(rv.SequenceModel(recurrent(), LETTERS), TEXT)
    cache = explorer_of(widget).caches[0]
    for _ in cache.fill(range(len(TEXT)), patience=0.0):
        pass
    assert cache.lag_means() is not None
    cache.facet = replace(cache.facet, one_output=True)
    assert cache.lag_means() is None
    widget.close()
