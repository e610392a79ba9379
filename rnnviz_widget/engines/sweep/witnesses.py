r"""Witnesses: random combinations of all rows, carried exactly, that no row's error escapes.

The gradient g_n of row n moves backwards by products with matrices that are the same for all rows,
so that a sum over rows moves as one row does. With weights w[i, n] = x[i, n] / v_n, x drawn from
the normal distribution and v_n about row n's largest score, I witnesses

    z_i = sum over n of w[i, n] g_n

are carried exactly, I rows more. What the compressed rows g'_n make of the same sum is known too,
and along the measure's directions A_t, with e_n = g'_n - g_n, rounding and all,

    d_i(t) = sum over n of w[i, n] g'_n A_t - z_i A_t = sum over n of w[i, n] e_n A_t
    off(t) = max over i of ||d_i(t)||

Of row n's own error, d_i holds x[i, n] ||e_n A_t|| / v_n along its direction, and to it something
is added that does not depend on x[i, n]. A normal number lies in any stretch of the width 2 a with
a probability of at most 2 a / sqrt(2 pi), so that all I stay below 1/k of the error with at most

    P(||e_n A_t|| > k v_n off(t)) <= (2 / (k sqrt(2 pi)))^I,    k = 2.5, I = 12: 1.1e-6

whatever the model and whatever the others' errors. So the error of a row's scores, as a share of
its largest, is at most b / (1 - b), b = k v_n max over t of off(t) / (largest score); of scores
that are squares twice that and its square. v_n only weighs rows against each other: the bound holds
whatever it is, and is tight where it is near the row's largest score.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnviz_widget.engines.measures import Measure, lengths

COUNT = 12
"""How many witnesses there are."""
_FACTOR = 2.5
# Of what a row's length makes of others' scores, a row's largest is taken to be this much at least.
_LEAST = 1e-3


class Witnesses:
    """Random combinations of rows, and how far the compressed rows' are from them.

    Rows have numbers in the order in which they begin, the latest first. They join when they are
    compressed for the first time; until then they are exact.

    Args:
        rows: How many rows there are, N.
        length: How many inputs there are, T.
        like: A tensor of the gradients' precision, on their device.
    """

    def __init__(self, rows: int, length: int, like: Tensor) -> None:
        # Not torch's global generator, which is the user's; the same in every run.
        generator = torch.Generator().manual_seed(0)
        self._drawn = torch.randn(COUNT, rows, generator=generator).to(like)
        self._weights = like.new_zeros(COUNT, rows)
        self._sizes = torch.zeros(rows, dtype=torch.float64, device=like.device)
        self._exact_from = torch.full((rows,), length, device=like.device)
        self._off = torch.zeros(length + 1, dtype=torch.float64, device=like.device)

    def join(self, first: int, gradients: Tensor, peaks: Tensor, before: int) -> Tensor:
        """Let rows join.

        Args:
            first: The number of the first of them; the others follow.
            gradients: What they carry, exact, (K, state).
            peaks: The largest of their scores so far, (K,), not squared.
            before: The input index from which on their scores are exact.

        Returns:
            What is to be added to what the witnesses carry, (COUNT, state).
        """
        some = slice(first, first + len(gradients))
        carried = lengths(gradients).double()
        # A row whose scores have all been next to nothing is weighed by its length.
        least = _LEAST * carried * _typical(peaks.double() / carried)
        sizes = torch.maximum(peaks.double(), least)
        limits = torch.finfo(gradients.dtype)
        sizes = torch.where(carried > 0, sizes.clamp_min(limits.tiny / limits.eps), 0)
        self._sizes[some] = sizes
        self._exact_from[some] = before
        one_by = torch.where(sizes > 0, 1 / sizes, 0)
        self._weights[:, some] = (self._drawn[:, some] * one_by).to(gradients)
        return self._weights[:, some] @ gradients

    def combine(self, first: int, along: Tensor) -> Tensor:
        """What compressed rows, from the given number on, add to the same combinations.

        Args:
            first: The number of the first of them.
            along: Their gradients along the measure's directions, (K, ...).

        Returns:
            Shape (COUNT, ...).
        """
        weights = self._weights[:, first : first + len(along)]
        return (weights @ along.flatten(1)).view(COUNT, *along.shape[1:])

    def compare(self, low: int, differences: Tensor) -> None:
        """Note d_i(t) of the inputs from `low` on: (COUNT, steps, M)."""
        off = lengths(differences).amax(0)
        self._off[low : low + len(off)] = off

    def bounds(self, scores: Tensor, measure: Measure) -> Tensor:
        """How far each row may be off, as a share of its largest score, (N,); 0: it is exact.

        Args:
            scores: All rows' scores, (N, T), in the order of their numbers.
            measure: What they are.
        """
        peaks = scores.abs().amax(1).double().pow(1 / measure.degree)
        # largest[t]: the largest of off before t.
        largest = torch.cat([self._off.new_zeros(1), self._off.cummax(0).values])
        off = _FACTOR * largest[self._exact_from] * self._sizes
        share = torch.where(off == 0, 0, off / peaks)
        beyond = torch.where(share < 1, share / (1 - share), torch.inf)
        return torch.expm1(measure.degree * torch.log1p(beyond))


def _typical(ratios: Tensor) -> Tensor:
    """The middle one of those that say something, else 1."""
    known = ratios[ratios.isfinite() & (ratios > 0)]
    return known.median() if len(known) else ratios.new_ones(())
