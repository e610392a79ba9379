"""Linear recurrences as scans: registered, or found in loops; exact against float64 autograd."""

import gc
import weakref

import pytest
import torch
from engines.scanned_models import IDS, MIXERS, blocks, exact
from linear_recurrences import AS_SCANS, Blocks, MambaMixer, MinGRUMixer
from small import Written, seeded, worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.engines.scan import scan_engine
from rnnviz_widget.recurrences import registered


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    monkeypatch.setattr(registered, "_registered", {})
    monkeypatch.setattr(scan_engine, "scans_are_faster", lambda *_: True)


@pytest.fixture
def as_scans():
    for kind, function in AS_SCANS.items():
        rv.recurrences.register(kind, function)


@pytest.mark.parametrize("name", MIXERS)
@pytest.mark.usefixtures("as_scans")
def test_registered_recurrences_are_exact(name):
    module = blocks(name)
    engine = choose_engine(Network(module, 9, 5), IDS)
    assert engine.name == "scan"
    assert engine.reason.startswith("the registered recurrences of ")
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
    network = Network(seeded(Written), 27, 27)
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
