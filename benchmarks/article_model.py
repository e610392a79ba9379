"""Models of the article's size, with the weights that torch begins with. Needs torch alone."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from rnnviz_widget.models import NestedLSTM
from rnnviz_widget.models.autocomplete import SYMBOLS

ARTICLE = ("gru", "lstm", "nested-lstm", "rnn")
LAYERS = {"gru": 2, "lstm": 2, "nested-lstm": 1, "rnn": 2}
CLASSES = 16_386
EMBEDDING = 32


class Article(nn.Module):
    """A model of the article's size with the weights that torch begins with.

    The article feeds one-hot symbols; an embedding of 32 numbers, as the bundled models have one,
    comes before the layers here.

    Args:
        cell: A name in `ARTICLE`.
        units: Size of each recurrent layer.
        classes: How many output classes there are.
    """

    def __init__(self, cell: str, units: int, classes: int = CLASSES) -> None:
        super().__init__()
        kinds = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN, "nested-lstm": NestedLSTM}
        kind: Any = kinds[cell]
        self.embedding = nn.Embedding(len(SYMBOLS), EMBEDDING)
        self.cell = kind(EMBEDDING, units, LAYERS[cell], batch_first=True)
        self.head = nn.Linear(units, classes)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) of ids (B, T)."""
        logits: Tensor = self.head(self.cell(self.embedding(ids))[0])
        return logits
