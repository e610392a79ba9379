"""Gates, states and other units as targets, against float64 autograd and loops by hand."""

import numpy as np
import pytest
import torch
from models.test_module_states import Blocks
from models.test_states import CASES, TEXT, Stacked, Two, modelled, stacked, vectors
from small import LETTERS, recurrent, seeded
from state_loops import by_hand
from torch import nn

import rnnviz_widget as rv

ROWS = [0, 9, 22]


def slopes(module, value, s, step=1e-5):
    """The gradient of a number at the embedded inputs, by central differences, (T, D)."""
    x = vectors(module)
    found = np.zeros_like(x)
    for t in range(s + 1):
        for d in range(x.shape[1]):
            up, down = x.copy(), x.copy()
            up[t, d] += step
            down[t, d] -= step
            found[t, d] = (value(up) - value(down)) / (2 * step)
    return found


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_kind_is_explained_as_central_differences_say(case):
    make, options = CASES[case]
    module = stacked(make, 4, 2, **options)
    model = modelled(module)
    kinds = sorted({place.kind for place in model.states("abcdef")})
    text = "abcdef"
    x, states = vectors(module, text), model.states(text)
    for number, kind in enumerate(kinds):
        layer, s = number % 2, 3
        index = int(np.abs(states[layer, kind][s]).argmax())
        found = rv.connectivity(
            model,
            text,
            target=rv.Unit("cell", layer=layer, kind=kind, index=index),
            measure="embedding_norm",
            rows=[s],
        )
        gradient = np.zeros_like(x)
        for t in range(len(text)):
            for d in range(5):
                by = np.zeros_like(x)
                by[t, d] = 1e-5
                up, down = (by_hand(module.cell, x + sign * by)[0] for sign in (1, -1))
                gradient[t, d] = (up[layer, kind][s, index] - down[layer, kind][s, index]) / 2e-5
        truth = np.linalg.norm(gradient, axis=1)
        np.testing.assert_allclose(found.scores[0], truth, rtol=1e-6, atol=1e-9)
        assert truth.max() > 1e-4


def gates_by_autograd(module, inputs):
    """The forget gate of the second layer of an LSTM, (T, H), by torch operations written out."""
    first, second = module.cell.weight_ih_l1, module.cell.weight_hh_l1
    low, _ = nn.LSTM.forward(lowest(module.cell), inputs[None])
    top, _ = module.cell(inputs[None])
    before = torch.cat([torch.zeros_like(top[0, :1]), top[0, :-1]])
    sums = low[0] @ first.T + before @ second.T + module.cell.bias_ih_l1 + module.cell.bias_hh_l1
    return sums.chunk(4, dim=1)[1].sigmoid()


def lowest(cell):
    """The first layer of an LSTM alone."""
    made = nn.LSTM(cell.input_size, cell.hidden_size, batch_first=True).double()
    made.load_state_dict({name: p for name, p in cell.state_dict().items() if "l0" in name})
    return made


@pytest.mark.parametrize("measure", ["norm", "squared", "embedding_norm", "grad_x_input"])
def test_a_gate_is_exact_against_autograd(measure):
    module = stacked(nn.LSTM, 7, 2)
    target = rv.Unit("cell", layer=1, kind="forget", index=3)
    found = rv.connectivity(modelled(module), TEXT, target=target, measure=measure, tolerance=0)
    one_hot = torch.eye(27, dtype=torch.float64)[[LETTERS.index(c) for c in TEXT]].requires_grad_()
    embedded = one_hot @ module.embedding.weight.detach()
    gates = gates_by_autograd(module, embedded)[:, 3]
    for s, gate in enumerate(gates):
        at_x, at_e = torch.autograd.grad(gate, (one_hot, embedded), retain_graph=True)
        truth = {
            "norm": at_x.norm(dim=1),
            "squared": at_x.square().sum(1),
            "embedding_norm": at_e.norm(dim=1),
            "grad_x_input": (at_e * embedded.detach()).sum(1),
        }[measure]
        np.testing.assert_allclose(found.scores[s], truth, rtol=1e-10, atol=1e-14)


def test_what_is_shown_is_the_units_value():
    module = stacked(nn.LSTM, 7, 2)
    model = modelled(module)
    target = rv.Unit(layer=1, kind="forget", index=3)
    found = rv.connectivity(model, TEXT, target=target)
    values = model.states(TEXT)[1, "forget"][:, 3]
    np.testing.assert_allclose(found.facet.explained.probability, values, atol=1e-12)
    assert found.facet.name == model.name
    assert found.facet.unit == ""
    assert set(found.facet.explained.reasons) == {"the unit you chose"}
    assert found.facet.measure.label.endswith(", of unit 3, forget gate, layer 1")
    assert found.facet.reads.causal


