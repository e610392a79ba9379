"""A story of five steps about two small models, on pages, and what is looked at in all of them."""

from pathlib import Path

import torch
from browser.checks import check_facet
from browser.picture import Picture
from playwright.sync_api import expect
from small import LETTERS, recurrent

import rnnviz_widget as rv

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run({ resultTypes: ["violations"], preload: false }))
    .violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)"""
# Waits until no colour is on its way any more: a fade begins in the frame that paints the new
# colour, so that a look before the second frame may be too early.
FADED = """async () => {
    const frame = () => new Promise((painted) => requestAnimationFrame(painted));
    for (;;) {
        await frame();
        await frame();
        const moving = document.getAnimations();
        if (moving.length === 0) return;
        await Promise.all(moving.map(({ finished }) => finished.catch(() => undefined)));
    }
}"""
TEXT = "a text that two models read and that is long enough for a few lines of any page"
OTHER = "a text of another step"
# By step: the text, the character and the target.
STEPS = [
    (TEXT, 12, rv.TRUTH),
    (TEXT, 30, rv.TRUTH),
    (TEXT, 30, rv.TOP),
    (OTHER, 9, rv.TRUTH),
    (TEXT, 45, rv.TRUTH),
]
# The prose of the third step has so many paragraphs, more than a phone has room for.
LONG = 15
PHONE = {"width": 340, "height": 700}


def authored(widget):
    """A story of five steps; the model that is changed later is claimed about in two of them."""
    story = rv.story(widget, title="Five steps")
    for number, (text, position, target) in enumerate(STEPS, start=1):
        widget.text = text
        widget.target = target
        widget.pinned = position
        widget.brush = (2, 6)
        more = "\n\nAnd more of it." * (LONG if number == 3 else 1)
        story.add(f"Step {number} says *this*: {{share of the GRU}}.{more}")
        story.claim("share of the GRU", quantity=rv.stories.share(model="GRU"), tolerance=0.001)
    return story


def save(folder):
    """Write the story's page, and the same with the GRU changed.

    Returns:
        The folder, the numbers of each step, and the steps whose claim the change has broken.
    """
    modules = {"GRU": recurrent("gru"), "LSTM": recurrent("lstm", seed=1)}
    given = {name: rv.SequenceModel(module, LETTERS) for name, module in modules.items()}
    widget = rv.explore(given, TEXT)
    story = authored(widget)
    story.save_html(folder / "story.html")
    numbers = [
        {name: rv.connectivity(model, text, target=target) for name, model in given.items()}
        for text, _, target in STEPS
    ]
    with torch.no_grad():
        for parameter in modules["GRU"].parameters():
            parameter.mul_(0.8)
    widget.refresh()
    story.save_html(folder / "changed.html")
    broken = [claim.step for claim in story.check() if not claim.holds]
    widget.close()
    return folder, numbers, broken


def opened(visit, path):
    page, _ = visit(path.as_uri())
    page.goto(path.as_uri())
    page.locator(".rnnviz-explorer[data-ready]").wait_for()
    return page


def await_step(page, number):
    expect(page.locator(".rnnviz-story")).to_have_attribute("data-step", str(number))
    current = page.locator(".rnnviz-story-step[aria-current=step]")
    expect(current).to_contain_text(f"Step {number} says")


def check_step(page, five_steps, number):
    """The picture of a step has the numbers that the models gave."""
    await_step(page, number)
    position = STEPS[number - 1][1]
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_pinned(position)
    expect(picture.root.locator("[data-p]")).to_have_count(2 * len(STEPS[number - 1][0]))
    page.evaluate(FADED)
    for name, c in five_steps[1][number - 1].items():
        check_facet(picture, name, c, position)
