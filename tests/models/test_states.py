"""Hidden states, gates and activations, against loops written out by hand in float64."""

import numpy as np
import pytest
import torch
from small import LETTERS, seeded
from state_loops import by_hand
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import rnnviz_widget as rv

TEXT = "a small text to be read"


class Stacked(nn.Module):
    """An embedding, one recurrent module, a head: ids (1, T) -> logits (1, T, 27)."""

    def __init__(self, make, *args, **options):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = make(5, *args, batch_first=True, **options)
        sizes = getattr(self.cell, "proj_size", 0) or self.cell.hidden_size
        self.head = nn.Linear(sizes * (1 + getattr(self.cell, "bidirectional", False)), 27)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def stacked(*args, dtype=torch.float64, **options):
    return seeded(Stacked, *args, dtype=dtype, **options)


def modelled(module, **options):
    return rv.SequenceModel(module, LETTERS, **options)


def vectors(module, text=TEXT):
    return module.embedding.weight.detach().double().numpy()[[LETTERS.index(c) for c in text]]


CASES = {
    "rnn": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
    "lstm without biases": (nn.LSTM, {"bias": False}),
    "projected": (nn.LSTM, {"proj_size": 3}),
    "nested": (rv.NestedLSTM, {}),
    "min gru": (rv.MinGRU, {}),
    "rnn, both ways": (nn.RNN, {"bidirectional": True}),
    "gru, both ways": (nn.GRU, {"bidirectional": True}),
    "lstm, both ways": (nn.LSTM, {"bidirectional": True}),
    "projected, both ways": (nn.LSTM, {"proj_size": 3, "bidirectional": True}),
}


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("case", sorted(CASES))
def test_all_states_and_gates_are_those_of_a_loop_by_hand(case, layers):
    make, options = CASES[case]
    module = stacked(make, 7, layers, **options)
    states = modelled(module).states(TEXT)
    truth, _ = by_hand(module.cell, vectors(module))
    assert {(place.layer, place.kind) for place in states} == set(truth)
    for (layer, kind), values in truth.items():
        found = states[layer, kind]
        assert found.dtype == np.float64
        assert found.shape == values.shape
        np.testing.assert_allclose(found, values, rtol=0, atol=1e-12)
        assert np.ptp(found) > 0.01


def test_they_can_be_put_together():
    module = stacked(nn.LSTM, 7, 2)
    states = modelled(module).states(TEXT)
    kinds = ["hidden", "cell", "input", "forget", "candidate", "output"]
    whole = states.array()
    assert whole.shape == (2, 6, len(TEXT), 7)
    assert [place.kind for place in states if place.layer == 1] == kinds
    np.testing.assert_array_equal(whole[1, 3], states[1, "forget"])
    np.testing.assert_array_equal(whole[1, 3], states["cell", 1, "forget"])
    np.testing.assert_array_equal(whole[1, 3], states[-1, "forget"])
    np.testing.assert_array_equal(states.stack("cell")[0], states[states.places[1]])
    assert states.array(["cell", "output"]).shape == (2, 2, len(TEXT), 7)
    assert len(states) == 12
    assert "2 layers" in repr(states)


def test_sizes_that_differ_are_not_put_together():
    states = modelled(stacked(nn.LSTM, 7, 2, proj_size=3)).states(TEXT)
    with pytest.raises(ValueError, match="kinds of different sizes"):
        states.array()
    assert states.array(["cell", "forget"]).shape == (2, 2, len(TEXT), 7)


