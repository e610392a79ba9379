"""Exchange and occlusion against texts that are really retyped, in double precision."""

import language_models
import numpy as np
import pytest
import torch
from engines.test_sweep import KINDS, engine_for
from retyping import CLASSES, IDS, TEXT, difference, exchanging, frequencies, pairs, retyped, stack
from small import LETTERS, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import make_method
from rnnviz_widget.engines.explained import Normalized, Normalizer
from rnnviz_widget.engines.methods import continued_change
from rnnviz_widget.reading import Question, Reading


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


def test_a_hovered_row_that_takes_long_lets_others_come_in(monkeypatch):
    monkeypatch.setattr(continued_change, "_HOVER", 0.0)
    model = rv.SequenceModel(recurrent("gru", 2, dtype=torch.float64), LETTERS)
    question = Question(rv.Contrast("e", "o"), "exchange")
    pieces = list(Reading(model, TEXT, question).pieces(50))
    starts = [start for start, _ in pieces]
    assert starts == sorted(starts, reverse=True)
    assert starts[-1] == 0
    empty = [start for start, piece in pieces if not len(piece)]
    assert len(empty) > 50
    assert max(empty) == starts[0] > min(empty) > 0
    row = np.concatenate([piece for _, piece in pieces[::-1]])
    truth = Reading(model, TEXT, question).rows([50])[0, :51]
    np.testing.assert_allclose(row, truth, atol=1e-13)


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
