"""What each layer's state would predict, against the head applied by hand."""

import hugging
import numpy as np
import pytest
import torch
import transformers as tf
from models.test_states import TEXT, Stacked, Two, modelled, stacked
from small import recurrent, seeded
from torch import nn

import rnnviz_widget as rv


def log_softmax(logits):
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def by_hand(head, hidden):
    weight, bias = head.weight.detach().double().numpy(), head.bias.detach().double().numpy()
    return log_softmax(hidden @ weight.T + bias)


def divergence(p, q):
    return (np.exp(p) * (p - q)).sum(axis=1)


@pytest.mark.parametrize("make", [nn.GRU, nn.LSTM, rv.NestedLSTM])
def test_the_head_reads_every_layer(make):
    module = stacked(make, 7, 3)
    model = modelled(module)
    found = rv.lens(model, TEXT)
    states = model.states(TEXT)
    last = by_hand(module.head, states[2, "hidden"])
    for layer, each in enumerate(found.layers):
        truth = by_hand(module.head, states[layer, "hidden"])
        assert (each.module, each.layer, each.fitted) == ("cell", layer, False)
        np.testing.assert_allclose(each.log_probabilities, truth, atol=1e-12)
        np.testing.assert_allclose(each.divergences, divergence(last, truth), atol=1e-12)
        np.testing.assert_array_equal(each.top(2)[:, 0], truth.argmax(axis=1))
    assert found.layers[2].divergence == 0
    assert found.layers[0].divergence > 1e-3
    assert "layer 0 of cell" in repr(found)


def test_both_directions_are_read_together():
    module = stacked(nn.GRU, 7, 2, bidirectional=True)
    model = modelled(module)
    states = model.states(TEXT)
    both = np.concatenate([states[0, "hidden"], states[0, "hidden_reverse"]], axis=1)
    found = rv.lens(model, TEXT).layers[0]
    np.testing.assert_allclose(found.log_probabilities, by_hand(module.head, both), atol=1e-12)


@pytest.mark.parametrize("fit", [None, "other words to fit a lens to and some more of them"])
def test_where_sizes_differ_an_affine_map_is_fitted(fit):
    module = seeded(Two, dtype=torch.float64)
    model = modelled(module)
    found = rv.lens(model, TEXT, fit=fit)
    assert [each.fitted for each in found.layers] == [True, True, False]
    states, fits = model.states(TEXT), model.states(TEXT if fit is None else fit)
    read = np.column_stack([fits[0, "hidden"], np.ones(len(fits.tokens))])
    weights = np.linalg.pinv(read) @ fits[2, "hidden"]
    mapped = np.column_stack([states[0, "hidden"], np.ones(len(TEXT))]) @ weights
    truth = by_hand(module.head, mapped)
    np.testing.assert_allclose(found.layers[0].log_probabilities, truth, atol=1e-9)
    last = by_hand(module.head, states[2, "hidden"])
    np.testing.assert_allclose(found.layers[0].divergences, divergence(last, truth), atol=1e-9)


def test_it_may_be_fitted_for_all():
    model = modelled(stacked(nn.GRU, 7, 2))
    plain, fitted = rv.lens(model, TEXT * 3), rv.lens(model, TEXT * 3, affine=True)
    assert [each.fitted for each in fitted.layers] == [True, False]
    assert fitted.layers[0].divergence < plain.layers[0].divergence


def test_a_deep_head_and_a_batch_that_comes_second():
    module = recurrent("lstm", 2, batch_first=False, dtype=torch.float64)
    head = nn.Linear(12, 9), nn.Tanh(), nn.Linear(9, 27)
    module.head = seeded(lambda: nn.Sequential(*head), dtype=torch.float64)
    model = modelled(module, batch_first=False)
    with torch.no_grad():
        hidden = torch.from_numpy(model.states(TEXT)[0, "hidden"])
        truth = module.head(hidden).log_softmax(dim=1).numpy()
    found = rv.lens(model, TEXT).layers[0]
    np.testing.assert_allclose(found.log_probabilities, truth, atol=1e-12)


def test_a_transformers_residual_stream():
    network = seeded(tf.GPT2LMHeadModel, tf.GPT2Config(vocab_size=310, **hugging.SIZES))
    model = rv.SequenceModel.from_transformers(network, hugging.byte_level())
    text = "the cat sat on the mat"
    found = rv.lens(model, text)
    states = model.states(text)
    assert len(found.layers) == 3
    for layer, each in enumerate(found.layers):
        with torch.no_grad():
            stream = torch.from_numpy(states[layer, "residual"])
            logits = network.lm_head(network.transformer.eval().ln_f(stream))
            truth = logits.double().log_softmax(dim=1).numpy()
        np.testing.assert_allclose(each.log_probabilities, truth, atol=1e-4)


class Last(Stacked):
    """Its head reads the state that is returned apart."""

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[1][-1])


def test_what_has_no_lens():
    with pytest.raises(ValueError, match="nothing after 'cell' reads what it makes at each token"):
        rv.lens(modelled(seeded(Last, nn.GRU, 7)), TEXT)
    model = modelled(stacked(nn.GRU, 7))
    with pytest.raises(ValueError, match="gives one number and has no classes"):
        rv.lens(model.of_unit(rv.Unit(index=0), text=TEXT), TEXT)
    with pytest.raises(ValueError, match="has 6 units and the last layer 4"):
        rv.lens(modelled(seeded(Two)), TEXT, affine=False)
    with pytest.raises(ValueError, match="fit has no texts"):
        rv.lens(model, TEXT, fit=[])
    with pytest.raises(TypeError, match=r"expected an rv\.SequenceModel"):
        rv.lens(stacked(nn.GRU, 7), TEXT)
