"""The difference of two logits, by every engine and way, against float64 autograd of it."""

import numpy as np
import pytest
import torch
from engines.autograd_modules import CLASSES, EVERY, IDS, MODULES, NORM, check, force, network_of
from engines.test_sweep import KINDS, engine_for, make
from small import worst

from rnnviz_widget.engines import MEASURES, choose_engine
from rnnviz_widget.engines.autograd.generic import COPIES, TOGETHER, GenericEngine
from rnnviz_widget.engines.autograd.strategy_timer import ALONE
from rnnviz_widget.engines.explained import begin_at, head_rows, summed
from rnnviz_widget.engines.reference import reference_rows


def truth(module, ids, rows, targets, measure):
    """Plain autograd of logits, and of their differences, at the one-hot input."""
    table = module.embedding.weight.detach()
    one_hot = torch.eye(len(table), dtype=table.dtype)[ids].requires_grad_()
    embedded = one_hot @ table
    logits = module.after(embedded[None])[0]
    found, peaks = [], []
    for s, k in zip(rows, targets, strict=True):
        y = logits[s, k[0]] - logits[s, k[1]] if isinstance(k, tuple) else logits[s, k]
        at_symbol, at_embedded = torch.autograd.grad(y, (one_hot, embedded), retain_graph=True)
        terms = at_embedded * embedded.detach()
        found.append(
            {
                "norm": at_symbol.norm(dim=1),
                "squared": at_symbol.square().sum(1),
                "embedding_norm": at_embedded.norm(dim=1),
                "grad_x_input": terms.sum(1),
            }[measure]
        )
        # Where a sum cancels, its terms are the measure of what precision is left.
        peaks.append((terms.abs().sum(1) if measure == "grad_x_input" else found[-1]).max())
    return torch.stack(found).detach().numpy(), torch.stack(peaks).detach().numpy()


def mixed(rows, classes):
    """Classes and pairs in turns, one of them of a class with itself."""
    return [s % classes if s % 3 == 0 else (s % classes, (s * s + 1) % classes) for s in rows]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_sweep_gives_what_autograd_gives(kind, measure, deep):
    ids = torch.randint(9, (50,), generator=torch.Generator().manual_seed(0))
    module = make(1, [(kind, 8, 2, True)], 9, 5, 4, batch_first=True, deep=deep)
    engine = engine_for(module, ids, 9, 4)
    rows = [*range(50), 7, 49]
    targets = [*mixed(range(50), 4), (1, 3), 2]
    expected, peaks = truth(module, ids, rows, targets, measure)
    scores, _ = engine.rows(rows, targets, MEASURES[measure])
    assert worst(scores.numpy(), expected, peaks=np.maximum(peaks, 1e-300)) < 1e-12
    whole = torch.cat([p for _, p in engine.pieces(49, (1, 3), MEASURES[measure])][::-1])
    one, peak = truth(module, ids, [49], [(1, 3)], measure)
    assert worst(whole[None].numpy(), one, peaks=peak) < 1e-12
    filled = {}
    for ready in engine.fill(range(50), targets[:50], MEASURES[measure]):
        filled.update(ready)
    ours = np.stack([filled[s].numpy() for s in range(50)])
    assert worst(ours, expected[:50], peaks=np.maximum(peaks[:50], 1e-300)) < 1e-12


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_few_carriers_keep_to_the_tolerance(kind, measure):
    ids = torch.randint(9, (300,), generator=torch.Generator().manual_seed(0))
    module = make(1, [(kind, 24, 2, True)], 9, 5, 4, batch_first=True, deep=False)
    engine = engine_for(module, ids, 9, 4)
    targets = [(s % 4, (s + 1 + s % 3) % 4) for s in range(300)]
    some = range(0, 300, 13)
    expected, _ = truth(module, ids, some, [targets[s] for s in some], measure)
    scores, accuracy = engine.rows(range(300), targets, MEASURES[measure], tolerance=1e-3)
    assert accuracy.rank > 0
    assert 0 < worst(scores[::13].numpy(), expected) < 1e-3


