"""A logit, the same less the mean, and a log probability, in every engine, against autograd."""

import language_models
import numpy as np
import pytest
import torch
from engines import method_modules, test_masked
from engines.autograd_modules import EVERY, IDS, force, network_of
from engines.test_sweep import KINDS, engine_for, make
from quantities import QUANTITIES, number, truth
from small import seeded, worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES, Network, choose_engine
from rnnviz_widget.engines import QUANTITIES as NAMED
from rnnviz_widget.engines.autograd.generic import COPIES, TOGETHER, GenericEngine
from rnnviz_widget.engines.autograd.separate import SeparateEngine
from rnnviz_widget.engines.autograd.strategy_timer import ALONE
from rnnviz_widget.engines.explained import Normalized, Normalizer, Readout, numbers_of
from rnnviz_widget.engines.reference import reference_rows
from rnnviz_widget.engines.single_output import SingleOutputEngine

NEW = ("centred", "log_prob")
NORM = MEASURES["norm"]


def asked(targets, of, *, by_itself=False):
    return [NAMED[of].explained(k, by_itself=by_itself) for k in targets]


def mixed(rows, classes):
    """Classes, and now and then two to compare."""
    return [(s % classes, (s + 1) % classes) if s % 5 == 4 else s % classes for s in rows]


def scores_of(engine, rows, targets, measure):
    """Rows as they are asked for: together, one in stretches, and in a fill."""
    found = engine.rows(rows, targets, measure)[0]
    ((_, piece), *more) = engine.pieces(rows[-1], targets[-1], measure)
    row = torch.cat([piece for _, piece in more[::-1]] + [piece])
    filled = dict(one for part in engine.fill(rows, targets, measure) for one in part)
    return found, row, torch.stack([filled[s] for s in rows])


def check(engine, rows, targets, measure, expected, peaks, limit=1e-10):
    found, row, filled = scores_of(engine, rows, targets, MEASURES[measure])
    assert worst(found.numpy(), expected, peaks=peaks) < limit
    assert worst(filled.numpy(), expected, peaks=peaks) < limit
    last = expected[-1:, : len(row)]
    assert worst(row[None].numpy(), last, peaks=peaks[-1:]) < limit


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("of", NEW)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_sweep(kind, of, deep):
    ids = torch.randint(9, (50,), generator=torch.Generator().manual_seed(0))
    module = make(1, [(kind, 8, 2, True)], 9, 5, 4, batch_first=True, deep=deep)
    engine = engine_for(module, ids, 9, 4)
    targets = mixed(range(50), 4)
    for measure in MEASURES:
        wanted = truth(
            lambda e: module.after(e[None])[0],
            module.embedding.weight,
            ids,
            range(50),
            targets,
            measure,
            of,
        )
        check(engine, range(50), asked(targets, of), measure, *wanted)


@pytest.mark.parametrize("of", NEW)
@pytest.mark.parametrize("kind", ["gru", "lstm", "nested 2"])
def test_few_carriers_keep_to_the_tolerance(kind, of):
    ids = torch.randint(9, (300,), generator=torch.Generator().manual_seed(0))
    module = make(1, [(kind, 24, 2, True)], 9, 5, 30, batch_first=True, deep=False)
    engine = engine_for(module, ids, 9, 30)
    targets, some = [s % 30 for s in range(300)], range(0, 300, 13)
    expected, _ = truth(
        lambda e: module.after(e[None])[0],
        module.embedding.weight,
        ids,
        some,
        [targets[s] for s in some],
        "norm",
        of,
    )
    scores, accuracy = engine.rows(range(300), asked(targets, of), NORM, tolerance=1e-3)
    assert accuracy.rank > 0
    assert 0 < worst(scores[::13].numpy(), expected) < 1e-3


@pytest.mark.parametrize("way", [None, ALONE, TOGETHER, COPIES])
@pytest.mark.parametrize("of", NEW)
@pytest.mark.parametrize("name", ["gru", "transformer", "no head", "head called twice", "no copy"])
def test_every_way_of_the_generic_engine(name, of, way, monkeypatch):
    if way:
        force(monkeypatch, way, 4)
    network = network_of(name)
    matrix, targets = network.embedding_matrix(), mixed(EVERY, 27)
    expected, peaks = truth(
        lambda e: network.logits(IDS, e), matrix, IDS, EVERY, targets, "norm", of
    )
    check(GenericEngine(network, IDS), EVERY, asked(targets, of), "norm", expected, peaks)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("of", QUANTITIES)
