"""Gradients that vanish on their way become zero, not subnormal numbers; nothing else changes."""

import copy

import numpy as np
import pytest
import torch
from engines.directed_modules import truth
from engines.scanned_models import register_all
from linear_recurrences import (
    Blocks,
    GatedDeltaNet,
    MambaMixer,
    MinGRUMixer,
    MinLSTMMixer,
    SelectiveScan,
)
from torch import nn

from rnnviz_widget.engines import Network, choose_engine, measure_named
from rnnviz_widget.models import NestedLSTM
from rnnviz_widget.recurrences import diagonal, outer_products
from rnnviz_widget.recurrences.vanished import clear_vanished, smallest_kept

LENGTH = 300
NORM = measure_named("norm")
SCANS = {
    "minGRU": lambda: [MinGRUMixer(16, 16) for _ in range(2)],
    "minLSTM": lambda: [MinLSTMMixer(16, 16) for _ in range(2)],
    "Mamba": lambda: [MambaMixer(16, 16, 4) for _ in range(2)],
    "Gated DeltaNet": lambda: [GatedDeltaNet(16) for _ in range(2)],
}
KINDS = {
    "rnn": (nn.RNN, {"num_layers": 2}),
    "gru": (nn.GRU, {"num_layers": 2}),
    "lstm": (nn.LSTM, {"num_layers": 2}),
    "nested lstm": (NestedLSTM, {}),
    "both directions": (nn.GRU, {"num_layers": 2, "bidirectional": True}),
}


class Vanishing(nn.Module):
    """Recurrent layers with torch's own first weights: gradients halve from step to step."""

    def __init__(self, kind, **options):
        super().__init__()
        self.embedding = nn.Embedding(5, 16)
        self.cell = kind(16, 16, batch_first=True, **options)
        self.head = nn.Linear(32 if "bidirectional" in options else 16, 7)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def test_what_is_cleared():
    least = smallest_kept(torch.ones(3, 4))
    state = torch.tensor([1e-40, -1e-37, 2 * least, -1.0, float("nan")])
    clear_vanished([state], least)
    assert state[:4].tolist() == [0.0, 0.0, pytest.approx(2 * least), -1.0]
    assert state[4].isnan()


@pytest.mark.parametrize(
    ("weakest", "power"), [(4.0, -103), (1e-9, -103), (2.0**-40, -110), (2.0**-90, -118), (0, -103)]
)
def test_weak_rows_keep_their_digits(weakest, power):
    rows = torch.tensor([[1.0, 0.0], [0.0, -weakest]])
    assert smallest_kept(rows) == 2.0**power
    assert smallest_kept(rows[1].double()) == 2.0**-999


@pytest.mark.parametrize("rows", [torch.ones(2, 3).half(), torch.ones(2, 3, device="meta")])
def test_nothing_is_cleared_in_half_precision_and_on_other_devices(rows):
    least = smallest_kept(rows)
    state = torch.tensor([1e-7]).half()
    clear_vanished([state], least)
    assert least == 0
    assert state[0] > 0


def true_row(module, ids, row, target):
    """Connectivity of one output by float64 autograd on the one-hot input."""
    double = copy.deepcopy(module).double()
    one_hot = torch.eye(5, dtype=torch.float64)[ids].requires_grad_()
    made = double.cell((one_hot @ double.embedding.weight)[None])[0]
    (gradient,) = torch.autograd.grad(double.head(made)[0, row, target], one_hot)
    return gradient.norm(dim=1).numpy()


ONE, ALL = range(LENGTH - 1, LENGTH), range(LENGTH)
# One row of both directions is autograd's.
CASES = [
    *((kind, ALL) for kind in KINDS),
    *((kind, ONE) for kind in KINDS if kind != "both directions"),
]


@pytest.mark.parametrize(("kind", "rows"), CASES)
def test_no_score_is_subnormal_and_all_are_right(kind, rows):
    make, options = KINDS[kind]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = Vanishing(make, **options).eval()
        ids = torch.randint(5, (LENGTH,))
    scores, _ = choose_engine(Network(module, 5, 7), ids, "sweep").rows(
        rows, [3] * len(rows), NORM, tolerance=0.0
    )
    found = np.asarray(scores, dtype=np.float64)

    assert not np.any((found > 0) & (found < torch.finfo(torch.float32).tiny))
    true = true_row(module, ids, LENGTH - 1, 3)
    assert true[:8].max() < 1e-32, "nothing vanishes here: the test has lost its point"
    assert np.all(found[-1, :8] == 0)
    for row in {rows[0], rows[len(rows) // 2], rows[-1]}:
        true = true_row(module, ids, row, 3)
        np.testing.assert_allclose(found[row - rows[0]], true, rtol=1e-3, atol=1e-6 * true.max())


def is_subnormal(numbers):
    return (numbers != 0) & (numbers.abs() < torch.finfo(torch.float32).tiny)


@pytest.mark.parametrize("kind", SCANS)
@pytest.mark.parametrize("rows", [ALL, ONE])
def test_no_score_of_a_scan_is_subnormal_and_all_are_right(kind, rows, monkeypatch):
    register_all(monkeypatch)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = Blocks(SCANS[kind](), 16, 5, 7).eval()
        for each in module.modules():
            if isinstance(each, SelectiveScan):
                each.log_rates.data += 4
        ids = torch.randint(5, (LENGTH,))
    engine = choose_engine(Network(module, 5, 7), ids, "scan")
    scores, _ = engine.rows(rows, [3] * len(rows), NORM)

    assert not is_subnormal(torch.as_tensor(scores)).any()
    some = sorted({rows[0], rows[len(rows) // 2], rows[-1]})
    true = truth(module, ids, some, [3] * len(some))[0]["norm"]
    assert true[-1][:8].max() < 1e-32, "nothing vanishes here: the test has lost its point"
    assert np.all(np.asarray(scores)[-1, :8] == 0)
    for row, expected in zip(some, true, strict=True):
        found = np.asarray(scores[row - rows[0]], dtype=np.float64)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6 * expected.max())


def test_gradients_of_the_recurrences_hold_no_subnormal_numbers():
    new = torch.ones(1, 400, 3, requires_grad=True)
    states = diagonal(torch.full((1, 400, 3), 0.6), new)
    (gradient,) = torch.autograd.grad(states[0, -1].sum(), new)
    parts = [torch.ones(1, 400, 1, 3, requires_grad=True) for _ in range(3)]
    read = outer_products(*parts, decay=torch.full((1, 400, 1, 1, 1), -0.5))
    for found in (gradient, *torch.autograd.grad(read[0, -1].sum(), parts[1:])):
        assert not is_subnormal(found).any()
        assert not found[0, 0].any()
        assert found[0, -100].all()
