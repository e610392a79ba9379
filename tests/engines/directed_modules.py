"""Recurrent layers that read in any direction, and what plain autograd gives of them."""

import copy

import torch
from small import worst
from torch import nn

from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.engines.sweep.bidirectional_engine import BidirectionalEngine

SYMBOLS, SIZE, CLASSES = 9, 3, 5
KINDS = {
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
    "rnn": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "projected": (nn.LSTM, {"proj_size": 4}),
}


def one_after_the_other(layers, x):
    for layer in layers:
        x = layer(x)[0]
    return x


class Model(nn.Module):
    """An embedding, recurrent modules that are called in some way, and a head."""

    def __init__(self, layers, width, call=one_after_the_other, head=None):
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, SIZE)
        self.layers = nn.ModuleList(layers)
        self.head = head or nn.Linear(width, CLASSES)
        self.call = call

    def after(self, embedded):
        return self.head(self.call(self.layers, embedded))

    def forward(self, ids):
        return self.after(self.embedding(ids))


def texts(length):
    return torch.randint(SYMBOLS, (length,), generator=torch.Generator().manual_seed(length))


def truth(module, ids, rows, targets, batch_first=True):
    """Plain float64 autograd of every measure, and what its precision is to be measured by."""
    module = copy.deepcopy(module).double()
    axis = 0 if batch_first else 1
    matrix = module.embedding.weight.detach()
    embedded = matrix[ids].requires_grad_()
    logits = module.after(embedded.unsqueeze(axis)).squeeze(axis)
    found = {name: [] for name in MEASURES}
    peaks = {name: [] for name in MEASURES}
    for s, k in zip(rows, targets, strict=True):
        (gradient,) = torch.autograd.grad(logits[s, k], embedded, retain_graph=True)
        scores = {
            "norm": (gradient @ matrix.T).norm(dim=1),
            "squared": (gradient @ matrix.T).square().sum(1),
            "embedding_norm": gradient.norm(dim=1),
            "grad_x_input": (gradient * embedded).sum(1).detach(),
        }
        # Where a sum cancels, no precision is left of it: its terms are the measure of that.
        terms = (gradient * embedded).abs().sum(1).detach()
        for name, each in scores.items():
            found[name].append(each)
            peaks[name].append((terms if name == "grad_x_input" else each).max())
    return (
        {name: torch.stack(each).numpy() for name, each in found.items()},
        {name: torch.stack(each).numpy() for name, each in peaks.items()},
    )


def engine_of(module, ids, batch_first=True):
    return choose_engine(Network(module, SYMBOLS, CLASSES, batch_first=batch_first), ids)


def check(module, length, kind=BidirectionalEngine, batch_first=True, dtype=torch.float64):
    """All rows together and each by itself, of every measure."""
    ids, rows = texts(length), list(range(length))
    targets = [row % CLASSES for row in rows]
    expected, peaks = truth(module, ids, rows, targets, batch_first)
    engine = engine_of(copy.deepcopy(module).to(dtype), ids, batch_first)
    assert type(engine) is kind, engine.reason
    assert engine.name == "sweep"
    bound = 1e-12 if dtype == torch.float64 else 1e-5
    for name, measure in MEASURES.items():
        together = engine.fill(rows, targets, measure).finish()
        assert worst(together.numpy(), expected[name], peaks=peaks[name]) <= bound
        if length <= 17:
            alone = [
                engine.rows([row], [target], measure)[0]
                for row, target in zip(rows, targets, strict=True)
            ]
            assert worst(torch.cat(alone).numpy(), expected[name], peaks=peaks[name]) <= bound
    return engine


def both(make, size, units, **options):
    return make(size, units, batch_first=True, bidirectional=True, **options)


def one(make, size, units, **options):
    return make(size, units, batch_first=True, **options)


def flipped(layers, x):
    return one_after_the_other(layers, x.flip(1)).flip(1)


def deep():
    return nn.Sequential(nn.LayerNorm(6), nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, CLASSES))
