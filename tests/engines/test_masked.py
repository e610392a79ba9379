"""The engine for masked models: a text of its own for each output, in batches or one by one."""

import copy

import numpy as np
import pytest
import torch
from small import seeded, worst
from torch import nn

from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.engines.autograd import separate

MASK, V = 6, 7
IDS = torch.tensor([2, 4, 0, 5, 1, 3, 2, 2, 5])


class Reader(nn.Module):
    """ids (B, T) -> logits (B, T, V), reading both ways."""

    def __init__(self, plain_head=True):
        super().__init__()
        self.embedding = nn.Embedding(V, 5)
        self.cell = nn.GRU(5, 4, bidirectional=True, batch_first=True)
        self.head = nn.Linear(8, V)
        self.scale = 1 if plain_head else 2

    def forward(self, ids):
        logits = self.head(self.cell(self.embedding(ids))[0])
        return logits if self.scale == 1 else self.scale * logits


class Mixing(Reader):
    """In a batch each text is told something of the others."""

    def forward(self, ids):
        return super().forward(ids) + 0.1 * self.embedding(ids).mean()


class Uncopyable(Reader):
    def __deepcopy__(self, memo):
        raise TypeError("no")


class Single(Reader):
    def forward(self, ids):
        if len(ids) > 1:
            raise RuntimeError("one at a time")
        return super().forward(ids)


MAKES = {
    "a head": Reader,
    "no head": lambda: Reader(plain_head=False),
    "batches mixed": Mixing,
    "one at a time": Single,
    "uncopyable": Uncopyable,
}


def network_of(make):
    module = seeded(make, dtype=torch.float64)
    return module, Network(module, V, V, mask=MASK)


def by_hand(module, rows, targets, measure):
    """Each row by autograd on the one-hot text with the mask at s."""
    table = module.embedding.weight.detach()
    plain = copy.copy(module)
    found, outputs = [], []
    for s, k in zip(rows, targets, strict=True):
        ids = IDS.clone()
        ids[s] = MASK
        x = nn.functional.one_hot(ids, V).double().requires_grad_()
        e = x @ table
        logits = plain.head(plain.cell(e[None])[0])[0] * plain.scale
        if isinstance(module, Mixing):
            logits = logits + 0.1 * e.mean()
        y = logits[s, k[0]] - logits[s, k[1]] if isinstance(k, tuple) else logits[s, k]
        at_x, at_e = torch.autograd.grad(y, (x, e))
        outputs.append(logits[s].detach())
        found.append(
            {
                "norm": at_x.norm(dim=1),
                "squared": at_x.square().sum(1),
                "embedding_norm": at_e.norm(dim=1),
                "grad_x_input": (at_e * e.detach()).sum(1),
            }[measure]
        )
    return torch.stack(found).numpy(), torch.stack(outputs)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", MAKES)
def test_rows_however_asked_for(name, measure):
    module, network = network_of(MAKES[name])
    engine = choose_engine(network, IDS)
    rows = list(range(len(IDS)))
    targets = [(3 * s) % V if s % 3 else (s % V, (s + 2) % V) for s in rows]
    truth, logits = by_hand(module, rows, targets, measure)
    assert isinstance(engine, separate.SeparateEngine)
    torch.testing.assert_close(engine.logits, logits, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(engine.outputs([4, 1]), logits[[4, 1]], rtol=1e-10, atol=1e-12)
    asked = MEASURES[measure]
    found, accuracy = engine.rows(rows, targets, asked)
    assert worst(found.numpy(), truth) < 1e-10
    assert accuracy.tolerance == 0
    filled = dict(row for part in engine.fill(rows, targets, asked) for row in part)
    assert worst(torch.stack([filled[s] for s in rows]).numpy(), truth) < 1e-10
    ((start, row),) = engine.pieces(5, targets[5], asked)
    assert start == 0
    assert worst(row.numpy()[None], truth[5:6]) < 1e-10
    assert not engine.reads.causal


def test_several_texts_are_read_at_once_where_that_gives_the_same(monkeypatch):
    sizes = []
    forward = Reader.forward
    monkeypatch.setattr(
        Reader, "forward", lambda self, ids: sizes.append(len(ids)) or forward(self, ids)
    )
    for make, at_once in ((Reader, True), (Mixing, False), (Uncopyable, False)):
        network = network_of(make)[1]
        sizes.clear()
        engine = choose_engine(network, IDS)
        list(engine.fill(range(9), [1] * 9, MEASURES["norm"]))
        assert (max(sizes[2:]) > 1) == at_once or make is Mixing
        sizes.clear()
        list(engine.fill(range(9), [1] * 9, MEASURES["norm"]))
        assert (max(sizes) > 1) == at_once
        assert len(sizes) == (1 if at_once else 9)


def test_memory_bounds_how_many_are_read_at_once(monkeypatch):
    network = network_of(Reader)[1]
    sizes = []
    network.module.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    monkeypatch.setattr(separate, "MEMORY", 1)
    engine = choose_engine(network, IDS)
    list(engine.fill(range(9), [1] * 9, MEASURES["norm"]))
    assert set(sizes) == {1}


def test_an_uncopyable_module_shows_its_weights_as_they_are():
    module, network = network_of(Uncopyable)
    engine = choose_engine(network, IDS)
    before, _ = engine.rows([3], [2], MEASURES["norm"])
    with torch.no_grad():
        module.head.weight.mul_(2)
    after, _ = engine.rows([3], [2], MEASURES["norm"])
    np.testing.assert_allclose(after.numpy(), 2 * before.numpy(), rtol=1e-12)


def test_the_sweep_can_t_serve_it():
    class OneWay(Reader):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRU(5, 8, batch_first=True)

    network = network_of(OneWay)[1]
    with pytest.raises(ValueError, match="each output is of the text with its own token masked"):
        choose_engine(network, IDS, "sweep")
    assert choose_engine(network, IDS).name == "autograd"
    assert choose_engine(network, IDS, "autograd").reason == "asked for"
