"""Small models for the tests, seeded without touching the global random state."""

import numpy as np
import torch
from torch import nn

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}
LETTERS = " abcdefghijklmnopqrstuvwxyz"


class Recurrent(nn.Module):
    """ids (1, T) -> (logits (1, T, V), state)."""

    def __init__(self, cell="gru", layers=1, symbols=27, classes=27, units=12, batch_first=True):
        super().__init__()
        self.embedding = nn.Embedding(symbols, 5)
        self.cell = CELLS[cell](5, units, layers, batch_first=batch_first, dropout=0.0)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(units, classes)

    def forward(self, ids):
        hidden, state = self.cell(self.embedding(ids))
        return self.head(self.drop(hidden)), state


class Written(nn.Module):
    """A recurrent layer written out, which autograd serves: ids (1, T) -> logits (1, T, 27)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.step = nn.Linear(20, 12)
        self.head = nn.Linear(12, 27)

    def forward(self, ids):
        embedded, states = self.embedding(ids), []
        state = embedded.new_zeros(len(ids), 12)
        for t in range(ids.shape[1]):
            state = torch.tanh(self.step(torch.cat([embedded[:, t], state], dim=1)))
            states.append(state)
        return self.head(torch.stack(states, dim=1))


def seeded(make, *args, seed=0, dtype=torch.float32, **kwargs):
    """A module with weights of its own seed, large enough that gradients travel."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = make(*args, **kwargs)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-0.6, 0.6, generator=generator)
    return module.to(dtype)


def recurrent(*args, **kwargs):
    return seeded(Recurrent, *args, **kwargs)


def oracle(module, ids, targets, measure):
    """Connectivity by float64 autograd on the one-hot input, written out for `Recurrent`."""
    import copy

    double = copy.deepcopy(module).double().eval()
    table = double.embedding.weight.detach()
    one_hot = torch.eye(len(table), dtype=torch.float64)[ids].requires_grad_()
    embedded = one_hot @ table
    axis = 0 if double.cell.batch_first else 1
    logits = double.head(double.cell(embedded.unsqueeze(axis))[0]).squeeze(axis)
    rows = []
    for s, k in enumerate(targets):
        at_one_hot, at_embedded = torch.autograd.grad(
            logits[s, k], (one_hot, embedded), retain_graph=True
        )
        rows.append(
            {
                "norm": lambda g, _: (g**2).sum(1) ** 0.5,
                "squared": lambda g, _: (g**2).sum(1),
                "embedding_norm": lambda _, e: (e**2).sum(1) ** 0.5,
                "grad_x_input": lambda _, e: (e * embedded.detach()).sum(1),
            }[measure](at_one_hot, at_embedded)
        )
    return torch.stack(rows).detach().numpy()


def worst(ours, truth, floor=1e-300, peaks=None):
    """The largest error in units of each row's largest magnitude; rows of zeros must be zeros."""

    peaks = np.abs(truth).max(axis=1) if peaks is None else peaks
    assert not ours[peaks == 0].any()
    errors = np.abs(ours - truth).max(axis=1)
    return float((errors / np.maximum(peaks, floor)).max())


def oracle_of(module, ids, targets, measure):
    """Connectivity by float64 autograd of a module with an `embedding` and `plain(embedded)`."""
    double = module.double().eval()
    table = double.embedding.weight.detach()
    one_hot = torch.eye(len(table), dtype=torch.float64)[ids].requires_grad_()
    embedded = (one_hot @ table).detach().requires_grad_()
    logits = double.plain(embedded)
    rows = []
    for s, k in enumerate(targets):
        (gradient,) = torch.autograd.grad(logits[s, k], embedded, retain_graph=True)
        by_name = {
            "norm": (gradient @ table.T).norm(dim=1),
            "grad_x_input": (gradient * embedded.detach()).sum(dim=1),
        }
        rows.append(by_name[measure])
    return torch.stack(rows).detach().numpy()
