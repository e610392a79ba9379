"""Exchange and occlusion against texts that are really retyped, in double precision."""

import language_models
import numpy as np
import pytest
import torch
from engines.test_sweep import KINDS, engine_for, make
from small import LETTERS, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import make_method, method_engine
from rnnviz_widget.engines.explained import Normalized, Normalizer
from rnnviz_widget.engines.methods.replacements import EXACT, Symbols, by_frequency
from rnnviz_widget.reading import Question, Reading

TEXT = "the study of grammar is that of the forms of words and of us"
IDS = torch.tensor([LETTERS.index(one) for one in TEXT])
CLASSES = 7


def frequencies(ids, symbols):
    counts = torch.bincount(ids, minlength=symbols).double() + 1
    return counts / counts.sum()


def retyped(module, ids, explained, weights, k=slice(None)):
    """The definition: each input typed anew as each symbol, the whole text read again.

    Args:
        module: Maps ids (B, T) to logits (B, T, V).
        ids: The text, (T,).
        explained: Maps logits (T, V) to what is explained at each output, (T,), or (T, V).
        weights: How frequent each symbol is.
        k: Which class that is.
    """
    ids = torch.as_tensor(ids)
    with torch.no_grad():
        own = explained(module(ids[None])[0])
        found = torch.zeros(len(ids), len(ids), dtype=own.dtype)
        for t in range(len(ids)):
            texts = ids.repeat(len(weights), 1)
            texts[:, t] = torch.arange(len(weights))
            others = torch.stack([explained(each) for each in module(texts)])
            change = own - others
            if change.ndim == 3:
                change = change[..., k]
            found[:, t] = (weights.to(own)[:, None] * change).sum(0)
    return found.tril().numpy()


def pairs(length, classes):
    return [(s % classes, (s + 1 + s % 3) % classes) for s in range(length)]


def difference(targets):
    one, other = torch.tensor(targets).T
    each = torch.arange(len(targets))
    return lambda logits: logits[each, one] - logits[each, other]


def stack(kind, layers=2):
    """With weights so large that what an input did is there for long."""
    module = make(1, [(kind, 8, layers, True)], 27, 5, CLASSES, batch_first=True, deep=False)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(3)
    return module


def exchanging(engine, module, ids, symbols, name="exchange", **options):
    network = rv.SequenceModel(module, [str(n) for n in range(symbols)], [*"abcdefg"]).network
    return method_engine(network, ids, engine, make_method(name, **options))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_exchange_is_every_symbol_typed_at_every_place(kind, layers):
    module = stack(kind, layers)
    engine = exchanging(engine_for(module, IDS, 27, CLASSES), module, IDS, 27)
    assert "read on from there" in engine.reason
    targets = pairs(len(IDS), CLASSES)
    truth = retyped(module, IDS, difference(targets), frequencies(IDS, 27))
    scores, accuracy = engine.rows(range(len(IDS)), targets, make_method("exchange"))
    assert accuracy.error == 0
    assert abs(truth).max() > 0.3
    assert abs(truth[40:, :20]).max() > 1e-9
    assert abs(scores.numpy() - truth).max() < 1e-12 * max(1, abs(truth).max())


class First(nn.Module):
    """Of what a recurrent layer returns, what it made."""

    def forward(self, returned):
        return returned[0]


@pytest.mark.parametrize("name", ["gru", "lstm", "nested-lstm", "rnn"])
def test_exchange_of_the_bundled_models_is_retyping(name):
    model, text = rv.load_pretrained(name), TEXT
    c = rv.connectivity(model, text, target=rv.Contrast(rv.TOP, "the"), measure="exchange")
    module = model.network.module
    targets = [
        tuple(map(model.classes.get, each)) for each in zip(c.targets, c.rivals, strict=True)
    ]
    heads = torch.stack([module.head.weight[a] - module.head.weight[b] for a, b in targets])
    hidden = nn.Sequential(module.embedding, module.cell, First())
    truth = retyped(hidden, IDS, lambda h: (h * heads).sum(1), frequencies(IDS, 27))
    assert abs(c.scores - truth).max() < 1e-5 * max(1, abs(truth).max())


