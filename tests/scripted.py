"""Modules that TorchScript can compile."""

import torch
from kinds import NAMES, Base, Classifier, D, Kind, V
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


SCRIPTED = {
    "summed": Kind(Summed),
    "padding": Kind(Padding),
    "time first": Kind(lambda: Base(batch_first=False), {"batch_first": False}),
    "classifier": Kind(Classifier, {"outputs": NAMES}, causal=False),
}
