"""Linear recurrences as scans: registered, or found in loops; exact against float64 autograd."""

import gc
import weakref

import pytest
import torch
from engines.directed_modules import truth
from linear_recurrences import (
    AS_SCANS,
    Blocks,
    GatedDeltaNet,
    LinearAttention,
    MambaMixer,
    MinGRUMixer,
    MinLSTMMixer,
)
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.recurrences import registered

LENGTH = 70
IDS = torch.randint(9, (LENGTH,), generator=torch.Generator().manual_seed(3))
ROWS, TARGETS = list(range(LENGTH)), [s % 5 for s in range(LENGTH)]
MIXERS = {
    "minGRU": lambda: [MinGRUMixer(6, 8), MinGRUMixer(6, 8)],
    "minLSTM": lambda: [MinLSTMMixer(6, 8), MinLSTMMixer(6, 8)],
    "Mamba": lambda: [MambaMixer(6, 8, 3), MambaMixer(6, 8, 3)],
    "linear attention": lambda: [LinearAttention(6, fading=False)],
    "gated linear attention": lambda: [LinearAttention(6), LinearAttention(6)],
    "Gated DeltaNet": lambda: [GatedDeltaNet(6), GatedDeltaNet(6)],
    "several kinds": lambda: [MambaMixer(6, 8, 3), GatedDeltaNet(6), MinGRUMixer(6, 8)],
}
FOUND = ["minGRU", "minLSTM", "Mamba"]


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(registered, "_registered", {})


@pytest.fixture
def as_scans():
    for kind, function in AS_SCANS.items():
        rv.recurrences.register(kind, function)


def blocks(name):
    return seeded(lambda: Blocks(MIXERS[name](), 6), dtype=torch.float64)


def exact(module, engine):
    expected, peaks = truth(module, IDS, ROWS, TARGETS)
    for name, measure in MEASURES.items():
        together = engine.fill(ROWS, TARGETS, measure).finish()
        some = [0, 31, LENGTH - 1]
        alone, accuracy = engine.rows(some, [TARGETS[s] for s in some], measure)
        assert accuracy.tolerance == 0
        for rows, found in ((ROWS, together), (some, alone)):
            error = worst(found.numpy(), expected[name][rows], peaks=peaks[name][rows])
            assert error < 1e-10


@pytest.mark.parametrize("name", MIXERS)
@pytest.mark.usefixtures("as_scans")
def test_registered_recurrences_are_exact(name):
    module = blocks(name)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert engine.name == "scan"
    assert engine.reason.startswith("the registered recurrences of ")
    exact(module, engine)


@pytest.mark.parametrize("name", FOUND)
def test_recurrences_found_in_loops_are_exact(name):
    module = blocks(name)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert engine.name == "scan"
    assert engine.reason == "loops over the text are computed as scans, the rest by autograd"
    exact(module, engine)


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


def test_equations_that_are_wrong_are_not_used():
    module = blocks("minGRU")

    def doubled(own, x):
        keep, new = own.parts(x)
        return own.out(rv.recurrences.diagonal(keep, 2 * new))

    rv.recurrences.register(MinGRUMixer, doubled)
    network = Network(module, 9, 5)
    engine = choose_engine(network, IDS)
    wrong = "the registered recurrences of MinGRUMixer give other outputs as scans"
    assert engine.name == "autograd"
    assert wrong in engine.reason
    exact(module, engine)
    with pytest.raises(ValueError, match=f'engine="scan" can\'t serve this network: {wrong}'):
        choose_engine(network, IDS, "scan")
    rv.recurrences.register(MinGRUMixer, AS_SCANS[MinGRUMixer])
    assert choose_engine(network, IDS).name == "scan"


def test_gradients_that_are_wrong_are_not_used():
    def cut(own, x):
        keep, new = own.parts(x)
        return own.out(rv.recurrences.diagonal(keep.detach(), new))

    rv.recurrences.register(MinGRUMixer, cut)
    engine = choose_engine(Network(blocks("minGRU"), 9, 5), IDS)
    assert engine.name == "autograd"
    assert "differ from autograd at output" in engine.reason


