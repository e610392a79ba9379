"""The units of models: in JupyterLab, and in the page saved then."""

import numpy as np
import pytest
from browser.picture import Picture
from browser.toys import TEXT, both
from playwright.sync_api import expect

from rnnviz_widget.explorer.changed_models import step_words
from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.route import route
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import TextStates
from rnnviz_widget.inside.thresholds import quantile_thresholds

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
    notebook.await_value('[w.color_by["GRU"].kind, w.color_by["GRU"].index]', ["hidden", unit])
    facet.get_by_role("combobox").select_option(LAYER)
    states = both()["GRU"].states(TEXT)
    gate = states[next(place for place in states if str(place) == LAYER)]
    expect(chips(picture, "GRU")).to_have_text(strongest(gate, 30))
    # The units of another layer are others; Python keeps one of them.
    notebook.await_value("len(w.color_by)", 0)
    notebook.tell('w.color_by = {"GRU": rv.Unit(kind="update", index=2)}')
    expect(label).to_contain_text("Unit 2, update gate, layer 0, colours the text")
    notebook.tell('w.save_html("states.html")')
    address = (lab.root / "states.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_shown(30)
    expect(chips(saved, "GRU")).to_have_text(strongest(gate, 30))
    expect(saved.facet("GRU").locator(".rnnviz-units-said")).to_contain_text("Unit 2, update gate")
    saved.hover("GRU", 11)
    expect(chips(saved, "GRU")).to_have_text(strongest(gate, 11))
    expect(chips(saved, "LSTM")).to_have_text(strongest(hidden_states(both()["LSTM"]), 11))
    expect(saved.facet("GRU").get_by_role("combobox")).to_be_disabled()
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    expect(picture.root.locator(".rnnviz-strip")).to_have_count(0)


def test_a_brush_selects_units_and_a_route_comes_with_its_check(notebook):
    picture = notebook.show(f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw", shown=AT)
    picture.await_filled()
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    model = both()["GRU"]
    texts = TextStates.of(hidden_states(model))
    on = OnBits.of(texts, quantile_thresholds(texts))
    spans = [(start, start + 2) for start in range(len(TEXT) - 2)]
    start, stop = next(span for span in spans if len(select_units(on, *span)) > 1)
    selection = select_units(on, start, stop)
    found = find_matches(on, selection, limit=12, skip_own=True)
    notebook.tell(f"w.brush = ({start}, {stop})")
    facet = picture.facet("GRU")
    said = [f"unit {u} {side}" for u, side in zip(selection.units, selection.sides, strict=True)]
    expect(facet.locator(".rnnviz-unit-matches-units .rnnviz-unit-chip")).to_have_text(said)
    lines = facet.locator(".rnnviz-unit-matches .rnnviz-place-line")
    expect(lines).to_have_count(len(found.places))
    best = found.places[0]
    lines.first.click()
    notebook.await_value("w.pinned", best.stop - 1)
    notebook.tell(f"w.brush = None; w.pinned = {AT}")
    picture.await_pinned(AT)
    picture.root.get_by_role("button", name="route of the memory").click()
    picture.point("GRU", AT - 6)
    check = facet.locator(".rnnviz-unit-route-check")
    effect = route(model, TEXT, AT, AT - 6).without()
    before, after = (f"{one:.4g}".replace("-", MINUS) for one in (effect.before, effect.after))
    expect(check).to_contain_text(f"character {AT - 5} to")
    expect(check).to_contain_text(f"character {AT + 1} goes from {before} to {after} (")
    expect(facet.locator(".rnnviz-unit-route-river path")).to_have_count(1)


def test_a_unit_is_set_by_a_click_explained_and_given_back(notebook):
    picture = notebook.show(f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw", shown=AT)
    picture.await_filled()
    notebook.tell(f"w.pinned = {AT}")
    picture.await_pinned(AT)
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    chips(picture, "GRU").first.click()
    acts = picture.facet("GRU").locator(".rnnviz-unit-acts")
    acts.get_by_role("radio", name="from here on").click()
    acts.get_by_role("button", name="to zero").click()
    model = both()["GRU"]
    states = model.states(TEXT)
    unit = int(np.abs(states[0, "hidden"][AT]).argmax())
    held = f"rv.Intervention(layer=0, kind='hidden', units=({unit},), "
    held += f"from_step={AT})"
    notebook.await_value(f"w.interventions == {{'GRU': ({held},)}}", True)
    changed = f"GRU, unit {unit} set to zero"
    done = picture.facet(changed).locator(".rnnviz-unit-done")
    place = step_words(model.tokens(TEXT), AT)
    words = f"unit {unit} (hidden state, layer 0) set to zero from {place}"
    expect(done.locator(".rnnviz-unit-done-words")).to_have_text([words])
    expect(done.locator(".rnnviz-unit-moved")).to_contain_text("nats (KL)")
    chips(picture, "GRU").first.click()
    acts.get_by_role("button", name="explain it").click()
    notebook.await_value(f"w.target == rv.Unit(index={unit})", True)
    picture.root.get_by_role("button", name="back to the truth").click()
    notebook.await_value("w.target is rv.TRUTH", True)
    done.get_by_role("button", name="undo").click()
    expect(picture.root.locator(".rnnviz-facet")).to_have_count(2)
    notebook.await_value("w.interventions == {}", True)
