"""Which engine serves a network: by what its layers are called with, and by a check."""

import logging
import re

import pytest
import torch
from small import LETTERS, seeded, worst
from torch import nn

from rnnviz_widget.engines import MEASURES, Network, choose_engine, reference_row
from rnnviz_widget.engines.sweep.stack import Stack
from rnnviz_widget.models import MinGRU, NestedLSTM

TEXT = "the study of grammar is an important part of it"
IDS = torch.tensor([LETTERS.index(c) for c in TEXT])
OPTIONS = {"input_size": 5, "hidden_size": 12, "batch_first": True}


class Between(nn.Module):
    """Recurrent layers between an embedding and a head, called in one way or another."""

    def __init__(self, layers, call=lambda layers, x: layers(x)[0], head=None):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = layers
        self.head = head or nn.Linear(12, 27)
        self.call = call

    def forward(self, ids):
        return self.head(self.call(self.cell, self.embedding(ids)))


def engine_for(module, **options):
    return choose_engine(Network(module, 27, 27), IDS, **options)


def check(engine, network):
    """Rows of every measure, alone and together, against the definition."""
    rows, targets = [0, 9, len(IDS) - 1], [3, 0, 26]
    for measure in MEASURES.values():
        truth = torch.stack(
            [
                reference_row(network, IDS, s, k, measure.name)
                for s, k in zip(rows, targets, strict=True)
            ]
        ).numpy()
        together, _ = engine.rows(
            range(len(IDS)), [*targets[:1] * 9, *targets[1:2] * 30, *targets[2:] * 8], measure
        )
        assert worst(together[rows].numpy(), truth) < 1e-11
        alone = torch.stack(
            [engine.rows([s], [k], measure)[0][0] for s, k in zip(rows, targets, strict=True)]
        )
        assert worst(alone.numpy(), truth) < 1e-11


STATE = torch.full((1, 1, 12), 0.3, dtype=torch.float64)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Between(nn.GRU(**OPTIONS, num_layers=3)),
        lambda: Between(nn.GRU(**OPTIONS, bias=False)),
        lambda: Between(nn.RNN(**OPTIONS, num_layers=2, nonlinearity="relu")),
        lambda: Between(nn.LSTM(**OPTIONS), lambda layers, x: layers(x, None)[0]),
        lambda: Between(nn.LSTM(**OPTIONS), lambda layers, x: layers(x, hx=None)[0]),
        lambda: Between(nn.LSTM(**OPTIONS), lambda layers, x: layers(x, (STATE, -STATE))[0]),
        lambda: Between(nn.GRU(**OPTIONS), lambda layers, x: layers(x, hx=STATE)[0]),
        lambda: Between(NestedLSTM(**OPTIONS)),
        lambda: Between(
            NestedLSTM(**OPTIONS, depth=3),
            lambda layers, x: layers(x, (STATE, STATE, -STATE, STATE))[0],
        ),
        lambda: Between(MinGRU(**OPTIONS), lambda layers, x: layers(x, STATE)[0]),
        lambda: Between(
            nn.ModuleList([MinGRU(5, 9, 2, batch_first=True), nn.GRU(9, 12, batch_first=True)]),
            lambda layers, x: layers[1](layers[0](x)[0])[0],
        ),
        lambda: Between(
            nn.ModuleList(
                [
                    nn.LSTM(5, 9, batch_first=True),
                    nn.Dropout(0.5),
                    nn.GRU(9, 12, 2, batch_first=True),
                ]
            ),
            lambda layers, x: layers[2](layers[1](layers[0](x)[0]))[0],
        ),
        lambda: Between(
            nn.GRU(**OPTIONS),
            head=nn.Sequential(nn.LayerNorm(12), nn.Linear(12, 9), nn.GELU(), nn.Linear(9, 27)),
        ),
        lambda: Between(nn.LSTM(5, 20, proj_size=12, batch_first=True)),
        lambda: Between(nn.GRU(**OPTIONS), lambda layers, x: layers(x)[0] * 2),
        lambda: Between(nn.LSTM(**OPTIONS), lambda layers, x: layers(x)[0].square()),
    ],
)
def test_plain_stacks_are_swept_whatever_the_head(make):
    module = seeded(make, dtype=torch.float64)
    network = Network(module, 27, 27)
    engine = choose_engine(network, IDS)
    assert (engine.name, engine.reads.causal) == ("sweep", True)
    assert "served by their own equations" in engine.reason
    check(engine, network)


def backwards(layers, x):
    return layers(x.flip(1))[0]


def attends(layers, x):
    made = layers(x)[0]
    weights = (made @ made.transpose(1, 2)).tril().softmax(-1)
    return made + weights @ made


