"""Witnesses: random combinations of all rows, carried exactly, that bound every row's error.

The gradient g_n of row n is carried backwards by products with matrices that are the same for all
rows, so that a sum of rows is carried like a single row. With weights w[i, n] = x[i, n] / v_n, x
from the standard normal distribution and v_n about row n's largest score, I witnesses

    z_i = sum over n of w[i, n] g_n

are carried exactly, I rows more. The compressed rows g'_n give the same sums approximately. Along
the measure's directions A_t, with e_n = g'_n - g_n (including rounding), the differences are

    d_i(t) = sum over n of w[i, n] g'_n A_t - z_i A_t = sum over n of w[i, n] e_n A_t
    off(t)^2 = sum over i of ||d_i(t)||^2

Along the direction of row n's own error e_n A_t, d_i is x[i, n] ||e_n A_t|| / v_n plus something
that does not depend on x[i, n]. Whatever that is, the sum of the I squares is less than a limit at
most as often as the sum of I squared normal numbers alone, which has a chi-squared distribution:

    P(||e_n A_t|| > k v_n off(t)) <= P(chi-squared of I degrees < 1 / k^2)
                                   = exp(-a) (a^(I/2) / (I/2)! + a^(I/2 + 1) / (I/2 + 1)! + ...)

with a = 1 / (2 k^2), I even; k = 0.84, I = 16: 8.4e-7,

whatever the model and the other rows' errors are. Hence the error of a row's scores, as a share of
the largest, is at most b / (1 - b), with b = k v_n max over t of off(t) / (largest score); for
squared scores, twice that plus its square. v_n only weighs rows against each other: the bound holds
for any v_n, and is tight if v_n is close to the row's largest score.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnviz_widget.engines.measures import Measure, lengths

COUNT = 16
"""The number of witnesses, I."""
_FACTOR = 0.84
# The smallest v_n, as a share of the largest score that a row with its beginning typically has.
_LEAST = 1e-3


class Witnesses:
    """Random combinations of rows, and how far those of the compressed rows differ from them.

    Rows are numbered in the order in which they begin, the latest first. They join when they are
    first compressed; until then they are exact.

    Args:
        beginnings: What the gradients of the rows begin with, (N, H).
        length: The number of inputs, T.
    """

    def __init__(self, beginnings: Tensor, length: int) -> None:
        rows, like = len(beginnings), beginnings
        # A generator of our own: torch's global one is the user's, and every run must be the same.
        generator = torch.Generator().manual_seed(0)
        self._drawn = torch.randn(COUNT, rows, generator=generator).to(like)
        self._weights = like.new_zeros(COUNT, rows)
        self._begun = lengths(beginnings).double()
        self._sizes = torch.zeros(rows, dtype=torch.float64, device=like.device)
        self._exact_from = torch.full((rows,), length, device=like.device)
        self._off = torch.zeros(length + 1, dtype=torch.float64, device=like.device)

    def join(self, first: int, gradients: Tensor, peaks: Tensor, before: int) -> Tensor:
        """Add rows to the combinations.

        Args:
            first: The number of the first of them; the others follow.
            gradients: Their exact states, (K, state).
            peaks: Their largest scores so far, (K,), not squared.
            before: The input index from which on their scores are exact.

        Returns:
            What must be added to the witnesses' states, (COUNT, state).
        """
        some = slice(first, first + len(gradients))
        # A row whose scores have all been nearly zero so far is weighed by what it began with. What
        # has become of that since differs much between rows of different ages.
        begun = self._begun[some]
        least = _LEAST * begun * _typical(peaks.double() / begun)
        carried = lengths(gradients)
        sizes = torch.maximum(peaks.double(), least)
        limits = torch.finfo(gradients.dtype)
        sizes = torch.where(carried > 0, sizes.clamp_min(limits.tiny / limits.eps), 0)
        self._sizes[some] = sizes
        self._exact_from[some] = before
        one_by = torch.where(sizes > 0, 1 / sizes, 0)
        self._weights[:, some] = (self._drawn[:, some] * one_by).to(gradients)
        return self._weights[:, some] @ gradients

    def combine(self, first: int, along: Tensor) -> Tensor:
        """The part of the combinations that compressed rows make up, from the given number on.

        Returns:
            Shape (COUNT, ...).
        """
        weights = self._weights[:, first : first + len(along)]
        return (weights @ along.flatten(1)).view(COUNT, *along.shape[1:])

    def compare(self, low: int, differences: Tensor) -> None:
        """Note the differences d_i(t) at the inputs from `low` on: (COUNT, steps, M)."""
        off = lengths(lengths(differences).T)
        self._off[low : low + len(off)] = off

    def bounds(self, largest_scores: Tensor, measure: Measure) -> Tensor:
        """A bound of each row's error, as a share of its largest score, (N,); 0 where it is exact.

        Args:
            largest_scores: The size of each row's largest score, (N,), in the order of their
                numbers.
            measure: What they are.
        """
        peaks = largest_scores.double().pow(1 / measure.degree)
        # largest[t]: the largest of off before t, since scores from t on are exact.
        largest = torch.cat([self._off.new_zeros(1), self._off.cummax(0).values])
        off = _FACTOR * largest[self._exact_from] * self._sizes
        share = torch.where(off == 0, 0, off / peaks)
        beyond = torch.where(share < 1, share / (1 - share), torch.inf)
        return torch.expm1(measure.degree * torch.log1p(beyond))


def _typical(ratios: Tensor) -> Tensor:
    """The median of the ratios that are finite and positive; 1 if there are none."""
    known = ratios[ratios.isfinite() & (ratios > 0)]
    return known.median() if len(known) else ratios.new_ones(())
