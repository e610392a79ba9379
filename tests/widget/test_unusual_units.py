"""Units of unusual modules, through all doors of a widget: shown, selected, mapped, coloured by."""

import numpy as np
import pytest
import torch
import traitlets
from models.test_states import Packing, Stacked
from small import LETTERS, Written, seeded
from torch import nn
from widgets import await_fill, page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.unit_states import StatesWindow

TEXT = "a small text to be read"
LSTM, GRU = nn.LSTM, nn.GRU
# The module, and the last of its layers.
MODULES = {
    "both ways": (lambda: seeded(Stacked, GRU, 7, bidirectional=True), "hidden_reverse", 7),
    "projected": (lambda: seeded(Stacked, LSTM, 7, proj_size=3), "hidden", 3),
    "packed": (lambda: seeded(Packing, GRU, 7), "hidden", 7),
    "float16": (lambda: seeded(Stacked, GRU, 7, dtype=torch.float16), "hidden", 7),
    "very many units": (lambda: seeded(Stacked, rv.MinGRU, 65_536), "hidden", 65_536),
}


def shown_units(widget, layer):
    """What the page is sent of a layer."""
    page = page_of(widget)
    page.ask("modules", names=["states"])
    wanted = {"models": [0], "layers": [layer], "curves": [None], "order": "number"}
    nothing = {"carried": None, "route": None, "memory": "none", "lens": None}
    page.ask("states", around=0, values=True, **wanted, **nothing)
    await_fill(widget)
    return unpack(StatesWindow, page.reply("states")).facets[0]


@pytest.mark.parametrize("text", [TEXT, "q"], ids=["a text", "one step"])
@pytest.mark.parametrize("name", MODULES)
def test_all_doors_take_them(name, text):
    make, kind, units = MODULES[name]
    model = rv.SequenceModel(make(), LETTERS, name="M")
    widget = rv.explore(model, text)
    states = model.states(text)[0, kind]
    assert states.shape == (len(text), units)
    shown = shown_units(widget, f"{kind} of layer 0 of cell")
    assert shown.of == units
    sent = np.frombuffer(shown.values, "<i2").reshape(len(text), -1) * shown.quantum
    np.testing.assert_allclose(sent, states[:, shown.index], atol=1e-3)
    last = rv.Unit(layer=0, kind=kind, index=units - 1)
    widget.color_by = last
    assert f"Unit {units - 1}, hidden state" in drawn_words(widget)
    with pytest.raises(traitlets.TraitError, match=f"there is no unit {units}: the {kind} of"):
        widget.color_by = rv.Unit(layer=0, kind=kind, index=units)
    assert list(widget.color_by.values()) == [rv.Unit("cell", layer=0, kind=kind, index=units - 1)]
    widget.selection = rv.Selection(0, 1, layer=0, kind=kind, before=0)
    assert all(row["unit"] < units for row in widget.units)
    assert len(widget.map(f"{kind} of layer 0 of cell")) == len(text)
    widget.close()


def drawn_words(widget):
    return " ".join(" ".join(text.get_text() for text in widget.plot().artists).split())


def test_a_module_without_states_is_said_at_each_door():
    widget = rv.explore(rv.SequenceModel(seeded(Written), LETTERS, name="M"), TEXT)
    words = r"no states were found.*step \(Linear, \(1, 12\)\)"
    with pytest.raises(ValueError, match=words):
        widget.states()
    with pytest.raises(traitlets.TraitError, match=words):
        widget.color_by = rv.Unit(index=0)
    with pytest.raises(traitlets.TraitError, match=words):
        widget.selection = rv.Selection(0, 3, layer=0)
    assert "no states were found" in shown_units(widget, None).error
    widget.selection = rv.Selection(0, 3)
    assert "no states were found" in widget.units.words
    assert len(widget.units) == len(widget.matches) == 0
    with pytest.raises(traitlets.TraitError, match="no states were found"):
        widget.interventions = {"M": [rv.Intervention(layer=0)]}
    assert widget.interventions == {}
    widget.close()
