"""What a page is told of the memory of units, and of what each layer would predict."""

import queue

import numpy as np
import pytest
from explorer.asked_states import asking
from models.test_states import TEXT, modelled, stacked
from small import LETTERS, recurrent
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource

WAIT = 60


def asked(model, layer, **more):
    """The reply to an ask about one model."""
    explorer = Explorer(ModelSource({model.name: model}, TEXT))
    replies = queue.Queue()
    instrument = explorer.instruments["states"]
    instrument.on_reply = replies.put
    wanted = asking(3, models=[0], layers=[layer], curves=[None], **more)
    found = instrument.ask(wanted) or replies.get(timeout=WAIT)
    explorer.close()
    return found.facets[0]


def test_half_lives_come_when_they_are_asked_for_and_reach_when_that_is():
    model = modelled(stacked(nn.LSTM, 7, 2))
    layer = "hidden of layer 1 of cell"
    assert asked(model, layer).memory is None
    gates = asked(model, layer, memory="gates").memory
    truth = rv.unit_memory(model, TEXT, layer=1, reach=True)
    np.testing.assert_allclose(gates.half_lives, truth.half_lives)
    assert np.isnan(gates.reach).all()
    assert gates.words == "of the cell state by the forget gate"
    found = asked(model, layer, memory="reach").memory
    np.testing.assert_allclose(found.reach, truth.reach)
    assert found.words.endswith("; reach over 8 outputs of the text's second half")


def test_units_that_no_gate_keeps_have_no_half_life():
    found = asked(modelled(stacked(nn.RNN, 7)), "hidden of layer 0 of cell", memory="reach").memory
    assert len(found.half_lives) == len(found.reach) == 0
    assert found.words == "no gate keeps the units of hidden state, layer 0"


def test_where_the_reach_can_not_be_measured_half_lives_stay():
    model = modelled(stacked(nn.GRU, 7, bidirectional=True))
    found = asked(model, "hidden_reverse of layer 0 of cell", memory="reach").memory
    truth = rv.unit_memory(model, TEXT, backward=True).half_lives
    np.testing.assert_allclose(found.half_lives, truth)
    assert np.isnan(found.reach).all()
    assert "can't be measured" in found.words


def test_a_lens_is_of_every_layer_at_the_character():
    model = modelled(stacked(nn.GRU, 7, 3))
    found = asked(model, None, lens=9).lens
    truth = rv.lens(model, TEXT)
    assert (found.position, found.error, len(found.layers)) == (9, None, 3)
    for told, layer in zip(found.layers, truth.layers, strict=True):
        assert told.layer == f"hidden of layer {layer.layer} of cell"
        assert told.divergence == pytest.approx(layer.divergences[9])
        assert told.mean == pytest.approx(layer.divergence)
        best = layer.top(3)[9]
        assert told.classes == [model.outputs[k] for k in best]
        np.testing.assert_allclose(told.probabilities, np.exp(layer.log_probabilities[9, best]))
    assert found.layers[-1].divergence == 0


def test_a_lens_that_there_is_not_says_why():
    model = modelled(stacked(nn.GRU, 7))
    unit = model.of_unit(rv.Unit(index=2), text=TEXT)
    found = asked(unit, None, lens=9).lens
    assert found.layers == []
    assert "gives one number and has no classes to predict" in found.error


def test_too_many_classes_are_refused(monkeypatch):
    monkeypatch.setattr("rnnviz_widget.explorer.unit_questions._MOST_PREDICTED", 100)
    model = rv.SequenceModel(recurrent("gru"), LETTERS)
    found = asked(model, None, lens=9).lens
    assert found.error == (
        "23 tokens times 27 classes are too many to show what each layer would predict; use a "
        "shorter text"
    )