@pytest.mark.parametrize("made", [language_models.Transformer, language_models.Summed])
def test_exchange_of_other_modules_is_retyping(made):
    module = seeded(made).double().eval()
    text = "abcahgfedb"
    ids = torch.tensor([language_models.LETTERS.index(one) for one in text])
    model = rv.SequenceModel(module, language_models.LETTERS)
    c = rv.connectivity(model, text, target=rv.Contrast("a", "c"), measure="exchange")
    targets = [(0, 2)] * len(ids)
    truth = retyped(module, ids, difference(targets), frequencies(ids, 8))
    assert c.engine == "exchange"
    assert abs(c.scores - truth).max() < 1e-12
    assert abs(truth).max() > 0.01
    reading = Reading(model, text, Question(rv.Contrast("a", "c"), "exchange"))
    pieces = list(reading.pieces(9))
    np.testing.assert_allclose(
        np.concatenate([part for _, part in pieces[::-1]]), truth[9], atol=1e-12
    )


def test_both_ways_agree_and_all_symbols_that_stand_for_themselves_change_nothing():
    module = recurrent("gru", 2, dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS)

    def by(engine, **options):
        own = model.by("exchange", **options)
        return rv.connectivity(own, "aabab", target=rv.Contrast("e", "o"), engine=engine).scores

    for options in ({}, {"frequencies": {"a": 3, "b": 1}}, {"frequencies": range(27)}):
        np.testing.assert_allclose(by("sweep", **options), by("autograd", **options), atol=1e-12)
    occluded = rv.connectivity(
        model.by("occlusion", baseline="b"), "aaaaa", target=rv.Contrast("e", "o")
    )
    halves = rv.connectivity(
        model.by("exchange", frequencies={"a": 3, "b": 1}), "aaaaa", target=rv.Contrast("e", "o")
    )
    np.testing.assert_allclose(halves.scores, occluded.scores / 4, atol=1e-12)


def test_positive_speaks_for_the_target_as_of_occlusion():
    module = recurrent("gru", 1, dtype=torch.float64)
    with torch.no_grad():
        # The first unit says that "a" was read, and "e" is predicted by it.
        module.embedding.weight.zero_()
        module.embedding.weight[LETTERS.index("a")] = 3
        module.head.weight[LETTERS.index("e")] = 9 * module.head.weight[LETTERS.index("o")]
    model = rv.SequenceModel(module, LETTERS)
    both = [
        rv.connectivity(model, "zza", target=rv.Contrast("e", "o"), measure=name).scores[2]
        for name in ("exchange", "occlusion")
    ]
    assert both[0][2] * both[1][2] > 0


@pytest.mark.parametrize("by", Normalizer)
def test_numbers_that_are_not_linear_in_the_logits(by):
    module = stack("gru")
    engine = exchanging(engine_for(module, IDS, 27, CLASSES), module, IDS, 27)
    rows, targets = [3, 40, 59], [Normalized(k, by) for k in (0, 3, 6)]

    def explained(logits):
        less = {
            Normalizer.MEAN: logits.mean(1),
            Normalizer.SOFTMAX: logits.logsumexp(1),
            Normalizer.SIGMOID: None,
        }[by]
        if less is None:
            return nn.functional.logsigmoid(logits)
        return logits - less[:, None]

    for row, target in zip(rows, targets, strict=True):
        truth = retyped(module, IDS, explained, frequencies(IDS, 27), k=target.k)[row]
        scores, _ = engine.rows([row], [target], make_method("exchange"))
        assert abs(scores[0].numpy() - truth).max() < 1e-12


def test_rows_in_any_order_are_the_same_rows():
    module = stack("lstm")
    beside = engine_for(module, IDS, 27, CLASSES)
    targets = pairs(len(IDS), CLASSES)
    measure = make_method("exchange")
    truth, _ = exchanging(beside, module, IDS, 27).rows(range(60), targets, measure)
    engine = exchanging(beside, module, IDS, 27)
    begun = engine.pieces(50, targets[50], measure)
    first, part = next(begun)
    assert first > 0
    assert part.shape == (51 - first,)
    fill = iter(engine.fill(range(60), targets, measure, patience=0))
    for _ in range(20):
        assert next(fill) == []
    short = torch.cat([p for _, p in engine.pieces(20, targets[20], measure)][::-1])
    rest = torch.cat([part, *(p for _, p in begun)][::-1])
    filled = dict(row for ready in fill for row in ready)
    assert torch.allclose(short, truth[20, :21], atol=1e-13)
    assert torch.allclose(rest, truth[50, :51], atol=1e-13)
    assert torch.allclose(torch.stack([filled[s] for s in range(60)]), truth, atol=1e-13)


