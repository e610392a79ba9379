"""Every measure, every cell, against float64 autograd."""

import numpy as np
import pytest
import torch
from small import CELLS, LETTERS, oracle, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, AutogradEngine, Network, reference_row
from rnnviz_widget.engines.sweep import Sweep

TEXT = "the study of grammar is"
IDS = [LETTERS.index(c) for c in TEXT]


def worst(ours, truth):
    """The largest error in units of each row's largest magnitude."""
    peaks = np.abs(truth).max(axis=1, keepdims=True)
    assert (peaks > 0).all()
    return float((np.abs(ours - truth) / peaks).max())


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


class Stack(nn.Module):
    """Recurrent layers between an embedding and a head, called in one way or another."""

    def __init__(self, layers, call=lambda layers, x: layers(x)[0]):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = layers
        self.head = nn.Linear(12, 27)
        self.call = call

    def forward(self, ids):
        return self.head(self.call(self.cell, self.embedding(ids)))


OPTIONS = {"input_size": 5, "hidden_size": 12, "batch_first": True}


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.GRU(**OPTIONS, num_layers=3),
        lambda: nn.GRU(**OPTIONS, bias=False),
        lambda: nn.RNN(**OPTIONS, num_layers=2, nonlinearity="relu"),
        lambda: nn.RNN(**OPTIONS, num_layers=3, bias=False),
        lambda: nn.LSTM(**OPTIONS, num_layers=3),
        lambda: nn.LSTM(**OPTIONS, bias=False),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda layers, x: layers(x)[0],
        lambda layers, x: layers(x, None)[0],
        lambda layers, x: layers(x, hx=None)[0],
    ],
)
def test_plain_stacks_are_served_by_their_own_equations(make, call):
    module = seeded(lambda: Stack(make(), call), dtype=torch.float64)
    network, ids = Network(module, 27, 27), torch.tensor(IDS)
    engine = AutogradEngine(network, ids)
    assert engine._sweep is not None
    assert engine.causal
    for measure in MEASURES.values():
        ours = engine.rows(range(len(IDS)), [3] * len(IDS), measure).numpy()
        assert worst(ours, oracle(module, IDS, [3] * len(IDS), measure.name)) < 1e-11


def backwards(layers, x):
    return layers(x.flip(1))[0].flip(1)


@pytest.mark.parametrize(
    "call",
    [
        lambda layers, x: layers(x, torch.full((1, 1, 12), 0.3, dtype=x.dtype))[0],
        lambda layers, x: layers(x, hx=torch.full((1, 1, 12), 0.3, dtype=x.dtype))[0],
        lambda layers, x: layers(2 * x)[0],
        lambda layers, x: layers(x)[0] * 2,
        lambda layers, x: layers(x)[0] + x.sum(2, keepdim=True),
        lambda layers, x: layers(x)[0] + layers(x)[0].mean(1, keepdim=True),
        lambda layers, x: layers(x)[0].mul_(2),
        backwards,
    ],
)
def test_anything_else_is_left_to_autograd(call):
    module = seeded(lambda: Stack(nn.GRU(**OPTIONS), call), dtype=torch.float64)
    network, ids = Network(module, 27, 27), torch.tensor(IDS)
    engine = AutogradEngine(network, ids)
    assert engine._sweep is None
    for s in (0, 9, len(IDS) - 1):
        ours = engine.rows([s], [3], MEASURES["norm"])[0]
        truth = reference_row(network, ids, s, 3, "norm")
        torch.testing.assert_close(ours, truth, rtol=1e-10, atol=1e-13)


def test_a_sweep_that_disagrees_is_not_used(monkeypatch, caplog):
    monkeypatch.setattr(Sweep, "gradient", lambda self, row, v: torch.ones(self._length, 5))
    engine = AutogradEngine(Network(recurrent("gru"), 27, 27), torch.tensor(IDS))
    assert engine._sweep is None
    assert "differ from autograd" in caplog.text


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
        assert not AutogradEngine(Network(Both(), 27, 27), ids).causal
        assert AutogradEngine(Network(Window(), 27, 27), ids).causal
    assert AutogradEngine(Network(recurrent("gru"), 27, 27), ids[:1]).causal
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
