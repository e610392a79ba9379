"""Models of the article's size, with the weights that torch begins with. Needs torch alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from rnnviz_widget.models import CELLS
from rnnviz_widget.models.autocomplete import SYMBOLS

ARTICLE = ("gru", "lstm", "min-gru", "nested-lstm", "rnn")
LAYERS = {cell: 1 if CELLS[cell].nested else 2 for cell in ARTICLE}
BIDIRECTIONAL = "bi-gru"
"""Two GRU layers with half of the units in each direction."""

TRANSFORMERS = ("transformer", "bi-transformer")
"""Six layers of 288 units, each output reading what comes before it, or the whole text."""

CLASSES = 16_386
EMBEDDING = 32


class Article(nn.Module):
    """A model of the article's size with the weights that torch begins with.

    The article feeds one-hot symbols; an embedding of 32 numbers, as the bundled models have one,
    comes before the layers here.

    Args:
        cell: A name in `ARTICLE` or `TRANSFORMERS`, or `BIDIRECTIONAL`.
        units: Size of each recurrent layer, of both directions together.
        classes: How many output classes there are.
    """

    def __init__(self, cell: str, units: int, classes: int = CLASSES) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), EMBEDDING)
        if cell in TRANSFORMERS:
            self.cell: nn.Module = TransformerLayers(bidirectional=cell != "transformer")
            units = self.cell.hidden_size
        elif cell == BIDIRECTIONAL:
            self.cell = CELLS["gru"].make(EMBEDDING, units // 2, 2, bidirectional=True)
        else:
            self.cell = CELLS[cell].make(EMBEDDING, units, LAYERS[cell])
        self.head = nn.Linear(units, classes)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) of ids (B, T)."""
        logits: Tensor = self.head(self.cell(self.embedding(ids))[0])
        return logits


class TransformerLayers(nn.Module):
    """Transformer layers, called as a recurrent layer of torch is.

    Args:
        bidirectional: Whether each output reads the whole text.

    Attributes:
        hidden_size, num_layers: Their size, and how many there are.
    """

    def __init__(
        self, hidden_size: int = 288, num_layers: int = 6, *, bidirectional: bool = False
    ) -> None:
        super().__init__()
        self.hidden_size, self.num_layers, self.bidirectional = (
            hidden_size,
            num_layers,
            bidirectional,
        )
        self.enter = nn.Linear(EMBEDDING, hidden_size)
        self.places = nn.Embedding(2048, hidden_size)
        self.layers = nn.ModuleList(
            _TransformerLayer(hidden_size, causal=not bidirectional) for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(hidden_size)

    def forward(self, embedded: Tensor) -> tuple[Tensor, None]:
        """The last layer's outputs (B, T, H) of embedded tokens (B, T, D)."""
        read = self.enter(embedded) + self.places(torch.arange(embedded.shape[1]))
        for layer in self.layers:
            read = layer(read)
        return self.norm(read), None


class _TransformerLayer(nn.Module):
    """Attention of six heads and an MLP four times as wide, each with a LayerNorm before it."""

    def __init__(self, size: int, *, causal: bool) -> None:
        super().__init__()
        self._causal, self._heads = causal, 6
        self.first_norm, self.norm = nn.LayerNorm(size), nn.LayerNorm(size)
        self.read, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.up, self.down = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.read(self.first_norm(x)).chunk(3, dim=-1)
        query, key, value = (
            part.unflatten(-1, (self._heads, -1)).transpose(1, 2) for part in parts
        )
        read = scaled_dot_product_attention(query, key, value, is_causal=self._causal)
        x = x + self.out(read.transpose(1, 2).flatten(2))
        wide: Tensor = self.down(gelu(self.up(self.norm(x))))
        return x + wide
