"""The article's autocomplete model: at each character, the word that is being typed."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .cells import CELLS

SYMBOLS = " abcdefghijklmnopqrstuvwxyz"
"""Input symbols in id order: the space, which announces a word, then a to z."""

NESTED = "nested-lstm"
"""The one of them that has a depth."""


class Autocomplete(nn.Module):
    """Reads characters and gives, at each of them, a logit for every word it knows.

    ``logits[b, t] = W h[b, t] + v`` where ``h = cell(embedding(ids))`` is the top layer's state.

    Args:
        cell: A name in `CELLS`.
        units: Size of each recurrent layer.
        layers: Number of recurrent layers.
        symbols: Number of input symbols.
        classes: Number of words.
        embedding_size: Size of the input embedding.
        depth: Levels of each layer of a nested LSTM; None is 2. The other cells have none.

    Raises:
        ValueError: For an unknown cell, a size below one, or a depth that the cell can't have.
    """

    def __init__(
        self,
        *,
        cell: str,
        units: int,
        layers: int,
        classes: int,
        symbols: int = len(SYMBOLS),
        embedding_size: int = 32,
        depth: int | None = None,
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"unknown cell {cell!r}: expected one of {', '.join(sorted(CELLS))}")
        sizes = {
            "units": units,
            "layers": layers,
            "classes": classes,
            "symbols": symbols,
            "embedding_size": embedding_size,
        }
        if cell == NESTED:
            sizes["depth"] = 2 if depth is None else depth
        elif depth is not None:
            raise ValueError(f"depth is for the cell {NESTED!r}; {cell!r} has none, got {depth}")
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        self.config: dict[str, Any] = {"cell": cell, **sizes}
        self.embedding = nn.Embedding(symbols, embedding_size)
        self.cell = CELLS[cell].make(embedding_size, units, layers, depth=sizes.get("depth"))
        self.head = nn.Linear(units, classes)

    def read(self, ids: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        """Runs the recurrent layers without the head.

        Args:
            ids: (B, T) int64 symbol ids.
            state: What an earlier call returned, to read on from there; None to start afresh.

        Returns:
            The top layer's hidden states (B, T, units), and the state after the last character.
        """
        hidden, state = self.cell(self.embedding(ids), state)
        return hidden, state

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits (B, T, classes) of ids (B, T), read from an empty state."""
        logits: torch.Tensor = self.head(self.read(ids)[0])
        return logits
