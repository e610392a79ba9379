"""Scores over many symbols: without a decomposition for a few rows, then with the cheaper one."""

import pytest
import torch

from rnnviz_widget.engines import measures
from rnnviz_widget.engines.measures import MEASURES, Scorer


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """Small matrices are treated as large ones are, in several parts."""
    monkeypatch.setattr(measures, "_LARGE", 1)
    monkeypatch.setattr(measures, "_SYMBOLS", 12)


@pytest.fixture
def decompositions(monkeypatch):
    """The decompositions that were made, by name."""
    made = []

    def noted(name, function):
        def called(*args, **kwargs):
            made.append(name)
            return function(*args, **kwargs)

        return called

    for name in ("qr", "cholesky_ex"):
        monkeypatch.setattr(torch.linalg, name, noted(name, getattr(torch.linalg, name)))
    return made


def matrix_of(*, condition=10.0, dtype=torch.float32):
    """40 symbols of 8 components, of this condition number."""
    draws = torch.Generator().manual_seed(0)
    left, _ = torch.linalg.qr(torch.randn(40, 8, generator=draws).double())
    right, _ = torch.linalg.qr(torch.randn(8, 8, generator=draws).double())
    sizes = torch.logspace(0, -float(torch.tensor(condition).log10()), 8).double()
    return (left * sizes @ right).to(dtype)


def errors(scorer, measure, gradients):
    found = scorer.scores(MEASURES[measure], gradients, torch.zeros(gradients.shape[1:]))
    truth = (gradients.double() @ scorer.matrix.double().T).norm(dim=-1)
    truth = truth if measure == "norm" else truth.square()
    return float(((found - truth) / truth).abs().max())


@pytest.mark.parametrize("measure", ["norm", "squared"])
@pytest.mark.parametrize("condition", [2.0, 1e2, 1e6])
def test_scores_are_exact_however_they_are_made(measure, condition, decompositions):
    scorer = Scorer(matrix_of(condition=condition))
    decompositions.clear()
    gradients = torch.randn(3, 2, 8, generator=torch.Generator().manual_seed(1))
    assert errors(scorer, measure, gradients) < 1e-5
    assert decompositions == []
    assert errors(scorer, measure, gradients) < 1e-5
    # What E^T E can't tell in double precision is left to QR.
    assert decompositions == (["cholesky_ex"] if condition < 1e3 else ["cholesky_ex", "qr"])
    assert errors(scorer, measure, gradients) < 1e-5
    assert len(decompositions) <= 2


@pytest.mark.parametrize("measure", ["norm", "squared"])
def test_an_input_that_is_not_read_scores_zero_and_changes_no_other(measure, decompositions):
    scorer, alone = Scorer(matrix_of()), Scorer(matrix_of())
    decompositions.clear()
    gradients = torch.randn(1, 6, 8)
    gradients[0, 2:5] = 0
    found = scorer.scores(MEASURES[measure], gradients, torch.zeros(6, 8))
    read = [0, 1, 5]
    assert (found[0, 2:5] == 0).all()
    expected = alone.scores(MEASURES[measure], gradients[:, read], torch.zeros(3, 8))
    torch.testing.assert_close(found[:, read], expected)
    assert decompositions == []


def test_double_precision_takes_qr(decompositions):
    scorer = Scorer(matrix_of(dtype=torch.float64))
    decompositions.clear()
    gradients = torch.randn(3, 4, 8, dtype=torch.float64)
    assert errors(scorer, "norm", gradients) < 1e-13
    assert decompositions == ["qr"]


def test_symbols_that_are_alike_take_qr(decompositions):
    scorer = Scorer(torch.ones(40, 8))
    decompositions.clear()
    assert errors(scorer, "norm", torch.rand(3, 4, 8)) < 1e-5
    assert "qr" in decompositions


def test_a_measure_of_the_embedded_input_needs_none(decompositions):
    scorer = Scorer(matrix_of())
    decompositions.clear()
    gradients = torch.randn(20, 4, 8)
    found = scorer.scores(MEASURES["embedding_norm"], gradients, torch.zeros(4, 8))
    torch.testing.assert_close(found, gradients.norm(dim=-1))
    assert decompositions == []
