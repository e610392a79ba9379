"""What the lookups score on texts: the same positions, counted as those of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from rnnviz_widget.evaluation import Evaluation, Tally
from rnnviz_widget.evaluation.tally import tally_ranks
from rnnviz_widget.training.lookup import PreviousWordLookup
from rnnviz_widget.training.text8 import Corpus
from rnnviz_widget.words import Words

PREFIX = "prefix lookup"
PREVIOUS = "lookup by prefix and previous word"


@dataclass(frozen=True)
class Typed:
    """What is known at each character of a text, and what should be named there.

    Attributes:
        targets: The word being typed as its rank in the training part, shape (N,); -1: it is not
            there, -2: no word.
        known: How many of its letters are typed, (N,); 0 at the space before it.
        previous: The word before, likewise as its rank; -1 if it is not there or none is.
    """

    targets: NDArray[np.int64]
    known: NDArray[np.int64]
    previous: NDArray[np.int64]

    @classmethod
    def of(cls, text: str, ranks: dict[str, int]) -> Typed:
        """Read a text that begins at a space; `ranks` has the words of the training part."""
        words = Words.of(text)
        targets = np.full(len(text), -2, dtype=np.int64)
        previous = np.full(len(text), -1, dtype=np.int64)
        end, before = 0, -1
        for word in text.split():
            start = end  # at the space before it
            end = text.index(word, start) + len(word)
            targets[start:end] = ranks.get(word, -1)
            previous[start:end] = before
            before = ranks.get(word, -1)
        return cls(targets, words.known, previous)


def evaluate_lookups(
    corpus: Corpus, number: int, texts: Sequence[str], *, progress: bool = True
) -> tuple[Evaluation, Evaluation]:
    """Evaluates both lookups.

    Args:
        corpus: The prepared text; its training part fills them.
        number: Size of the vocabulary.
        texts: Texts that begin at a space.
        progress: Whether to draw a bar.

    Returns:
        The lookup by prefix, and that by prefix and previous word; the second gives no
        probabilities, its cross entropy is NaN.
    """
    lookup = PreviousWordLookup(corpus, number)
    ranks = {word: rank for rank, word in enumerate(corpus.vocabulary)}
    tallies: tuple[list[Tally], list[Tally]] = [], []
    for text in tqdm(texts, desc="lookups", unit="text", disable=not progress):
        typed = Typed.of(text, ranks)
        inside = (typed.targets >= 0) & (typed.targets < number)
        outside = (typed.targets == -1) | (typed.targets >= number)
        asked = typed.targets[inside], typed.known[inside]
        by_prefix, losses = lookup.prefix.score(*asked)
        by_previous = lookup.ranks(*asked, typed.previous[inside])
        unknown = np.full(len(losses), np.nan)
        for which, found, its in ((0, by_prefix, losses), (1, by_previous, unknown)):
            place = np.zeros(len(text), dtype=np.int64)
            loss = np.zeros(len(text))
            place[inside], loss[inside] = found, its
            tallies[which].append(tally_ranks(typed.known, inside, outside, place, loss))
    characters = sum(map(len, texts))
    return (
        Evaluation(PREFIX, tallies[0], characters),
        Evaluation(PREVIOUS, tallies[1], characters),
    )
