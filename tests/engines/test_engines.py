"""Every measure, every cell, against float64 autograd."""

import numpy as np
import pytest
import torch
from small import CELLS, LETTERS, oracle, recurrent, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine, reference_row

TEXT = "the study of grammar is"
IDS = [LETTERS.index(c) for c in TEXT]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_connectivity_is_what_autograd_gives(cell, layers, measure):
    for dtype, bound in ((torch.float64, 1e-9), (torch.float32, 1e-5)):
        module = recurrent(cell, layers, dtype=dtype)
        model = rv.SequenceModel(module, LETTERS)
        c = rv.connectivity(model, TEXT, measure=measure, target=rv.TOP)
        classes = [LETTERS.index(name) for name in c.targets]
        limit = 2e-5 if (measure, dtype) == ("squared", torch.float32) else bound
        assert worst(c.scores, oracle(module, IDS, classes, measure)) < limit
        assert c.scores.dtype == (np.float64 if dtype is torch.float64 else np.float32)
        assert np.all(c.scores[np.triu_indices(len(TEXT), 1)] == 0)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_reference_is_what_autograd_gives(cell, measure):
    module = recurrent(cell, 2, dtype=torch.float64)
    network = Network(module, 27, 27)
    ids = torch.tensor(IDS)
    rows = [reference_row(network, ids, s, 3, measure).numpy() for s in range(len(IDS))]
    assert worst(np.stack(rows), oracle(module, IDS, [3] * len(IDS), measure)) < 1e-12


def test_time_major_modules_give_the_same():
    module = recurrent("lstm", 2, dtype=torch.float64, batch_first=False)
    model = rv.SequenceModel(module, LETTERS, batch_first=False)
    c = rv.connectivity(model, TEXT, target="e")
    assert worst(c.scores, oracle(module, IDS, [LETTERS.index("e")] * len(IDS), "norm")) < 1e-9


def test_half_precision_gives_single_precision_scores():
    module = recurrent("gru", 1)
    half = rv.SequenceModel(module.bfloat16(), LETTERS)
    c = rv.connectivity(half, TEXT, target="e")
    assert c.scores.dtype == np.float32
    truth = oracle(module, IDS, [LETTERS.index("e")] * len(IDS), "norm")
    assert worst(c.scores, truth) < 0.1


class Window(nn.Module):
    """Reads nothing but the last two tokens; its class 0 reads nothing at all."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 4)
        self.head = nn.Linear(8, 27)

    def forward(self, ids):
        e = self.embedding(ids)
        before = torch.cat([torch.zeros_like(e[:, :1]), e[:, :-1]], 1)
        logits = self.head(torch.cat([e, before], 2))
        return torch.cat([torch.zeros_like(logits[..., :1]), logits[..., 1:]], 2)


def test_what_has_no_influence_is_exactly_zero():
    with torch.random.fork_rng(devices=[]):
        model = rv.SequenceModel(Window(), LETTERS)
    c = rv.connectivity(model, TEXT, target="e")
    reads = np.tril(np.triu(np.ones_like(c.scores), -1)) > 0
    assert (c.scores[reads] > 0).all()
    assert (c.scores[~reads] == 0).all()
    assert (rv.connectivity(model, TEXT, target=" ").scores == 0).all()


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 4)
        self.cell = nn.LSTM(4, 5, batch_first=True, bidirectional=True)
        self.head = nn.Linear(10, 27)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def test_causality_is_found_by_experiment():
    ids = torch.tensor(IDS)
    with torch.random.fork_rng(devices=[]):
        assert not choose_engine(Network(Both(), 27, 27), ids).reads.causal
        assert choose_engine(Network(Window(), 27, 27), ids).reads.causal
    assert choose_engine(Network(recurrent("gru"), 27, 27), ids[:1]).reads.causal
    both = rv.SequenceModel(Both(), LETTERS)
    assert (rv.connectivity(both, TEXT, target="e").scores > 0).all()


class Changed(nn.Module):
    """Changes what its head gave: in place, or by a scale after it."""

    def __init__(self, module, change):
        super().__init__()
        self.inner = module
        self.change = change

    def forward(self, ids):
        return self.change(self.inner(ids)[0])


@pytest.mark.parametrize("change", [lambda x: x.mul_(3), lambda x: x * 3, lambda x: x.add_(x)])
def test_what_happens_after_the_head_is_not_lost(change):
    module = recurrent("gru", 1, dtype=torch.float64)
    factor = change(torch.ones(1)).item()
    c = rv.connectivity(rv.SequenceModel(Changed(module, change), LETTERS), TEXT, target="e")
    truth = oracle(module, IDS, [LETTERS.index("e")] * len(IDS), "norm")
    assert worst(c.scores, factor * truth) < 1e-9


class ByHand(nn.Module):
    """A cell in a Python loop, with the embedding called a step at a time."""

    def __init__(self, module):
        super().__init__()
        self.inner = module

    def forward(self, ids):
        state, outputs = None, []
        for t in range(ids.shape[1]):
            output, state = self.inner.cell(self.inner.embedding(ids[:, t : t + 1]), state)
            outputs.append(self.inner.head(output))
        return torch.cat(outputs, 1)


def test_a_loop_in_python_gives_the_same_as_the_whole():
    module = recurrent("gru", 2, dtype=torch.float64)
    c = rv.connectivity(rv.SequenceModel(ByHand(module), LETTERS), TEXT, target="e")
    assert worst(c.scores, oracle(module, IDS, [LETTERS.index("e")] * len(IDS), "norm")) < 1e-9
