"""One JupyterLab and one Chromium for all tests; a guard on every page."""

import re
import shutil
from pathlib import Path

import pytest
from browser import five_steps as told
from browser.chromium import launch, slow_down
from browser.guard import Guard
from browser.lab import Lab
from browser.notebook import PATIENCE, Notebook
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=PATIENCE)

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "test-results"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed_in_call = report.failed
    return report


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        shutil.copy(HERE / "toys.py", lab.root)
        for name in ("hugging", "kinds", "language_models", "many", "small"):
            shutil.copy(HERE.parent / f"{name}.py", lab.root)
        lab.write("empty.ipynb")
        yield lab


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


class Pages:
    """Guarded pages: opens them, checks them after each test, keeps a picture of a failure."""

    def __init__(self, chromium):
        self._chromium = chromium
        self._open = {}

    def new(self, base):
        """A page of what is at an address; the network is off for a file."""
        page = self._chromium.new_page(viewport={"width": 1200, "height": 900})
        page.set_default_timeout(PATIENCE)
        slow_down(page)
        page.context.set_offline(base.startswith("file:"))
        self._open[page] = Guard(page, base)
        return page

    def guard(self, page):
        return self._open[page]

    def close(self, page):
        self._open.pop(page)
        page.close()

    def picture(self, name):
        RESULTS.mkdir(exist_ok=True)
        for i, page in enumerate(self._open):
            if not page.is_closed():
                page.screenshot(path=RESULTS / f"{name}-{i}.png")

    def check(self):
        for guard in self._open.values():
            guard.check()


@pytest.fixture(scope="session")
def pages(chromium):
    return Pages(chromium)


@pytest.fixture(autouse=True)
def watched(request, pages):
    """Every page that a test has open must be clean when it ends."""
    yield
    if getattr(request.node, "failed_in_call", False):
        pages.picture(re.sub(r"\W+", "-", request.node.name))
    pages.check()


@pytest.fixture
def visit(pages, watched):
    """Opens pages of the test's own: the page, with its guard, of what is at an address."""
    opened = []

    def visit(base):
        page = pages.new(base)
        opened.append(page)
        return page, pages.guard(page)

    yield visit
    try:
        pages.check()
    finally:
        for page in opened:
            pages.close(page)


@pytest.fixture
def page(visit, lab):
    """A page of JupyterLab, of the test's own."""
    return visit(lab.base)[0]


@pytest.fixture
def guard(pages, page):
    return pages.guard(page)


@pytest.fixture(scope="session")
def shared(lab, pages):
    """The notebook that most tests use one after the other, or None while there is none."""
    return {"notebook": None}


@pytest.fixture
def notebook(request, shared, lab, pages, watched):
    """An empty notebook whose kernel has the toys at hand."""
    if shared["notebook"] is None:
        shared["notebook"] = Notebook(pages.new(lab.base), lab, "empty.ipynb")
        shared["notebook"].tell("import ipywidgets, torch, toys\nimport rnnviz_widget as rv")
    notebook = shared["notebook"]
    notebook.clear()
    yield notebook
    if getattr(request.node, "failed_in_call", False):
        # Whatever state it is in, the next test gets another.
        shared["notebook"] = None
        pages.picture(re.sub(r"\W+", "-", request.node.name))
        pages.close(notebook.page)


@pytest.fixture(scope="session")
def five_steps(tmp_path_factory):
    """A story's pages, the numbers of its steps, and which claims a change breaks."""
    return told.save(tmp_path_factory.mktemp("story"))
