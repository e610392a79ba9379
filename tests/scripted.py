"""Modules that TorchScript can compile."""

import torch
from kinds import Classifier, Kind
from language_models import NAMES, Base, D, V
from torch import nn


class Summed(Base):
    def __init__(self):
        super().__init__()
        self.positions = nn.Embedding(64, D)

    def forward(self, ids):
        places = torch.arange(ids.shape[1])
        return self.head(self.cell(self.positions(places) + self.embedding(ids))[0])

    def plain(self, embedded):
        return super().plain(embedded + self.positions.weight[: len(embedded)])


class Padding(Base):
    """Its first symbol is padding: no gradient goes to its row."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)


class Tied(Summed):
    """Two modules with one weight."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(D, D, batch_first=True)
        self.head = nn.Linear(D, V)
        self.head.weight = self.embedding.weight


class Shared(Base):
    """The last layer is the embedding's table."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(D, D, batch_first=True)

    def forward(self, ids):
        return self.cell(self.embedding(ids))[0] @ self.embedding.weight.t()


SCRIPTED = {
    "tied": Kind(Tied),
    "summed": Kind(Summed),
    "padding": Kind(Padding),
    "time first": Kind(lambda: Base(batch_first=False), {"batch_first": False}),
    "classifier": Kind(Classifier, {"outputs": NAMES}, causal=False),
}
