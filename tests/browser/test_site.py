"""The documentation's site, built as `make docs` does and opened from disk with the network off."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import story_scripts
from browser.checks import check_facet
from browser.picture import Picture
from bs4 import BeautifulSoup
from playwright.sync_api import expect

import rnnviz_widget as rv
from rnnviz_widget.share.live import as_sent

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
BUNDLED = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nested-lstm"}
TYPED = " another text that no kernel has read"
PHONE = {"width": 360, "height": 740}
# What is beside a page: of the models, which all pages share, and of nothing else it may be more.
LARGEST = 1_000_000
# Waits until no colour is on its way any more.
FADED = """async () => {
    const moving = () => document.getAnimations().map(({ finished }) => finished.catch(() => 0));
    while (moving().length > 0) await Promise.all(moving());
}"""
VIOLATIONS = """async () => (await axe.run({ resultTypes: ["violations"], preload: false }))
    .violations.map(({ id, nodes }) =>
        `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, str(ROOT / "tools" / "docs_site"), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def documents(site):
    """All pages, parsed, by their paths."""
    read = {path: path.read_text(encoding="utf-8") for path in sorted(site.glob("**/*.html"))}
    return {path: BeautifulSoup(text, "html.parser") for path, text in read.items()}


@pytest.fixture
def opened(visit, site):
    """Opens a page of the site by its name."""
    page, _ = visit(f"{site.as_uri()}/")

    def open_page(name):
        page.goto(f"{site.as_uri()}/{name}.html")
        return page

    return open_page


def figure(page, nth=0):
    """The picture of a living figure, once it answers."""
    expect(page.locator("figure.living .rnnviz-explorer")).to_have_count(
        page.locator("figure.living").count()
    )
    picture = Picture(page.locator("figure.living .rnnviz-explorer").nth(nth))
    picture.root.scroll_into_view_if_needed()
    picture.await_ready()
    return picture


def test_every_link_leads_somewhere(site, documents):
    ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in documents.items()}
    wrong = []
    for path, page in documents.items():
        for link in [*page.find_all(href=True), *page.find_all(src=True)]:
            address = urlsplit(link.get("href") or link["src"])
            if address.scheme:
                if link.name != "a" and address.scheme != "data":
                    wrong.append(f"{path.name} loads {address.geturl()}")
                continue
            to = (path.parent / unquote(address.path)).resolve() if address.path else path
            known = to not in ids or not address.fragment or unquote(address.fragment) in ids[to]
            if not (to.is_file() and to.is_relative_to(site) and known):
                wrong.append(f"{path.name}: {address.geturl()}")
    assert wrong == []
    assert len(documents) > 20


def test_the_reference_has_every_name_and_parameter(documents):
    entries = {
        title["id"]: title.find_next_sibling("dd")
        for page in documents.values()
        for title in page.find_all("dt", id=True)
    }
    for name in rv.__all__:
        found = getattr(rv, name)
        if inspect.ismodule(found):
            own = set(getattr(found, "__all__", ())) - set(rv.__all__)
            assert {f"rnnviz_widget.{name}.{one}" for one in own} <= entries.keys()
            continue
        entry = entries[f"rnnviz_widget.{name}"]
        assert entry.get_text(strip=True), name
        # What a function passes to a class that it makes for its user is no business of the user's.
        inner = inspect.isclass(found) and "made by `rv." in found.__doc__.split("\n\n")[0]
        if not inner and (inspect.isfunction(found) or inspect.isclass(found)):
            told = {name for one in entry.find_all("strong") for name in one.get_text().split(",")}
            parameters = inspect.signature(found).parameters.values()
            kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
            named = {one.name for one in parameters if one.kind not in kinds}
            wanted = {one for one in named if not one.startswith("_")}
            assert wanted <= told, (name, wanted - told)


def test_pages_are_small_beside_the_models(site, documents):
    shared = {path.name: path.stat().st_size for path in (site / "living").iterdir()}
    assert any(name.startswith("model-") for name in shared)
    live = sum(size for name, size in shared.items() if not name.startswith(("model-", "page.")))
    for path, page in documents.items():
        loaded = {tag["src"] for tag in page.find_all(["img", "script"], src=True)}
        # Of a picture in two themes the browser loads one; the two are of much the same size.
        loaded -= {tag["src"] for tag in page.find_all("img", class_="only-dark")}
        loaded |= {tag["href"] for tag in page.find_all("link", rel="stylesheet")}
        files = {
            (path.parent / urlsplit(name).path).resolve() for name in loaded if name[:5] != "data:"
        }
        size = path.stat().st_size + sum(file.stat().st_size for file in files)
        if figures := page.find_all("figure", class_="living"):
            runs = any(figure["data-runs"] != "[]" for figure in figures)
            size += live if runs else shared["page.js"]
            shown = {name for figure in figures for name in json.loads(figure["data-modules"])}
            size += 0 if runs else sum(shared[f"module-{name}.js"] for name in shown)
        assert size <= LARGEST, (path.name, size)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_clean(visit, site, documents, theme):
    """No console error, no request off the site (the guard sees both), and no barrier for axe."""
    page, guard = visit(f"{site.as_uri()}/")
    page.emulate_media(color_scheme=theme)
    found = []
    for path in documents:
        page.set_viewport_size({"width": 1200, "height": 900})
        page.goto(path.as_uri())
        for nth in range(page.locator("figure.living").count()):
            figure(page, nth)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found += [f"{path.name} {one}" for one in page.evaluate(VIOLATIONS)]
        page.set_viewport_size(PHONE)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            found.append(f"{path.name} is {width} px wide on a phone")
        found += [f"{path.name} {said}" for said in guard.complaints]
        guard.complaints.clear()
    assert found == []


def test_a_visitor_types_on_the_first_page(opened):
    page = opened("index")
    picture = figure(page)
    page.get_by_label("Type another text").fill(TYPED)
    picture = Picture(page.locator(f'.rnnviz-explorer[data-shown="{len(TYPED) - 1}"]'))
    expect(picture.root).to_be_visible()
    picture = figure(page)
    for position in (len(TYPED) - 1, 20):
        picture.hover("GRU", position)
        for name, bundled in BUNDLED.items():
            sent = rv.connectivity(as_sent(rv.load_pretrained(bundled)), TYPED)
            check_facet(picture, name, sent, position)


def test_figures_answer_with_the_kernels_numbers(opened):
    page = opened("first-picture")
    for nth, names in enumerate([["GRU"], ["GRU", "LSTM"], ["GRU", "LSTM"]]):
        picture = figure(page, nth)
        assert picture.names == names
        text = "".join(span.text for span in picture.spans("GRU")).replace("\xa0", " ")
        for position in (44, 98):
            picture.hover("GRU", position)
            for name in names:
                told = rv.connectivity(rv.load_pretrained(BUNDLED[name]), text)
                check_facet(picture, name, told, position)


def test_instruments_on_the_reading_page_answer(opened):
    page = opened("reading")
    count = page.locator("figure.living").count()
    assert count >= 6
    for nth in range(count):
        picture = figure(page, nth)
        picture.hover("GRU", 60)
        picture.hover("LSTM", 61)


def test_every_story_is_a_page_that_readers_find(documents):
    pages = {path.name: page for path, page in documents.items()}
    listed = {link["href"] for link in pages["stories.html"].article.find_all("a", href=True)}
    contents = {link["href"] for link in pages["index.html"].find_all("a", class_="reference")}
    for name in story_scripts.names():
        page = f"story-{name.replace('_', '-')}.html"
        assert page in pages
        assert page in listed
        assert page in contents


def test_a_story_is_played_on_its_page(opened):
    page = opened("story-memorization")
    picture = figure(page)
    assert picture.names == ["Nested LSTM", "LSTM", "GRU"]
    text = "".join(span.text for span in picture.spans("GRU")).replace("\xa0", " ")
    told = {
        name: rv.connectivity(rv.load_pretrained(bundled), text)
        for name, bundled in BUNDLED.items()
    }
    steps = page.locator(".rnnviz-story-step")
    expect(steps).to_have_count(6)
    for step, (word, letters) in enumerate([("learning", 3)] * 3 + [("learning", 0)]):
        if step > 0:
            page.keyboard.press("ArrowRight")
        expect(steps.nth(step)).to_have_attribute("aria-current", "step")
        expect(steps.nth(step)).to_be_in_viewport()
        picture.await_pinned(text.index(word) + letters - 1)
        page.evaluate(FADED)
        for name, c in told.items():
            check_facet(picture, name, c, text.index(word) + letters - 1)
    # A step pins its character: the pointer shows another one when that is released.
    pinned = text.index("learning") - 1
    picture.point("LSTM", 40)
    picture.await_pinned(pinned)
    page.keyboard.press("Escape")  # first the brush
    picture.await_pinned(pinned)
    page.keyboard.press("Escape")
    picture.await_pinned(None)
    picture.hover("LSTM", 41)
    check_facet(picture, "LSTM", told["LSTM"], 41)
    page.mouse.wheel(0, -10_000)
    expect(steps.first).to_have_attribute("aria-current", "step")
    picture.await_pinned(text.index("learning") + 2)


def test_the_search_works_from_disk(opened):
    page = opened("index")
    page.get_by_role("textbox", name="Search").fill("connectivity")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results li").first).to_be_visible()
