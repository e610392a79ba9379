"""Units that are set or held while a model reads, against loops by hand with the same change."""

import numpy as np
import pytest
import torch
from models.test_module_states import Blocks
from models.test_states import (
    CASES,
    TEXT,
    Packing,
    Started,
    Two,
    Uncopied,
    modelled,
    stacked,
    vectors,
)
from small import recurrent, seeded
from state_loops import by_hand
from torch import nn

import rnnviz_widget as rv

FIRST, UNTIL = 4, 11
UNITS = [1, 2]
KINDS = {"RNN": 1, "GRU": 4, "LSTM": 6, "NestedLSTM": 11, "MinGRU": 3}


def logits(model, text=TEXT):
    return model.network.logits(torch.tensor(model.tokens(text).ids)).detach().numpy()


def by_loop(module, layer, kind, to, means):
    """States and logits of a loop in which units of a layer are changed from step 4 to 10."""
    seen = {}

    def change(at, step, name, value):
        if (at, name) != (layer, kind):
            return value
        # From right to left the last step before is the one after.
        before = UNTIL if name.endswith("_reverse") else FIRST - 1
        if step == before:
            seen["held"] = value[UNITS]
        if FIRST <= step < UNTIL:
            value = value.copy()
            value[UNITS] = {"zero": 0, "mean": means[UNITS], "hold": seen.get("held")}.get(to, to)
        return value

    states, top = by_hand(module.cell, vectors(module), change)
    return states, top @ module.head.weight.detach().numpy().T + module.head.bias.detach().numpy()


@pytest.mark.parametrize("to", ["zero", "mean", "hold", 0.4])
@pytest.mark.parametrize("case", sorted(CASES))
def test_every_kind_of_every_layer_is_changed_as_in_a_loop_by_hand(case, to):
    make, options = CASES[case]
    module = stacked(make, 7, 2, **options)
    model = modelled(module)
    plain, states = logits(model), model.states(TEXT)
    kinds = {place.kind for place in states}
    assert len(kinds) == KINDS[type(module.cell).__name__] * (
        1 + bool(options.get("bidirectional"))
    )
    for number, kind in enumerate(sorted(kinds)):
        layer = number % 2
        intervention = rv.Intervention(
            layer=layer, kind=kind, units=UNITS, to=to, from_step=FIRST, until=UNTIL
        )
        other = model.intervened(intervention, text=TEXT)
        truth, made = by_loop(module, layer, kind, to, states[layer, kind].mean(axis=0))
        ours = logits(other)
        np.testing.assert_allclose(ours, made, rtol=0, atol=1e-12)
        assert np.abs(ours - plain).max() > 1e-6
        changed = other.states(TEXT)
        assert set(changed.places) == set(states.places)
        for key, values in truth.items():
            np.testing.assert_allclose(changed[key], values, rtol=0, atol=1e-12)


def test_in_single_precision():
    module = recurrent("gru", 2)
    other = modelled(module).intervened(rv.Intervention(layer=0, units=3), text=TEXT)
    double = modelled(recurrent("gru", 2, dtype=torch.float64))
    truth = logits(double.intervened(rv.Intervention(layer=0, units=3), text=TEXT))
    np.testing.assert_allclose(logits(other), truth, atol=1e-5)
    assert not other.states(TEXT)[0, "hidden"][:, 3].any()


