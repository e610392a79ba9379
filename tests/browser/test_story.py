"""A story from one file, without a kernel and without a network: by keys, pointer and in words."""

import re
import threading

import pytest
from browser.five_steps import (
    AXE,
    FADED,
    PHONE,
    TEXT,
    VIOLATIONS,
    await_step,
    check_step,
    opened,
)
from browser.picture import Picture
from playwright.sync_api import expect
from small import LETTERS, recurrent
from widgets import page_of

import rnnviz_widget as rv

pytestmark = pytest.mark.browser


@pytest.fixture
def story(visit, five_steps):
    return opened(visit, five_steps[0] / "story.html")


def test_arrow_keys_go_from_step_to_step_and_say_it(story, five_steps):
    check_step(story, five_steps, 1)
    spoken = story.locator(".rnnviz-story > [role=status]")
    expect(spoken).to_have_text("")
    for number in (2, 3, 4, 5):
        story.keyboard.press("ArrowRight")
        check_step(story, five_steps, number)
        expect(spoken).to_contain_text(f"Step {number} of 5. Step {number} says this: ")
        expect(spoken).to_contain_text("And more of it.")
    story.keyboard.press("ArrowRight")
    await_step(story, 5)
    for number in (4, 3, 2, 1):
        story.keyboard.press("ArrowLeft")
        check_step(story, five_steps, number)


def test_the_picture_keeps_its_own_keys_and_pointer(story, five_steps):
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
    check_step(story, five_steps, 2)
    expect(story.get_by_role("button", name="The step before")).to_be_enabled()


def test_scrolling_goes_from_step_to_step(story, five_steps):
    await_step(story, 1)
    story.mouse.move(100, 400)
    for number in (2, 3, 4, 5):
        step = story.locator(".rnnviz-story-step").nth(number - 1)
        top = step.evaluate("el => el.getBoundingClientRect().top - 0.2 * innerHeight")
        story.mouse.wheel(0, top)
        check_step(story, five_steps, number)
    story.mouse.wheel(0, -10_000)
    check_step(story, five_steps, 1)


@pytest.mark.parametrize("size", [PHONE, {"width": 1000, "height": 800}])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(visit, five_steps, size, scheme):
    page, _ = visit(f"{five_steps[0].as_uri()}/")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    for name in ("story", "changed"):
        page.goto((five_steps[0] / f"{name}.html").as_uri())
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
        if size == PHONE:
            page.get_by_role("button", name="words").click()
            page.evaluate(FADED)
            assert page.evaluate(VIOLATIONS) == []


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_colours_fade_from_step_to_step_where_motion_is_wanted(visit, five_steps, motion):
    page, _ = visit((five_steps[0] / "story.html").as_uri())
    page.emulate_media(reduced_motion=motion)
    page.goto((five_steps[0] / "story.html").as_uri())
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_ready()
    fading = "el => getComputedStyle(el).transitionDuration.includes('0.4s')"
    assert not picture.span("GRU", 1).evaluate(fading)
    page.keyboard.press("ArrowRight")
    await_step(page, 2)
    assert picture.span("GRU", 1).evaluate(fading) is (motion == "no-preference")
    picture.text("GRU").hover()
    expect(page.locator(".rnnviz-story-fading")).to_have_count(0)


def test_the_numbers_that_no_longer_hold_are_marked(visit, five_steps):
    folder, _, broken = five_steps
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


def test_without_scripts_the_words_and_the_first_picture_stand(chromium, five_steps):
    page = chromium.new_page(java_script_enabled=False)
    page.goto((five_steps[0] / "story.html").as_uri())
    for number in range(1, 6):
        expect(page.get_by_text(f"Step {number} says")).to_be_visible()
    page.close()
