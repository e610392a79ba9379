"""A story from one file, without a kernel and without a network: by keys, pointer and in words."""

import re
import threading
from pathlib import Path

import pytest
import torch
from browser.checks import check_facet
from browser.picture import Picture
from playwright.sync_api import expect
from small import LETTERS, recurrent
from widgets import page_of

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

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
PHONE = {"width": 340, "height": 700}


def authored(widget):
    """A story of five steps; the model that is changed later is claimed about in two of them."""
    story = rv.story(widget, title="Five steps")
    for number, (text, position, target) in enumerate(STEPS, start=1):
        widget.text = text
        widget.target = target
        widget.pinned = position
        widget.brush = (2, 6)
        story.add(f"Step {number} says *this*: {{share of the GRU}}.\n\nAnd more of it.")
        story.claim("share of the GRU", quantity=rv.stories.share(model="GRU"), tolerance=0.001)
    return story


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The story's page, the same with the GRU changed, and the numbers of each step."""
    folder = tmp_path_factory.mktemp("story")
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


@pytest.fixture
def story(visit, saved):
    return opened(visit, saved[0] / "story.html")


def opened(visit, path):
    page, _ = visit(path.as_uri())
    page.goto(path.as_uri())
    page.locator(".rnnviz-explorer[data-ready]").wait_for()
    return page


def await_step(page, number):
    expect(page.locator(".rnnviz-story")).to_have_attribute("data-step", str(number))
    current = page.locator(".rnnviz-story-step[aria-current=step]")
    expect(current).to_contain_text(f"Step {number} says")


def check_step(page, saved, number):
    """The picture of a step has the numbers that the models gave."""
    await_step(page, number)
    position = STEPS[number - 1][1]
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_pinned(position)
    expect(picture.root.locator("[data-p]")).to_have_count(2 * len(STEPS[number - 1][0]))
    page.evaluate(FADED)
    for name, c in saved[1][number - 1].items():
        check_facet(picture, name, c, position)


def test_arrow_keys_go_from_step_to_step_and_say_it(story, saved):
    check_step(story, saved, 1)
    spoken = story.locator(".rnnviz-story > [role=status]")
    expect(spoken).to_have_text("")
    for number in (2, 3, 4, 5):
        story.keyboard.press("ArrowRight")
        check_step(story, saved, number)
        expect(spoken).to_contain_text(f"Step {number} of 5. Step {number} says this: ")
        expect(spoken).to_contain_text("And more of it.")
    story.keyboard.press("ArrowRight")
    await_step(story, 5)
    for number in (4, 3, 2, 1):
        story.keyboard.press("ArrowLeft")
        check_step(story, saved, number)


def test_the_picture_keeps_its_own_keys_and_pointer(story, saved):
    picture = Picture(story.locator(".rnnviz-explorer"))
    picture.text("GRU").focus()
    story.keyboard.press("ArrowRight")
    picture.await_pinned(13)
    await_step(story, 1)
    story.keyboard.press("Escape")
    story.keyboard.press("Escape")
    picture.await_pinned(None)
    picture.hover("GRU", 5)
    story.get_by_role("button", name="The next step").click()
    check_step(story, saved, 2)
    expect(story.get_by_role("button", name="The step before")).to_be_enabled()


def test_scrolling_goes_from_step_to_step(story, saved):
    await_step(story, 1)
    story.mouse.move(100, 400)
    for number in (2, 3, 4, 5):
        step = story.locator(".rnnviz-story-step").nth(number - 1)
        top = step.evaluate("el => el.getBoundingClientRect().top - 0.2 * innerHeight")
        story.mouse.wheel(0, top)
        check_step(story, saved, number)
    story.mouse.wheel(0, -10_000)
    check_step(story, saved, 1)


@pytest.mark.parametrize("size", [PHONE, {"width": 1000, "height": 800}])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(visit, saved, size, scheme):
    page, _ = visit(f"{saved[0].as_uri()}/")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    for name in ("story", "changed"):
        page.goto((saved[0] / f"{name}.html").as_uri())
        Picture(page.locator(".rnnviz-explorer")).await_theme(scheme)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        # axe takes the browser's own ground to be white.
        page.evaluate("document.documentElement.style.background = 'Canvas'")
        assert page.evaluate(VIOLATIONS) == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]
        page.locator(".rnnviz-story-back").focus()
        page.get_by_role("button", name="The next step").click()
        await_step(page, 2)
        expect(page.locator(".rnnviz-story-step").nth(1)).to_be_in_viewport()
        page.evaluate(FADED)
        assert page.evaluate(VIOLATIONS) == []