def test_the_rows_are_those_of_central_differences():
    module = stacked(nn.GRU, 7, 2)
    intervention = rv.Intervention(layer=0, units=UNITS, to="hold", from_step=FIRST, until=UNTIL)
    other = modelled(module).intervened(intervention, text=TEXT)
    found = rv.connectivity(other, TEXT, target="e", rows=[20], measure="embedding_norm")
    x, step = vectors(module), 1e-5
    seen = {}

    def change(at, t, name, value):
        if (at, name) != (0, "hidden"):
            return value
        if t == FIRST - 1:
            seen["held"] = value[UNITS]
        if FIRST <= t < UNTIL:
            value = value.copy()
            value[UNITS] = seen["held"]
        return value

    def logit(t, by):
        moved = x.copy()
        moved[t] += by
        _, top = by_hand(module.cell, moved, change)
        return module.head.weight.detach().numpy()[5] @ top[20]

    for t in range(21):
        directions = step * np.eye(5)
        slopes = [(logit(t, by) - logit(t, -by)) / (2 * step) for by in directions]
        assert found.scores[0, t] == pytest.approx(np.linalg.norm(slopes), rel=1e-5, abs=1e-9)


def test_several_at_once_and_one_after_the_other():
    module = stacked(nn.LSTM, 7, 2)
    model = modelled(module)
    low, high = rv.Intervention(layer=0, units=1), rv.Intervention(layer=1, kind="cell", units=2)
    both = model.intervened(low, high, text=TEXT)
    after = model.intervened(low, text=TEXT).intervened(high, text=TEXT)
    np.testing.assert_array_equal(logits(both), logits(after))
    states = both.states(TEXT)
    assert not states[0, "hidden"][:, 1].any()
    assert not states[1, "cell"][:, 2].any()
    assert both.name == (
        "Stacked, unit 1 (hidden state, layer 0) set to zero; "
        "unit 2 (cell state, layer 1) set to zero"
    )


def test_layers_are_counted_over_all_modules():
    module = seeded(Two, dtype=torch.float64)
    model = modelled(module)
    for intervention in (
        rv.Intervention(layer=2, kind="cell", units=1),
        rv.Intervention(module="high", layer=0, kind="cell", units=1),
        rv.Intervention(layer=-1, kind="cell", units=1),
    ):
        states = model.intervened(intervention, text=TEXT).states(TEXT)
        assert not states["high", 0, "cell"][:, 1].any()
        assert states["high", 0, "cell"].any()


def test_a_module_that_passes_states():
    module = seeded(Started, nn.LSTM, 7, dtype=torch.float64)
    model = modelled(module)
    held = rv.Intervention(layer=0, kind="cell", units=2, to="hold")
    states = model.intervened(held, text=TEXT).states(TEXT)
    np.testing.assert_allclose(states[0, "cell"][:, 2], 0.6, atol=1e-12)


def test_means_may_be_of_many_texts():
    model = modelled(stacked(nn.GRU, 7))
    texts = [TEXT, "another one"]
    other = model.intervened(rv.Intervention(layer=0, units=2, to="mean"), text=texts)
    every = np.concatenate([model.states(text)[0, "hidden"][:, 2] for text in texts])
    np.testing.assert_allclose(other.states(TEXT)[0, "hidden"][:, 2], every.mean(), atol=1e-12)


def test_it_stands_beside_the_model_and_leaves_that_as_it_is():
    module = stacked(nn.GRU, 7)
    model = modelled(module)
    before = logits(model)
    other = model.intervened(rv.Intervention(layer=0), text=TEXT)
    # With all of h set to zero the head sees its bias only.
    np.testing.assert_allclose(logits(other), np.tile(module.head.bias.detach(), (23, 1)))
    np.testing.assert_array_equal(logits(model), before)
    with torch.no_grad():
        module.head.bias.zero_()
    model.refresh()
    other.refresh()
    assert np.abs(logits(other)).max() > 0
    widget = rv.explore([model, other], TEXT)
    assert list(widget.models) == [model.name, other.name]
    widget.close()


