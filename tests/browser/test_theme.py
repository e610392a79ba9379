"""Everything can be read, in JupyterLab's light theme and in its dark one."""

import io

import numpy as np
import pytest
from browser import toys
from browser.checks import check_facet
from browser.colours import contrast
from browser.picture import rgb
from PIL import Image

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

READABLE = 4.5
STRIPES = """(span) => getComputedStyle(span).backgroundImage.match(/rgb\\([^)]*\\)/g)"""
WORDS = """(root) => Array.from(root.querySelectorAll("*"))
    .filter((el) => el.closest(".rnnviz-text") === null)
    .filter((el) => el.checkVisibility({ visibilityProperty: true }))
    .filter((el) => Array.from(el.childNodes).some((n) => n.nodeType === 3 && n.data.trim() !== ""))
    .map((el) => [el.className, el.textContent, getComputedStyle(el).color])"""


@pytest.fixture
def theme(notebook):
    yield notebook.theme
    notebook.theme("Light")


@pytest.mark.parametrize("name", ["Light", "Dark"])
def test_contrast(notebook, theme, name):
    picture = notebook.show("w = rv.explore(toys.both(), toys.TEXT)\nw", len(toys.TEXT) - 1)
    theme(name)
    picture.await_theme(name.lower())
    picture.hover("GRU", 31)
    picture.leave()
    _, bar = picture.legend()
    ground = bar[0]
    corner = Image.open(io.BytesIO(picture.root.screenshot())).convert("RGB").getpixel((1, 1))
    assert corner == ground, "the ramp does not start at the page's own ground"
    assert (contrast(ground, (255, 255, 255)) < contrast(ground, (0, 0, 0))) == (name == "Light")
    for facet, model in toys.both().items():
        check_facet(picture, facet, rv.connectivity(model, toys.TEXT), 31)
        for span in picture.spans(facet):
            assert contrast(span.ink, span.background or ground) >= READABLE, span
    hatched = picture.span("LSTM", 40)
    stripes = [rgb(color) for color in hatched.evaluate(STRIPES)]
    ink = picture.spans("LSTM")[40].ink
    assert any(stripe != ground for stripe in stripes)
    for stripe in stripes:
        assert contrast(ink, stripe) >= READABLE
    words = picture.root.evaluate(WORDS)
    assert len(words) > 10
    for what, text, color in words:
        assert contrast(rgb(color), ground) >= READABLE, (what, text)


@pytest.fixture
def emulated(notebook):
    yield notebook.page.emulate_media
    notebook.page.emulate_media(forced_colors="none", contrast="no-preference")


HEIGHTS = """(text) => Array.from(text.querySelectorAll("[data-p]"),
    (span) => Number.parseFloat(span.style.backgroundSize.split(" ")[1] ?? "0"))"""


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"contrast": "more"}])
def test_bars_say_it_where_colours_may_not(notebook, emulated, media):
    emulated(**media)
    at = len(toys.TEXT) - 1
    picture = notebook.show("w = rv.explore(toys.both(), toys.TEXT)\nw", at)
    for facet, model in toys.both().items():
        row = np.abs(rv.connectivity(model, toys.TEXT).scores[at])
        heights = np.array(picture.text(facet).evaluate(HEIGHTS))
        strong = heights < heights.max()
        # Full colour clips the strongest; below it a bar is as high as its share.
        assert np.corrcoef(heights[strong], row[strong])[0, 1] > 0.99
        assert heights.max() > 5
    ink = picture.root.evaluate("(root) => getComputedStyle(root).color")
    muted = picture.root.locator(".rnnviz-legend").evaluate("(el) => getComputedStyle(el).color")
    assert muted == ink
