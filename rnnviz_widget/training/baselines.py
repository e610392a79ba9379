"""Evaluates the two lookups on texts, at the same positions as a model."""

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
    """The input of the lookups at each of a text's N characters, and the right answer.

    Attributes:
        targets: The word being typed, as its rank in the training part, shape (N,); -1: it is not
            in the training part, -2: no word is being typed.
        known: How many of its letters are typed, (N,); 0 at the space before it.
        previous: The rank of the previous word, (N,); -1: it is not in the training part, or there
            is none.
    """

    targets: NDArray[np.int64]
    known: NDArray[np.int64]
    previous: NDArray[np.int64]

    @classmethod
    def of(cls, text: str, ranks: dict[str, int]) -> Typed:
        """Read a text.

        Args:
            text: It must begin with a space.
            ranks: The rank of each word of the training part.
        """
        words = Words.of(text)
        targets = np.full(len(text), -2, dtype=np.int64)
        previous = np.full(len(text), -1, dtype=np.int64)
        end, before = 0, -1
        for word in text.split():
            start = end  # the space before the word
            end = text.index(word, start) + len(word)
            targets[start:end] = ranks.get(word, -1)
            previous[start:end] = before
            before = ranks.get(word, -1)
        return cls(targets, words.known, previous)


def evaluate_lookups(
    corpus: Corpus,
    number: int,
    texts: Sequence[str],
    *,
    lookup: PreviousWordLookup | None = None,
    progress: bool = True,
) -> tuple[Evaluation, Evaluation]:
    """Evaluate both lookups.

    Args:
        corpus: The prepared text, whose training part provides the counts.
        number: The size of the vocabulary.
        texts: Texts that begin with a space.
        lookup: The counts, if they were made before, for as many words.
        progress: Whether to show a progress bar.

    Returns:
        The evaluation of the lookup by prefix, and that of the lookup by prefix and previous word.
        The second gives no probabilities, so its cross entropy is NaN.

    Raises:
        ValueError: If the training part has fewer than `number` different words.
    """
    lookup = lookup or PreviousWordLookup(corpus, number)
    ranks = {word: rank for rank, word in enumerate(corpus.vocabulary)}
    tallies: tuple[list[Tally], list[Tally]] = [], []
    for text in tqdm(texts, desc="lookups", unit="text", disable=not progress):
        typed = Typed.of(text, ranks)
        inside = (typed.targets >= 0) & (typed.targets < number)
        outside = (typed.targets == -1) | (typed.targets >= number)
        right, known = typed.targets[inside], typed.known[inside]
        by_prefix, losses = lookup.prefix.score(right, known)
        by_previous = lookup.ranks(right, known, typed.previous[inside])
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
