"""The article's autocomplete model: at each character, the word that is being typed."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .cells import CELLS

SYMBOLS = " abcdefghijklmnopqrstuvwxyz"
"""Input symbols in id order: the space, which announces a word, then a to z."""

NESTED = "nested-lstm"
"""The only one of them that has a depth."""


class Autocomplete(nn.Module):
    """Reads characters and gives a logit for every word in its vocabulary at each of them.

    ``logits[b, t] = W h[b, t] + v`` with the top layer's state ``h = cell(embedding(ids))``.

    Args:
        cell: A name in `CELLS`.
        units: The size of each recurrent layer.
        layers: The number of recurrent layers.
        symbols: The number of input symbols.
        classes: The number of words.
        embedding_size: The size of the input embedding.
        depth: The number of levels of each layer of a nested LSTM; None is 2. Other cells have
            none.

    Raises:
        ValueError: If the cell is unknown, a size is below one, or the cell can't have a depth.
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
        """Run the recurrent layers without the head.

        Args:
            ids: Symbol ids, int64, (B, T).
            state: The state that an earlier call returned, to continue from; None: a state of
                zeros.

        Returns:
            The top layer's hidden states (B, T, units), and the state after the last character.
        """
        hidden, state = self.cell(self.embedding(ids), state)
        return hidden, state

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits (B, T, classes) of ids (B, T), from a state of zeros."""
        logits: torch.Tensor = self.head(self.read(ids)[0])
        return logits
