"""Half-lives by gates, checked against running the state down, and at their edges."""

import numpy as np
import pytest
import torch

from rnnviz_widget.inside.unit_memory import half_lives, kept_share, memory_by_gates
from rnnviz_widget.models import MinGRU, NestedLSTM


def test_half_lives_are_those_of_a_state_that_is_multiplied_down():
    kept = np.array([[0.9, 0.5, 0.99], [0.9, 0.5, 0.7], [0.9, 0.5, 0.9]])
    found = half_lives(kept)
    # After n = half-life steps of the same shares half is left.
    left = np.exp(found / 3 * np.log(kept).sum(axis=0))
    np.testing.assert_allclose(left, 0.5, rtol=1e-12)
    assert found[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("kept", "steps"),
    [
        ([0.0, 0.9], 0),  # once nothing
        ([1.0, 1.0], np.inf),  # never loses any
        ([1.0, 0.25], 1),
        ([2.0, 0.5], np.inf),  # as much won as lost
        ([2.0, 0.9], np.inf),  # grows
        ([2.0, 0.125], 1),  # above 1 once, and yet lost
        ([0.5], 1),  # a text of one step
        ([5e-324, 1.0], np.log(0.5) / (np.log(5e-324) / 2)),
    ],
)
def test_half_lives_at_their_edges(kept, steps):
    assert half_lives(np.array(kept)[:, None])[0] == pytest.approx(steps)
    assert half_lives(np.array(kept)[:, None]).shape == (1,)


def test_half_precision_is_averaged_in_double():
    kept = np.full((60_000, 1), 0.999, np.float16)
    assert half_lives(kept)[0] == pytest.approx(np.log(0.5) / np.log(float(kept[0, 0])))
    assert memory_by_gates(kept).mean_kept[0] == pytest.approx(float(kept[0, 0]))


def test_what_is_kept_is_what_each_cell_multiplies_its_state_by():
    """Setting off two states by 1 without recurrent weights: the difference after a step."""
    torch.manual_seed(0)
    inputs = torch.randn(1, 1, 3, dtype=torch.float64)

    def difference(layer, several=False):
        for name, weight in layer.named_parameters():
            if name.startswith("weight_hh"):
                torch.nn.init.zeros_(weight)
        states = []
        for start in (0.0, 1.0):
            state = torch.full((1, 1, 4), start, dtype=torch.float64)
            _, end = layer(inputs, (torch.zeros_like(state), state) if several else state)
            states.append((end[1] if several else end).detach()[0, 0])
        return (states[1] - states[0]).numpy()

    def sums(layer):
        return (layer.weight_ih_l0 @ inputs[0, 0] + layer.bias_ih_l0).detach() + (
            layer.bias_hh_l0.detach() if hasattr(layer, "bias_hh_l0") else 0
        )

    lstm = torch.nn.LSTM(3, 4, dtype=torch.float64)
    forget = sums(lstm)[4:8].sigmoid()
    gru = torch.nn.GRU(3, 4, dtype=torch.float64)
    update = sums(gru)[4:8].sigmoid()
    small = MinGRU(3, 4, dtype=torch.float64)
    z = sums(small)[:4].sigmoid()
    nested = NestedLSTM(3, 4, dtype=torch.float64)
    outer = sums(nested)
    inner = (outer[:4].sigmoid() * outer[8:12]) @ nested.weight_ih_l0_n1.T + nested.bias_ih_l0_n1
    forget_inside = (inner + nested.bias_hh_l0_n1)[4:8].detach().sigmoid()
    states = []
    for start in (0.0, 1.0):
        for weight in (nested.weight_hh_l0, nested.weight_hh_l0_n1):
            torch.nn.init.zeros_(weight)
        zero = torch.zeros(1, 1, 4, dtype=torch.float64)
        states.append(nested(inputs, (zero, zero, zero + start))[1][2].detach()[0, 0])
    kept = kept_share(forget_inside[None].numpy(), "nested_lstm")[0]
    np.testing.assert_allclose((states[1] - states[0]).numpy(), kept, atol=1e-12)
    for cell, layer, gate in (("lstm", lstm, forget), ("gru", gru, update), ("min_gru", small, z)):
        kept = kept_share(gate[None].numpy(), cell)[0]
        np.testing.assert_allclose(difference(layer, cell == "lstm"), kept, atol=1e-12)


def test_units_are_listed_with_their_reach():
    gate = np.array([[0.95, 0.05, 0.5], [0.99, 0.01, 0.5]])
    found = memory_by_gates(kept_share(gate, "nested_lstm"), reach=12.5)
    table = found.table()
    assert [row["unit"] for row in table] == [0, 2, 1]
    assert table[0]["half_life"] == pytest.approx(np.log(0.5) / np.log(gate[:, 0]).mean())
    assert [(row["open"], row["closed"]) for row in table] == [(1, 0), (0, 0), (0, 1)]
    assert {row["reach"] for row in table} == {12.5}
    assert "3 units" in repr(found)
    assert "reach 12.5 characters" in repr(found)
    assert [row["reach"] for row in memory_by_gates(gate, np.array([1, 2, 3])).table()] == [1, 3, 2]
    assert np.isnan(memory_by_gates(gate).reach).all()


def test_what_is_no_gate_is_refused():
    with pytest.raises(ValueError, match=r"must not be below 0; got -0.25 at step 1, unit 0"):
        half_lives(np.array([[0.5], [-0.25]]))
    with pytest.raises(ValueError, match="kept shares must be finite; got nan at step 0, unit 1"):
        half_lives(np.array([[0.5, np.nan]]))
    with pytest.raises(ValueError, match="cell must be one of lstm, nested_lstm, gru, min_gru"):
        kept_share(np.ones((1, 1)), "rnn")
    with pytest.raises(ValueError, match=r"gates must have the shape \(T, H\)"):
        kept_share(np.ones(3), "gru")
    with pytest.raises(ValueError, match=r"one for each of 2 units; got the shape \(3,\)"):
        memory_by_gates(np.ones((4, 2)), np.ones(3))
