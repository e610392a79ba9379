"""rv.check_unit: what it finds of units whose behaviour is known."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from units.units_tried import (
    Detached,
    Empty,
    Gated,
    Growing,
    Rounded,
    Strange,
    TenLines,
    Unnamed,
    run_strange,
)

import rnnviz_widget as rv
from rnnviz_widget.units.arithmetic import nac_weight_variance

QUICK = {"steps": 24, "sequences": 2, "draws": 4}


def lstm(forget):
    """What makes an LSTM cell with a forget bias."""

    def make():
        cell = nn.LSTMCell(4, 8)
        with torch.no_grad():
            cell.bias_ih[8:16], cell.bias_hh[8:16] = forget, 0
        return cell

    return make


def test_the_forget_bias_orders_memory_in_every_seed():
    quick = {"steps": 12, "sequences": 1, "draws": 2, "changes": False}
    ordered = 0
    for seed in range(100):
        low, none, high = (
            rv.check_unit(lstm(bias), seed=seed, **quick).exponent.value for bias in (-3, 0, 3)
        )
        ordered += low < none < high
    assert ordered == 100


def test_a_short_memory_is_lengthened_by_the_forget_gate():
    found = rv.check_unit(nn.LSTM(8, 16), steps=48, sequences=2, draws=4)
    assert found.found("vanishing")
    bias, chrono = found.changes
    assert bias.change == "raising the forget gate's bias (bias_ih_l0[16:32]) by 1"
    assert bias.after.low > bias.before.high
    assert chrono.change == "chrono initialisation for 36 steps"
    assert chrono.after.value > 5 * chrono.before.value
    # As if somebody had made it so.
    made = rv.check_unit(
        lambda: raised(nn.LSTM(8, 16), "bias_ih_l0"), steps=48, sequences=2, draws=4
    )
    assert made.memory.value == pytest.approx(bias.after.value, rel=0.15)
    assert "lengthens memory from" in found.found("vanishing")[0]


def raised(module, name):
    with torch.no_grad():
        getattr(module, name)[16:32] += 1
    return module


def test_the_zero_gradient_of_the_nac():
    found = rv.check_unit(rv.NAC(6, 4))
    mask, weight = found.parameter("mask_hat"), found.parameter("weight_hat")
    assert mask.zero_mean
    assert mask.expected == 0
    assert not weight.zero_mean
    assert weight.agreement.low > 0.5
    assert "expected gradient of mask_hat is zero" in found.found("zero mean")[0]
    # By definition: the mean over draws of the gradient, against its own spread.
    gradients = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for _ in range(2000):
            unit = rv.NAC(6, 4)
            unit(torch.full((1, 6), 0.5)).sum().backward()
            gradients.append([unit.mask_hat.grad[0, 0], unit.weight_hat.grad[0, 0]])
    means = np.mean(gradients, axis=0)
    errors = np.std(gradients, axis=0) / math.sqrt(2000)
    assert abs(means[0]) < 4 * errors[0]
    assert means[1] > 20 * errors[1]


def test_the_variance_of_nac_weights_within_one_percent():
    found = rv.check_unit(rv.NAC(32, 16), draws=3)
    (weight,) = (each for each in found.moments if each.name == "weight")
    assert weight.expected_variance == nac_weight_variance(math.sqrt(6 / 48))
    assert weight.variance.value == pytest.approx(weight.expected_variance, rel=0.01)
    assert weight.variance.low < weight.expected_variance < weight.variance.high
    assert "would have to be from ±0." in found.found("variance")[0]


def test_multiplication_by_the_nac_explodes_and_by_the_nmu_does_not():
    for make in (rv.MultiplicativeNAC, rv.NALU):
        found = rv.check_unit(make(10, 4), draws=4)
        assert "rv.NMU" in found.found("exploding")[0]
        assert found.backward.value > 1e4
    assert not rv.check_unit(rv.NAC(10, 4), draws=4).found("exploding")
    for size, kind in ((3, "kept"), (50, "vanishing")):
        assert rv.check_unit(rv.NMU(size, 4), draws=4).found(kind)
    (gate,) = rv.check_unit(rv.NALU(5, 4), draws=4).gates
    assert gate.moments.mean.low < gate.moments.expected_mean == 0.5 < gate.moments.mean.high


def test_predictions_stand_beside_samples_with_intervals():
    table = rv.check_unit(nn.GRU(8, 64), changes=False).table()
    rows = dict(zip(table["figure"], zip(*list(table.values())[1:], strict=True), strict=True))
    sample, low, high, predicted, rule = rows["update gate, variance"]
    assert low < sample < high
    assert predicted == pytest.approx(sample, rel=0.15)
    assert rule == "mean field"
    memory = rows["memory, steps"]
    assert memory[3] == pytest.approx(memory[0], rel=0.3)


def test_a_cell_in_ten_lines():
    found = rv.check_unit(TenLines(4, 8), input_size=4, steps=48, sequences=2, draws=4)
    assert found.found("vanishing")
    assert found.notes == []
    gate = found.gates[0]
    assert gate.function == "tanh"
    assert gate.moments.rule.startswith("Taylor")
    assert gate.moments.expected_variance == pytest.approx(gate.moments.variance.value, rel=0.5)
    assert found.changes[0].change == "multiplying both.weight by 2"


def test_a_state_of_several_tensors_one_of_which_counts():
    found = rv.check_unit(Gated(4, 8), **QUICK)
    assert [each.name for each in found.moments] == ["state 1", "state 2"]
    assert found.exponent.value < 0


@pytest.mark.parametrize("make", [Rounded, Detached])
def test_no_gradient_from_step_to_step(make):
    found = rv.check_unit(make(4, 8), input_size=4, **QUICK)
    assert "exactly zero" in found.found("no gradient")[0]
    assert found.memory.value == 0
    assert found.norms[-1].value == 0
    if make is Rounded:
        assert "both.weight" in found.found("dead")[0]


def test_a_state_that_explodes():
    found = rv.check_unit(Growing(4, 8), input_size=4, **QUICK)
    assert found.findings[0].kind == "overflow"
    assert "in 4 of 4 draws" in found.findings[0].words
    assert found.found("exploding")
    assert "overflow" in repr(found)
    with pytest.raises(FloatingPointError, match="first step, in each of 4 draws"):
        rv.check_unit(Empty(4, 8), input_size=4, **QUICK)


def test_a_state_that_explodes_at_the_second_step():
    class Sudden(TenLines):
        def forward(self, x, h):
            return (super().forward(x, h) + 1e3 * h.abs()) ** 400 + 1

    found = rv.check_unit(Sudden(4, 8), input_size=4, **QUICK)
    assert "at step 2 first" in found.findings[0].words
    assert math.isnan(found.exponent.value)
    assert found.norms == []
    assert "overflow" in repr(found)
    assert found._repr_html_()


def test_gradients_that_explode_are_said_to():
    def make():
        cell = nn.RNNCell(4, 32)
        with torch.no_grad():
            cell.weight_hh *= 6
        return cell

    found = rv.check_unit(make, steps=80, sequences=2, draws=4)
    assert "explode along time" in found.found("exploding")[0]
    assert found.exponent.low > 0
    assert found.expected_exponent > 0
    assert found.memory.value == math.inf
    assert found.changes[0].change == "multiplying weight_hh by 0.5"
    before, after = found.changes[0].exponents
    assert after.value < before.value == found.exponent.value
    assert "by 0.5 brings the exponent from 0." in found.found("exploding")[0]


def test_weights_that_cannot_be_drawn():
    found = rv.check_unit(Unnamed(4, 8), **QUICK)
    assert "w can't be drawn anew" in found.notes[0]
    assert found.parameter("w").agreement is None
    made = rv.check_unit(lambda: Unnamed(4, 8), **QUICK)
    assert made.notes == []
    assert made.parameter("w").agreement is not None


def test_a_stated_call():
    found = rv.check_unit(lambda: Strange(4, 4), forward=run_strange, **QUICK)
    own = rv.check_unit(lambda: nn.GRUCell(4, 4), **QUICK)
    assert found.exponent == own.exponent


def test_relu_units_that_are_never_on():
    def make():
        cell = nn.RNNCell(4, 8, nonlinearity="relu")
        with torch.no_grad():
            cell.bias_ih[:4] = -50
        return cell

    found = rv.check_unit(make, **QUICK)
    assert found.gates[0].stuck.value >= 0.5
    assert any("never on" in words for words in found.found("dead"))


def test_saturated_gates():
    found = rv.check_unit(lambda: raised_all(nn.GRUCell(4, 8)), **QUICK)
    assert "update gate is saturated" in " ".join(found.found("saturated"))


def raised_all(cell):
    with torch.no_grad():
        cell.bias_ih[8:16] = 8
    return cell


def test_the_module_and_the_random_state_stay_as_they_are():
    cell = nn.LSTMCell(4, 8)
    before = {name: value.clone() for name, value in cell.state_dict().items()}
    state = torch.random.get_rng_state()
    one, other = rv.check_unit(cell, **QUICK), rv.check_unit(cell, **QUICK)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in cell.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in cell.parameters())
    assert repr(one) == repr(other)


def test_what_is_refused():
    with pytest.raises(ValueError, match="steps must be an integer, 8 at least; got 3"):
        rv.check_unit(nn.LSTM(4, 8), steps=3)
    with pytest.raises(ValueError, match="std"):
        rv.check_unit(nn.LSTM(4, 8), std=-1.0)
    with pytest.raises(TypeError, match="go with a SequenceModel"):
        rv.check_unit(nn.LSTM(4, 8), "a text")
    with pytest.raises(TypeError, match="got the class LSTM"):
        rv.check_unit(nn.LSTM)
    with pytest.raises(TypeError, match="got str"):
        rv.check_unit("LSTM")
    with pytest.raises(TypeError, match="the function returned int"):
        rv.check_unit(lambda: 3)
    with pytest.raises(ValueError, match="both directions"):
        rv.check_unit(nn.LSTM(4, 8, bidirectional=True))
