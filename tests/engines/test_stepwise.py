"""All rows in one pass through operations that are known; exact against float64 autograd."""

import pytest
import torch
from engines.directed_modules import truth
from engines.scanned_models import MIXERS, blocks, register_all
from linear_recurrences import Blocks, MambaMixer, MinGRUMixer, MinLSTMMixer
from small import seeded, worst
from torch import nn
from torch.nn import functional

from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.engines.scan import cost, elementwise_scan, scan_engine, stepwise_engine
from rnnviz_widget.engines.scan.formed_product import FormedProduct
from rnnviz_widget.engines.scan.loops import LoopsAsScans
from rnnviz_widget.recurrences import diagonal, registered

LENGTH = 150
IDS = torch.randint(9, (LENGTH,), generator=torch.Generator().manual_seed(5))
IN_ONE_PASS = "as scans, all rows in one pass"


@pytest.fixture(autouse=True)
def _as_scans(monkeypatch):
    register_all(monkeypatch)


def exact(module, engine, rows):
    targets = [(3 * s) % 5 for s in rows]
    expected, peaks = truth(module, IDS, rows, targets)
    for name, measure in MEASURES.items():
        found = engine.fill(rows, targets, measure).finish()
        assert worst(found.numpy(), expected[name], peaks=peaks[name]) < 1e-10


class Gated(nn.Module):
    """A norm, a gate and a feed-forward layer, as in models of this kind."""

    def __init__(self, mixed):
        super().__init__()
        self.norm = nn.RMSNorm(6)
        self.into, self.out = nn.Linear(6, 16), nn.Linear(8, 6)
        self.conv = nn.Conv1d(6, 6, 3, groups=6, bias=False)
        self.mixed = mixed

    def forward(self, x):
        y = self.conv(functional.pad(self.norm(x).mT, (2, 0))).mT
        one, other = self.into(y).chunk(2, -1)
        return self.out(self.mixed(functional.silu(one) * other.tanh()))


class Begun(nn.Module):
    """A recurrence whose first state is a parameter."""

    def __init__(self):
        super().__init__()
        self.keep, self.added = nn.Linear(6, 6), nn.Linear(6, 6)
        self.start = nn.Parameter(torch.empty(6))

    def forward(self, x):
        state, states = self.start.expand(x[:, 0].shape), []
        for keep, added in zip(
            self.keep(x).sigmoid().unbind(1), self.added(x).unbind(1), strict=True
        ):
            state = keep * state + added
            states.append(state)
        return torch.stack(states, dim=1)


def fading(x):
    return diagonal(torch.tensor(0.8, dtype=x.dtype), x)