def test_quick_exchange_says_how_far_it_is_off():
    module = stack("gru")
    beside = engine_for(module, IDS, 27, CLASSES)
    targets = pairs(len(IDS), CLASSES)
    truth, _ = exchanging(beside, module, IDS, 27).rows(range(60), targets, make_method("exchange"))
    errors = {}
    for steps in (1, 4, 70):
        measure = make_method("quick_exchange", steps=steps)
        engine = exchanging(beside, module, IDS, 27, "quick_exchange", steps=steps)
        scores, accuracy = engine.rows(range(60), targets, measure)
        off = abs(scores - truth)
        assert not off[:, ::32].max() > 1e-12  # read on both ways
        for row in range(0, 60, 7):
            assert not off[row, max(0, row - steps + 1) :].max() > 1e-12
        errors[steps] = (float((off.amax(1) / abs(truth).amax(1)).max()), accuracy.error)
    assert errors[70][0] < 1e-12
    assert errors[70][1] == 0
    assert errors[1][0] > errors[4][0] > 0
    assert errors[1][1] > errors[4][1] > 0
    assert 0.05 < errors[4][1] / errors[4][0] < 20


def test_large_vocabularies_are_sampled_and_the_error_is_said():
    module = recurrent("gru", 1, symbols=300, classes=4, dtype=torch.float64)
    names = [chr(0x4E00 + n) for n in range(300)]
    model = rv.SequenceModel(module, names, list("abcd"))
    text = "".join(names[n] for n in (5, 7, 5, 299, 0, 17, 5))
    ask = {"target": rv.Contrast("a", "b")}
    found = {
        samples: rv.connectivity(model.by("exchange", samples=samples), text, **ask)
        for samples in (40, 300)
    }
    assert "a sample of 40 of 300 symbols" in found[40].facet.engine_words
    assert "all 300 symbols" in found[300].facet.engine_words
    assert found[300].accuracy.error == 0
    again = rv.connectivity(model.by("exchange", samples=40), text, **ask)
    np.testing.assert_array_equal(again.scores, found[40].scores)
    peaks = abs(found[40].scores).max(1, keepdims=True)
    off = abs(found[40].scores - found[300].scores) / peaks
    assert 0 < off.max() < 5 * found[40].accuracy.error
    for engine in ("sweep", "autograd"):
        other = rv.connectivity(model.by("exchange", samples=40), text, engine=engine, **ask)
        np.testing.assert_allclose(other.scores, found[40].scores, atol=1e-12)
        assert other.accuracy.error == pytest.approx(found[40].accuracy.error)


def test_a_sample_is_right_on_average():
    """Of each symbol's weight in samples of many orders of the symbols."""
    symbols = EXACT + 44
    shares = torch.rand(symbols, generator=torch.Generator().manual_seed(1)).double()
    shares[3] = 40.0
    total, mean = torch.zeros(symbols).double(), (shares / shares.sum())
    for seed in range(300):
        order = torch.randperm(symbols, generator=torch.Generator().manual_seed(seed))
        drawn = by_frequency(
            Symbols(torch.eye(symbols).double(), shares[order], ""), torch.tensor([0]), 50
        )
        assert drawn.each in {49, 50, 51}
        assert len(set(drawn.chosen[0].tolist())) == drawn.each
        total[order[drawn.chosen[0]]] += drawn.weights[0] / 300
    assert abs(total[3] - mean[3]) < 0.02
    assert abs(total - mean).max() < 0.03


