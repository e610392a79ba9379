import pytest
import torch

from rnnviz_widget.models import CELLS
from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete


def tiny(**changes):
    sizes = {"cell": "gru", "units": 5, "layers": 2, "classes": 7, "embedding_size": 3}
    return Autocomplete(**(sizes | changes))


def test_symbols_are_the_space_and_the_alphabet():
    assert SYMBOLS[0] == " "
    assert SYMBOLS[1:] == "".join(chr(ord("a") + place) for place in range(26))


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_gives_a_logit_for_every_class_at_every_character(cell):
    logits = tiny(cell=cell)(torch.randint(27, (2, 9)))
    assert logits.shape == (2, 9, 7)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_reading_in_pieces_is_reading_in_one_go(cell):
    model = tiny(cell=cell).double()
    ids = torch.randint(27, (2, 11))
    whole, _ = model.read(ids)
    first, state = model.read(ids[:, :4])
    second, _ = model.read(ids[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(model.head(whole), model(ids))


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_does_not_look_ahead(cell):
    model = tiny(cell=cell, units=40)  # Of few units all may be off, with relu.
    ids = torch.randint(27, (1, 8))
    other = ids.clone()
    other[0, 5] = (other[0, 5] + 1) % 27
    assert torch.equal(model(ids)[:, :5], model(other)[:, :5])
    assert not torch.equal(model(ids)[:, 5:], model(other)[:, 5:])


@pytest.mark.parametrize("changes", [{"cell": "lstm"}, {"cell": "nested-lstm", "depth": 3}])
def test_the_config_makes_the_same_model_again(changes):
    model = tiny(**changes)
    again = Autocomplete(**model.config)
    again.load_state_dict(model.state_dict())
    ids = torch.randint(27, (1, 6))
    assert torch.equal(again(ids), model(ids))


def test_an_unknown_cell_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown cell 'grru': expected one of gru, lstm"):
        tiny(cell="grru")


def test_only_the_nested_lstm_has_a_depth():
    assert tiny(cell="nested-lstm", depth=3).cell.depth == 3
    assert tiny(cell="nested-lstm").config["depth"] == 2
    assert "depth" not in tiny(cell="lstm").config
    with pytest.raises(ValueError, match=r"depth is for the cell 'nested-lstm'; 'gru' has none"):
        tiny(cell="gru", depth=2)
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        tiny(cell="nested-lstm", depth=0)


@pytest.mark.parametrize("name", ["units", "layers", "classes", "symbols", "embedding_size"])
def test_sizes_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        tiny(**{name: 0})