def test_in_single_precision():
    target = rv.Unit(layer=0, kind="update", index=3)
    found = rv.connectivity(modelled(recurrent("gru", 2)), TEXT, target=target)
    truth = rv.connectivity(modelled(recurrent("gru", 2, dtype=torch.float64)), TEXT, target=target)
    peaks = truth.scores.max(axis=1, keepdims=True)
    np.testing.assert_allclose(found.scores / peaks, truth.scores / peaks, atol=1e-4)


def test_methods_that_run_the_model_again():
    module = stacked(nn.GRU, 7)
    target = rv.Unit(layer=0, kind="update", index=3)
    found = rv.connectivity(modelled(module), TEXT, target=target, measure="occlusion", rows=[9])
    x = vectors(module)
    plain = by_hand(module.cell, x)[0][0, "update"][9, 3]
    for t in (2, 8, 9):
        without = x.copy()
        without[t] = 0
        change = plain - by_hand(module.cell, without)[0][0, "update"][9, 3]
        assert found.scores[0, t] == pytest.approx(change, abs=1e-9)


def test_a_unit_beside_the_model():
    model = modelled(stacked(nn.GRU, 7, 2))
    unit = model.of_unit(rv.Unit("cell", layer=0, kind="reset", index=1), text=TEXT)
    assert unit.name == "Stacked, unit 1, reset gate, layer 0 of cell"
    widget = rv.explore([model, unit], TEXT, position=9)
    assert list(widget.models) == [model.name, unit.name]
    found = widget.connectivity(unit.name)
    asked = rv.connectivity(model, TEXT, target=rv.Unit(layer=0, kind="reset", index=1))
    np.testing.assert_allclose(found.scores, asked.scores, atol=1e-12)
    widget.close()


def test_a_widget_explains_units_and_then_classes_again():
    module = stacked(nn.GRU, 7, 2)
    model = modelled(module)
    widget = rv.explore(model, TEXT, position=9)
    before = widget.connectivity().scores
    target = rv.Unit("cell", layer=1, kind="update", index=5)
    widget.target = target
    assert widget.target == target
    asked = rv.connectivity(model, TEXT, target=target)
    np.testing.assert_allclose(widget.connectivity().scores, asked.scores, atol=1e-12)
    widget.text = TEXT + " again"
    longer = rv.connectivity(model, TEXT + " again", target=target)
    np.testing.assert_allclose(widget.connectivity().scores, longer.scores, atol=1e-12)
    widget.measure = "embedding_norm"
    assert widget.connectivity().facet.measure.name == "embedding_norm"
    with torch.no_grad():
        module.cell.weight_ih_l0.mul_(0.5)
    widget.refresh()
    renewed = rv.connectivity(model, TEXT + " again", target=target, measure="embedding_norm")
    np.testing.assert_allclose(widget.connectivity().scores, renewed.scores, atol=1e-12)
    widget.text, widget.measure, widget.target = TEXT, "norm", rv.TRUTH
    with torch.no_grad():
        module.cell.weight_ih_l0.mul_(2)
    widget.refresh()
    np.testing.assert_allclose(widget.connectivity().scores, before, atol=1e-12)
    widget.close()


def test_a_unit_that_is_not_there_leaves_the_widget_as_it_is():
    widget = rv.explore(modelled(stacked(nn.GRU, 7, 2)), TEXT, target=rv.TOP)
    with pytest.raises(Exception, match="no unit 7: the hidden of layer 0 of cell has 7"):
        widget.target = rv.Unit(layer=0, index=7)
    assert widget.target is rv.TOP
    widget.close()


@pytest.mark.parametrize(
    ("unit", "error", "words"),
    [
        (rv.Unit("cell", layer=0, index=7), IndexError, "no unit 7"),
        (rv.Unit("cell", layer=2, index=0), IndexError, "no layer 2: there are 2"),
        (rv.Unit("lstm", layer=0, index=0), ValueError, "no submodule 'lstm'; expected one of"),
        (rv.Unit(kind="forget", index=0), ValueError, "layer 0 has no 'forget'; expected one of"),
        (rv.Unit(index=1.5), TypeError, "a unit is a whole number"),
    ],
)
def test_units_that_are_not_there(unit, error, words):
    with pytest.raises(error, match=words):
        rv.connectivity(modelled(stacked(nn.GRU, 7, 2)), TEXT, target=unit)