def test_single_precision():
    ids = torch.randint(9, (60,), generator=torch.Generator().manual_seed(0))
    for kind in ("gru", "lstm", "rnn", "nested 2"):
        module = make(2, [(kind, 8, 2, True)], 9, 5, 4, batch_first=True, deep=False)
        targets = [(s % 4, (s + 1) % 4) for s in range(60)]
        expected, _ = truth(module, ids, range(60), targets, "norm")
        scores, _ = engine_for(module.float(), ids, 9, 4).rows(range(60), targets, NORM)
        assert worst(scores.numpy(), expected) < 1e-5


PAIRS = [k if k % 2 else (k, (k + 5) % 27) for k in CLASSES]


def by_hand(network, rows, targets, measure="norm"):
    """By linearity, from gradients of single logits alone."""
    matrix = network.embedding_matrix()
    embedded = matrix[IDS].clone().requires_grad_()
    logits = network.logits(IDS, embedded)
    found = []
    for s, k in zip(rows, targets, strict=True):
        first, second = k if isinstance(k, tuple) else (k, None)
        (gradient,) = torch.autograd.grad(logits[s, first], embedded, retain_graph=True)
        if second is not None:
            gradient = (
                gradient - torch.autograd.grad(logits[s, second], embedded, retain_graph=True)[0]
            )
        found.append(MEASURES[measure].score(gradient, matrix, embedded.detach()))
    return torch.stack(found)


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("name", MODULES)
def test_every_way_of_the_generic_engine_gives_it(name, way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    network = network_of(name)
    engine = GenericEngine(network, IDS)
    expected = by_hand(network, EVERY, PAIRS)
    check(engine.rows(EVERY, PAIRS, NORM)[0], expected)
    ((_, piece),) = engine.pieces(10, PAIRS[10], NORM)
    check(piece[None], expected[10:11, : len(piece)])
    filled = {}
    for block in engine.fill(EVERY, PAIRS, NORM):
        filled.update(block)
    check(torch.stack([filled[s] for s in EVERY]), expected)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_reference_gives_it(measure):
    network = network_of("gru")
    found = reference_rows(network, IDS, EVERY, PAIRS, measure)
    expected = by_hand(network, EVERY, PAIRS, measure)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", ["gru", "no head", "attention", "no copy"])
def test_a_class_less_itself_is_exactly_zero(name):
    network = network_of(name)
    for engine in (GenericEngine(network, IDS), choose_engine(network, IDS)):
        scores, _ = engine.rows(EVERY, [(3, 3)] * len(IDS), MEASURES["grad_x_input"])
        assert not scores.any()


@pytest.mark.parametrize("name", [*MODULES, "deep head"])
def test_the_logits_are_found_again(name):
    if name == "deep head":
        module = make(1, [("gru", 8, 2, True)], 27, 5, 4, batch_first=True, deep=True)
        engines = [engine_for(module, IDS, 27, 4)]
    else:
        network = network_of(name)
        engines = [GenericEngine(network, IDS), choose_engine(network, IDS)]
    for engine in engines:
        truth = engine.logits.clone()
        engine.logits = engine.logits[:0]
        found = engine.outputs([5, 0, 22])
        assert not found.requires_grad
        torch.testing.assert_close(found, truth[[5, 0, 22]], rtol=1e-12, atol=1e-12)


def test_all_three_ways_to_begin_are_one():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(6, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    places, explained = [[0, 2, 5, 1]], [4, (0, 3), (2, 2), (1, 0)]
    logits = hidden @ weight.T
    (first,) = torch.autograd.grad(summed(logits, places, explained), hidden, retain_graph=True)
    begin = torch.zeros_like(logits)
    begin_at(begin, places, explained)
    (second,) = torch.autograd.grad(logits, hidden, begin)
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(first[places[0]], head_rows(weight, explained))
