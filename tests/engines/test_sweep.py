"""The layers' own equations against float64 autograd: random stacks, every way of using them."""

import gc

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import worst
from torch import nn

from rnnviz_widget.engines import MEASURES, Network
from rnnviz_widget.engines.sweep import products
from rnnviz_widget.engines.sweep.sweep_engine import SweepEngine
from rnnviz_widget.models import MinGRU, NestedLSTM

KINDS = {
    "rnn": nn.RNN,
    "relu": lambda *args, **kwargs: nn.RNN(*args, nonlinearity="relu", **kwargs),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "projected": lambda size, units, *args, **kwargs: nn.LSTM(
        size, units + 3, *args, proj_size=units, **kwargs
    ),
    "min gru": MinGRU,
    "nested 1": lambda *args, **kwargs: NestedLSTM(*args, depth=1, **kwargs),
    "nested 2": NestedLSTM,
    "nested 3": lambda *args, **kwargs: NestedLSTM(*args, depth=3, **kwargs),
}


class Model(nn.Module):
    """An embedding, recurrent modules one after the other, and a head of one or two layers."""

    def __init__(self, stack, symbols, size, classes, *, batch_first, deep):
        super().__init__()
        self.embedding = nn.Embedding(symbols, size)
        self.layers = nn.ModuleList()
        self.drop = nn.Dropout(0.5)
        for kind, units, layers, bias in stack:
            self.layers.append(KINDS[kind](size, units, layers, bias=bias, batch_first=batch_first))
            size = units
        self.head = nn.Linear(size, classes)
        if deep:
            self.head = nn.Sequential(nn.Linear(size, 7), nn.Tanh(), nn.Linear(7, classes))

    def after(self, embedded):
        for layer in self.layers:
            embedded = self.drop(layer(embedded)[0])
        return self.head(embedded)

    def forward(self, ids):
        return self.after(self.embedding(ids))


