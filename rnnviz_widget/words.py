"""What white space and words are, for the whole package. Standard library and numpy.

The page has the same rules (js/src/core/white-space.ts, words.ts); tests of both sides read
tests/words.json.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def is_white_space(symbol: str) -> bool:
    """Whether all characters of a symbol are white space; False for "".

    White space is what Unicode defines as such, and the separators U+001C to U+001F, but not
    U+FEFF.
    """
    return symbol.isspace()


def without_white_space(text: str) -> str:
    """A text without its leading white space."""
    return text.lstrip()


def word_spans(text: str) -> list[tuple[int, int]]:
    """The characters [start, end) of each word; a word begins with the white space before it."""
    starts = [p for p, character in enumerate(text) if p == 0 or is_white_space(character)]
    return list(itertools.pairwise([*starts, len(text)]))


@dataclass(frozen=True)
class Words:
    """The words of a text, for each of its N characters.

    The white space before a word is its first character.

    Attributes:
        starts: Where the current word begins, shape (N,).
        known: How many of its letters have been read, including this character, shape (N,); 0 at
            white space.
    """

    starts: Integers
    known: Integers

    @classmethod
    def of(cls, text: str) -> Words:
        """Find the words of a text."""
        places = np.arange(len(text))
        space = np.array([is_white_space(character) for character in text], dtype=bool)
        last = np.maximum.accumulate(np.where(space, places, -1))  # -1: none yet
        return cls(starts=np.maximum(last, 0), known=places - last)

    def at(self, spans: npt.NDArray[np.integer]) -> Words:
        """The same at the last character of each token.

        Args:
            spans: The characters [start, end) of each token, shape (T, 2).
        """
        last = np.maximum(spans[:, 1] - 1, spans[:, 0])
        last = np.minimum(last, len(self.known) - 1)  # a token without characters at the end
        return Words(self.starts[last], self.known[last])
