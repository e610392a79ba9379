"""What is exchanged for what: large vocabularies, vectors, frequencies, and what can't be."""

import language_models
import numpy as np
import pytest
import torch
from retyping import IDS, difference, frequencies, retyped
from small import LETTERS, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import make_method
from rnnviz_widget.engines.methods.replacements import EXACT, Symbols, by_frequency
from rnnviz_widget.reading import Question, Reading


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


class Broken(language_models.Transformer):
    """Gives NaN where a token is read whose embedding is long."""

    def rest(self, x):
        long = x[..., 0] > 50
        return super().rest(x) + torch.where(long, torch.nan, 0)[..., None]


@pytest.mark.parametrize("measure", ["exchange", "occlusion"])
def test_a_module_that_reads_otherwise_the_second_time_is_refused(measure):
    model = rv.SequenceModel(seeded(language_models.Drifting).double(), language_models.LETTERS)
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