STACKS = {
    "minGRU": lambda: [MinGRUMixer(6, 8) for _ in range(4)],
    "minLSTM": lambda: [MinLSTMMixer(6, 8), MinLSTMMixer(6, 20)],
    "Mamba": lambda: [MambaMixer(6, 8, 3), MambaMixer(6, 10, 16)],
    "gated, padded before": lambda: [Gated(fading), MinGRUMixer(6, 8), Gated(nn.Identity())],
}


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("rows", [range(LENGTH), [140, 3, 20, 21, 22, 100, 16, 15, 90]])
def test_rows_are_exact(name, rows):
    module = seeded(lambda: Blocks(STACKS[name](), 6), dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert IN_ONE_PASS in engine.reason
    exact(module, engine, list(rows))


@pytest.mark.parametrize("name", STACKS)
def test_many_rows_are_carried_past_the_gates_layer_by_one_matrix_a_step(name, monkeypatch):
    seen = []
    back = FormedProduct.back

    def carried(formed, gradient):
        seen.append(len(formed))
        return back(formed, gradient)

    monkeypatch.setattr(FormedProduct, "back", staticmethod(carried))
    module = seeded(lambda: Blocks(STACKS[name](), 6), dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    few = list(range(LENGTH - elementwise_scan._ROWS + 1, LENGTH))
    exact(module, engine, few)
    assert not seen
    exact(module, engine, [few[0] - 1, *few])
    assert bool(seen) == (name != "Mamba")


def test_rows_of_one_output_begin_together():
    module = seeded(lambda: Blocks(STACKS["minGRU"](), 6), dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    found = engine.fill([60, 60, 33, 60], [1, 4, 2, 1], MEASURES["norm"]).finish()
    for place, (row, target) in enumerate([(60, 1), (60, 4), (33, 2), (60, 1)]):
        alone = engine.fill([row], [target], MEASURES["norm"]).finish()
        torch.testing.assert_close(found[place], alone[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["minGRU", "minLSTM"])
def test_loops_are_taken_in_one_pass(name, monkeypatch):
    monkeypatch.setattr(registered, "_registered", {})
    module = blocks(name)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert engine.reason.startswith("loops over the text")
    assert IN_ONE_PASS in engine.reason
    exact(module, engine, list(range(LENGTH)))


def test_a_loop_may_begin_at_a_learned_state():
    module = seeded(lambda: Blocks([Begun(), Begun()], 6), dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert IN_ONE_PASS in engine.reason
    exact(module, engine, list(range(LENGTH)))


@pytest.mark.parametrize("added", [lambda x: x, lambda x: x.tanh()])
def test_what_a_state_is_multiplied_by_may_also_be_added(added):
    gated = Gated(lambda x: diagonal(x, added(x)))
    module = seeded(lambda: Blocks([gated, MinGRUMixer(6, 8)], 6), dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert IN_ONE_PASS in engine.reason
    exact(module, engine, list(range(LENGTH)))


OTHERS = {
    "softmax": lambda x: fading(x.softmax(-1)),
    "sums over the text": lambda x: fading(x.cumsum(1)),
    "a step of another place": lambda x: fading(
        x.roll(1, -1) + functional.pad(x, (0, 0, 1, 0))[:, :-1]
    ),
    "one number for all": lambda x: fading(x * x[..., :1]),
    "heads of their own": lambda x: fading(
        functional.linear(x.unflatten(-1, (2, 4)), torch.eye(4).to(x)).flatten(-2)
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_known_is_left_to_autograd(name):
    module = seeded(
        lambda: Blocks([MinGRUMixer(6, 8), Gated(OTHERS[name])], 6), dtype=torch.float64
    )
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert engine.name == "scan"
    assert IN_ONE_PASS not in engine.reason
    exact(module, engine, list(range(0, LENGTH, 7)))


@pytest.mark.parametrize("name", ["gated linear attention", "Gated DeltaNet"])
def test_scans_that_are_slower_are_left_to_autograd(name, monkeypatch):
    monkeypatch.setattr(scan_engine, "scans_are_faster", lambda *_: False)
    network = Network(blocks(name), 9, 5)
    engine = choose_engine(network, IDS)
    assert engine.name == "autograd"
    assert "take longer as scans than autograd does" in engine.reason
    assert choose_engine(network, IDS, "scan").name == "scan"
    assert name in MIXERS


def test_the_faster_way_is_measured_once_for_texts_of_about_the_same_length(monkeypatch):
    asked = []

    def measured(_, ids, __):
        asked.append(len(ids))
        return len(ids) > 100

    monkeypatch.setattr(scan_engine, "scans_are_faster", measured)
    network = Network(blocks("Gated DeltaNet"), 9, 5)
    names = [choose_engine(network, IDS[:length]).name for length in (70, 71, 127, 140, 150)]
    assert names == ["autograd"] * 3 + ["scan"] * 2
    assert asked == [70, 140]


@pytest.mark.parametrize("slower", [0.9, 1.1])
def test_the_shortest_of_several_runs_counts(slower, monkeypatch):
    runs = iter([3.0, 1.0, slower, 2.0])
    monkeypatch.setattr(cost, "seconds_of_all_rows", lambda *_: next(runs))
    assert cost.scans_are_faster(None, IDS, None) is (slower < 1.0)


def test_both_ways_compute_all_rows():
    network = Network(blocks("Mamba"), 9, 5)
    with network.computing():
        both = [cost.seconds_of_all_rows(network, IDS, way) for way in (None, LoopsAsScans)]
    assert all(0 < each < float("inf") for each in both)


def test_rows_come_in_parts_where_all_would_take_too_much_memory(monkeypatch):
    monkeypatch.setattr(stepwise_engine, "MEMORY", 20_000)
    module = seeded(lambda: Blocks(STACKS["Mamba"](), 6), dtype=torch.float64)
    exact(module, choose_engine(Network(module, 9, 5), IDS), list(range(LENGTH)))


def test_two_can_ask_for_rows_at_the_same_time():
    module = seeded(lambda: Blocks(STACKS["Mamba"](), 6), dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    rows, norm = list(range(LENGTH)), MEASURES["norm"]
    alone = engine.fill(rows, [1] * LENGTH, norm).finish()
    fill = engine.fill(rows, [1] * LENGTH, norm)
    steps = iter(fill)
    for _ in range(6):
        assert next(steps) == []
    engine.fill(rows[::2], [2] * len(rows[::2]), norm).finish()
    found = dict(next(ready for ready in steps if ready))
    assert all(torch.equal(found[row], alone[row]) for row in rows)
