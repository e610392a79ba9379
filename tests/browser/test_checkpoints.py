"""The slider over checkpoints: in JupyterLab, and in the page saved then."""

import re

import pytest
from browser import toys
from browser.checks import check_facet
from browser.picture import Picture
from playwright.sync_api import expect

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = 20
SOURCE = f"""w = rv.explore(toys.checkpoints(), toys.TEXT, position={AT})
w"""


def slider(picture):
    return picture.page.locator(".rnnviz-checkpoint-slider")


def words(picture):
    return picture.page.locator(".rnnviz-checkpoint-words")


@pytest.fixture(scope="module")
def each():
    """The connectivity of each checkpoint."""
    return [rv.connectivity(model, toys.TEXT) for model in toys.checkpoints()]


class Shown:
    """A picture over checkpoints, in a notebook or a saved page.

    Args:
        picture: The picture.
        each: The connectivity of each checkpoint.
        epochs: The epoch of each.
    """

    def __init__(self, picture, each, epochs):
        self.picture, self.each, self.epochs = picture, each, epochs

    def press(self, key):
        slider(self.picture).focus()
        self.picture.page.keyboard.press(key)

    def shows(self, k, position):
        """Wait for a checkpoint, and check all that is shown of it."""
        expect(words(self.picture)).to_have_text(f"{k + 1}00 ({k + 1} of 3)")
        self.picture.await_epoch(self.epochs[k])
        self.picture.await_shown(position)
        check_facet(self.picture, "GRU", self.each[k], position)


def test_each_checkpoint_is_shown_answers_and_travels(notebook, lab, visit, each):
    picture = notebook.show(SOURCE, shown=AT)
    picture.await_filled()
    # Those that were shown keep the numbers of their epochs.
    view = Shown(picture, each, [2, 3, 1])
    view.shows(2, AT)
    view.press("Home")
    notebook.await_value("w.checkpoint", 0)
    view.shows(0, AT)
    picture.await_filled()
    picture.hover("GRU", 31)
    view.shows(0, 31)
    view.press("ArrowRight")
    view.shows(1, 31)
    picture.await_filled()
    # What the page has is shown while the kernel is busy.
    notebook.start(notebook.add("for _ in toys.work_until('go'): pass"))
    view.press("End")
    view.shows(2, 31)
    picture.hover("GRU", 12)
    view.shows(2, 12)
    view.press("Home")
    view.shows(0, 12)
    (lab.root / "go").touch()
    notebook.finish()
    notebook.await_value("w.checkpoint", 0)
    view.shows(0, 12)
    notebook.tell("w.checkpoint = 1")
    view.shows(1, 12)

    notebook.tell('w.save_html("checkpoints.html")')
    address = (lab.root / "checkpoints.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Shown(Picture(page.locator(".rnnviz-explorer")), each, [2, 3, 1])
    saved.shows(1, 12)
    for key, k in (("Home", 0), ("End", 2)):
        saved.press(key)
        saved.shows(k, 12)
        saved.picture.hover("GRU", 40)
        saved.shows(k, 40)
        saved.picture.hover("GRU", 12)


def words_at(each, k, output, t):
    """What is said of the link from token t at checkpoint k."""
    row = each[k].scores[output]
    share = 100 * abs(row[t]) / abs(row).sum()
    probability = 100 * each[k].target_probabilities[output]
    return re.compile(rf"^At {k + 1}00: {share:.1f} % of the row; “.” {probability:.1f} %")


def test_a_link_is_followed_over_the_checkpoints_also_in_a_saved_page(notebook, lab, visit, each):
    output, t = 30, 29
    picture = notebook.show(SOURCE, shown=AT)
    picture.await_filled()
    picture.span("GRU", output).click()
    picture.await_pinned(output)
    picture.controls().get_by_role("button", name="since when", exact=True).click()
    facet = picture.facet("GRU")
    said = facet.locator(".rnnviz-link-curve-words")
    expect(picture.root.locator(".rnnviz-link-curve-status")).to_contain_text("Press a curve")
    picture.point("GRU", t)
    expect(said).to_have_text(words_at(each, 2, output, t))
    # Checkpoints that were not visited are known too; a press goes to one.
    facet.get_by_role("slider").focus()
    picture.page.keyboard.press("Home")
    expect(words(picture)).to_have_text("100 (1 of 3)")
    notebook.await_value("w.checkpoint", 0)
    expect(said).to_have_text(words_at(each, 0, output, t))
    picture.page.keyboard.press("ArrowRight")
    notebook.await_value("w.checkpoint", 1)
    expect(said).to_have_text(words_at(each, 1, output, t))
    check_facet(picture, "GRU", each[1], output)

    notebook.tell('w.save_html("link.html")')
    address = (lab.root / "link.html").as_uri()
    page, _ = visit(address)
    page.goto(address)
    saved = Picture(page.locator(".rnnviz-explorer"))
    saved.await_pinned(output)
    saved.point("GRU", t)
    said = saved.facet("GRU").locator(".rnnviz-link-curve-words")
    for k, key in ((1, None), (2, "End"), (0, "Home")):
        if key is not None:
            saved.facet("GRU").get_by_role("slider").focus()
            page.keyboard.press(key)
        expect(said).to_have_text(words_at(each, k, output, t))
        check_facet(saved, "GRU", each[k], output)