def test_vectors_are_exchanged_for_other_steps_of_their_text():
    module = seeded(language_models.Base, classes=2).double().eval()
    inner = nn.Sequential(module.cell)
    vectors = torch.randn(9, language_models.D, generator=torch.Generator().manual_seed(3)).double()

    class Reads(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.head = module.cell, module.head

        def forward(self, x):
            return self.head(self.cell(x)[0])

    model = rv.SequenceModel.from_vectors(Reads(), vectors, outputs=["up", "down"])
    c = rv.connectivity(model, model.text, target=rv.Contrast("up", "down"), measure="exchange")
    assert "steps of this text" in c.facet.engine_words
    assert "the input vector is drawn" in c.label
    assert inner[0] is module.cell
    with torch.no_grad():
        own = module.head(module.cell(vectors[None])[0])[0]
        for t in range(9):
            texts = vectors.repeat(9, 1, 1)
            texts[:, t] = vectors
            others = module.head(module.cell(texts)[0])
            change = (own - others).mean(0)
            row = (change[:, 0] - change[:, 1]).numpy()
            assert abs(c.scores[:, t] - row).max() < 1e-12


class Drifting(language_models.Base):
    """Keeps count of its calls, once that is asked for."""

    def __init__(self):
        super().__init__()
        self.calls = torch.zeros(())
        self.counts = False

    def forward(self, ids):
        if self.counts:
            self.calls += 1
        return self.head(self.cell(self.embedding(ids))[0].tanh() * (1 + self.calls))


class Broken(language_models.Transformer):
    """Gives NaN where a token is read whose embedding is long."""

    def rest(self, x):
        long = x[..., 0] > 50
        return super().rest(x) + torch.where(long, torch.nan, 0)[..., None]


@pytest.mark.parametrize("measure", ["exchange", "occlusion"])
def test_a_module_that_reads_otherwise_the_second_time_is_refused(measure):
    model = rv.SequenceModel(seeded(Drifting).double(), language_models.LETTERS)
    reading = Reading(model, "abcdef")
    reading.model.network.module.counts = True
    with pytest.raises(ValueError, match=f"{measure} can't serve Drifting: when it reads the text"):
        reading.explaining(Question(measure=measure))


def test_numbers_that_are_not_finite_when_an_input_is_another_are_said():
    module = seeded(Broken).double().eval()
    with torch.no_grad():
        module.embedding.weight[7, 0] = 99
    model = rv.SequenceModel(module, language_models.LETTERS, example="cbagfed")
    assert np.isfinite(rv.connectivity(model, "abcabc", measure="occlusion").scores).all()
    with pytest.raises(FloatingPointError, match="not finite when an input is another"):
        rv.connectivity(model, "abcabc", measure="exchange")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"frequencies": {"?": 1, "a": 1}}, ValueError, "'\\?' is none of them"),
        ({"frequencies": [1, 2, 3]}, ValueError, "one for each of the 27 input symbols.*got 3"),
    ],
)
def test_frequencies_that_do_not_fit_are_said(options, kind, words):
    model = rv.SequenceModel(recurrent(), LETTERS)
    with pytest.raises(kind, match=words):
        rv.connectivity(model.by("exchange", **options), "abc")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"frequencies": [1, -1]}, ValueError, "finite numbers from 0 on"),
        ({"frequencies": {"a": 1}}, ValueError, "at least two of them more than 0"),
        ({"frequencies": "ab"}, TypeError, "one number for each input symbol"),
        ({"samples": 0}, ValueError, "samples must be a natural number"),
        ({"baseline": "a"}, TypeError, "exchange does not take 'baseline'"),
    ],
)
def test_options_that_make_no_sense_are_said(options, kind, words):
    with pytest.raises(kind, match=words):
        make_method("exchange", **options)


def test_one_symbol_can_not_be_exchanged():
    model = rv.SequenceModel(recurrent(symbols=1, classes=2), ["a"], ["x", "y"])
    with pytest.raises(ValueError, match="there is one symbol only: there is nothing to exchange"):
        rv.connectivity(model, "aaa", measure="exchange")


def test_one_token_is_exchanged():
    model = rv.SequenceModel(recurrent(dtype=torch.float64), LETTERS)
    c = rv.connectivity(model, "q", target=rv.Contrast("e", "o"), measure="exchange")
    module = model.network.module
    truth = retyped(
        lambda ids: module(ids)[0],
        [17],
        difference([(5, 15)]),
        frequencies(IDS[:0], 27) + (torch.arange(27) == 17).double() / 27,
    )
    assert c.scores.shape == (1, 1)
    assert abs(c.scores - truth * 27 / 28).max() < 1e-12
