"""A story on a phone: its prose keeps to a part of the page, and can be folded to a line."""

import pytest
from browser.five_steps import PHONE, check_step
from browser.picture import Picture
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONES = [{"width": 390, "height": 844}, {"width": 360, "height": 640}]


def test_on_a_phone_the_steps_are_swiped(visit, five_steps):
    page, _ = visit((five_steps[0] / "story.html").as_uri())
    page.set_viewport_size(PHONE)
    page.goto((five_steps[0] / "story.html").as_uri())
    row = page.locator(".rnnviz-story-steps")
    for number in (2, 4, 1):
        row.evaluate("(el, n) => el.scrollTo({ left: n * el.clientWidth })", number - 1)
        check_step(page, five_steps, number)
    row.focus()
    page.keyboard.press("ArrowRight")
    check_step(page, five_steps, 2)


def box(locator):
    """Where an element is: its top, its bottom and its height."""
    found = locator.bounding_box()
    return found["y"], found["y"] + found["height"], found["height"]


@pytest.mark.parametrize("size", PHONES)
def test_on_a_phone_the_words_leave_room_for_the_models(visit, five_steps, size):
    page, _ = visit((five_steps[0] / "story.html").as_uri())
    page.set_viewport_size(size)
    page.goto((five_steps[0] / "story.html").as_uri())
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_ready()
    row, bar = page.locator(".rnnviz-story-steps"), page.locator(".rnnviz-story-bar")
    for number in (1, 2, 3, 4, 5):
        check_step(page, five_steps, number)
        facets = picture.root.locator(".rnnviz-facet").all()
        facets[0].evaluate("el => el.scrollIntoView()")
        assert box(row)[2] <= 0.29 * size["height"]
        assert box(bar)[1] <= size["height"]
        for facet in facets:
            top, bottom, _ = box(facet)
            assert 0 <= top < bottom <= box(row)[0] + 1
        # A short step does not take the room of the longest, which scrolls within itself.
        more = row.evaluate("el => el.scrollHeight - el.clientHeight")
        assert (more > 0) is (number == 3)
        last = page.locator(".rnnviz-story-step[aria-current] details")
        last.evaluate("el => el.scrollIntoView({ block: 'nearest' })")
        assert box(last)[1] <= box(bar)[0]
        page.keyboard.press("ArrowRight")
        assert row.evaluate("el => el.scrollTop") == 0


@pytest.mark.parametrize("size", PHONES)
def test_on_a_phone_the_words_are_folded_to_a_line(visit, five_steps, size):
    page, _ = visit((five_steps[0] / "story.html").as_uri())
    page.set_viewport_size(size)
    page.goto((five_steps[0] / "story.html").as_uri())
    picture = Picture(page.locator(".rnnviz-explorer"))
    picture.await_ready()
    words = page.get_by_role("button", name="words")
    expect(words).to_have_attribute("aria-expanded", "true")
    chips = picture.root.locator(".rnnviz-chip:visible")
    texts = picture.root.locator(".rnnviz-memory-text:visible")
    expect(chips).to_have_count(2 * 2)
    expect(texts).to_have_count(0)
    words.focus()
    page.keyboard.press("Enter")
    expect(words).to_have_attribute("aria-expanded", "false")
    row = page.locator(".rnnviz-story-steps")
    step = page.locator(".rnnviz-story-step[aria-current]")
    line = step.evaluate("el => parseFloat(getComputedStyle(el).lineHeight)")
    # The picture has all that it has without a story.
    for facet in picture.root.locator(".rnnviz-facet").all():
        assert facet.locator(".rnnviz-chip:visible").count() >= 3
    expect(texts.first).to_be_visible()
    for number in (2, 3):
        page.keyboard.press("ArrowRight")
        check_step(page, five_steps, number)
        assert line < box(row)[2] < 2 * line
        expect(step.get_by_text(f"Step {number} says")).to_be_in_viewport()
        expect(step.get_by_text("And more of it.").first).to_be_hidden()
    # It is read aloud in full.
    expect(page.locator(".rnnviz-story > [role=status]")).to_contain_text("And more of it.")
    row.evaluate("el => el.scrollTo({ left: 3 * el.clientWidth })")
    check_step(page, five_steps, 4)
    step.click()
    expect(words).to_have_attribute("aria-expanded", "true")
    expect(step.get_by_text("And more of it.")).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(words).to_be_hidden()
