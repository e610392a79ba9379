"""Many gradients in few directions: rows as combinations of a small basis, which alone is carried.

The gradients of rows that began long ago nearly lie in a space of few dimensions: G = C X, with
carriers X (R, state) and the rows' coefficients C (N, R). Only X is carried backwards through time.
Rows that have begun since then are carriers themselves, until the next compression:

    X^T = Q L^T;  Y = [C L_old; L_new], all rows' coefficients in the orthonormal basis Q^T
    each row of Y scaled by its length, U = eigenvectors of Y^T Y, largest first (float64)
    the smallest rank whose remainder is at most tolerance / 128 of *every* row's current length
    C = Y U, X = U^T Q^T

Rows that have become short are not dropped at once, since gradients may grow again. A row keeps its
relative accuracy until it has shrunk to a millionth of its greatest length, or to the rounding
noise of the numbers whose difference it is; shorter rows are held to these lengths. To keep all
that is left of them would take nearly all directions where gradients vanish. So a remainder bounds
what one compression takes from a row's gradient, not the error of its scores: where the gradient
grows again, so does what was lost. `witnesses` measures the error of all rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.measures import lengths

# A row's remainder must be this many times smaller than the error allowed: gradients may grow
# again, and many compressions add up.
_SAFETY = 128
# The noise of a row, in units of the precision of the numbers that it is summed from.
_NOISE = 2
# A row that has shrunk is held to this share of its greatest length.
_FADED = 1e-6
# Compressing to more than this share of the carriers costs more than it saves.
_WORTH_IT = 0.8


@dataclass
class Compressed:
    """The result of a compression.

    Attributes:
        coefficients: C, shape (N, rank).
        carriers: X, shape (rank, state).
    """

    coefficients: Tensor
    carriers: Tensor


class Compressor:
    """Compresses the gradients of a growing number of rows.

    Args:
        tolerance: The largest error allowed. Each row's remainder is kept to a part of it, as a
            share of the row's length.
    """

    def __init__(self, tolerance: float) -> None:
        self._remainder = tolerance / _SAFETY
        self._not_before = 0
        self._longest: Tensor | None = None

    def compress(self, coefficients: Tensor, carriers: Tensor) -> Compressed | None:
        """Find fewer carriers for all rows.

        Args:
            coefficients: Those of the old rows, (N_old, R_old).
            carriers: The R_old old ones, then the rows that have begun since: (R, state).

        Returns:
            Coefficients of all rows, and carriers; None if that would not pay, or numbers are not
                finite.
        """
        if len(carriers) < self._not_before:
            return None
        rank = coefficients.shape[1]
        basis, upper = torch.linalg.qr(carriers.T)
        rows = torch.cat([coefficients @ upper[:, :rank].T, upper[:, rank:].T])
        unit = rows / self._held_to(rows, coefficients, upper)[:, None]
        exact = unit.double()
        gram = exact.T @ exact
        if not torch.isfinite(gram).all():
            return None
        # Smallest eigenvalue first.
        directions = torch.linalg.eigh(gram).eigenvectors.to(rows)
        # remainders[k]: the largest squared remainder of any row when the first k + 1 are left out.
        remainders = (unit @ directions).square_().cumsum(1).amax(0)
        kept = max(1, int((remainders > self._remainder**2).sum()))
        if kept > _WORTH_IT * len(carriers):
            self._not_before = len(carriers) * 3 // 2
            return None
        self._not_before = 0
        directions = directions[:, -kept:].flip(1)
        return Compressed(rows @ directions, (basis @ directions).T)

    def _held_to(self, rows: Tensor, coefficients: Tensor, upper: Tensor) -> Tensor:
        """The length of each row that its remainder is a share of.

        That is its own, or that of its noise: a row that has shrunk since the last compression is a
        small difference of large numbers. It is at least a share of its greatest length so far.
        """
        rank = coefficients.shape[1]
        noise = lengths(coefficients * lengths(upper[:, :rank].T))
        floor = lengths(rows)
        longest = floor.clone()
        if self._longest is not None:
            # Rows come in the order in which they begin, so those of the last time are the first.
            known = longest[: len(self._longest)]
            torch.maximum(known, self._longest, out=known)
        self._longest = longest
        torch.maximum(floor, longest * _FADED, out=floor)
        limits = torch.finfo(rows.dtype)
        old = floor[: len(noise)]
        torch.maximum(old, noise * (_NOISE * limits.eps / self._remainder), out=old)
        return floor.clamp_min(limits.tiny)
