"""Modules whose scores are zero for a reason: no false alarm."""

import pytest
import torch
from engines.gradient_notes import Through, notes_of
from kinds import Classifier, Tagger
from language_models import NAMES, Attending, Base, D, H, Loop, Residual, Transformer, V
from small import seeded
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name


class Maximum(Base):
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0].max(1).values)


class Convolution(Base):
    """A causal window of three tokens."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(D, H, 3)

    def forward(self, ids):
        padded = F.pad(self.embedding(ids).transpose(1, 2), (2, 0))
        return self.head(torch.relu(self.convolution(padded)).transpose(1, 2))


class HardAttention(Base):
    """Attention so sharp that its weights are 0 and 1 in single precision."""

    def forward(self, ids):
        states = self.cell(self.embedding(ids))[0]
        return self.head((3e3 * states @ states.transpose(1, 2)).softmax(-1) @ states)


class Backwards(Base):
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids).flip(1))[0].flip(1))


HEALTHY = {
    "GRU": Base,
    "LSTM": lambda: Base(make=nn.LSTM),
    "ReLU RNN": lambda: Base(make=lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k)),
    "two ways": Tagger,
    "transformer": lambda: Transformer(causal=False),
    "causal transformer": Transformer,
    "classifier": Classifier,
    "attends to its past": Attending,
    "residual": Residual,
    "loop": Loop,
    "maximum over the text": Maximum,
    "window": Convolution,
    "hard attention": HardAttention,
    "right to left": Backwards,
    "saturated": lambda: Through(lambda h: torch.tanh(60 * h)),
    "often off": lambda: Through(lambda h: torch.relu(h - 0.3)),
    "clamped": lambda: Through(lambda h: h.clamp(-0.05, 0.05)),
    "best two": lambda: Through(lambda h: h.topk(2, 1).values.mean(1, keepdim=True).expand_as(h)),
    "absolute": lambda: Through(torch.abs),
    "a constant": lambda: Through(torch.zeros_like),
    "straight-through": lambda: Through(lambda h: h + (h.round() - h).detach()),
    "dropout": lambda: Through(lambda h: F.dropout(h, 0.5, training=True)),
    "one step at a time": lambda: Through(lambda h: h, batch_first=False),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_no_false_alarm(name):
    for seed in range(10):
        for dtype in (torch.float32, torch.float64, torch.bfloat16):
            module = seeded(HEALTHY[name], seed=seed, dtype=dtype)
            classes = 3 if name in ("two ways", "classifier") else V
            assert notes_of(module, NAMES if classes == 3 else None) == []


def test_a_module_that_goes_on_from_before_is_no_alarm():
    class Keeping(Base):
        def __init__(self):
            super().__init__()
            self.hidden = None

        def forward(self, ids):
            output, hidden = self.cell(self.embedding(ids), self.hidden)
            self.hidden = hidden.detach()
            return self.head(output)

    assert notes_of(seeded(Keeping)) == []
