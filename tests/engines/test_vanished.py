"""Gradients that vanish on their way become zero, not subnormal numbers; nothing else changes."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz_widget.engines import Network, choose_engine, measure_named
from rnnviz_widget.models import NestedLSTM
from rnnviz_widget.recurrences.vanished import clear_vanished, smallest_kept

LENGTH = 300
NORM = measure_named("norm")
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
