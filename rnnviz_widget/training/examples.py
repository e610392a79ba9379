"""Batches for training: many places of the text read side by side, each from where it stopped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz_widget.training.sampled import NOT_COUNTED
from rnnviz_widget.training.text8 import Corpus


@dataclass(frozen=True)
class Batch:
    """Some characters of every stream.

    Attributes:
        ids: (B, T) int64 symbols.
        targets: (B, T) int64 classes, below zero where not counted.
        fresh: (B,) bool: the stream forgets what it read and starts from an empty state.
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]
    fresh: NDArray[np.bool_]


def generator(seed: int, step: int, purpose: int) -> np.random.Generator:
    """Randomness as a function of seed and step alone, so that a resumed run needs no state."""
    return np.random.default_rng((seed, step, purpose))


def targets_of(words: NDArray[np.int32], classes: int) -> NDArray[np.int64]:
    """Words as classes: those outside the vocabulary, and no word, are not counted."""
    return np.where((words >= 0) & (words < classes), words, NOT_COUNTED).astype(np.int64)


def mask_first_word(ids: NDArray[np.integer], targets: NDArray[np.int64]) -> None:
    """Does not count, in place, what comes before the first space of a text (..., T).

    Whoever starts in the middle of a word has not seen how it began.
    """
    started = np.maximum.accumulate(ids == 0, axis=-1)
    targets[~started] = NOT_COUNTED


class Streams:
    """The training part as `streams` contiguous readers, evenly spread, that wrap around.

    Args:
        corpus: The prepared text.
        classes: Size of the vocabulary.
        streams: Number of readers, B.
        length: Characters that each reads at a step, T.
        forget: Probability that a reader starts afresh at a step, so that the model also learns
            to begin a text.
        seed: Decides when readers start afresh.

    Raises:
        ValueError: If the training part is shorter than one batch.
    """

    def __init__(
        self, corpus: Corpus, classes: int, *, streams: int, length: int, forget: float, seed: int
    ) -> None:
        self.symbols, self.words = corpus.part("training")
        if len(self.symbols) < streams * length:
            raise ValueError(
                f"the training part has {len(self.symbols):,} characters, but a batch takes "
                f"{streams} x {length}: give a longer text, fewer streams or shorter steps"
            )
        self.classes, self.length, self.forget, self.seed = classes, length, forget, seed
        self.starts = np.arange(streams, dtype=np.int64) * (len(self.symbols) // streams)

    def batch(self, step: int) -> Batch:
        """What is read at a step, a function of the step alone."""
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