def test_what_is_no_unit():
    with pytest.raises(TypeError, match="a module is named"):
        rv.Unit(3, index=0)
    with pytest.raises(TypeError, match="a kind is named"):
        rv.Unit(kind=None, index=0)
    with pytest.raises(TypeError, match=r"expected an rv\.Unit"):
        modelled(stacked(nn.GRU, 7)).of_unit("forget", text=TEXT)
    with pytest.raises(TypeError, match=r"rv\.Unit"):
        rv.connectivity(modelled(stacked(nn.GRU, 7)), TEXT, target=[rv.Unit(index=0)] * 23)


def test_a_log_probability_is_no_units():
    with pytest.raises(ValueError, match="gives one number"):
        rv.connectivity(modelled(stacked(nn.GRU, 7)), TEXT, target=rv.Unit(index=0), of="log_prob")


def test_layers_of_several_modules():
    module = seeded(Two, dtype=torch.float64)
    model = modelled(module)
    by_number = rv.connectivity(model, TEXT, target=rv.Unit(layer=2, kind="forget", index=1))
    named = rv.Unit("high", layer=0, kind="forget", index=1)
    by_name = rv.connectivity(model, TEXT, target=named)
    np.testing.assert_allclose(by_number.scores, by_name.scores, atol=1e-12)


def test_a_model_whose_batch_comes_second():
    module = recurrent("lstm", batch_first=False, dtype=torch.float64)
    first = recurrent("lstm", dtype=torch.float64)
    target = rv.Unit(kind="cell", index=2)
    late = rv.connectivity(modelled(module, batch_first=False), TEXT, target=target)
    soon = rv.connectivity(modelled(first), TEXT, target=target)
    np.testing.assert_allclose(late.scores, soon.scores, atol=1e-12)


def test_a_residual_stream():
    module = seeded(Blocks, dtype=torch.float64)
    found = rv.connectivity(
        modelled(module),
        TEXT,
        target=rv.Unit("blocks", layer=2, kind="residual", index=4),
        measure="embedding_norm",
    )

    def value(x):
        for block in module.blocks[:2]:
            linear = block.linear
            x = x + np.tanh(x @ linear.weight.detach().numpy().T + linear.bias.detach().numpy())
        return x[9, 4]

    truth = np.linalg.norm(slopes(module, value, 9), axis=1)
    np.testing.assert_allclose(found.scores[9], truth, rtol=1e-6, atol=1e-9)


class Counting(Stacked):
    """Its head is a NALU, and sparse attention to three numbers."""

    def __init__(self):
        super().__init__(nn.GRU, 7)
        self.nalu, self.sparse = rv.NALU(7, 4), rv.Sparsemax()
        self.head = nn.Linear(4, 27)

    def forward(self, ids):
        return self.head(self.sparse(2 * self.nalu(self.cell(self.embedding(ids))[0])))


def test_the_gate_of_a_nalu_and_the_support_of_sparsemax():
    module = seeded(Counting, dtype=torch.float64)
    model = modelled(module)

    def hidden(x):
        return by_hand(module.cell, x)[0][0, "hidden"][9]

    def gate(x):
        return 1 / (1 + np.exp(-module.nalu.gate.detach().numpy()[2] @ hidden(x)))

    target = rv.Unit("nalu", kind="gate", index=2)
    found = rv.connectivity(model, TEXT, target=target, measure="embedding_norm")
    truth = np.linalg.norm(slopes(module, gate, 9), axis=1)
    np.testing.assert_allclose(found.scores[9], truth, rtol=1e-6, atol=1e-9)
    shares = model.states(TEXT, modules=["sparse"])["sparse", 0, "output"]
    assert (shares == 0).any()
    assert (shares > 0).any()
    for index in range(4):
        target = rv.Unit("sparse", kind="output", index=index)
        rows = rv.connectivity(model, TEXT, target=target).scores
        # Of what is left out nothing can be moved a little.
        assert not rows[shares[:, index] == 0].any()
        inside = (shares[:, index] > 0) & (shares.max(axis=1) < 1)
        assert rows[inside].any(axis=1).all()


def test_a_live_page_explains_classes():
    widget = rv.explore(modelled(recurrent("gru")), TEXT, target=rv.Unit(index=0))
    with pytest.raises(ValueError, match="a live page explains classes"):
        widget.save_html("/nowhere.html", live=True)
    widget.close()


def test_re_initialised_weights_explain_the_same_unit():
    model = modelled(stacked(nn.GRU, 7))
    found = rv.randomised(model, TEXT, target=rv.Unit(kind="update", index=2))
    assert found.weights is not None
    assert found.weights.facet.unit == ""
    assert found.weights.scores.any()
    assert np.abs(found.weights.scores - found.own.scores).max() > 1e-3
    assert "class" in found.why_not
