"""Models of transformers, each against plain autograd on its own embedded inputs, in float64."""

import numpy as np
import pytest
import torch
from kinds import by_hand
from models.hugging_kinds import KINDS, PAIRED, PlainMasked, causal, make, masked, masked_row, t5
from small import worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", KINDS)
def test_a_kind_gives_what_its_own_computation_gives(name, measure):
    built, plain, options, text = KINDS[name]
    module, tokenizer = built()
    model = make(module, tokenizer, **options)
    tokens = model.tokens(text)
    targets = [(5 * s) % len(model.outputs) for s in range(len(tokens))]
    if model.network.capabilities.one_output:
        targets = [1] * len(tokens)
    found = rv.connectivity(
        model, text, target=[model.outputs[k] for k in targets], measure=measure
    )
    ids = torch.tensor(tokens.ids)
    truth = plain(module, ids)
    if plain is PlainMasked:
        expected = np.stack([masked_row(truth, ids, s, k, measure) for s, k in enumerate(targets)])
    else:
        x = torch.nn.functional.one_hot(ids, len(model.inputs)).double()
        expected = by_hand(truth, x, targets, measure, truth.table())
    assert expected.any()
    assert worst(found.scores, expected) < 1e-10
    assert found.engine == "autograd"
    assert found.causal == (name in ("GPT-2", "Llama"))


@pytest.mark.parametrize("name", KINDS)
def test_what_is_predicted_is_what_the_module_predicts(name):
    built, plain, options, text = KINDS[name]
    module, tokenizer = built()
    model = make(module, tokenizer, **options)
    found = rv.connectivity(model, text)
    ids = torch.tensor(model.tokens(text).ids)
    with torch.no_grad():
        truth = plain(module, ids)
        logits = truth.plain(truth.table()[ids])
    odds = logits.softmax(-1).expand(len(ids), -1).numpy()
    assert len(found.predictions) == len(ids)
    for s, best in enumerate(found.predictions):
        for word, p in best:
            np.testing.assert_allclose(p, odds[s, model.outputs.index(word)], rtol=1e-9)


def test_a_model_of_transformers_is_evaluated():
    for built, options in ((causal, {}), (masked, {}), (t5, {})):
        texts = [PAIRED] if built is t5 else ["the cat sat", "a dog ran"]
        found = rv.evaluate(make(*built(), **options), texts, memory=False, progress=False)
        assert found


@pytest.mark.parametrize("name", ["GPT-2", "Llama", "BERT, unmasked", "T5", "BART"])
def test_a_gradient_begins_before_the_head(name):
    """No row takes a number for each of all classes."""
    built, _, options, text = KINDS[name]
    model = make(*built(), **options)
    ids = torch.tensor(model.tokens(text).ids)
    trace = model.network.trace(ids, model.network.embed(ids))
    assert trace.head is not None
    assert trace.head.hidden.shape == (len(ids), 16)
