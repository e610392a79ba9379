"""The texts of an output's check: with the first inputs of an order exchanged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .drawn_symbols import DrawnSymbols
from .formulas import STEPS
from .measured import strongest_first

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STRONGEST, NEAREST, RANDOM = range(3)
"""The orders in which inputs are exchanged."""

RERUNS = 80
"""How often a model is run again for one output."""


@dataclass(frozen=True, eq=False)
class ExchangedTexts:
    """The texts of a check.

    Attributes:
        counts: How many inputs are exchanged, K of them, rising.
        texts: Ids, (D, 3 K + 1, T): in each draw the texts of each order, then the one with all
            inputs exchanged.
    """

    counts: list[int]
    texts: Integers

    @classmethod
    def drawn(
        cls,
        ids: Integers,
        places: Integers,
        distances: Integers,
        *,
        scores: Floats,
        symbols: DrawnSymbols,
        signed: bool,
        seed: int,
    ) -> ExchangedTexts:
        """Draw them.

        Args:
            ids: The ids of the text, (T,).
            places: The inputs that can be exchanged, (N,), at least two.
            distances: Their distances to the output, (N,).
            scores: Their scores, (N,).
            symbols: What may take their place.
            signed: Whether the scores have a sign.
            seed: Seeds the draws.
        """
        count = len(places)
        counts = [k for k in STEPS if k < count]
        generator = np.random.default_rng([seed, len(ids)])
        draws = RERUNS // (3 * len(counts) + 1)
        others = symbols.draw(generator, (draws, count))
        shuffled = generator.permuted(np.tile(np.arange(count), (draws, 1)), axis=1)
        nearest = np.argsort(distances, kind="stable")
        strongest = strongest_first(scores, shuffled, signed=signed)
        texts = np.tile(ids, (draws, 3 * len(counts) + 1, 1))
        for d, (drawn, order) in enumerate(zip(others, shuffled, strict=True)):
            for n, each in enumerate((strongest, nearest, order)):
                for m, k in enumerate(counts):
                    texts[d, n * len(counts) + m, places[each[:k]]] = drawn[each[:k]]
            texts[d, -1, places] = drawn
        return cls(counts, texts)

    @property
    def orders(self) -> list[slice]:
        """Where the texts of each order are, by `STRONGEST`, `NEAREST` and `RANDOM`."""
        size = len(self.counts)
        return [slice(order * size, (order + 1) * size) for order in (STRONGEST, NEAREST, RANDOM)]