def test_on_a_phone_the_steps_are_swiped(visit, saved):
    page, _ = visit((saved[0] / "story.html").as_uri())
    page.set_viewport_size(PHONE)
    page.goto((saved[0] / "story.html").as_uri())
    row = page.locator(".rnnviz-story-steps")
    for number in (2, 4, 1):
        row.evaluate("(el, n) => el.scrollTo({ left: n * el.clientWidth })", number - 1)
        check_step(page, saved, number)
    row.focus()
    page.keyboard.press("ArrowRight")
    check_step(page, saved, 2)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_colours_fade_from_step_to_step_where_motion_is_wanted(visit, saved, motion):
    page, _ = visit((saved[0] / "story.html").as_uri())
    page.emulate_media(reduced_motion=motion)
    page.goto((saved[0] / "story.html").as_uri())
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_ready()
    fading = "el => getComputedStyle(el).transitionDuration.includes('0.4s')"
    assert not picture.span("GRU", 1).evaluate(fading)
    page.keyboard.press("ArrowRight")
    await_step(page, 2)
    assert picture.span("GRU", 1).evaluate(fading) is (motion == "no-preference")
    picture.text("GRU").hover()
    expect(page.locator(".rnnviz-story-fading")).to_have_count(0)


def test_the_numbers_that_no_longer_hold_are_marked(visit, saved):
    folder, _, broken = saved
    assert broken
    page = opened(visit, folder / "changed.html")
    warning = page.locator(".rnnviz-story-warning")
    expect(warning).to_contain_text(f"{len(broken)} of the 5 numbers")
    for number in range(1, 6):
        step = page.locator(".rnnviz-story-step").nth(number - 1)
        mark = step.locator(".rnnviz-story-number.rnnviz-story-broken")
        expect(mark).to_have_count(int(number in broken))
        details = step.locator("details")
        assert details.evaluate("el => el.open") is (number in broken)
        if number in broken:
            assert re.search(r"\(now [\d.<> ]+%\)", mark.inner_text())
            expect(details).to_contain_text("share of the GRU: ")
    page = opened(visit, folder / "story.html")
    expect(page.locator(".rnnviz-story-warning, .rnnviz-story-broken")).to_have_count(0)


def test_a_step_opens_the_instruments_that_its_author_had_open(visit, tmp_path):
    models = {"GRU": rv.SequenceModel(recurrent("gru"), LETTERS)}
    widget = rv.explore(models, TEXT, position=9)
    shown = page_of(widget)
    whole = threading.Event()
    shown.on_reply("swaps", lambda reply: reply["facets"][-1]["done"] == 1 and whole.set())
    story = rv.story(widget)
    story.add("Step 1 says it.")
    shown.ask("modules", names=["swaps"])
    shown.ask("swaps", position=9, input=4)
    assert whole.wait(60)
    story.add("Step 2 says more.")
    shown.ask("modules", names=[])
    story.add("Step 3 says no more.")
    widget.target = rv.TOP
    shown.ask("modules", names=["swaps"])
    whole.clear()
    shown.ask("swaps", position=9, input=6)
    assert whole.wait(60)
    story.add("Step 4 says it of another target.")
    story.save_html(tmp_path / "story.html")
    widget.close()
    page = opened(visit, tmp_path / "story.html")
    chart = page.locator(".rnnviz-swaps-letters")
    for number, there in enumerate((False, True, False, True), start=1):
        if number > 1:
            page.keyboard.press("ArrowRight")
        await_step(page, number)
        expect(chart).to_have_count(int(there))


def test_without_scripts_the_words_and_the_first_picture_stand(chromium, saved):
    page = chromium.new_page(java_script_enabled=False)
    page.goto((saved[0] / "story.html").as_uri())
    for number in range(1, 6):
        expect(page.get_by_text(f"Step {number} says")).to_be_visible()
    page.close()