class ByHand(nn.Module):
    """A cell of one's own, in a Python loop."""

    def __init__(self):
        super().__init__()
        self.x, self.h = nn.Linear(5, 12), nn.Linear(12, 12)

    def forward(self, x):
        h, made = x.new_zeros(x.shape[0], 12), []
        for step in x.unbind(1):
            h = torch.tanh(self.x(step) + self.h(h)) + 0.1 * h
            made.append(h)
        return torch.stack(made, 1), h


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda: Between(nn.GRU(**OPTIONS), lambda layers, x: layers(2 * x)[0]),
            "does not read what the embedding gave",
        ),
        (lambda: Between(nn.GRU(**OPTIONS), backwards), "reads other positions too"),
        (lambda: Between(nn.GRU(**OPTIONS), attends), "reads other positions too"),
        (
            lambda: Between(
                nn.GRU(**OPTIONS),
                lambda layers, x: layers(x)[0] + layers(x)[0].mean(1, keepdim=True),
            ),
            "does not read",
        ),
        (
            lambda: Between(
                nn.GRU(**OPTIONS), lambda layers, x: layers(x)[0] + x.sum(2, keepdim=True)
            ),
            "differ from autograd",
        ),
        (
            lambda: Between(nn.GRU(**OPTIONS), lambda layers, x: layers(x.mul_(2))[0]),
            "differ from autograd|changed in place",
        ),
        (
            lambda: Between(
                nn.LSTM(5, 12, batch_first=True, bidirectional=True),
                lambda layers, x: layers(x)[0][..., :12],
            ),
            "reads one direction alone",
        ),
        (lambda: Between(ByHand()), "no recurrent layer whose equations are known"),
        (
            lambda: Between(
                nn.GRU(**OPTIONS),
                lambda layers, x: layers(x, x.mean((1, 2)).expand(1, 1, 12).contiguous())[0],
            ),
            "differ from autograd",
        ),
    ],
)
def test_anything_else_is_left_to_autograd_and_the_reason_kept(make, reason, caplog):
    module = seeded(make, dtype=torch.float64)
    network = Network(module, 27, 27)
    with caplog.at_level(logging.INFO, "rnnviz_widget"):
        engine = choose_engine(network, IDS)
    assert engine.name == "autograd"
    assert re.search(reason, engine.reason), engine.reason
    assert engine.reason in caplog.text
    check(engine, network)
    with pytest.raises(ValueError, match=r"can't serve this network.*use \"auto\""):
        choose_engine(network, IDS, "sweep")


def test_equations_that_disagree_are_not_used(monkeypatch, caplog):
    original = Stack.walk

    def wrong(self, row, at_hidden):
        return ((first, 1.001 * gradient) for first, gradient in original(self, row, at_hidden))

    monkeypatch.setattr(Stack, "walk", wrong)
    module = seeded(lambda: Between(nn.GRU(**OPTIONS)), dtype=torch.float64)
    engine = engine_for(module)
    assert engine.name == "autograd"
    assert "differ from autograd at output 0" in caplog.text


def test_an_engine_can_be_forced():
    module = seeded(lambda: Between(nn.GRU(**OPTIONS)), dtype=torch.float64)
    assert engine_for(module, engine="sweep").name == "sweep"
    forced = engine_for(module, engine="autograd")
    assert (forced.name, forced.reason) == ("autograd", "asked for")
    check(forced, Network(module, 27, 27))
    with pytest.raises(
        ValueError, match="engine must be one of 'auto', 'sweep', 'scan', 'autograd'; got 'fast'"
    ):
        engine_for(module, engine="fast")


def test_what_is_random_half_precise_or_not_copied_is_left_to_autograd():
    module = seeded(lambda: Between(nn.GRU(**OPTIONS)))
    assert "single or double precision" in engine_for(module.bfloat16()).reason
    noisy = Between(nn.GRU(**OPTIONS), lambda layers, x: layers(x)[0] + torch.randn(12))
    assert "random numbers" in engine_for(noisy).reason


def test_the_check_is_made_once_for_each_copy(monkeypatch):
    from rnnviz_widget.engines import choose

    seen = []
    original = choose.disagreement
    monkeypatch.setattr(choose, "disagreement", lambda *args: seen.append(1) or original(*args))
    network = Network(seeded(lambda: Between(nn.GRU(**OPTIONS))), 27, 27)
    choose_engine(network, IDS)
    choose_engine(network, IDS[:9])
    assert len(seen) == 1
    network = network.renewed()
    choose_engine(network, IDS)
    assert len(seen) == 2


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize(
    "make",
    [
        lambda: Between(nn.GRU(**OPTIONS)),
        lambda: Between(nn.LSTM(**OPTIONS, bidirectional=True), head=nn.Linear(24, 27)),
        lambda: Between(MinGRU(5, 12, batch_first=True)),
    ],
)
def test_weights_that_are_not_finite_say_nothing_about_an_engine(make, bad, caplog):
    module = seeded(make)
    with torch.no_grad():
        module.head.weight[3, 5] = bad
    engine = engine_for(module)
    assert engine.name == "autograd"
    assert "not finite: check the weights for NaN" in engine.reason
    assert not caplog.records
    with torch.no_grad():
        module.head.weight[3, 5] = 0.5
    assert engine_for(module).name == "sweep"
