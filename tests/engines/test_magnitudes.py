"""Gradients of any size that a number can have are measured alike: no square of them is taken."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small import LETTERS, recurrent, worst
from torch import nn
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.engines.measures import lengths

TEXT = "the formal study of grammar " * 10


class ByHand(nn.Module):
    """Served by autograd: what a layer makes goes through a function that is not its own."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, ids):
        hidden, _ = self.module.cell(self.module.embedding(ids).tanh())
        return self.module.head(hidden)


def scaled(scale, dtype, kind):
    module = recurrent("gru", dtype=torch.float64)
    with torch.no_grad():
        module.head.weight *= scale
        module.head.bias *= 0
    return (ByHand(module) if kind == "autograd" else module).to(dtype)


SIZES = [
    (1e200, torch.float64),
    (1e-200, torch.float64),
    (1e30, torch.float32),
    (1e-30, torch.float32),
]


@pytest.mark.parametrize("kind", ["sweep", "autograd"])
@pytest.mark.parametrize("measure", ["norm", "embedding_norm", "grad_x_input"])
@pytest.mark.parametrize(("scale", "dtype"), SIZES)
def test_rows_are_those_of_ordinary_size_times_the_scale(scale, dtype, measure, kind):
    def found(by):
        model = rv.SequenceModel(scaled(by, dtype, kind), LETTERS)
        return rv.connectivity(model, TEXT[:280], target="e", measure=measure)

    ordinary, extreme = found(1.0), found(scale)
    assert ordinary.engine == extreme.engine == kind
    limit = 1e-4 if dtype is torch.float32 else 1e-6
    assert worst(extreme.scores / np.float64(scale), ordinary.scores) < limit
    np.testing.assert_allclose(
        rv.memory.reach(extreme.scores), rv.memory.reach(ordinary.scores), rtol=1e-3
    )


@pytest.mark.parametrize("kind", ["sweep", "autograd"])
@pytest.mark.parametrize(("scale", "dtype"), SIZES)
def test_squares_that_do_not_fit_are_refused_in_words(scale, dtype, kind):
    model = rv.SequenceModel(scaled(scale, dtype, kind), LETTERS)
    size = "large" if scale > 1 else "small"
    with pytest.raises(FloatingPointError, match=rf"too {size} .* at output 0: measure=\"norm\""):
        rv.connectivity(model, TEXT[:40], target="e", measure="squared")
    reading = rv.connectivity(model, TEXT[:40], target="e")
    assert np.isfinite(reading.scores).all()


def test_a_row_that_is_hovered_is_refused_too():
    widget = rv.explore(
        rv.SequenceModel(scaled(1e-30, torch.float32, "sweep"), LETTERS),
        text=TEXT[:40],
        target="e",
        measure="squared",
    )
    try:
        widget.position = 20
        (facet,) = page_of(widget).answer["facets"]
        assert "too small for single precision" in facet["error"]
    finally:
        widget.close()


def test_a_row_of_nothing_is_no_square_that_is_too_small():
    module = recurrent("gru")
    with torch.no_grad():
        module.head.weight[4] = 0
    found = rv.connectivity(
        rv.SequenceModel(module, LETTERS), TEXT[:30], target=LETTERS[4], measure="squared"
    )
    assert not found.scores.any()


@given(
    exponent=st.integers(-300, 300),
    numbers=st.lists(st.floats(-1, 1).map(lambda x: x if abs(x) > 1e-3 else 0.0), min_size=1),
)
def test_lengths_are_those_of_numbers_of_ordinary_size(exponent, numbers):
    for dtype, power in ((torch.float64, exponent), (torch.float32, exponent // 10)):
        vector = torch.tensor([numbers], dtype=dtype)
        found = lengths(vector * 10.0**power)
        expected = torch.linalg.vector_norm(vector.double(), dim=-1) * 10.0**power
        torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0.0)


def test_lengths_of_infinity_and_nothing():
    vectors = torch.tensor([[0.0, 0.0], [torch.inf, 1.0], [torch.nan, 1.0], [3e-320, 4e-320]])
    for found in (lengths(vectors), lengths(vectors.double())):
        assert found[0] == 0
        assert found[1].isinf()
        assert found[2].isnan()
    double = torch.tensor([[3e-320, 4e-320], [3e307, 4e307]], dtype=torch.float64)
    np.testing.assert_allclose(lengths(double).numpy(), [5e-320, 5e307], rtol=1e-3)
    single = torch.tensor([[3e-43, 4e-43], [3e37, 4e37], [3e38, 3e38]])
    np.testing.assert_allclose(lengths(single).numpy(), [5e-43, 5e37, np.inf], rtol=1e-2)
    half = torch.tensor([[3e-4, 4e-4], [300.0, 400.0]], dtype=torch.float16)
    np.testing.assert_allclose(lengths(half).numpy(), [5e-4, 500], rtol=1e-2)


def test_the_reference_takes_no_squares_either():
    from rnnviz_widget.engines import Network
    from rnnviz_widget.engines.reference import reference_rows

    ids = torch.tensor([LETTERS.index(c) for c in TEXT[:20]])
    rows = {}
    for scale in (1.0, 1e200, 1e-200):
        network = Network(copy.deepcopy(scaled(scale, torch.float64, "sweep")), 27, 27)
        rows[scale] = reference_rows(network, ids, [19], [3], "norm") / scale
    torch.testing.assert_close(rows[1e200], rows[1.0])
    torch.testing.assert_close(rows[1e-200], rows[1.0])
