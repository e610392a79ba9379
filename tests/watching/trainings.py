"""A small training that tests watch."""

import torch
from small import LETTERS, recurrent
from torch import nn

import rnnviz_widget as rv

TEXT = "the grammar of a learning model that one can read"
IDS = torch.tensor([[LETTERS.index(letter) for letter in TEXT]])


class Training:
    """A GRU that learns the text by heart; `watch` follows it."""

    def __init__(self, rate=0.01, **options):
        self.module = recurrent("gru")
        self.optimizer = torch.optim.Adam(self.module.parameters(), rate)
        # No time is needed between checkpoints, and all of it may be taken.
        self.options = {"inputs": LETTERS, "every": 0, "budget": 1.0, **options}
        self.watch = None

    def watched(self, **options):
        self.watch = rv.watch(self.module, TEXT, **(self.options | options))
        return self.watch

    def loss(self):
        logits, _ = self.module(IDS)
        return nn.functional.cross_entropy(logits[0, :-1], IDS[0, 1:])

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        if self.watch is not None:
            self.watch.step(loss)

    def steps(self, count):
        for _ in range(count):
            self.step()


def curves_of(watch):
    """What the page was sent of the curves."""
    return watch.curves.get_state("_curves")["_curves"]


def now_of(module):
    """The connectivity of a module as it is."""
    return rv.connectivity(rv.SequenceModel(module, LETTERS, name="Recurrent"), TEXT)
