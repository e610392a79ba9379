"""A saved page on the ground that its reader prefers or its author chose, with scripts or not."""

import io
import re

import pytest
from browser import toys
from browser.checks import check_colours, check_facet, check_selection
from browser.colours import contrast
from browser.picture import Picture
from browser.standing import Standing
from PIL import Image

import rnnviz_widget as rv
from rnnviz_widget.picture.colors import palette_of

pytestmark = pytest.mark.browser

AT = 31
SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)
# What the reader prefers, and what is seen, by what the author chose.
SEEN = [
    ("auto", "light", "light"),
    ("auto", "dark", "dark"),
    ("light", "dark", "light"),
    ("dark", "light", "dark"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Pages by theme, each with its script and, beside it, without."""
    folder = tmp_path_factory.mktemp("themes")
    widget = rv.explore(toys.both(), toys.TEXT, position=AT)
    for theme in ("auto", "light", "dark"):
        widget.save_html(folder / f"{theme}.html", theme=theme, title="A page")
        html = (folder / f"{theme}.html").read_text(encoding="utf-8")
        (folder / f"{theme}-alone.html").write_text(SCRIPT.sub("", html), encoding="utf-8")
    widget.close()
    numbers = {name: rv.connectivity(model, toys.TEXT) for name, model in toys.both().items()}
    return folder, numbers


def corner(page):
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return image.getpixel((2, image.height - 2))


def opened(visit, path, prefers):
    page, _ = visit(path.as_uri())
    page.emulate_media(color_scheme=prefers)
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize(("theme", "prefers", "seen"), SEEN)
def test_the_widget_is_painted_on_it(saved, visit, theme, prefers, seen):
    folder, numbers = saved
    page = opened(visit, folder / f"{theme}.html", prefers)
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_shown(AT)
    picture.await_theme(seen)
    ground = corner(page)
    assert (contrast(ground, (255, 255, 255)) < contrast(ground, (0, 0, 0))) == (seen == "light")
    assert picture.legend()[1][0] == ground
    for name, c in numbers.items():
        check_facet(picture, name, c, AT)


def test_the_widget_follows_a_reader_who_changes_it(saved, visit):
    folder, numbers = saved
    page = opened(visit, folder / "auto.html", "light")
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_shown(AT)
    for prefers in ("dark", "light"):
        page.emulate_media(color_scheme=prefers)
        picture.await_theme(prefers)
        check_facet(picture, "GRU", numbers["GRU"], AT)


@pytest.mark.parametrize(("theme", "prefers", "seen"), SEEN)
def test_without_a_script_the_static_picture_is_drawn_on_it(saved, visit, theme, prefers, seen):
    folder, numbers = saved
    page = opened(visit, folder / f"{theme}-alone.html", prefers)
    picture = Standing(page.locator(".rnnviz-page"))
    for name, c in numbers.items():
        check_colours(picture, name, c.scores[AT], AT)
        check_selection(picture, name, AT)
        palette = palette_of(seen, signed=False)
        inks = {span.ink for span in picture.spans(name)[:AT]}
        assert inks <= {tuple(bytes.fromhex(step.ink[1:])) for step in palette.rising}
    ground = palette_of(seen, signed=False).ground
    image = Image.open(io.BytesIO(page.locator(".rnnviz-page > div").screenshot())).convert("RGB")
    assert image.getpixel((2, 2)) == tuple(bytes.fromhex(ground[1:]))
