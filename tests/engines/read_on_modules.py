"""Modules that make something of the length or the beginning of a text."""

import torch
from torch import nn

LIMIT = 12


class Base(nn.Module):
    """ids (1, T) -> logits (1, T, 9)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.cell = nn.GRU(4, 6, 2, batch_first=True)
        self.other = nn.GRU(4, 6, 2, batch_first=True)
        self.head = nn.Linear(6, 9)
        self.second = nn.Linear(6, 9)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


class StartsByLength(Base):
    """Its initial state depends on how long the text is."""

    def forward(self, ids):
        start = torch.full((2, 1, 6), ids.shape[1] / 20, dtype=self.head.weight.dtype)
        return self.head(self.cell(self.embedding(ids), start)[0])


class StartsByLast(Base):
    """Its initial state depends on the last token."""

    def forward(self, ids):
        start = torch.full((2, 1, 6), float(ids[0, -1]) / 9, dtype=self.head.weight.dtype)
        return self.head(self.cell(self.embedding(ids), start)[0])


class HeadByLength(Base):
    """Long texts have another head."""

    def forward(self, ids):
        head = self.second if ids.shape[1] > LIMIT else self.head
        return head(self.cell(self.embedding(ids))[0])


class LayerByLength(Base):
    """Long texts have another recurrent layer."""

    def forward(self, ids):
        cell = self.other if ids.shape[1] > LIMIT else self.cell
        return self.head(cell(self.embedding(ids))[0])


class ScaledByLength(Base):
    """The logits of long texts are divided."""

    def forward(self, ids):
        logits = super().forward(ids)
        return logits / 2 if ids.shape[1] > LIMIT else logits


class ScaledInPlace(Base):
    """The logits of long texts are divided in place."""

    def forward(self, ids):
        logits = super().forward(ids)
        return logits.div_(2) if ids.shape[1] > LIMIT else logits


class FromTheEnd(Base):
    """Each token is told how far it is from the end."""

    def forward(self, ids):
        embedded = self.embedding(ids)
        place = torch.arange(ids.shape[1], 0, -1, dtype=embedded.dtype)
        return self.head(self.cell(embedded + place[None, :, None] / 10)[0])


class Normalized(Base):
    """The embedded tokens are normalized over the text."""

    def forward(self, ids):
        embedded = self.embedding(ids)
        return self.head(self.cell(embedded - embedded.mean(dim=1, keepdim=True))[0])


class FeaturesNormalized(Base):
    """What the recurrent layers made is normalized over the text."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden - hidden.mean(dim=1, keepdim=True))


class Reversed(Base):
    """Reads from right to left."""

    def forward(self, ids):
        return super().forward(ids.flip(1)).flip(1)


class BothWays(Base):
    """Reads both ways."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(4, 3, 2, batch_first=True, bidirectional=True)


class Deep(Base):
    """Its head has two layers."""

    def __init__(self):
        super().__init__()
        self.head = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 9))


class TwiceTheSame(Base):
    """One layer is called twice, with the same weights."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(4, 4, 1, batch_first=True)
        self.head = nn.Linear(4, 9)

    def forward(self, ids):
        return self.head(self.cell(self.cell(self.embedding(ids))[0])[0])


class Given(Base):
    """Its initial state is a parameter."""

    def __init__(self):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(2, 1, 6))

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids), self.start)[0])


class Probabilities(Base):
    """It returns probabilities."""

    def forward(self, ids):
        return super().forward(ids).softmax(dim=-1)


class Refusing(Base):
    """It reads texts of up to so many tokens."""

    def forward(self, ids):
        if ids.shape[1] > LIMIT:
            raise ValueError(f"at most {LIMIT} tokens")
        return super().forward(ids)


READ_ON = (Base, HeadByLength, ScaledByLength, TwiceTheSame, Given)
"""Of short texts what both begin with is not read again."""
READ_WHOLE = (
    StartsByLength,
    StartsByLast,
    FromTheEnd,
    Normalized,
    FeaturesNormalized,
    Reversed,
    BothWays,
    Deep,
)
EVERY = (*READ_ON, *READ_WHOLE, LayerByLength, ScaledInPlace, Probabilities)
