"""Maps of states: in JupyterLab, and in the page saved then."""

import pytest
from browser.picture import Picture
from browser.toys import TEXT, both
from playwright.sync_api import expect

from rnnviz_widget.inside.map_sources import map_sources, source_named
from rnnviz_widget.inside.mapped_states import map_of_reading
from rnnviz_widget.reading import Reading

pytestmark = pytest.mark.browser

AT = 20
CORPUS = ["Of Cats: So it Goes.", "A Dog ran."]


def near(picture, name):
    return picture.facet(name).locator(".rnnviz-map-near .rnnviz-place-line")


def cosines(mapped, point):
    return [f"{row['similarity']:.3f}".replace("-", "\u2212") for row in mapped.nearest(point)]


def mapped(name, source=None):
    reading = Reading(both()[name], TEXT)
    return map_of_reading(reading, source_named(map_sources(reading.given, TEXT), source))


def test_a_map_follows_the_text_lights_a_region_and_travels(notebook, lab, visit):
    picture = notebook.show(f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw", shown=AT)
    picture.await_filled()
    picture.hover("GRU", AT)
    picture.text("GRU").focus()
    picture.page.keyboard.press("m")
    expected = mapped("GRU")
    facts = picture.facet("GRU").locator(".rnnviz-map-facts")
    expect(facts).to_have_text(f"{expected.words()}.")
    found = near(picture, "GRU").locator(".rnnviz-place-number")
    expect(found).to_have_text(cosines(expected, AT))
    picture.hover("GRU", 30)
    expect(found).to_have_text(cosines(expected, 30))
    # All points are in a region around all of the box.
    plane = picture.facet("GRU").locator(".rnnviz-map-plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    mouse = picture.page.mouse
    left, top = box["x"] + 3, box["y"] + 3
    right, bottom = box["x"] + box["width"] - 3, box["y"] + box["height"] - 3
    mouse.move(left, top)
    mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        mouse.move(x, y, steps=4)
    mouse.up()
    region = picture.facet("GRU").locator(".rnnviz-map-region")
    expect(region).to_contain_text(f"{len(TEXT)} of the text\u2019s {len(TEXT)} characters.")
    expect(picture.facet("GRU")).to_have_attribute("data-coloured", "true")
    picture.facet("GRU").get_by_role("button", name="clear").click()
    # A corpus that is set from Python comes into the open map.
    notebook.tell(f"w.corpus = {CORPUS!r}")
    count = len(TEXT) + sum(map(len, CORPUS))
    expect(facts).to_contain_text(f"{count} points")
    embeddings = mapped("LSTM", "token embeddings")
    source = picture.facet("LSTM").locator(".rnnviz-map-source")
    source.select_option("token embeddings")
    expect(picture.facet("LSTM").locator(".rnnviz-map-facts")).to_have_text(
        f"{embeddings.words()}."
    )
    picture.hover("GRU", 30)
    told = found.all_inner_texts()
    notebook.tell('w.save_html("map.html")')
    address = (lab.root / "map.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_shown(30)
    expect(near(saved, "GRU").locator(".rnnviz-place-number")).to_have_text(told)
    expect(saved.facet("GRU").locator(".rnnviz-map-facts")).to_contain_text(f"{count} points")
    saved.hover("GRU", 11)
    expect(near(saved, "GRU").locator(".rnnviz-place-number").first).not_to_have_text(told[0])
    expect(saved.facet("LSTM").locator(".rnnviz-map-source")).to_be_disabled()
    picture.text("GRU").focus()
    picture.page.keyboard.press("m")
    expect(picture.root.locator(".rnnviz-map")).to_have_count(0)
