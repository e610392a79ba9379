"""Any module, whichever way its rows are computed, against the definition."""

import logging

import pytest
import torch
from engines.autograd_modules import (
    CLASSES,
    EVERY,
    IDS,
    MODULES,
    NORM,
    Then,
    check,
    count,
    force,
    network_of,
    truth_of,
)
from small import seeded
from torch import nn

from rnnviz_widget.engines import MEASURES, Network
from rnnviz_widget.engines.autograd.generic import COPIES, TOGETHER, GenericEngine
from rnnviz_widget.engines.autograd.passes import Graph
from rnnviz_widget.engines.autograd.strategy_timer import ALONE

PLAIN = ("random", "no copy")


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("name", MODULES)
def test_every_way_gives_what_the_definition_gives(name, way, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "rnnviz_widget")
    force(monkeypatch, way, 4)
    seen = count(monkeypatch)
    _, causal, prefix, batch = MODULES[name]
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    assert engine.reads.causal == causal
    truth = truth_of(network, EVERY, CLASSES)
    ours, accuracy = engine.rows(EVERY, CLASSES, NORM)
    check(ours, truth)
    assert accuracy.error == accuracy.tolerance == 0
    if causal:
        assert (ours.triu(1) == 0).all()
    if name in PLAIN:
        assert not seen
        return
    assert engine._prefixes.hold == prefix
    assert (seen.get(way, 0) > 3) == (way != COPIES or batch)
    if not batch and way == COPIES:
        assert "rows are not computed as copies, 4 at once: " in caplog.text
    if causal and not prefix:
        assert "the whole text is read for each row: " in caplog.text


@pytest.mark.parametrize(
    ("name", "way", "words"),
    [
        ("one text", COPIES, "the module failed on ids of shape"),
        ("viewed", COPIES, "the module failed on ids of shape"),
        ("mixes the batch", COPIES, "an output depends on later inputs"),
        ("norms the batch", COPIES, "the gradients differ from those of a row alone"),
        ("length", ALONE, "its outputs differ where the text ends earlier"),
        ("other lengths", ALONE, "an unusual length"),
        (
            "head called twice",
            ALONE,
            "the input of its first call is not the one that makes the logits",
        ),
    ],
)
def test_the_log_says_why_a_way_is_not_gone(name, way, words, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "rnnviz_widget")
    force(monkeypatch, way, 4)
    GenericEngine(network_of(name), IDS).rows(EVERY, CLASSES, NORM)
    assert words in caplog.text


class Refusing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float(gradient.abs().sum() >= 0)


class Guarded(nn.GRU):
    def forward(self, x):
        return super().forward(Refusing.apply(x))


@pytest.mark.parametrize(
    ("factor", "words"), [(2, "the gradients differ from those of a row alone"), (1, "")]
)
def test_a_graph_that_cant_be_walked_for_several_rows(factor, words, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "rnnviz_widget")
    force(monkeypatch, TOGETHER, 4)
    seen = count(monkeypatch)
    make = Guarded if factor == 1 else nn.GRU
    together = Graph.together
    monkeypatch.setattr(Graph, "together", lambda *args: factor * together(*args))
    network = Network(seeded(lambda: Then(make), dtype=torch.float64), 27, 27)
    ours, _ = GenericEngine(network, IDS).rows(EVERY, CLASSES, NORM)
    check(ours, truth_of(network, EVERY, CLASSES))
    assert seen.keys() == {ALONE}
    assert "rows are not computed as together, 4 at once: " + words in caplog.text


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure(measure, way, monkeypatch):
    if way:
        force(monkeypatch, way, 5)
    network = network_of("loop")
    ours, _ = GenericEngine(network, IDS).rows(EVERY, CLASSES, MEASURES[measure])
    check(ours, truth_of(network, EVERY, CLASSES, measure))


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("rows", [[7], [22, 0, 7, 7, 1], [5] * 20 + [22, 3, 3, 21, 4, 0] * 5, []])
def test_any_rows_in_any_order(rows, way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    network = network_of("causal attention")
    targets = [(n * n) % 27 for n in range(len(rows))]
    ours, _ = GenericEngine(network, IDS).rows(rows, targets, NORM)
    if rows:
        check(ours, truth_of(network, rows, targets))
    assert ours.shape == (len(rows), len(IDS))
