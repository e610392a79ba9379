"""Baselines by counting: the most frequent word that starts with the letters typed so far.

Classes are ordered by frequency, so of two words with the same prefix the lower class is the more
frequent one.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from rnnviz_widget.training.text8 import Corpus


class PrefixLookup:
    """Predicts the most frequent words of the vocabulary that start with the letters typed.

    Args:
        classes: The words, most frequent first.
        counts: How often each occurs in the training part.
    """

    def __init__(self, classes: list[str], counts: NDArray[np.int64]) -> None:
        longest = max(len(word) for word in classes)
        self.ranks = np.full((len(classes), longest + 1), -1, dtype=np.int32)
        self.shares = np.full((len(classes), longest + 1), np.nan)
        seen: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for place, word in enumerate(classes):
            for known in range(len(word) + 1):
                self.ranks[place, known] = seen[word[:known]]
                seen[word[:known]] += 1
                total[word[:known]] += int(counts[place])
        for place, word in enumerate(classes):
            for known in range(len(word) + 1):
                self.shares[place, known] = counts[place] / total[word[:known]]

    @classmethod
    def of(cls, corpus: Corpus, number: int) -> PrefixLookup:
        """The lookup over the `number` most frequent words of a corpus."""
        return cls(corpus.classes(number), corpus.counts[:number])

    def score(
        self, targets: NDArray[np.integer], known: NDArray[np.integer]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Score the lookup at N positions.

        Args:
            targets: The right classes, (N,).
            known: How many letters of the word are typed, (N,); 0 at the space.

        Returns:
            The rank of the target in the lookup's list, 0 for its first prediction, (N,); and
            ``-log(count of the target / sum of the counts of all words with that prefix)`` in
            nats, (N,).
        """
        return self.ranks[targets, known], -np.log(self.shares[targets, known])


class PreviousWordLookup:
    """Predicts the most frequent followers of the previous word that start with the letters typed.

    They are followed by all other words with that prefix, by their own frequency. The previous word
    may be any word of the training part, in the vocabulary or not.

    Args:
        corpus: The prepared text, whose training part is counted.
        number: The size of the vocabulary.

    Raises:
        ValueError: If the training part has fewer different words.
    """

    def __init__(self, corpus: Corpus, number: int) -> None:
        self.classes = corpus.classes(number)
        self.prefix = PrefixLookup.of(corpus, number)
        symbols, words = corpus.part("training")
        read = words[symbols == 0].astype(np.int64)  # the word of each space: the one after it
        before, after = read[:-1], read[1:]
        usable = (before >= 0) & (after >= 0) & (after < number)
        keys = before[usable] * number + after[usable]
        pairs, counts = np.unique(keys, return_counts=True)
        self._before, self._after = np.divmod(pairs, number)
        self._counts = counts
        self._cache: dict[tuple[int, str], list[int]] = {}

    def _followers(self, previous: int, prefix: str) -> list[int]:
        """The classes that followed a word and start with a prefix, most frequent first."""
        key = (previous, prefix)
        if key not in self._cache:
            if prefix:
                longer = self._followers(previous, prefix[:-1])
                self._cache[key] = [c for c in longer if self.classes[c].startswith(prefix)]
            else:
                start, end = np.searchsorted(self._before, [previous, previous + 1])
                order = np.lexsort((self._after[start:end], -self._counts[start:end]))
                self._cache[key] = self._after[start:end][order].tolist()
        return self._cache[key]

    def ranks(
        self,
        targets: NDArray[np.integer],
        known: NDArray[np.integer],
        previous: NDArray[np.integer],
    ) -> NDArray[np.int32]:
        """The rank of each target in the lookup's list, 0 for its first prediction, (N,).

        Args:
            targets: The right classes, (N,).
            known: How many letters of the word are typed, (N,); 0 at the space.
            previous: The rank of the previous word in the training part, (N,); below zero: unknown.
        """
        ranks: NDArray[np.int32] = self.prefix.ranks[targets, known].copy()
        places: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        triples = zip(previous.tolist(), targets.tolist(), known.tolist(), strict=True)
        for place, triple in enumerate(triples):
            if triple[0] >= 0:
                places[triple].append(place)
        for (before, target, letters), where in places.items():
            followers = self._followers(before, self.classes[target][:letters])
            if target in followers:
                ranks[where] = followers.index(target)
            else:
                # All followers come before the target. Those that are more frequent than it are
                # already counted in its rank by prefix.
                ranks[where] += sum(1 for follower in followers if follower > target)
        return ranks
