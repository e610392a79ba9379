"""The symbols that replace an exchanged input, drawn by their frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.models import SequenceModel
from rnnviz_widget.scene.tokens import Tokens

Integers = npt.NDArray[np.int64]

ALL_AT_MOST = 64
"""Up to this many symbols, all are tried in the place of an input; otherwise `DRAWN` of them."""
DRAWN = 32


@dataclass(frozen=True, eq=False)
class DrawnSymbols:
    """The symbols that may replace an input, with their frequencies.

    Attributes:
        ids: The ids of the symbols, (N,), at least two.
        shares: The frequency of each; they add up to 1, (N,).
        words: Where the symbols come from, in words.
    """

    ids: Integers
    shares: npt.NDArray[np.float64]
    words: str

    @property
    def exact(self) -> bool:
        """Whether all symbols are tried, rather than a sample."""
        return len(self.ids) <= ALL_AT_MOST

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Integers:
        """Draw ids by their frequency."""
        drawn: Integers = generator.choice(self.ids, shape, p=self.shares)
        return drawn

    def tried(self, generator: np.random.Generator) -> tuple[Integers, npt.NDArray[np.float64]]:
        """The symbols to try in the place of one input, and the weight of each in the mean."""
        if self.exact:
            return self.ids, self.shares
        return self.draw(generator, (DRAWN,)), np.full(DRAWN, 1 / DRAWN)


def exchangeable(tokens: Tokens) -> npt.NDArray[np.bool_]:
    """Mark the tokens that can be exchanged, (T,): those that cover characters of the text."""
    return np.array([start < end for start, end in tokens.spans], bool)


def drawn_symbols_of(
    model: SequenceModel, texts: Sequence[Tokens], frequencies: Mapping[str, float] | None
) -> DrawnSymbols:
    """Find the symbols that may replace an input.

    Args:
        model: The model. For a model of vectors all steps of its text are drawn equally often.
        texts: The tokens of the texts. Without `frequencies`, symbols are counted in them.
        frequencies: The frequency of each symbol, in any unit. Other symbols are not drawn.

    Raises:
        ValueError: If fewer than two symbols can be drawn, or `frequencies` are not valid.
    """
    if model.network.capabilities.reads_vectors:
        ids = np.unique(np.concatenate([each.ids for each in texts])).astype(np.int64)
        counts = np.ones(len(ids))
        words = "another step of the same text, each as often"
    elif frequencies is None:
        read = [np.array(each.ids, np.int64)[exchangeable(each)] for each in texts]
        ids, often = np.unique(np.concatenate(read), return_counts=True)
        counts = often.astype(np.float64)
        words = "a symbol drawn as often as it stands in these texts"
    else:
        ids, counts = _given(model, frequencies)
        words = "a symbol drawn by the frequencies that were given"
    if len(ids) < 2:
        raise ValueError(
            f"there is nothing to exchange an input for: {len(ids)} different symbols can be "
            "drawn, and two are needed. Check on texts with more than one symbol, or pass "
            'frequencies={"a": 3, "b": 1, ...}'
        )
    return DrawnSymbols(ids, counts / counts.sum(), words)


def _given(
    model: SequenceModel, frequencies: Mapping[str, float]
) -> tuple[Integers, npt.NDArray[np.float64]]:
    numbers = {symbol: n for n, symbol in enumerate(model.inputs)}
    strange = [symbol for symbol in frequencies if symbol not in numbers]
    if strange:
        raise ValueError(
            f"frequencies must be of input symbols of {model.name}; {strange[0]!r} is none"
        )
    wrong = [symbol for symbol, often in frequencies.items() if not 0 <= often < float("inf")]
    if wrong:
        raise ValueError(
            "frequencies must be numbers that are not below 0; that of "
            f"{wrong[0]!r} is {frequencies[wrong[0]]!r}"
        )
    some = sorted(numbers[symbol] for symbol, often in frequencies.items() if often > 0)
    counts = np.array([frequencies[model.inputs[n]] for n in some], np.float64)
    return np.array(some, np.int64), counts
