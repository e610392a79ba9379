"""Another character in the place of one, in a real JupyterLab."""

import pytest
from browser.toys import TEXT
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

AT, PLACE = 20, 17
SHOW = f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw"


def test_what_is_shown_is_what_retyping_does_and_a_press_retypes(notebook):
    picture = notebook.show(SHOW, shown=AT)
    picture.await_filled()
    picture.controls().get_by_role("button", name="swap", exact=True).click()
    name = picture.names[0]
    picture.span(name, AT).click()
    picture.await_pinned(AT)
    picture.point(name, PLACE)
    facet = picture.facet(name)
    expect(facet.locator(".rnnviz-swaps-item").first).to_contain_text(f"with “{TEXT[PLACE]}”")
    best = facet.locator(".rnnviz-swaps-chip").first
    symbol = best.locator(".rnnviz-chip-name").inner_text()
    said = best.locator(".rnnviz-chip-value").inner_text()
    typed = TEXT[:PLACE] + symbol + TEXT[PLACE + 1 :]
    target = f"rv.connectivity(w.models[{name!r}], toys.TEXT).targets[{AT}]"
    retyped = f"rv.connectivity(w.models[{name!r}], {typed!r}, target={target})"
    odds = notebook.ask(f"float({retyped}.target_probabilities[{AT}])")
    assert said == f"{100 * odds:.1f} %"
    best.click()
    notebook.await_value("w.text", typed)
    picture.await_pinned(AT)
    expect(facet.locator(".rnnviz-swaps-item").first).to_contain_text(f"with “{symbol}”")
    expect(facet.locator(".rnnviz-swaps-group").first).to_contain_text(f"as it was{TEXT[PLACE]}")
