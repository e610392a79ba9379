"""Small seeded models. The tests import them, and so do the kernels of the notebooks they run."""

import threading
import time
from pathlib import Path

import torch
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.explorer import first_rows

# However slow this machine is, what is opened has its first rows at once.
first_rows.PUT_OFF_FROM = float("inf")

SYMBOLS = "\n !',.:<>=/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CLASSES = len(SYMBOLS)
TEXT = "Of 1984 Cats,\nA Dog sat: 3 Mice ran.\nSo it Goes."


class LanguageModel(nn.Module):
    """ids (1, T) -> (logits (1, T, V), state); `act` sees each gradient that comes back."""

    def __init__(self, cell, classes=CLASSES, act=None):
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), 8)
        self.cell = cell(8, 24, batch_first=True)
        self.head = nn.Linear(24, classes)
        self.act = act

    def forward(self, ids):
        hidden, state = self.cell(self.embedding(ids))
        logits = self.head(hidden)
        return logits if self.act is None else Watched.apply(logits, self.act), state


class Watched(torch.autograd.Function):
    """The identity; its backward pass calls `act` with each row that a gradient is for."""

    @staticmethod
    def forward(ctx, logits, act):
        ctx.act = act
        return logits.view_as(logits)

    @staticmethod
    def backward(ctx, gradient):
        rows = gradient.abs().sum(dim=(0, 2)).nonzero()[:, 0].tolist()
        for row in rows:
            ctx.act(row)
        return gradient, None


class Slow:
    """Takes its time over every row."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self, row):
        time.sleep(self.seconds)


gate = threading.Event()
gate.set()


def pass_gate(_row):
    """Wait while the gate is closed."""
    gate.wait(60)


def work_until(name):
    """Keep the thread busy until the test puts a file there; yields meanwhile."""
    end = time.monotonic() + 60
    while not Path(name).exists():
        yield
        if time.monotonic() > end:
            raise TimeoutError(name)


def train(net, optimizer):
    """One step on the text itself; returns the loss."""
    ids = torch.tensor([[SYMBOLS.index(character) for character in TEXT]])
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(ids)[0][0, :-1], ids[0, 1:])
    loss.backward()
    optimizer.step()
    return loss


class Failing:
    """Raises for some rows."""

    def __init__(self, rows, message):
        self.rows = rows
        self.message = message

    def __call__(self, row):
        if row in self.rows:
            raise RuntimeError(self.message)


def module(cell, seed, classes=CLASSES, act=None):
    """Weights of a seed of their own, large enough that gradients travel."""
    made = LanguageModel(cell, classes, act)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.uniform_(-0.6, 0.6, generator=generator)
    return made


def gru(act=None, seed=1):
    return rv.SequenceModel(module(nn.GRU, seed, act=act), SYMBOLS, name="GRU")


def lstm(act=None, seed=2):
    return rv.SequenceModel(module(nn.LSTM, seed, act=act), SYMBOLS, name="LSTM")


def checkpoints():
    """A GRU at three points of a training."""
    modules = []
    for seed in range(3):
        torch.manual_seed(seed)
        modules.append(LanguageModel(nn.GRU))
    model = rv.SequenceModel(modules[-1], SYMBOLS, name="GRU")
    return rv.Checkpoints(model, modules, labels=[100, 200, 300])


def both(act=None):
    return {"GRU": gru(act), "LSTM": lstm(act)}
