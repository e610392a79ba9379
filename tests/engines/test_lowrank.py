"""Few carriers for many rows: what is lost, what is kept, and what says so."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from small import LETTERS, recurrent, worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, TOLERANCE, Network
from rnnviz_widget.engines.sweep.lowrank import Compressor
from rnnviz_widget.engines.sweep.sweep_engine import SweepEngine
from rnnviz_widget.models import pretrained_names

# Twenty places of the part of text8 that nothing was trained on.
TEXTS = (Path(__file__).parent / "text8-test.txt").read_text(encoding="ascii").splitlines()


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def nearly(rank, rows, size, noise):
    """Rows of very different lengths near a space of few dimensions."""
    lengths = 10 ** torch.linspace(-6, 3, rows, dtype=torch.float64)[:, None]
    return lengths * (
        random(rows, rank) @ random(rank, size, seed=1) + noise * random(rows, size, seed=2)
    )


@pytest.mark.parametrize("tolerance", [1e-1, 1e-2, 1e-7])
def test_no_row_loses_more_than_the_tolerance_of_its_own_length(tolerance):
    rows = nearly(5, 60, 40, 2e-5)
    compressor = Compressor(tolerance)
    first = compressor.compress(rows.new_zeros(0, 0), rows)
    made = first.coefficients @ first.carriers
    lengths = rows.norm(dim=1)
    assert ((made - rows).norm(dim=1) <= tolerance / 128 * lengths).all()
    assert (len(first.carriers) == 5) == (tolerance > 1e-3)
    torch.testing.assert_close(
        first.carriers @ first.carriers.T, torch.eye(len(first.carriers), dtype=torch.float64)
    )


def test_old_rows_and_new_ones_are_compressed_together():
    old, new = nearly(4, 30, 40, 0.0), random(6, 40, seed=3)
    compressor = Compressor(1e-8)
    first = compressor.compress(old.new_zeros(0, 0), old)
    assert len(first.carriers) == 4
    second = compressor.compress(first.coefficients, torch.cat([first.carriers, new]))
    assert second is None  # ten carriers for ten dimensions: nothing to gain
    fewer = torch.cat([first.carriers, new[:1], new[:1] * 2, new[:1] * 3, first.carriers])
    third = Compressor(1e-8).compress(first.coefficients, fewer)
    assert len(third.carriers) == 5
    expected = torch.cat([old, fewer[4:]])
    torch.testing.assert_close(third.coefficients @ third.carriers, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(("shrunk", "carriers"), [(1e-4, 7), (1e-12, 3)])
def test_rows_that_have_shrunk_are_held_to_a_millionth_of_their_greatest_length(shrunk, carriers):
    old, new = nearly(4, 30, 40, 0.0), random(30, 3, seed=5) @ random(3, 40, seed=6)
    tolerance = 1e-2
    compressor = Compressor(tolerance)
    first = compressor.compress(old.new_zeros(0, 0), old)
    both = torch.cat([shrunk * first.carriers, new])
    second = compressor.compress(first.coefficients, both)
    assert len(second.carriers) == carriers
    expected = torch.cat([shrunk * old, new])
    lost = (second.coefficients @ second.carriers - expected).norm(dim=1)
    held = torch.cat([old.norm(dim=1) * max(shrunk, 1e-6), new.norm(dim=1)])
    assert (lost <= tolerance / 128 * held).all()


def test_rows_of_zeros_stay_exactly_zero():
    rows = nearly(3, 40, 30, 0.0)
    rows[[0, 7, 39]] = 0
    found = Compressor(1e-6).compress(rows.new_zeros(0, 0), rows)
    assert not found.coefficients[[0, 7, 39]].any()
    assert found.coefficients[1].any()


def test_what_is_not_finite_is_not_compressed():
    rows = nearly(3, 40, 30, 0.0)
    rows[5, 5] = float("inf")
    assert Compressor(1e-4).compress(rows.new_zeros(0, 0), rows) is None


@pytest.fixture(params=pretrained_names())
def model(request):
    return rv.load_pretrained(request.param)


def check_within_the_tolerance(model, texts):
    for text in texts:
        exact = rv.connectivity(model, text, tolerance=0)
        default = rv.connectivity(model, text)
        assert (exact.engine, exact.accuracy.tolerance, exact.accuracy.rank) == ("sweep", 0, 0)
        assert (default.accuracy.tolerance, default.engine) == (TOLERANCE, "sweep")
        assert 10 < default.accuracy.rank < 80
        assert worst(default.scores, exact.scores) < TOLERANCE
        assert 0 < default.accuracy.error < TOLERANCE


def test_the_bundled_models_stay_within_the_tolerance_on_texts_of_the_test_part(model):
    check_within_the_tolerance(model, TEXTS[::4])


@pytest.mark.slow
def test_the_bundled_models_stay_within_the_tolerance_on_all_twenty_texts(model):
    assert len(TEXTS) == 20
    check_within_the_tolerance(model, TEXTS)


def test_short_texts_are_exact(model):
    accuracy = rv.connectivity(model, TEXTS[0][:255]).accuracy
    assert (accuracy.tolerance, accuracy.error, accuracy.rank) == (0, 0, 0)


def engine_on(text):
    network = Network(recurrent("lstm", 2, dtype=torch.float64), 27, 27)
    ids = torch.tensor([LETTERS.index(c) for c in text])
    with torch.no_grad():
        return SweepEngine(network, ids, network.trace(ids, network.embed(ids)))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-7])
def test_the_error_follows_the_tolerance_by_every_measure(measure, tolerance):
    engine = engine_on(TEXTS[0])
    every, targets = range(300), [s % 27 for s in range(300)]
    exact, _ = engine.rows(every, targets, MEASURES[measure])
    loose, accuracy = engine.rows(every, targets, MEASURES[measure], tolerance=tolerance)
    error = worst(loose.numpy(), exact.numpy())
    assert error < tolerance
    assert 0 < accuracy.error < tolerance
    assert accuracy.rank > 0
    assert not loose.triu(1).any()


def test_some_rows_are_swept_like_all_in_any_order():
    engine = engine_on(TEXTS[1])
    rows = list(np.random.default_rng(0).permutation(300)[:280])
    targets = [int(s) % 27 for s in rows]
    some, accuracy = engine.rows(rows, targets, MEASURES["norm"], tolerance=1e-5)
    every, _ = engine.rows(range(300), [s % 27 for s in range(300)], MEASURES["norm"])
    assert accuracy.tolerance == 1e-5
    assert worst(some.numpy(), every[rows].numpy()) < 1e-5


def test_a_row_that_fades_and_revives_is_not_lost():
    """A cell that forgets for a while, then grows what is left of the gradient again."""
    module = recurrent("gru", 1, dtype=torch.float64)
    with torch.no_grad():
        # The letter z opens the update gate wide: h hardly passes; after it the gradient recovers.
        module.embedding.weight.zero_()
        module.embedding.weight[LETTERS.index("z"), 0] = 1.0
        module.cell.weight_ih_l0[12:24, 0] = -6.0
        module.cell.bias_ih_l0[12:24] += 3.0
        module.cell.weight_hh_l0[24:].mul_(4)
    network = Network(module, 27, 27)
    text = ("a" * 37 + "z") * 9
    ids = torch.tensor([LETTERS.index(c) for c in text])
    with torch.no_grad():
        engine = SweepEngine(network, ids, network.trace(ids, network.embed(ids)))
    every, targets = range(len(text)), [3] * len(text)
    exact, _ = engine.rows(every, targets, MEASURES["embedding_norm"])
    peaks = exact.amax(1)
    assert (exact.diff(dim=1).abs().amax(1) > 0.5 * peaks).any()  # it does rise and fall
    loose, accuracy = engine.rows(every, targets, MEASURES["embedding_norm"], tolerance=1e-4)
    assert accuracy.rank > 0
    assert worst(loose.numpy(), exact.numpy()) < 1e-4


def test_a_sweep_that_is_measured_to_be_off_is_done_again_exactly(monkeypatch, caplog):
    original = Compressor.compress

    def crude(self, coefficients, carriers):
        found = original(self, coefficients, carriers)
        if found is not None:
            found.carriers *= 1.01
        return found

    monkeypatch.setattr(Compressor, "compress", crude)
    engine = engine_on(TEXTS[2])
    every, targets = range(300), [s % 27 for s in range(300)]
    with caplog.at_level(logging.INFO, "rnnviz_widget"):
        found, accuracy = engine.rows(every, targets, MEASURES["norm"], tolerance=1e-4)
    exact, _ = engine.rows(every, targets, MEASURES["norm"])
    assert torch.equal(found, exact)
    assert (accuracy.tolerance, accuracy.rank) == (0, 0)
    assert "they are computed exactly" in caplog.text
