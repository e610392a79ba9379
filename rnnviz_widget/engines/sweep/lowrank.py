r"""Many gradients in few directions: old rows as combinations of a small basis that is carried.

The gradients of rows that began long ago lie almost in a space of few dimensions: G = C X with X
(R, state) the carriers and C (N, R) the rows' coefficients. Only X is carried backwards through
time. Rows that have begun since are carriers themselves, until the next compression:

    X^T = Q L^T;  Y = [C L_old; L_new], all rows' coefficients in the orthonormal basis Q^T
    each row of Y scaled by its length, U = eigenvectors of Y^T Y, largest first (float64)
    the smallest rank whose remainder is at most tolerance / 32 of *every* row's length as it is now
    C = Y U, X = U^T Q^T

Rows that have become short are not dropped: they revive. They keep their relative accuracy as long
as they are more than the noise of the numbers that they are differences of; what is less is kept to
that noise, which would take all directions. So a remainder bounds what one compression takes from a
row's gradient, not the error of its scores: gradients grow again, and what was lost with them.
`witnesses` measures that error, in all rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.measures import lengths

# A row's remainder may be this much smaller than its error may be: gradients grow again, and many
# compressions add up.
_SAFETY = 32
# Of what a row is summed of, in units of the precision, this much is noise.
_NOISE = 2
# Compressing to more than this share of the carriers saves less than it costs.
_WORTH_IT = 0.8


@dataclass
class Compressed:
    """What a compression gives.

    Attributes:
        coefficients: C, shape (N, rank).
        carriers: X, shape (rank, state).
    """

    coefficients: Tensor
    carriers: Tensor


class Compressor:
    """Compresses the gradients of a growing number of rows.

    Args:
        tolerance: The largest error wanted. A row's remainder is kept to a part of it, as a share
            of the row's length.
    """

    def __init__(self, tolerance: float) -> None:
        self._remainder = tolerance / _SAFETY
        self._not_before = 0

    def compress(self, coefficients: Tensor, carriers: Tensor) -> Compressed | None:
        """Find fewer carriers for all rows.

        Args:
            coefficients: Of the old rows, (N_old, R_old).
            carriers: The R_old old ones, then the rows that have begun since: (R, state).

        Returns:
            Coefficients of all rows and carriers; None where it would not pay, or the numbers are
            not finite.
        """
        if len(carriers) < self._not_before:
            return None
        rank = coefficients.shape[1]
        basis, upper = torch.linalg.qr(carriers.T)
        rows = torch.cat([coefficients @ upper[:, :rank].T, upper[:, rank:].T])
        unit = rows / self._held_to(rows, coefficients, upper)[:, None]
        gram = unit.double().T @ unit.double()
        if not torch.isfinite(gram).all():
            return None
        directions = torch.linalg.eigh(gram).eigenvectors.flip(1).to(rows)
        # remainders[k]: the largest over rows of what is left when k directions are kept.
        squares = (unit @ directions).square_()
        remainders = squares.flip(1).cumsum(1).amax(0).flip(0)
        kept = max(1, int((remainders > self._remainder**2).sum()))
        if kept > _WORTH_IT * len(carriers):
            self._not_before = len(carriers) * 3 // 2
            return None
        self._not_before = 0
        directions = directions[:, :kept]
        return Compressed(rows @ directions, (basis @ directions).T)

    def _held_to(self, rows: Tensor, coefficients: Tensor, upper: Tensor) -> Tensor:
        """What each row's remainder is a share of: its length, where that is more than noise.

        A row that has faded since the last compression is a small difference of large numbers. To
        keep its noise would take all directions.
        """
        rank = coefficients.shape[1]
        noise = lengths(coefficients * lengths(upper[:, :rank].T))
        floor = lengths(rows)
        limits = torch.finfo(rows.dtype)
        old = floor[: len(noise)]
        torch.maximum(old, noise * (_NOISE * limits.eps / self._remainder), out=old)
        return floor.clamp_min(limits.tiny)
