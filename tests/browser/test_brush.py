"""A span dragged over with a real mouse: its share for each model, and Python knows of it."""

import numpy as np
import pytest
from browser.toys import TEXT, both
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = 20
SHOW = f"w = rv.explore(toys.both(), toys.TEXT, position={AT})\nw"


def percent_of(row, start, end):
    return f"{100 * np.abs(row[start:end]).sum() / np.abs(row).sum():.1f}"


def test_is_read_for_each_model_set_from_python_and_cleared_by_a_key(notebook):
    picture = notebook.show(SHOW, shown=AT)
    page = picture.root.page
    picture.point("GRU", 3)
    page.mouse.down()
    for p in (4, 6, 8):
        picture.point("GRU", p)
    page.mouse.up()
    notebook.await_value("w.brush == (3, 9)", True)
    notebook.await_value("w.pinned is None", True)
    picture.point("GRU", AT)
    picture.await_shown(AT)
    rows = {name: rv.connectivity(model, TEXT).scores for name, model in both().items()}
    for name, scores in rows.items():
        value = picture.facet(name).locator(".rnnviz-brush-value")
        # Values travel in steps of 1/500 of the row's largest.
        assert abs(float(value.inner_text().split()[0]) - float(percent_of(scores[AT], 3, 9))) < 0.6
    notebook.run("w.brush = (10, 12)")
    expect(picture.facet("GRU").locator(".rnnviz-brushed")).to_have_count(2)
    picture.facet("GRU").locator(".rnnviz-text").focus()
    page.keyboard.press("Escape")
    notebook.await_value("w.brush is None", True)
    # Nothing of the notebook has heard the key.
    expect(picture.facet("GRU").locator(".rnnviz-text")).to_be_focused()


def test_the_walk_goes_on_from_character_to_character_and_python_sees_it(notebook):
    picture = notebook.show(SHOW, shown=AT)
    notebook.run("seen = []; w.observe(lambda change: seen.append(change.new), 'position')")
    picture.controls().get_by_role("button", name="play").click()
    notebook.await_value("len(seen) > 2", True)
    picture.point("GRU", 2)
    picture.await_shown(2)
    notebook.await_value("w.playing", False)
    notebook.await_value(f"seen[:3] == [{AT + 1}, {AT + 2}, {AT + 3}]", True)
