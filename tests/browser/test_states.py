"""The units of models: in JupyterLab, and in the page saved then."""

import numpy as np
import pytest
from browser.picture import Picture
from browser.toys import TEXT, both
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AT = 20
MINUS = "\u2212"
LAYER = "update of layer 0 of cell"


def chips(picture, name):
    return picture.facet(name).locator(".rnnviz-unit-chip:visible")


def strongest(values, step):
    """What the chips say of the strongest units of a step."""
    order = np.argsort(-np.abs(values[step]), kind="stable")[:6]
    said = [f"unit {unit} {values[step, unit]:.4f}".replace("-", MINUS) for unit in order]
    return [words.replace(f"{MINUS}0.0000", "0.0000") for words in said]


def hidden_states(model):
    states = model.states(TEXT)
    place = [each for each in states if each.kind == "hidden"][-1]
    return states[place]


def test_states_are_shown_colour_the_text_and_travel(notebook, lab, visit):
    picture = notebook.show(f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw", shown=AT)
    picture.await_filled()
    assert picture.root.locator(".rnnviz-strip").count() == 0
    picture.hover("GRU", AT)
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    for name, model in both().items():
        expect(chips(picture, name)).to_have_text(strongest(hidden_states(model), AT))
    picture.hover("GRU", 30)
    values = hidden_states(both()["GRU"])
    expect(chips(picture, "GRU")).to_have_text(strongest(values, 30))
    facet = picture.facet("GRU")
    chips(picture, "GRU").first.click()
    unit = int(np.argmax(np.abs(values[30])))
    label = facet.locator(".rnnviz-units-said")
    expect(label).to_contain_text(f"Unit {unit}, ")
    expect(label).to_contain_text("colours the text, not connectivity")
    expect(facet).to_have_attribute("data-coloured", "true")
    facet.get_by_role("combobox").select_option(LAYER)
    states = both()["GRU"].states(TEXT)
    gate = states[next(place for place in states if str(place) == LAYER)]
    expect(chips(picture, "GRU")).to_have_text(strongest(gate, 30))
    notebook.tell('w.save_html("states.html")')
    address = (lab.root / "states.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_shown(30)
    expect(chips(saved, "GRU")).to_have_text(strongest(gate, 30))
    saved.hover("GRU", 11)
    expect(chips(saved, "GRU")).to_have_text(strongest(gate, 11))
    expect(chips(saved, "LSTM")).to_have_text(strongest(hidden_states(both()["LSTM"]), 11))
    expect(saved.facet("GRU").get_by_role("combobox")).to_be_disabled()
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    expect(picture.root.locator(".rnnviz-strip")).to_have_count(0)