def test_the_output_of_a_submodule_and_the_residual_stream():
    module = seeded(Blocks, dtype=torch.float64)
    model = modelled(module)
    for layer in range(4):
        other = model.intervened(
            rv.Intervention(layer=layer, kind="residual", units=3, to=0.25, from_step=7), text=TEXT
        )
        found = other.states(TEXT)[min(layer + 1, 3), "residual"] if layer < 3 else None
        stream, truth = vectors(module), logits(other)
        for block in range(4):
            if block == layer:
                stream = stream.copy()
                stream[7:, 3] = 0.25
            if block == 3:
                break
            linear = module.blocks[block].linear
            weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
            stream = stream + np.tanh(stream @ weight.T + bias)
            if found is not None and block == layer:
                np.testing.assert_allclose(found, stream, atol=1e-12)
        head = module.head
        made = stream @ head.weight.detach().numpy().T + head.bias.detach().numpy()
        np.testing.assert_allclose(truth, made, atol=1e-12)
    held = rv.Intervention(module="blocks.2", layer=0, kind="output", to="hold", from_step=2)
    made = logits(model.intervened(held, text=TEXT))
    np.testing.assert_allclose(made[2:], np.tile(made[1], (21, 1)), atol=1e-12)
    assert np.abs(made[1] - made[0]).max() > 0.01


def test_the_embedding_is_not_changed():
    model = modelled(stacked(nn.GRU, 7))
    with pytest.raises(ValueError, match="'embedding' embeds the text"):
        model.intervened(rv.Intervention(module="embedding", layer=0, kind="output"), text=TEXT)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"layer": 2}, IndexError, "no layer 2: there are 2"),
        ({"layer": 0, "kind": "forgot"}, ValueError, "layer 0 has no 'forgot'; expected one of"),
        ({"layer": 0, "module": "rnn"}, ValueError, "no submodule 'rnn'; expected one of"),
        ({"layer": 0, "units": 7}, IndexError, "no unit 7: the hidden of layer 0 of cell has 7"),
        ({"layer": 0, "units": [0, -1]}, IndexError, "no unit -1"),
        ({"layer": 0, "units": ["a"]}, TypeError, "a unit is a whole number; got 'a'"),
        ({"layer": 0, "units": []}, ValueError, "units is empty"),
        ({"layer": 0, "from_step": 23}, IndexError, "no token 23 to begin at: the text has 23"),
        ({"layer": 0, "kind": "forget", "to": "hold"}, ValueError, "nothing before it"),
        ({"layer": 0, "to": "one"}, ValueError, 'must be "zero", "mean", "hold" or a finite'),
        ({"layer": 0, "to": float("nan")}, ValueError, "finite number; got nan"),
        ({"layer": 0, "to": True}, ValueError, "got True"),
        ({"layer": 0, "to": None}, ValueError, "got None"),
        ({"layer": 0, "from_step": 5, "until": 5}, ValueError, "until a later one"),
        ({"layer": 0, "from_step": -1}, ValueError, "0 or later"),
        ({"layer": 0, "from_step": 1.5}, TypeError, "from_step must be a whole number"),
        ({"layer": "0"}, TypeError, "a layer is a whole number"),
    ],
)
def test_what_can_not_be_done_is_said(options, error, words):
    model = modelled(stacked(nn.LSTM, 7, 2))
    with pytest.raises(error, match=words):
        model.intervened(rv.Intervention(**options), text=TEXT)


def test_something_else_is_no_intervention():
    model = modelled(stacked(nn.GRU, 7))
    for wrong in ((), ({"layer": 0},)):
        with pytest.raises(TypeError, match=r"needs one rv\.Intervention or more"):
            model.intervened(*wrong, text=TEXT)


def test_a_module_that_can_not_be_copied_is_not_changed():
    model = modelled(seeded(Uncopied, nn.GRU, 7))
    with pytest.raises(ValueError, match="can't be changed, since its module can't be copied"):
        model.intervened(rv.Intervention(layer=0), text=TEXT)


def test_a_packed_sequence_is_refused():
    model = modelled(seeded(Packing, nn.GRU, 7))
    with pytest.raises(RuntimeError, match=r"got PackedSequence\. Pass the text without packing"):
        model.intervened(rv.Intervention(layer=0), text=TEXT)
