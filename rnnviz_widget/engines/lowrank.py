r"""Many gradients in few directions: old rows as combinations of a small basis that is carried.

The gradients of rows that began long ago lie almost in a space of few dimensions: G = C X with X
(R, state) the carriers and C (N, R) the rows' coefficients. Only X is carried backwards through
time. Rows that have begun since are carriers themselves, until the next compression:

    X^T = Q L^T;  Y = [C L_old; L_new], all rows' coefficients in the orthonormal basis Q^T
    each row of Y scaled by its length, U = eigenvectors of Y^T Y, largest first (float64)
    the smallest rank whose remainder is at most an eighth of the tolerance in *every* row
    C = Y U, X = U^T Q^T

That bounds what one compression takes from a row's gradient, not the error of its scores, since
gradients may grow again. That error is measured: `Sweep` carries a few rows exactly beside the
others. Rows that have become short are not dropped: they revive.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# A row's remainder may be this much smaller than its error may be: gradients grow again, and many
# compressions add up. Measured on trained GRUs and LSTMs: it costs four carriers of sixty.
_SAFETY = 8
# A row that has shrunk below this share of its longest is held to the tolerance at that length.
_FADED = 1e-2
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
        tolerance: The largest error wanted. A row's remainder is kept to an eighth of it, as a
            share of the row's length.
    """

    def __init__(self, tolerance: float) -> None:
        self._remainder = tolerance / _SAFETY
        self._longest: Tensor | None = None
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
        unit = rows / self._lengths(rows)[:, None]
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

    def _lengths(self, rows: Tensor) -> Tensor:
        """The length of each row, or what it is held to where it has faded."""
        lengths: Tensor = torch.linalg.vector_norm(rows, dim=1)
        longest = lengths.clone()
        if self._longest is not None:
            earlier = self._longest
            longest[: len(earlier)] = torch.maximum(earlier, lengths[: len(earlier)])
        self._longest = longest
        tiny = torch.finfo(rows.dtype).tiny
        return torch.maximum(lengths, _FADED * longest).clamp_min(tiny)