class Two(nn.Module):
    """Recurrent modules of different sizes, one after the other."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.low, self.high = nn.GRU(5, 6, 2, batch_first=True), nn.LSTM(6, 4, batch_first=True)
        self.head = nn.Linear(4, 27)

    def forward(self, ids):
        return self.head(self.high(self.low(self.embedding(ids))[0])[0])


def test_layers_are_counted_over_all_modules_unless_one_is_named():
    module = seeded(Two, dtype=torch.float64)
    states = modelled(module).states(TEXT)
    low, between = by_hand(module.low, vectors(module))
    high, _ = by_hand(module.high, between)
    np.testing.assert_allclose(states[1, "update"], low[1, "update"], atol=1e-12)
    np.testing.assert_allclose(states[2, "forget"], high[0, "forget"], atol=1e-12)
    np.testing.assert_array_equal(states[2, "forget"], states["high", 0, "forget"])
    with pytest.raises(ValueError, match=r"different sizes can't be stacked .*\(23, 6\)"):
        states.stack("hidden")


@pytest.mark.parametrize(
    ("key", "error", "words"),
    [
        ((2, "hidden"), IndexError, "no layer 2: there are 2, from 0 to 1"),
        ((-3, "hidden"), IndexError, "no layer -3"),
        ((0, "update"), ValueError, "no 'update'; expected one of 'hidden', 'cell', 'input'"),
        (("rnn", 0, "hidden"), ValueError, "no module 'rnn' with states; expected one of 'cell'"),
        (("0", "hidden"), TypeError, "a layer is a whole number"),
    ],
)
def test_what_is_not_there_is_named(key, error, words):
    states = modelled(stacked(nn.LSTM, 7, 2)).states(TEXT)
    with pytest.raises(error, match=words):
        states[key]


def test_a_kind_that_no_layer_has_is_named():
    with pytest.raises(ValueError, match="no kind 'cell'; expected one of 'hidden', 'reset'"):
        modelled(stacked(nn.GRU, 7)).states(TEXT).stack("cell")


def test_a_text_of_one_step():
    module = stacked(nn.GRU, 7, 2, bidirectional=True)
    states = modelled(module).states("q")
    truth, _ = by_hand(module.cell, vectors(module, "q"))
    for key, values in truth.items():
        np.testing.assert_allclose(states[key], values, atol=1e-12)


class Started(Stacked):
    """Starts from states of its own."""

    def forward(self, ids):
        begin = torch.full((1, len(ids), 7), 0.3, dtype=self.head.weight.dtype)
        return self.head(self.cell(self.embedding(ids), (begin, 2 * begin))[0])


class Unbatched(Started):
    """Its layer reads (T, D), and states (1, H)."""

    def forward(self, ids):
        begin = torch.full((1, 7), 0.3, dtype=self.head.weight.dtype)
        return self.head(self.cell(self.embedding(ids[0]), (begin, 2 * begin))[0])[None]


@pytest.mark.parametrize("make", [Started, Unbatched])
def test_states_that_the_module_starts_from(make):
    module = seeded(make, nn.LSTM, 7, dtype=torch.float64)
    states = modelled(module).states(TEXT)
    x = torch.from_numpy(vectors(module))
    begin = torch.full((1, 7), 0.3, dtype=torch.float64)
    made, (_, c) = module.cell(x, (begin, 2 * begin))
    np.testing.assert_allclose(states[0, "hidden"], made.detach(), atol=1e-12)
    np.testing.assert_allclose(states[0, "cell"][-1], c[0].detach(), atol=1e-12)
    gates = torch.nn.functional.linear(x[0], module.cell.weight_ih_l0, module.cell.bias_ih_l0)
    gates = gates + module.cell.weight_hh_l0 @ begin[0] + module.cell.bias_hh_l0
    np.testing.assert_allclose(states[0, "forget"][0], gates[7:14].sigmoid().detach(), atol=1e-12)


class Packing(Stacked):
    """Packs the text: its layer gets a packed sequence, of one text or of several."""

    def __init__(self, make, *args, copies=1, **options):
        super().__init__(make, *args, **options)
        self.copies = copies

    def forward(self, ids):
        embedded = self.embedding(ids).expand(self.copies, -1, -1)
        packed = pack_padded_sequence(embedded, [ids.shape[1]] * self.copies, batch_first=True)
        return self.head(pad_packed_sequence(self.cell(packed)[0], batch_first=True)[0][:1])


def test_a_packed_sequence_of_one_text_is_read():
    module = seeded(Packing, nn.GRU, 7, 2, dtype=torch.float64)
    states = modelled(module).states(TEXT)
    truth, _ = by_hand(module.cell, vectors(module))
    for key, values in truth.items():
        np.testing.assert_allclose(states[key], values, atol=1e-12)


def test_a_packed_sequence_of_several_texts_is_refused():
    model = modelled(seeded(Packing, nn.GRU, 7, copies=2))
    with pytest.raises(ValueError, match="'cell' returns a packed sequence of several texts"):
        model.states(TEXT)


def test_half_precision_is_read_in_single():
    module = stacked(nn.LSTM, 7, dtype=torch.bfloat16)
    states = modelled(module).states(TEXT)
    truth, _ = by_hand(module.cell, vectors(module))
    assert states[0, "forget"].dtype == np.float32
    for key, values in truth.items():
        np.testing.assert_allclose(states[key], values, atol=0.03)


def test_float16():
    states = modelled(stacked(nn.GRU, 7, dtype=torch.float16)).states(TEXT)
    truth, _ = by_hand(stacked(nn.GRU, 7).cell, vectors(stacked(nn.GRU, 7)))
    for key, values in truth.items():
        np.testing.assert_allclose(states[key], values, atol=0.03)


def test_many_units():
    module = stacked(rv.MinGRU, 65_536, dtype=torch.float32)
    states = modelled(module).states("abc")
    truth, _ = by_hand(module.cell, vectors(module, "abc"))
    assert states[0, "keep"].shape == (3, 65_536)
    np.testing.assert_allclose(states[0, "hidden"], truth[0, "hidden"], atol=1e-5)


def test_the_user_may_train_meanwhile():
    module = stacked(nn.GRU, 7)
    model = modelled(module)
    states = model.states(TEXT)
    before = states[0, "update"]
    with torch.no_grad():
        module.cell.weight_ih_l0.zero_()
    np.testing.assert_array_equal(states[0, "update"], before)
    model.refresh()
    assert np.abs(model.states(TEXT)[0, "update"] - before).max() > 0.01


class Uncopied(Stacked):
    """Can't be copied."""

    def __deepcopy__(self, memo):
        raise TypeError("one is enough")


def test_of_a_module_that_is_not_copied_they_are_of_the_moment():
    module = seeded(Uncopied, nn.GRU, 7, dtype=torch.float64)
    states = modelled(module).states(TEXT)
    truth, _ = by_hand(module.cell, vectors(module))
    with torch.no_grad():
        module.cell.weight_ih_l0.zero_()
    np.testing.assert_allclose(states[0, "update"], truth[0, "update"], atol=1e-12)


class Decorated(Stacked):
    """Its layer's output is doubled by a hook, which its equations do not know of."""

    def __init__(self, make, *args, **options):
        super().__init__(make, *args, **options)
        self.cell.register_forward_hook(doubled)


def doubled(module, args, output):
    return 2 * output[0], output[1]


def test_a_layer_that_is_hooked_is_refused():
    model = modelled(seeded(Decorated, nn.GRU, 7, 2))
    with pytest.raises(ValueError, match="'cell' does not return what its equations give"):
        model.states(TEXT)


class Twice(Stacked):
    def forward(self, ids):
        made = self.cell(self.embedding(ids))[0] + self.cell(self.embedding(ids))[0]
        return self.head(made)


def test_a_layer_that_is_called_twice_is_refused():
    with pytest.raises(ValueError, match="'cell' is called 2 times while one text is read"):
        modelled(seeded(Twice, nn.GRU, 7)).states(TEXT)
