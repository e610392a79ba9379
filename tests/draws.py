"""Random numbers that every machine agrees on to the last bit, for golden files.

They are made of `random.random()` alone, whose sequence Python promises to keep, by additions,
multiplications and divisions, which IEEE 754 rounds in one way. A power, a logarithm or numpy's
`gamma`, `dirichlet` and `uniform` are not: their last bit hangs on the processor's instructions.
"""

import random

import numpy as np


class Draws:
    """A sequence of draws, the same for the same seed."""

    def __init__(self, seed):
        self._next = random.Random(seed).random

    def numbers(self, *shape):
        """Even over [0, 1), multiples of 2**-53."""
        count = int(np.prod(shape, dtype=int))
        return np.array([self._next() for _ in range(count)]).reshape(shape)

    def integers(self, low, high, *shape):
        """Even over low, ..., high - 1."""
        return low + np.floor(self.numbers(*shape) * (high - low)).astype(np.int64)

    def signs(self, *shape):
        """-1 or 1."""
        return 2 * self.integers(0, 2, *shape) - 1

    def permutation(self, size):
        """0, ..., size - 1 in any order."""
        return np.argsort(self.numbers(size), kind="stable")

    def parts(self, size):
        """Parts of a whole: multiples of 1 / 4096 that add up to 1."""
        cuts = np.sort(self.integers(0, 4097, size - 1))
        return np.diff(cuts, prepend=0, append=4096) / 4096

    def magnitudes(self, *shape):
        """Below 1, few large and many small, as a row of connectivity is.

        They are multiples of 2**-40, so that a sum of them is exact in whatever order it is taken.
        """
        return self.integers(0, 1 << 10, *shape) ** 4 / (1 << 40)