def test_the_reference(of, measure):
    network, targets = network_of("gru"), mixed(EVERY, 27)
    matrix = network.embedding_matrix()
    expected, peaks = truth(
        lambda e: network.logits(IDS, e), matrix, IDS, EVERY, targets, measure, of
    )
    found = reference_rows(network, IDS, EVERY, asked(targets, of), measure)
    assert worst(found.numpy(), expected, peaks=peaks) < 1e-12


@pytest.mark.parametrize("of", NEW)
@pytest.mark.parametrize("name", test_masked.MAKES)
def test_outputs_of_texts_of_their_own(name, of):
    _, network = test_masked.network_of(test_masked.MAKES[name])
    ids, targets = test_masked.IDS, [(3 * s) % test_masked.V for s in range(len(test_masked.IDS))]
    engine = choose_engine(network, ids)
    assert isinstance(engine, SeparateEngine)
    expected = []
    for s, k in enumerate(targets):
        hidden = ids.clone()
        hidden[s] = test_masked.MASK
        embedded = network.embed(hidden).detach().requires_grad_()
        y = number(network.logits(hidden, embedded)[s], k, of)
        (gradient,) = torch.autograd.grad(y, embedded)
        expected.append((gradient @ network.embedding_matrix().T).norm(dim=1))
    expected = torch.stack(expected).numpy()
    check(engine, range(len(ids)), asked(targets, of), "norm", expected, expected.max(1))


@pytest.mark.parametrize("of", NEW)
def test_a_classifier_keeps_the_row_of_each(of):
    module = seeded(method_modules.Classifier, 3).double().eval()
    network = Network(module, 8, 3)
    ids = torch.tensor(method_modules.IDS)
    engine = choose_engine(network, ids)
    assert isinstance(engine, SingleOutputEngine)
    rows = range(len(ids))
    for k in range(3):
        expected, peaks = truth(
            lambda e: module.plain(e)[None].expand(len(ids), -1),
            module.embedding.weight,
            ids,
            rows,
            [k] * len(ids),
            "norm",
            of,
        )
        check(engine, rows, asked([k] * len(ids), of), "norm", expected, peaks)
    # The row of the same class's logit is another.
    plain = engine.rows([0], [2], NORM)[0]
    assert abs(plain - engine.rows([0], asked([2], of), NORM)[0]).max() > 1e-3 * plain.max()


@pytest.mark.parametrize(
    "make_module", [method_modules.Gru, language_models.Transformer, method_modules.Causal]
)
@pytest.mark.parametrize("of", QUANTITIES)
def test_occlusion(make_module, of):
    module = seeded(make_module).double().eval()
    c = rv.connectivity(
        rv.SequenceModel(module, "abcdefgh"),
        method_modules.TEXT,
        target=["abcdefgh"[k] for k in method_modules.TARGETS],
        measure="occlusion",
        of=of,
    )
    embedded = method_modules.embedded_of(module)
    with torch.no_grad():
        whole = module.plain(embedded)
        for t in range(len(embedded)):
            without = embedded.clone()
            without[t] = 0
            less = module.plain(without)
            for s, k in enumerate(method_modules.TARGETS):
                change = float(number(whole[s], k, of) - number(less[s], k, of))
                assert c.scores[s, t] == pytest.approx(change, abs=1e-12)
    # What an output can't read leaves nothing behind, not even rounding.
    assert not np.triu(c.scores, 1).any()


