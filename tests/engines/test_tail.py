"""The last part of a module that works position by position: found, and walked back once."""

import pytest
import torch
from engines.autograd_modules import CLASSES, EVERY, IDS, NORM, check, count, force, truth_of
from small import LETTERS, seeded
from torch import nn

from rnnviz_widget.engines import Network, choose_engine
from rnnviz_widget.engines.autograd import tail as tails
from rnnviz_widget.engines.autograd.passes import Passes


class Once(torch.autograd.Function):
    """The same numbers; its backward pass takes one gradient at a time and notes how often."""

    walks = 0

    @staticmethod
    def forward(context, read):
        return read.clone()

    @staticmethod
    def backward(context, gradient):
        Once.walks += 1
        return gradient.clone()


class Block(nn.Module):
    """Attention and two layers at each position, each beside what it reads."""

    def __init__(self, *, causal, after=lambda h: h):
        super().__init__()
        self.norm, self.last_norm = nn.LayerNorm(8), nn.LayerNorm(8)
        self.read, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.up, self.down = nn.Linear(8, 12), nn.Linear(12, 8)
        self.causal, self.after = causal, after

    def forward(self, x):
        query, key, value = self.read(self.norm(x)).chunk(3, dim=-1)
        weights = query @ key.mT
        if self.causal:
            later = torch.ones_like(weights, dtype=torch.bool).triu(1)
            weights = weights.masked_fill(later, -torch.inf)
        x = x + self.out(weights.softmax(-1) @ value)
        return x + self.down(self.after(torch.tanh(self.up(self.last_norm(x)))))


class Blocks(nn.Module):
    """Three blocks; `after` comes between the two layers of the last, `last` before the head."""

    def __init__(self, *, causal=True, after=lambda h: h, last=lambda h: h, time_first=False):
        super().__init__()
        self.embedding = nn.Embedding(27, 8)
        self.blocks = nn.Sequential(
            Block(causal=causal), Block(causal=causal), Block(causal=causal, after=after)
        )
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 27)
        self.last, self.time_first = last, time_first

    def forward(self, ids):
        ids = ids.T if self.time_first else ids
        found = self.head(self.last(self.norm(self.blocks(self.embedding(ids)))))
        return found.transpose(0, 1) if self.time_first else found


def network_of(**options):
    return Network(seeded(Blocks, dtype=torch.float64, **options), len(LETTERS), len(LETTERS))


def tail_of(network):
    passes = Passes(network, IDS)
    with network.computing():
        passes.first()
        passes.find_tail()
    return passes._tail


@pytest.mark.parametrize("causal", [True, False])
def test_it_begins_after_the_last_attention(causal):
    assert tail_of(network_of(causal=causal)) == tails.Tail(
        tails.TensorPlace("blocks.2.last_norm", 0, made=False), 1
    )


MIXING = {
    "over the whole text": lambda h: h - h.mean(1, keepdim=True),
    "two neighbours": lambda h: h + h.roll(1, 1),
    "the first and the last": lambda h: torch.cat([h[:, :-1], h[:, -1:] + h[:, :1]], 1),
}


@pytest.mark.parametrize("mixing", MIXING)
def test_positions_that_mix_end_it(mixing):
    """However few they are: every pair of positions is tried."""
    within = tail_of(network_of(causal=False, after=MIXING[mixing]))
    # What bypasses the mixing is met on some paths only.
    assert within is None or within.place.name in {"norm", "blocks", "blocks.2"}
    assert tail_of(network_of(causal=False, last=MIXING[mixing])) is None


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("size", [4, 7])
def test_rows_together_are_those_of_autograd(causal, size, monkeypatch):
    force(monkeypatch, "together", size)
    seen = count(monkeypatch)
    network = network_of(causal=causal, after=Once.apply)
    engine = choose_engine(network, IDS)
    monkeypatch.setattr(Once, "walks", 0)
    ours = engine.fill(EVERY, CLASSES, NORM).finish()
    assert seen["together"] >= len(IDS) // size - 1
    # Several gradients at once are refused by `Once`: it got one of all rows at a time.
    assert Once.walks < len(IDS)
    check(ours, truth_of(network_of(causal=causal), EVERY, CLASSES))


def test_an_output_asked_for_twice_is_walked_by_itself(monkeypatch):
    force(monkeypatch, "together", 4)
    engine = choose_engine(network_of(), IDS)
    rows = [row for row in EVERY for _ in range(2)]
    classes = [each % 27 for pair in zip(CLASSES, [*CLASSES[1:], 5], strict=True) for each in pair]
    ours = engine.fill(rows, classes, NORM).finish()
    check(ours, truth_of(network_of(), rows, classes))


def test_half_of_a_text_is_read_with_the_tail_too():
    network = network_of()
    passes = Passes(network, IDS)
    with network.computing():
        passes.first()
        whole, half = passes.find_tail(), passes.graph(len(IDS) // 2)
    assert whole.inner.shape == (1, len(IDS), 8)
    assert half.inner.shape == (1, len(IDS) // 2, 8)
    torch.testing.assert_close(half.inner, whole.inner[:, : len(IDS) // 2], atol=1e-12, rtol=0)


def test_no_hook_stays():
    network = network_of()
    tail_of(network)
    modules = list(network.module.modules())
    assert sum(len(one._forward_hooks) + len(one._forward_pre_hooks) for one in modules) == 0
