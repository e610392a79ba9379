"""Linear recurrences that are found in loops; all other loops are left alone."""

import pytest
import torch
from engines.scanned_models import IDS, blocks, exact
from small import seeded
from torch import nn

from rnnviz_widget.engines import Network, choose_engine
from rnnviz_widget.engines.scan import scan_engine
from rnnviz_widget.recurrences import registered

FOUND = ["minGRU", "minLSTM", "Mamba"]


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(registered, "_registered", {})
    monkeypatch.setattr(scan_engine, "scans_are_faster", lambda *_: True)


@pytest.mark.parametrize("name", FOUND)
def test_recurrences_found_in_loops_are_exact(name):
    module = blocks(name)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert engine.name == "scan"
    assert engine.reason.startswith("loops over the text are computed as scans, ")
    exact(module, engine)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_say_nothing_about_loops(bad, caplog):
    module = blocks("minGRU")
    right = module.head.weight[0, 0].item()
    for weight, engine, reason in [
        (bad, "autograd", "not finite: check the weights for NaN"),
        (right, "scan", "computed as scans"),
    ]:
        with torch.no_grad():
            module.head.weight[0, 0] = weight
        chosen = choose_engine(Network(module, 9, 5), IDS)
        assert chosen.name == engine
        assert reason in chosen.reason
    assert not caplog.records


class LoopModel(nn.Module):
    """An embedding, a loop that is given, and a head."""

    def __init__(self, loop):
        super().__init__()
        self.embedding, self.gates = nn.Embedding(9, 4), nn.Linear(4, 8)
        self.head, self.loop = nn.Linear(4, 5), loop

    def after(self, embedded):
        keep, new = self.gates(embedded).sigmoid().chunk(2, -1)
        return self.head(self.loop(keep, new))

    def forward(self, ids):
        return self.after(self.embedding(ids))


def steps(step, start=None, order=range):
    """A loop whose states are those of `step`, from zeros or a start on."""

    def loop(keep, new):
        h = torch.zeros_like(new[:, 0]) if start is None else start(new)
        states = {}
        for t in order(keep.shape[1]):
            h = step(keep, new, h, t)
            states[t] = h
        return torch.stack([states[t] for t in sorted(states)], dim=1)

    return loop


def counted(step, factors):
    """A step whose state is multiplied by another number at each t."""
    return lambda keep, new, h, t: step(keep, new, h, t) * factors[t % len(factors)]


def plain(keep, new, h, t):
    return keep[:, t] * h + new[:, t]


def in_place(keep, new, h, t):
    return (keep[:, t] * h).add_(new[:, t])


def written(keep, new):
    """States written into a tensor, and a product that is used twice."""
    states, h = [], new[:, 0]
    for t in range(keep.shape[1]):
        faded = keep[:, t] * h
        h = faded + new[:, t]
        states.append(torch.cat([h[:, :2], faded[:, 2:]], dim=1)[:, None])
    return torch.cat(states, dim=1)


def iterated(keep, new):
    """Slices taken by iterating, and a product that comes second."""
    h, states = torch.zeros_like(new[:, 0]), []
    for keep_t, new_t in zip(keep.transpose(0, 1), new.transpose(0, 1), strict=True):
        h = new_t + h * keep_t
        states.append(h)
    return torch.stack(states, dim=1)


def two_texts(keep, new):
    """Two loops, one of which begins anew in the middle."""
    h, states = torch.zeros_like(new[:, 0]), []
    for t in range(keep.shape[1]):
        h = torch.zeros_like(h) if t == 9 else h
        h = plain(keep, new, h, t)
        states.append(h)
    other = steps(plain)(new, keep)
    return torch.stack(states, dim=1) + other


SCANNED = {
    "zeros": steps(plain),
    "a state to begin with": steps(plain, lambda new: torch.ones_like(new[:, 0])),
    "lerp": steps(lambda keep, new, h, t: torch.lerp(h, new[:, t], keep[:, t])),
    "iterated": iterated,
    "kept by a constant": steps(lambda _, new, h, t: new[:, t] + h * (0 * new[:, t] + 0.9)),
    "used in part": written,
    "two, one begun anew": two_texts,
}
LEFT = {
    "not linear": steps(lambda keep, new, h, t: torch.tanh(keep[:, t] * h) + new[:, t]),
    "its own state twice": steps(lambda keep, new, h, t: keep[:, t] * h + new[:, t] * h),
    "in place": steps(in_place),
    "two steps back": steps(lambda keep, new, h, t: keep[:, t] * h.roll(1, -1) + new[:, t]),
    "another number each time": steps(counted(plain, [0.5, 0.7, 0.9])),
    "from right to left": steps(plain, order=lambda length: reversed(range(length))),
}


@pytest.mark.parametrize("name", [*SCANNED, *LEFT])
def test_only_what_is_the_same_is_replaced(name):
    module = seeded(LoopModel, SCANNED.get(name) or LEFT[name], dtype=torch.float64)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert (engine.name == "scan") is (name in SCANNED), engine.reason
    exact(module, engine)


def test_a_loop_is_found_in_a_text_that_grows():
    network = Network(blocks("minGRU"), 9, 5)
    assert [choose_engine(network, IDS[:n]).name for n in (2, 9, 1)] == ["autograd", "scan", "scan"]