def test_equations_that_fail_are_not_used():
    rv.recurrences.register(MinGRUMixer, lambda own, x: own.no_such_part(x))
    engine = choose_engine(Network(blocks("minGRU"), 9, 5), IDS)
    assert engine.name == "autograd"
    assert "fail as scans: AttributeError" in engine.reason


@pytest.mark.usefixtures("as_scans")
def test_a_method_and_subclasses_are_served():
    class Inherited(MambaMixer):
        def mixed(self, x):
            raise AssertionError("not to be called")

        def forward(self, x):
            return self.mixed(x)

    class Further(Inherited):
        pass

    rv.recurrences.register(Inherited, MambaMixer.forward, method="mixed")
    module = seeded(lambda: Blocks([Further(6, 8, 3)], 6), dtype=torch.float64)
    found = registered.replacements_in(module)
    assert [(type(each.module).__name__, each.method) for each in found] == [
        ("Further", "mixed"),
        ("SelectiveScan", "forward"),
    ]
    with registered.replaced(found):
        module(IDS[None])
    assert not any("mixed" in vars(each) for each in module.modules())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((MinGRUMixer(2, 2), len), TypeError, "kind must be a class of torch.nn.Module"),
        ((MinGRUMixer, 3), TypeError, "function must take the module and its method's arguments"),
        ((MinGRUMixer, len, "scan"), ValueError, "MinGRUMixer has no method 'scan'"),
    ],
)
def test_what_can_not_be_registered_is_refused(arguments, error, message):
    kind, function, *method = arguments
    with pytest.raises(error, match=message):
        rv.recurrences.register(kind, function, **dict(zip(["method"], method, strict=False)))


def test_without_recurrences_scans_are_refused():
    network = Network(seeded(LoopModel, LEFT["not linear"]), 9, 5)
    with pytest.raises(ValueError, match="none of its modules is registered as a linear recurren"):
        choose_engine(network, IDS, "scan")


@pytest.mark.usefixtures("as_scans")
@pytest.mark.parametrize("options", [{"of": "log_prob"}, {"target": rv.Contrast("a", "b")}])
def test_every_question_is_answered(options):
    model = rv.SequenceModel(blocks("Mamba"), "abcdefghi", "abcde")
    text = "abacabadfaecbbihgfedcba"
    ours, theirs = (
        rv.connectivity(model, text, engine=name, measure="norm", **options)
        for name in ("auto", "autograd")
    )
    assert (ours.engine, theirs.engine) == ("scan", "autograd")
    assert worst(ours.scores, theirs.scores) < 1e-10


@pytest.mark.usefixtures("as_scans")
def test_a_window_is_left_to_autograd():
    network = Network(blocks("Mamba"), 9, 5, window=5)
    assert choose_engine(network, IDS).name == "autograd"


@pytest.mark.usefixtures("as_scans")
def test_a_refresh_takes_the_new_weights():
    module = blocks("Gated DeltaNet")
    network = Network(module, 9, 5)
    before = choose_engine(network, IDS)
    with torch.no_grad():
        module.head.weight.mul_(2)
    after = choose_engine(network.renewed(), IDS)
    exact(module, after)
    norm = MEASURES["norm"]
    ours, twice = (each.rows([9], [1], norm)[0] for each in (before, after))
    assert torch.allclose(2 * ours, twice)


@pytest.mark.usefixtures("as_scans")
def test_a_module_that_is_registered_itself_is_let_go():
    rv.recurrences.register(Blocks, Blocks.forward)
    network = Network(blocks("Mamba"), 9, 5)
    assert choose_engine(network, IDS).name == "scan"
    copy = weakref.ref(network.module)
    del network
    gc.collect()
    assert copy() is None


@pytest.mark.usefixtures("as_scans")
def test_the_widget_says_so():
    model = rv.SequenceModel(blocks("Mamba"), "abcdefghi", "abcde", name="mixed")
    w = rv.explore(model, "abacabadfaecb", target=rv.TOP, measure="norm")
    assert "recurrences of SelectiveScan are computed as scans" in str(w.engines)
    w.close()