def make(seed, *args, **kwargs):
    """With weights large enough that gradients travel, in double precision."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = Model(*args, **kwargs).double().eval()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.uniform_(-0.5, 0.5)
        return module


def truth(module, ids, rows, targets, measure, batch_first=True):
    """Plain autograd on the one-hot input, one row at a time."""
    table = module.embedding.weight.detach()
    one_hot = torch.eye(len(table), dtype=table.dtype)[ids].requires_grad_()
    embedded = one_hot @ table
    axis = 0 if batch_first else 1
    logits = module.after(embedded.unsqueeze(axis)).squeeze(axis)
    found, peaks = [], []
    for s, k in zip(rows, targets, strict=True):
        at_symbol, at_embedded = torch.autograd.grad(
            logits[s, k], (one_hot, embedded), retain_graph=True
        )
        found.append(
            {
                "norm": at_symbol.norm(dim=1),
                "squared": at_symbol.square().sum(1),
                "embedding_norm": at_embedded.norm(dim=1),
                "grad_x_input": (at_embedded * embedded.detach()).sum(1),
            }[measure]
        )
        # Where a sum cancels, no precision is left of it: its terms are the measure of that.
        terms = (at_embedded * embedded.detach()).abs().sum(1)
        peaks.append((terms if measure == "grad_x_input" else found[-1]).max())
    return torch.stack(found).detach().numpy(), torch.stack(peaks).detach().numpy()


def engine_for(module, ids, symbols, classes, *, batch_first=True):
    network = Network(module, symbols, classes, batch_first=batch_first)
    with torch.no_grad():
        return SweepEngine(network, ids, network.trace(ids, network.embed(ids)))


# Below these a gradient has left what its precision can hold.
TINY = {torch.float64: 1e-250, torch.float32: 1e-28}

layer = st.tuples(
    st.sampled_from(sorted(KINDS)), st.integers(1, 9), st.integers(1, 3), st.booleans()
)


STACKS = {
    "stack": st.lists(layer, min_size=1, max_size=2),
    "symbols": st.integers(2, 9),
    "size": st.integers(1, 6),
    "classes": st.integers(1, 5),
    "length": st.integers(1, 45),
    "batch_first": st.booleans(),
    "deep": st.booleans(),
    "measure": st.sampled_from(sorted(MEASURES)),
    "seed": st.integers(0, 1000),
    "data": st.data(),
}
OPTIONS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@settings(max_examples=60, derandomize=True, **OPTIONS)
@given(**STACKS)
def test_random_stacks_give_what_autograd_gives(**drawn):
    check_stack(**drawn)


@pytest.mark.slow
@settings(max_examples=1000, **OPTIONS)
@given(**STACKS)
def test_a_thousand_random_stacks_give_what_autograd_gives(**drawn):
    check_stack(**drawn)


def check_stack(stack, symbols, size, classes, length, batch_first, deep, measure, seed, data):
    ids = torch.tensor(
        data.draw(st.lists(st.integers(0, symbols - 1), min_size=length, max_size=length))
    )
    rows = data.draw(st.lists(st.integers(0, length - 1), min_size=1, max_size=length))
    targets = data.draw(
        st.lists(st.integers(0, classes - 1), min_size=len(rows), max_size=len(rows))
    )
    options = (seed, stack, symbols, size, classes)
    module = make(*options, batch_first=batch_first, deep=deep)
    expected, peaks = truth(module, ids, rows, targets, measure, batch_first)
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        if dtype == torch.float32 and any(kind == "relu" for kind, *_ in stack):
            continue  # a sum near zero may fall on its other side, where the slope is another
        module = make(*options, batch_first=batch_first, deep=deep).to(dtype)
        engine = engine_for(module, ids, symbols, classes, batch_first=batch_first)
        scores, accuracy = engine.rows(rows, targets, MEASURES[measure])
        assert (scores.dtype, accuracy.tolerance) == (dtype, 0)
        assert worst(scores.numpy(), expected, TINY[dtype], peaks) <= bound
        for n, (s, k) in enumerate(zip(rows, targets, strict=True)):
            (alone,), _ = engine.rows([s], [k], MEASURES[measure])
            assert (
                worst(alone[None].numpy(), expected[n : n + 1], TINY[dtype], peaks[n : n + 1])
                <= bound
            )
            assert not alone[s + 1 :].any()
        assert not any(row[s + 1 :].any() for s, row in zip(rows, scores, strict=True))


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_many_rows_and_long_walks(kind, measure):
    """Formed Jacobians, rows in multiples, room that grows, every stretch of a walk."""
    length = 300
    module = make(1, [(kind, 16, 2, True)], 9, 5, 4, batch_first=True, deep=False)
    ids = torch.randint(9, (length,), generator=torch.Generator().manual_seed(0))
    targets = [s % 4 for s in range(length)]
    some = [0, 7, 40, 150, 298, 299]
    expected, peaks = truth(module, ids, some, [targets[s] for s in some], measure)
    engine = engine_for(module, ids, 9, 4)
    scores, accuracy = engine.rows(range(length), targets, MEASURES[measure])
    assert accuracy.tolerance == 0
    assert worst(scores[some].numpy(), expected, peaks=peaks) < 1e-12
    starts = []
    for start, piece in engine.pieces(length - 1, targets[-1], MEASURES[measure]):
        end = starts[-1] if starts else length
        error = np.abs(piece.numpy() - expected[-1, start:end]).max()
        assert error < 1e-12 * peaks[-1]
        starts.append(start)
    assert starts == [284, 252, 188, 60, 0]


@pytest.mark.parametrize("kind", ["lstm", "nested 1", "nested 2", "nested 3"])
def test_gates_that_are_wholly_open_or_shut(kind):
    """Where the slope of a gate is nothing beside the others', or all are nothing."""
    module = make(4, [(kind, 30, 2, True)], 9, 5, 4, batch_first=True, deep=False)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, bias in module.named_parameters():
            if "bias_ih" in name:
                sizes = torch.tensor([0.0, 0.0, 8.0, 18.0, 40.0, 800.0, -8.0, -40.0, -800.0])
                bias.add_(sizes[torch.randint(9, bias.shape, generator=generator)])
    ids = torch.randint(9, (60,), generator=generator)
    targets = [s % 4 for s in range(60)]
    expected, peaks = truth(module, ids, range(60), targets, "norm")
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        engine = engine_for(module.to(dtype), ids, 9, 4)
        scores, _ = engine.rows(range(60), targets, MEASURES["norm"])
        assert worst(scores.numpy(), expected, TINY[dtype], peaks) < bound


