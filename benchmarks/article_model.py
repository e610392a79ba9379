"""Models of the article's size, with the weights that torch begins with. Needs torch alone."""

from __future__ import annotations

from torch import Tensor, nn

from rnnviz_widget.models import CELLS
from rnnviz_widget.models.autocomplete import SYMBOLS

ARTICLE = ("gru", "lstm", "min-gru", "nested-lstm", "rnn")
LAYERS = {cell: 1 if CELLS[cell].nested else 2 for cell in ARTICLE}
BIDIRECTIONAL = "bi-gru"
"""Two GRU layers with half of the units in each direction."""

CLASSES = 16_386
EMBEDDING = 32


class Article(nn.Module):
    """A model of the article's size with the weights that torch begins with.

    The article feeds one-hot symbols; an embedding of 32 numbers, as the bundled models have one,
    comes before the layers here.

    Args:
        cell: A name in `ARTICLE`, or `BIDIRECTIONAL`.
        units: Size of each recurrent layer, of both directions together.
        classes: How many output classes there are.
    """

    def __init__(self, cell: str, units: int, classes: int = CLASSES) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), EMBEDDING)
        if cell == BIDIRECTIONAL:
            self.cell = CELLS["gru"].make(EMBEDDING, units // 2, 2, bidirectional=True)
        else:
            self.cell = CELLS[cell].make(EMBEDDING, units, LAYERS[cell])
        self.head = nn.Linear(units, classes)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) of ids (B, T)."""
        logits: Tensor = self.head(self.cell(self.embedding(ids))[0])
        return logits
