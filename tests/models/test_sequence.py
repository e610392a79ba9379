"""SequenceModel: a user's own model goes in by one line."""

import numpy as np
import pytest
import torch
from small import LETTERS, Recurrent, recurrent

import rnnviz_widget as rv
from rnnviz_widget.reading import Reading

OWN = "\n ,.0123456789ABCabcdefghijklmnopqrstuvwxyz"


def test_symbols_and_name_read_back():
    model = rv.SequenceModel(recurrent(), LETTERS)
    assert "".join(model.inputs) == LETTERS
    assert model.outputs == model.inputs
    assert model.name == "Recurrent"
    assert rv.SequenceModel(recurrent(), LETTERS, name="mine").name == "mine"
    assert "27 inputs" in repr(model)


def test_a_language_model_of_another_vocabulary_goes_in():
    module = recurrent("lstm", 2, symbols=len(OWN), classes=len(OWN))
    c = rv.connectivity(rv.SequenceModel(module, OWN), "Cab 42,\nabc.")
    assert c.targets[:3] == ["a", "b", " "]
    assert c.tokens[7] == "\n"
    assert c.reasons[0] == "the next token"
    assert c.reasons[-1] == "the top prediction, as nothing follows the last position"
    assert c.targets[-1] == c.predictions[-1][0][0]
    assert c.scores.shape == (12, 12)


def test_predictions_are_the_softmax_best_first():
    module = recurrent("gru")
    c = rv.connectivity(rv.SequenceModel(module, LETTERS), "abc", target="e")
    with torch.no_grad():
        p = module.eval()(torch.tensor([[1, 2, 3]]))[0].softmax(-1)[0].numpy()
    for s in range(3):
        names, values = zip(*c.predictions[s], strict=True)
        assert len(names) == 10
        np.testing.assert_allclose(values, np.sort(p[s])[::-1][:10], rtol=1e-6)
        assert [LETTERS.index(name) for name in names] == np.argsort(-p[s])[:10].tolist()
        np.testing.assert_allclose(c.target_probabilities[s], p[s, 5], rtol=1e-6)
        assert c.target_ranks[s] == 1 + (p[s] > p[s, 5]).sum()


def test_word_tokens_span_their_characters():
    words = ["the", "cat", "sat", "<unk>"]
    model = rv.SequenceModel(
        recurrent(symbols=4, classes=4), words, tokenize=str.split, unknown="<unk>"
    )
    c = rv.connectivity(model, "the dog  sat")
    assert c.tokens == ["the", "dog", "sat"]
    assert c.scores.shape == (3, 3)
    assert "“dog”, which follows, is not among the classes" in c.reasons[0]


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"unknown": "?"}, ValueError, "unknown='\\?' must be one of the input symbols"),
        ({"truth": "words"}, ValueError, 'must be "next", "same", "word", "none" or a callable'),
        ({"tokenize": "words"}, TypeError, "tokenize must be callable; got str"),
        ({"outputs": "ab"}, ValueError, "returns 27 logits a position, but there are 2"),
        ({"outputs": "aab"}, ValueError, "outputs must differ"),
    ],
)
def test_bad_arguments_are_said(options, kind, words):
    with pytest.raises(kind, match=words):
        rv.SequenceModel(Recurrent(), LETTERS, **options)


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_the_bundled_models_are_served_by_their_own_equations(name):
    reading = Reading(rv.load_pretrained(name), "the formal study")
    assert reading.facet.engine == "sweep"


def test_truth_defaults_follow_the_outputs():
    module = recurrent(classes=3)
    c = rv.connectivity(rv.SequenceModel(module, LETTERS, ["x", "y", "z"]), "ab")
    assert c.reasons == ["the top prediction, as this model has no truth"] * 2
    c = rv.connectivity(rv.SequenceModel(module, LETTERS, ["ab", "y", "z"], truth="word"), "ab")
    assert c.targets == ["ab", "ab"]


def test_weights_that_are_not_finite_are_said():
    module = recurrent()
    with torch.no_grad():
        module.head.bias[3] = float("nan")
    with pytest.raises(
        FloatingPointError, match=r"first at token 0 \('a'\); .*: check the weights"
    ):
        rv.connectivity(rv.SequenceModel(module, LETTERS), "abc")


@pytest.mark.parametrize("bad", ["a text", torch.nn.Linear(2, 2), None])
def test_what_is_no_model_is_said(bad):
    for use in (rv.connectivity, rv.explore):
        with pytest.raises(TypeError, match=r"expected an rv.SequenceModel; got .* Wrap a torch"):
            use(bad, "text")


def test_unknown_measures_and_models_are_said():
    model = rv.SequenceModel(recurrent(), LETTERS)
    with pytest.raises(ValueError, match="measure must be one of 'norm', 'squared', 'embedding_no"):
        rv.connectivity(model, "abc", measure="l1")
    with pytest.raises(ValueError, match="no pretrained model 'transformer'; there are"):
        rv.load_pretrained("transformer")
