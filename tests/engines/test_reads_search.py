"""What outputs read, found out in steps after the text is shown."""

import pytest
import torch
from passes import counted
from readers import KINDS, Model, ids_of, network_of

from rnnviz_widget.engines.autograd import reads_search
from rnnviz_widget.engines.choose import choose_engine
from rnnviz_widget.engines.measures import MEASURES


@pytest.fixture
def put_off(monkeypatch):
    """Small modules are treated as large ones are."""
    monkeypatch.setattr(reads_search, "PUT_OFF_FROM", 1)


def searched(network, ids):
    """An engine, and the passes of each step in which it finds out what outputs read."""
    engine, steps = choose_engine(network, ids, "autograd", reads_later=True), []
    left = engine.find_reads()
    while True:
        with counted(Model) as passes:
            share = next(left, None)
        if share is None:
            return engine, steps
        steps.append((share, len(passes.forward), passes.gradients))


@pytest.mark.parametrize("kind", KINDS)
def test_steps_find_what_is_found_at_once(kind, put_off):
    for length in (40, 20, 3):
        ids = ids_of(length, padded=kind == "attention but to padding")
        at_once = choose_engine(network_of(kind, torch.float32), ids, "autograd").reads
        engine, steps = searched(network_of(kind, torch.float32), ids)
        assert engine.reads_known
        assert engine.reads == at_once, length
        assert all(forward + gradients <= 1 for _, forward, gradients in steps)
        shares = [share for share, _, _ in steps]
        assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("kind", "causal"), [("forward", True), ("attention back", True), ("attention", False)]
)
def test_until_then_it_is_assumed(kind, causal, put_off):
    network, ids = network_of(kind, torch.float64), ids_of(12, padded=False)
    with counted(Model) as passes:
        engine = choose_engine(network, ids, "autograd", reads_later=True)
    assert (passes.forward, passes.gradients) == ([(1, 12)], 0)
    assert not engine.reads_known
    assert engine.reads.causal == causal
    # A row needs no more than one gradient, and is that of an engine that knows what it reads.
    with counted(Model) as passes:
        (row,), _ = engine.rows([7], [2], MEASURES["norm"])
    assert (passes.forward, passes.gradients) == ([], 1)
    known = choose_engine(network_of(kind, torch.float64), ids, "autograd")
    (truth,), _ = known.rows([7], [2], MEASURES["norm"])
    torch.testing.assert_close(row, truth, rtol=1e-12, atol=0)


def test_rows_after_that_read_prefixes(put_off):
    network, ids = network_of("attention back", torch.float64), ids_of(40, padded=False)
    engine, _ = searched(network, ids)
    targets = [int(each) for each in ids]
    rows, _ = engine.rows(range(40), targets, MEASURES["norm"])
    swept = engine.fill(range(40), targets, MEASURES["norm"]).finish()
    torch.testing.assert_close(swept, rows, rtol=0, atol=float(1e-10 * rows.max()))


def test_two_may_search_at_once(put_off):
    engine = choose_engine(
        network_of("attention", torch.float32), ids_of(12, padded=False), reads_later=True
    )
    one, other = engine.find_reads(), engine.find_reads()
    assert next(one) <= next(other)
    assert all(0 <= share <= 1 for share in other)
    assert engine.reads_known
    assert list(one) == []


def test_small_modules_and_one_output_are_not_put_off(monkeypatch):
    ids = ids_of(12, padded=False)
    network = network_of("attention", torch.float32)
    assert choose_engine(network, ids, "autograd", reads_later=True).reads_known
    monkeypatch.setattr(reads_search, "PUT_OFF_FROM", 1)
    one = network_of("the last state", torch.float32)
    assert choose_engine(one, ids, "autograd", reads_later=True).reads_known
