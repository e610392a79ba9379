"""Which word a character belongs to, and how much of it is known there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """The words of a text, for each of its N characters.

    A word begins with the white space before it, which announces it.

    Attributes:
        starts: Where the current word begins, shape (N,).
        known: How many of its letters have been read, this character included, shape (N,); 0 at
            white space.
    """

    starts: Integers
    known: Integers

    @classmethod
    def of(cls, text: str) -> Words:
        """Find the words of a text."""
        places = np.arange(len(text))
        space = np.array([character.isspace() for character in text], dtype=bool)
        last = np.maximum.accumulate(np.where(space, places, -1))  # -1: none yet
        return cls(starts=np.maximum(last, 0), known=places - last)

    def at(self, spans: npt.NDArray[np.integer]) -> Words:
        """The same at the last character of each token; `spans` (T, 2) holds start and end."""
        last = np.maximum(spans[:, 1] - 1, spans[:, 0])
        last = np.minimum(last, len(self.known) - 1)  # a token of no character at the very end
        return Words(self.starts[last], self.known[last])
