"""Batches for training: several streams read the text, each continuing where it stopped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz_widget.training.sampled import NOT_COUNTED
from rnnviz_widget.training.text8 import Corpus


@dataclass(frozen=True)
class Batch:
    """The next T characters of each of B streams.

    Attributes:
        ids: Symbols, (B, T) int64.
        targets: Classes, (B, T) int64; below zero where not counted.
        fresh: Whether a stream starts from an empty state, (B,) bool.
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]
    fresh: NDArray[np.bool_]


def generator(seed: int, step: int, purpose: int) -> np.random.Generator:
    """A random generator that depends on its arguments alone, so a resumed run stores none."""
    return np.random.default_rng((seed, step, purpose))


def targets_of(words: NDArray[np.int32], classes: int) -> NDArray[np.int64]:
    """Words as classes; words outside the vocabulary and characters of no word are not counted."""
    return np.where((words >= 0) & (words < classes), words, NOT_COUNTED).astype(np.int64)


def mask_first_word(ids: NDArray[np.integer], targets: NDArray[np.int64]) -> None:
    """Exclude, in place, the positions before the first space of a text (..., T).

    A text that starts in the middle of a word does not contain the word's beginning.
    """
    started = np.maximum.accumulate(ids == 0, axis=-1)
    targets[~started] = NOT_COUNTED


class Streams:
    """Streams that read the training part from evenly spread places, and wrap around at its end.

    Args:
        corpus: The prepared text.
        classes: The size of the vocabulary.
        streams: The number of streams, B.
        length: How many characters each stream reads in a step, T.
        skip: How many characters each stream passes over at its beginning.
        forget: The probability that a stream starts a step from an empty state, so that the model
            also learns to begin a text.
        seed: Determines when streams start from an empty state.

    Raises:
        ValueError: If the training part is shorter than one batch.
    """

    def __init__(
        self,
        corpus: Corpus,
        classes: int,
        *,
        streams: int,
        length: int,
        forget: float,
        seed: int,
        skip: int = 0,
    ) -> None:
        self.symbols, self.words = corpus.part("training")
        if len(self.symbols) < streams * length:
            raise ValueError(
                f"the training part has {len(self.symbols):,} characters, but a batch takes "
                f"{streams} x {length}: give a longer text, fewer streams or shorter steps"
            )
        self.classes, self.length, self.forget, self.seed = classes, length, forget, seed
        self.starts = np.arange(streams, dtype=np.int64) * (len(self.symbols) // streams) + skip

    def batch(self, step: int) -> Batch:
        """The batch of a step; it depends on the step alone."""
        offsets = self.starts[:, None] + step * self.length + np.arange(self.length)
        offsets %= len(self.symbols)
        ids = self.symbols[offsets].astype(np.int64)
        targets = targets_of(self.words[offsets], self.classes)
        fresh = generator(self.seed, step, 0).random(len(self.starts)) < self.forget
        if step == 0:
            fresh[:] = True
        partial = targets[fresh]
        mask_first_word(ids[fresh], partial)
        targets[fresh] = partial
        return Batch(ids, targets, fresh)
