"""Modules of all sorts, and each way to compute their rows, forced."""

import math

import torch
from small import LETTERS, Recurrent, seeded
from torch import nn

from rnnviz_widget.engines import MEASURES, Network, reference_row
from rnnviz_widget.engines.autograd import generic
from rnnviz_widget.engines.autograd.strategy_timer import ALONE, StrategyTimer

IDS = torch.tensor([LETTERS.index(c) for c in "the study of grammar is"])
NORM = MEASURES["norm"]


class Loop(nn.Module):
    """A cell of its own in a Python loop."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.inputs = nn.Linear(5, 24)
        self.states = nn.Linear(12, 24)
        self.head = nn.Linear(12, 27)

    def forward(self, ids):
        embedded = self.embedding(ids)
        state = embedded.new_zeros(len(ids), 12)
        states = []
        for t in range(ids.shape[1]):
            gate, new = (self.inputs(embedded[:, t]) + self.states(state)).chunk(2, 1)
            state = torch.lerp(state, new.tanh(), gate.sigmoid())
            states.append(state)
        return self.head(torch.stack(states, 1))


class Then(nn.Module):
    """A recurrent layer, something after it, and a head."""

    def __init__(self, make=nn.GRU, then=lambda self, h: h, width=12, **options):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = make(5, 12, batch_first=True, **options)
        self.attention = nn.MultiheadAttention(12, 2, batch_first=True)
        self.head = nn.Linear(width, 27)
        self.then = then

    def forward(self, ids):
        return self.head(self.then(self, self.cell(self.embedding(ids))[0]))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.places = nn.Parameter(torch.zeros(64, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 27)

    def forward(self, ids):
        length = ids.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length, dtype=torch.float64)
        return self.head(self.encoder(self.embedding(ids) + self.places[:length], mask=mask))


class NoHead(Recurrent):
    """Changes what its linear layer gave."""

    def forward(self, ids):
        return super().forward(ids)[0].tanh()


class OneText(Recurrent):
    """Starts from a state for one text alone."""

    def forward(self, ids):
        state = torch.full((1, 1, 12), 0.3, dtype=self.head.weight.dtype)
        return self.head(self.cell(self.embedding(ids), state)[0])


class Viewed(Recurrent):
    """Takes for granted that the batch is one text."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden.view(1, ids.shape[1], -1))


class Lengths(Recurrent):
    """Reads texts of two lengths only."""

    def forward(self, ids):
        if ids.shape[1] not in {4, len(IDS)}:
            raise ValueError("an unusual length")
        return super().forward(ids)


class Noisy(Recurrent):
    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden * torch.rand_like(hidden))


class Uncopyable(Recurrent):
    def __deepcopy__(self, memo):
        raise TypeError("a handle to a file")


class TwiceHeaded(Recurrent):
    """Calls its head on something else first."""

    def forward(self, ids):
        hidden = self.cell(self.embedding(ids))[0]
        return self.head(hidden + self.head(hidden)[..., :12])


def attention(*, causal):
    def then(self, h):
        length = h.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).triu(1) if causal else None
        return h + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]

    return then


def over_the_batch(_, h):
    """Attends across the batch: of copies of one text it gives what one gives."""
    rows = h.transpose(0, 1)
    return h + (torch.softmax(rows @ rows.mT, -1) @ rows).transpose(0, 1)


def normed(_, h):
    return nn.functional.batch_norm(h.flatten(0, 1), None, None, training=True).view_as(h)


# Name -> (module, causal, whether a beginning of the text is read alike, whether a batch is).
MODULES = {
    "loop": (Loop, True, True, True),
    "gru": (lambda: Recurrent("gru", 2), True, True, True),
    "lstm": (lambda: Recurrent("lstm", 2), True, True, True),
    "time first": (lambda: Recurrent("lstm", batch_first=False), True, True, True),
    "both ways": (lambda: Then(nn.LSTM, width=24, bidirectional=True), False, False, True),
    "attention": (lambda: Then(then=attention(causal=False)), False, False, True),
    "causal attention": (lambda: Then(then=attention(causal=True)), True, True, True),
    "transformer": (Transformer, True, True, True),
    "no head": (NoHead, True, True, True),
    "head called twice": (TwiceHeaded, True, True, True),
    "one text": (OneText, True, True, False),
    "viewed": (Viewed, True, True, False),
    "mixes the batch": (lambda: Then(then=over_the_batch), True, True, False),
    "norms the batch": (lambda: Then(then=normed), False, False, False),
    "mean": (lambda: Then(then=lambda _, h: h + h.mean(1, keepdim=True)), False, False, True),
    "length": (lambda: Then(then=lambda _, h: h / h.shape[1]), True, False, True),
    "other lengths": (Lengths, True, False, True),
    "random": (Noisy, True, False, False),
    "no copy": (Uncopyable, True, False, False),
}


def network_of(name):
    module = seeded(MODULES[name][0], dtype=torch.float64)
    return Network(module, 27, 27, batch_first=name != "time first")


def truth_of(network, rows, targets, measure="norm", ids=IDS):
    pairs = zip(rows, targets, strict=True)
    return torch.stack([reference_row(network, ids, s, k, measure) for s, k in pairs])


def check(ours, truth, bound=1e-11):
    assert ours.shape == truth.shape
    assert not ours.requires_grad
    peaks = truth.abs().amax(1, keepdim=True)
    assert ((ours - truth).abs() <= bound * peaks).all()


def force(monkeypatch, way, size):
    """Go this way as long as it is not rejected, however long it takes."""

    def choose(ways, reads, more, most, patience):
        now = 0 if way == ALONE else int(min(size, ways._most[way]))
        return (way, now) if now else (ALONE, 1)

    monkeypatch.setattr(StrategyTimer, "choose", choose)
    monkeypatch.setattr(StrategyTimer, "cost", lambda *_: math.inf)
    monkeypatch.setattr(generic, "_FEW", 0)


def count(monkeypatch):
    """How often each way went through."""
    seen = {}
    took = StrategyTimer.took

    def noted(ways, way, size, tokens, seconds):
        seen[way] = seen.get(way, 0) + 1
        took(ways, way, size, tokens, seconds)

    monkeypatch.setattr(StrategyTimer, "took", noted)
    return seen


EVERY = list(range(len(IDS)))
CLASSES = [(3 * s) % 27 for s in EVERY]