@pytest.mark.parametrize("of", NEW)
def test_integrated_gradients_add_up_to_the_difference(of):
    module = seeded(method_modules.Gru).double().eval()
    c = rv.connectivity(
        rv.SequenceModel(module, "abcdefgh"),
        method_modules.TEXT,
        target=["abcdefgh"[k] for k in method_modules.TARGETS],
        measure="integrated_gradients",
        of=of,
    )
    embedded = method_modules.embedded_of(module)
    with torch.no_grad():
        whole, none = module.plain(embedded), module.plain(torch.zeros_like(embedded))
    for s, k in enumerate(method_modules.TARGETS):
        difference = float(number(whole[s], k, of) - number(none[s], k, of))
        assert c.scores[s].sum() == pytest.approx(difference, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("of", NEW)
def test_smooth_grad_of_no_noise_is_the_gradient(of):
    module = seeded(method_modules.Gru).double().eval()
    by = {
        name: rv.connectivity(
            rv.SequenceModel(module, "abcdefgh").by(name, **options),
            method_modules.TEXT,
            target="b",
            of=of,
        ).scores
        for name, options in (("smooth_grad", {"noise": 1e-9}), ("embedding_norm", {}))
    }
    assert abs(by["smooth_grad"] - by["embedding_norm"]).max() < 1e-7 * by["embedding_norm"].max()


def test_deep_lift_adds_up_for_a_centred_logit_and_is_refused_for_a_log_probability():
    module = seeded(method_modules.Causal).double().eval()
    model = rv.SequenceModel(module, "abcdefgh", name="it")
    c = rv.connectivity(model, method_modules.TEXT, target="b", measure="deep_lift", of="centred")
    embedded = method_modules.embedded_of(module)
    with torch.no_grad():
        whole, none = module.plain(embedded), module.plain(torch.zeros_like(embedded))
    for s in range(len(embedded)):
        difference = float(number(whole[s], 1, "centred") - number(none[s], 1, "centred"))
        assert c.scores[s].sum() == pytest.approx(difference, abs=1e-9)
    with pytest.raises(ValueError, match=r"it: DeepLift.*of=\"centred\""):
        rv.connectivity(model, method_modules.TEXT, target="b", measure="deep_lift", of="log_prob")


@pytest.mark.parametrize("by", Normalizer)
def test_it_begins_alike_at_logits_and_before_them(by):
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(4, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    weight, bias = (torch.randn(5, *n, generator=generator).double() for n in ((3,), ()))
    bias[2] = -torch.inf
    explained = [Normalized(4, by), (0, 3), Normalized(2, by), 1]
    logits = torch.nn.functional.linear(hidden, weight, bias)
    each = [0, 1, 3]
    total = numbers_of(logits, explained)[each].sum()
    (first,) = torch.autograd.grad(total, hidden, retain_graph=True)
    (second,) = torch.autograd.grad(logits, hidden, Readout().gradients(logits, explained))
    third = Readout(weight, bias).gradients(hidden, explained)
    torch.testing.assert_close(first[each], second[each])
    torch.testing.assert_close(first[each], third[each])
    # A class that is masked does not move.
    assert not second[2].any()
    assert not third[2].any()


@pytest.mark.parametrize("by", Normalizer)
def test_half_precision_has_the_gradient_of_single(by):
    generator = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, 6, generator=generator).half() for n in (4, 500))
    explained = [Normalized(k, by) for k in (3, 0, 70, 499)]
    exact = Readout(weight.float()).gradients(hidden.float(), explained)
    found = Readout(weight).gradients(hidden, explained)
    assert found.dtype == torch.float16
    torch.testing.assert_close(found.float(), exact, rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("lead", [12.0, 30.0, 60.0])
def test_where_a_prediction_is_nearly_certain_no_precision_is_lost(lead):
    generator = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, 6, generator=generator).double() for n in (1, 40))
    bias = torch.zeros(40).double()
    bias[7] = lead
    logits = torch.nn.functional.linear(hidden, weight, bias)
    # By the sum over the other classes, which single precision is given too.
    ratios = (logits - logits[:, 7:8]).exp()[0]
    right = (ratios[:, None] * (weight[7] - weight)).sum(0) / ratios.sum()
    explained = [Normalized(7, Normalizer.SOFTMAX)]
    found = Readout(weight.float(), bias.float()).gradients(hidden.float(), explained)[0]
    assert abs(found - right).max() < 2e-5 * abs(right).max()
    begun = Readout().gradients(logits.float(), explained)
    assert abs(begun @ weight.float() - right).max() < 2e-5 * abs(right).max()
