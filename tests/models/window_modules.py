"""Modules that read a window, each also called on every window by itself."""

import copy

import torch
from language_models import LETTERS, Base, D, H, V
from small import seeded
from torch import nn

import rnnviz_widget as rv

TEXT = "badhegfcaabcgfdhe"
PAD = LETTERS[0]


class Last(Base):
    """What follows the text that was read, (1, V)."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0][:, -1])

    def answer(self, embedded):
        return self.head(self.cell(embedded[None])[0][0, -1])


class Convolved(nn.Module):
    """A network that reads windows of one size and nothing else."""

    size = 5

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.inner = nn.Conv1d(D, H, 3)
        self.head = nn.Linear(H * (self.size - 2), V)

    def forward(self, ids):
        hidden = self.inner(self.embedding(ids).transpose(1, 2)).tanh()
        return self.head(hidden.flatten(1))

    def answer(self, embedded):
        hidden = self.inner(embedded.T[None])[0].tanh()
        return self.head(hidden.reshape(-1))


class BothWays(Base):
    """One output for each token, each of all that was read: the last is the window's."""

    def __init__(self):
        super().__init__(width=2 * H, bidirectional=True)

    def answer(self, embedded):
        return self.head(self.cell(embedded[None])[0][0])[-1]


class TimeFirst(Last):
    def __init__(self):
        super().__init__(batch_first=False)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0][-1])

    def answer(self, embedded):
        return self.head(self.cell(embedded[:, None])[0][-1, 0])


class OfBatch(Last):
    """What it gives for a text depends on what else is in the batch."""

    def forward(self, ids):
        return super().forward(ids) + 0.2 * self.embedding(ids).mean() * len(ids)

    def answer(self, embedded):
        return super().answer(embedded) + 0.2 * embedded.mean()


class Unknown(Last):
    """Looks up the first symbol instead of the last two."""

    @staticmethod
    def looked_up(ids):
        return [0 if each > V - 3 else each for each in ids]

    def forward(self, ids):
        return super().forward(torch.where(ids > V - 3, 0, ids))


class Stops(Last):
    """Looks up the first symbol instead of all that follows a stop."""

    @staticmethod
    def looked_up(ids):
        stop = ids.index(4) if 4 in ids else len(ids)
        return [0 if n > stop else each for n, each in enumerate(ids)]

    def forward(self, ids):
        after = (ids == 4).long().cumsum(1) - (ids == 4).long()
        return super().forward(torch.where(after > 0, 0, ids))


class Uncopyable(Last):
    def __deepcopy__(self, memo):
        raise RuntimeError("it holds a handle")


KINDS = {
    "one output": (Last, {"window": 5}),
    "padded": (Last, {"window": 5, "pad": PAD}),
    "of one size": (Convolved, {"window": 5, "pad": PAD}),
    "an output a token": (BothWays, {"window": 4}),
    "time first": (TimeFirst, {"window": 6, "batch_first": False}),
    "of its batch": (OfBatch, {"window": 5}),
    "changes ids": (Unknown, {"window": 5}),
    "stops reading": (Stops, {"window": 4}),
    "uncopyable": (Uncopyable, {"window": 5}),
    "longer than the text": (Last, {"window": 40}),
}


def made(name, dtype=torch.float64):
    make, options = KINDS[name]
    module = seeded(make, dtype=dtype)
    return module, rv.SequenceModel(module, LETTERS, **options)


def by_hand(module, text, targets, measure, *, window, pad=None, **_):
    """Each window by itself, by float64 autograd on the one-hot input; and what it gives."""
    module = copy.copy(module).double().eval()
    table = module.embedding.weight.detach()
    ids = [LETTERS.index(character) for character in text]
    rows, logits = [], []
    for s, k in enumerate(targets):
        first = max(0, s - window + 1)
        before = 0 if pad is None else window - (s + 1 - first)
        its = [LETTERS.index(PAD)] * before + ids[first : s + 1]
        its = module.looked_up(its) if hasattr(module, "looked_up") else its
        x = torch.eye(V, dtype=torch.float64)[its].requires_grad_()
        e = x @ table
        y = module.answer(e)
        logits.append(y.detach())
        at_x, at_e = torch.autograd.grad(y[k], (x, e))
        scores = {
            "norm": at_x.norm(dim=1),
            "squared": at_x.square().sum(1),
            "embedding_norm": at_e.norm(dim=1),
            "grad_x_input": (at_e * e.detach()).sum(1),
        }[measure]
        row = torch.zeros(len(text), dtype=torch.float64)
        row[first : s + 1] = scores[before:]
        rows.append(row)
    return torch.stack(rows).numpy(), torch.stack(logits)
