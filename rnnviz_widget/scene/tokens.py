"""A text as one model splits it into tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from .arrays import (
    Spans,
)
from .packing import (
    UNSENT,
    Listed,
    Natural,
    Wire,
    found,
)

Span = tuple[int, int]


@dataclass(frozen=True)
class Tokens:
    """A text as one model reads it.

    Attributes:
        text: The text.
        ids: The id of each token; empty if there is no model.
        symbols: The symbol of each id; empty if there is no model.
        spans: The characters [start, end) of each token.
        unknown: The indices of tokens that were replaced by the model's unknown symbol.
        notes: Notes for the reader on how this text was read.
    """

    text: Annotated[str, found("text")]
    ids: Annotated[Sequence[int], UNSENT]
    symbols: Annotated[Sequence[str], UNSENT]
    spans: Annotated[Sequence[Span], Wire(Spans())]
    unknown: Annotated[Sequence[int], Wire(Listed(Natural(below="tokens")))]
    notes: Annotated[Sequence[str], UNSENT] = ()

    def __len__(self) -> int:
        return len(self.spans)

    @cached_property
    def texts(self) -> list[str]:
        """The text of each token."""
        return [self.text[start:end] for start, end in self.spans]

    @cached_property
    def of_characters(self) -> list[int]:
        """The token at each character: the last that spans it, else the last before it, else 0."""
        length = len(self.text)
        holder, before = np.full(length, -1), np.zeros(length + 1, np.int64)
        for t, (start, end) in enumerate(self.spans):
            holder[start:end] = t
            before[start] = t
        last = np.maximum.accumulate(before[:length])
        found: list[int] = np.where(holder < 0, last, holder).tolist()
        return found

    def at(self, position: int) -> int:
        """The token at a character; see `of_characters`."""
        return self.of_characters[min(max(position, 0), len(self.text) - 1)]