def test_single_precision_at_the_size_of_real_models():
    """Where products of many rows go to the faster library."""
    module = make(
        2, [("gru", 200, 1, True), ("lstm", 160, 1, True)], 27, 32, 50, batch_first=True, deep=False
    )
    with torch.no_grad():
        for parameter in module.layers.parameters():
            parameter.mul_(0.2)
    ids = torch.randint(27, (120,), generator=torch.Generator().manual_seed(0))
    targets = [s % 50 for s in range(120)]
    some = range(0, 120, 7)
    expected, _ = truth(module, ids, some, targets[::7], "norm")
    engine = engine_for(module.float(), ids, 27, 50)
    scores, _ = engine.rows(range(120), targets, MEASURES["norm"])
    assert worst(scores[::7].numpy(), expected) < 1e-5


def test_a_row_of_zeros_is_exactly_zero():
    module = make(3, [("gru", 8, 2, True)], 5, 4, 3, batch_first=True, deep=False)
    with torch.no_grad():
        module.head.weight[1] = 0
    ids = torch.arange(280) % 5
    engine = engine_for(module, ids, 5, 3)
    for tolerance in (0, 1e-4):
        targets = [s % 3 for s in range(280)]
        scores, _ = engine.rows(range(280), targets, MEASURES["norm"], tolerance=tolerance)
        assert not scores[1::3].any()
        assert scores[0::3].any(dim=1).all()


LIBRARIES = {"onednn": products.by_onednn, "torch": None}


@pytest.mark.parametrize("layout", ["as it is", "transposed", "a part"])
@pytest.mark.parametrize("rows", [1, 7, 8, 100])
@pytest.mark.parametrize("library", LIBRARIES)
def test_products_by_either_library(monkeypatch, library, rows, layout):
    monkeypatch.setattr(products, "_onednn", lambda: LIBRARIES[library])
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(rows, 30, generator=generator), torch.randn(20, 30, generator=generator)
    room = torch.zeros(20, 50)
    room[:, 7:37] = b
    laid = {"as it is": b, "transposed": b.T.contiguous().T, "a part": room[:, 7:37]}
    made = products.product(a, laid[layout])
    expected = a.double() @ b.double().T
    torch.testing.assert_close(made.double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(30,), (1, 30), (2, 5, 30), (0, 30)])
@pytest.mark.parametrize("library", LIBRARIES)
def test_linear_layers_by_either_library(monkeypatch, library, shape, bias):
    monkeypatch.setattr(products, "_onednn", lambda: LIBRARIES[library])
    generator = torch.Generator().manual_seed(0)
    layer = nn.Linear(30, 20, bias=bias)
    read = torch.randn(shape, generator=generator)
    with torch.no_grad():
        made = products.linear(read, layer.weight, layer.bias)
        torch.testing.assert_close(made, layer(read), rtol=1e-5, atol=1e-5)
        double = products.linear(read.double(), layer.weight.double())
        torch.testing.assert_close(double, read.double() @ layer.weight.double().T)
    read.requires_grad_()
    products.linear(read, layer.weight, layer.bias).sum().backward()
    expected = layer.weight.detach().sum(dim=0).expand(shape)
    torch.testing.assert_close(read.grad, expected)


def test_without_onednn_products_are_torchs(monkeypatch):
    monkeypatch.setattr(products, "by_onednn", lambda *_: torch.ops.mkldnn._no_such_product())
    assert not products._onednn_works.__wrapped__()
    monkeypatch.setattr(products, "by_onednn", lambda a, b: a @ b.T + 1)
    assert not products._onednn_works.__wrapped__()
    monkeypatch.setattr(products, "_onednn_works", lambda: False)
    assert products._onednn.__wrapped__() is None
    read, weight = torch.randn(3, 5), torch.randn(4, 5)
    torch.testing.assert_close(products.linear(read, weight), read @ weight.T)


def test_a_row_that_is_given_up_leaves_the_mode_of_whoever_runs_then():
    module = make(3, [("gru", 6, 1, True)], 5, 4, 5, batch_first=True, deep=False)
    ids = torch.arange(200) % 5
    network = Network(module, 5, 5)
    with torch.no_grad():
        engine = SweepEngine(network, ids, network.trace(ids, network.embed(ids)))
    pieces = engine.pieces(199, 2, MEASURES["norm"])
    assert next(pieces)[0] > 0
    assert torch.is_grad_enabled()
    with torch.no_grad():
        del pieces
        gc.collect()
        assert not torch.is_grad_enabled()
