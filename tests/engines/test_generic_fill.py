"""Many rows of any module at once: in parts, within memory, in any mode and precision."""

import threading

import pytest
import torch
from engines.autograd_modules import (
    CLASSES,
    EVERY,
    IDS,
    MODULES,
    NORM,
    check,
    count,
    force,
    network_of,
    truth_of,
)
from small import Recurrent, recurrent, seeded
from torch import nn

from rnnviz_widget.engines import Network
from rnnviz_widget.engines.autograd import generic
from rnnviz_widget.engines.autograd.generic import COPIES, TOGETHER, GenericEngine
from rnnviz_widget.engines.autograd.strategy_timer import ALONE


@pytest.mark.parametrize("name", MODULES)
def test_one_row_comes_in_one_piece(name):
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    truth = truth_of(network, [9], [4])[0]
    ((first, piece),) = engine.pieces(9, 4, NORM)
    assert first == 0
    assert len(piece) == (10 if engine.reads.causal else len(IDS))
    check(piece[None], truth[None, : len(piece)])
    assert (truth[len(piece) :] == 0).all()


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
def test_a_text_of_one_token(way, monkeypatch):
    force(monkeypatch, way, 2)
    network = network_of("loop")
    engine = GenericEngine(network, IDS[:1])
    assert engine.reads.causal
    targets = list(range(27))
    ours, _ = engine.rows([0] * 27, targets, NORM)
    check(ours, truth_of(network, [0] * 27, targets, ids=IDS[:1]))


@pytest.mark.parametrize("name", ["gru", "both ways", "no copy", "random"])
def test_a_fill_gives_every_row_once_and_lets_others_in(name):
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    rows = EVERY[::-1]
    truth = truth_of(network, rows, CLASSES)
    fill = engine.fill(rows, CLASSES, NORM, patience=1e-9)
    found = {}
    with torch.no_grad():
        for block in fill:
            assert not torch.is_grad_enabled()
            taken = []

            def take(taken=taken):
                taken.append(network.lock.acquire(blocking=False))
                network.lock.release()

            other = threading.Thread(target=take)
            other.start()
            other.join()
            assert taken == [True]
            assert len(block) <= 1
            for s, scores in block:
                assert s not in found
                found[s] = scores
    assert fill.share == 1
    assert fill.accuracy.error == 0
    check(torch.stack([found[s] for s in rows]), truth)


def test_a_fill_can_be_left():
    network = network_of("loop")
    engine = GenericEngine(network, IDS)
    for block in engine.fill(EVERY, CLASSES, NORM):
        if block:
            break
    check(engine.rows(EVERY, CLASSES, NORM)[0], truth_of(network, EVERY, CLASSES))


def test_what_does_not_fit_is_not_kept_and_not_computed_at_once(monkeypatch):
    monkeypatch.setattr(generic, "MEMORY", 1)
    seen = count(monkeypatch)
    network = network_of("attention")
    engine = GenericEngine(network, IDS)
    truth = truth_of(network, EVERY, CLASSES)
    for _ in range(2):
        check(engine.rows(EVERY, CLASSES, NORM)[0], truth)
        assert seen.keys() == {ALONE}
        assert engine._whole is None
        ((_, piece),) = engine.pieces(3, CLASSES[3], NORM)
        check(piece[None], truth[3:4])
        assert engine._whole is None


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
def test_the_logits_are_computed_once(way, monkeypatch):
    force(monkeypatch, way, 4)
    network = network_of("gru")
    engine = GenericEngine(network, IDS)
    torch.testing.assert_close(engine.logits, network.logits(IDS))
    assert not engine.logits.requires_grad
    calls = []
    network.module.head.register_forward_hook(lambda *_: calls.append(1))
    engine.rows(EVERY, CLASSES, NORM)
    assert not calls


@pytest.mark.parametrize("way", [ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_the_mode_of_the_caller_does_not_matter(mode, way, monkeypatch):
    force(monkeypatch, way, 4)
    network = network_of("lstm")
    truth = truth_of(network, EVERY, CLASSES)
    with mode():
        engine = GenericEngine(network, IDS.clone())
        ours, _ = engine.rows(EVERY, CLASSES, NORM)
        ((_, piece),) = engine.pieces(3, CLASSES[3], NORM)
    check(ours, truth)
    check(piece[None], truth[3:4, :4])


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
def test_half_precision(way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    module = recurrent("gru")
    network = Network(module.bfloat16(), 27, 27)
    ours, _ = GenericEngine(network, IDS).rows(EVERY, CLASSES, NORM)
    assert ours.dtype is torch.bfloat16
    truth = truth_of(Network(module.double(), 27, 27), EVERY, CLASSES)
    check(ours.double(), truth, 0.1)


class Unread(Recurrent):
    """Its class 0 reads nothing."""

    def forward(self, ids):
        logits = super().forward(ids)[0]
        return torch.cat([torch.zeros_like(logits[..., :1]), logits[..., 1:]], 2)


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)

    def forward(self, ids):
        self.embedding(ids)
        return torch.ones(*ids.shape, 27, dtype=torch.float64)


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("make", [Unread, Constant])
def test_what_has_no_influence_is_exactly_zero(make, way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    network = Network(seeded(make, dtype=torch.float64), 27, 27)
    engine = GenericEngine(network, IDS)
    assert engine.reads.causal
    targets = [0, 1] * 11 + [0]
    ours, _ = engine.rows(EVERY, targets, NORM)
    assert (ours[::2] == 0).all()
    assert ours[1::2].any() == (make is Unread)


def test_an_error_of_the_module_is_not_hidden():
    network = network_of("gru")
    engine = GenericEngine(network, IDS)
    with pytest.raises(IndexError):
        engine.rows([len(IDS)] * 2, [0, 1], NORM)
