"""The quickstart notebook, run as a reader runs it, with the models that ship."""

import shutil
from pathlib import Path

import pytest
from browser.kernel_numbers import KERNEL_NUMBERS, check_kernel_numbers
from browser.notebook import Notebook
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
FACETS = ["GRU", "LSTM"]
PLACES = [("GRU", 40), ("LSTM", 10), ("GRU", 60)]


def check_hovers(picture, expected):
    """Hovers recolour both facets by the kernel's numbers."""
    for facet, position in PLACES:
        before = {name: picture.spans(name) for name in FACETS}
        picture.hover(facet, position)
        check_kernel_numbers(picture, expected[position], position)
        assert all(picture.spans(name) != before[name] for name in FACETS)


def test_it_runs_answers_and_frozen_by_its_button_answers_whoever_opens_it(lab, page, visit):
    shutil.copy(NOTEBOOK, lab.root)
    notebook = Notebook(page, lab, NOTEBOOK.name)
    notebook.run_all()
    notebook.tell(KERNEL_NUMBERS)
    expected = {s: notebook.ask(f"kernel_numbers(w, {s})") for _, s in PLACES}
    picture = notebook.picture()
    notebook.reveal(picture)
    picture.await_ready()
    check_hovers(picture, expected)
    notebook.await_value("w.position", 60)

    picture.controls().get_by_role("button", name="freeze for sharing").click()
    expect(picture.root.locator("xpath=ancestor::*[@data-mounted]")).to_have_count(1)
    notebook.save()
    page.close()
    lab.end_kernel(NOTEBOOK.name)

    page, guard = visit(lab.base)
    # The notebook's live widgets went with their kernel, and JupyterLab says so of those it draws.
    guard.allow(r"^console error: Error: widget model not found")
    notebook = Notebook(page, lab, NOTEBOOK.name)
    picture = notebook.picture()
    notebook.reveal(picture)
    picture.await_shown(60)
    check_hovers(picture, expected)
    picture.span("LSTM", 10).click()
    picture.await_pinned(10)
    check_kernel_numbers(picture, expected[10], 10)
    assert notebook.ask("'rnnviz_widget' in __import__('sys').modules") is False
