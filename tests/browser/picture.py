"""What a reader sees of one widget, and what the reader's pointer does to it."""

import re
from dataclasses import dataclass

from playwright.sync_api import expect

PATIENCE = 30_000

SPANS = """(text) => Array.from(text.querySelectorAll("[data-p]"), (span) => {
    const style = getComputedStyle(span);
    return {
        text: span.textContent,
        background: style.backgroundColor,
        image: style.backgroundImage,
        ink: style.color,
        underline: style.borderBottomColor,
        future: span.classList.contains("rnnviz-future"),
    };
})"""
PLACES = """(text) => Array.from(text.querySelectorAll("[data-p]"), (span) => {
    const { left, top, width, height } = span.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
})"""
CHIPS = """(facet) => Array.from(facet.querySelectorAll("[data-class]"), (chip) => ({
    name: chip.dataset.class,
    value: chip.querySelector(".rnnviz-chip-value").textContent,
    target: chip.dataset.target === "true",
    apart: chip.classList.contains("rnnviz-chip-apart"),
    visible: getComputedStyle(chip).visibility === "visible",
}))"""


@dataclass(frozen=True)
class Span:
    """One character as painted; colours are (r, g, b), and None where there is none."""

    text: str
    background: tuple[int, int, int] | None
    ink: tuple[int, int, int]
    underline: tuple[int, int, int] | None
    hatched: bool
    future: bool


class Picture:
    """One widget's picture in the page."""

    def __init__(self, root):
        self.root = root
        self.page = root.page

    def await_ready(self):
        expect(self.root).to_have_attribute("data-ready", "true", timeout=PATIENCE)

    def await_shown(self, position, timeout=PATIENCE):
        expect(self.root).to_have_attribute("data-shown", str(position), timeout=timeout)

    def await_pinned(self, position):
        """Wait until a character is pinned and shown; None: until nothing is pinned."""
        if position is None:
            expect(self.root).not_to_have_attribute("data-pinned", "true", timeout=PATIENCE)
        else:
            expect(self.root).to_have_attribute("data-pinned", "true", timeout=PATIENCE)
            self.await_shown(position)

    def await_epoch(self, epoch):
        expect(self.root).to_have_attribute("data-epoch", str(epoch), timeout=PATIENCE)

    def await_theme(self, theme):
        expect(self.root).to_have_attribute("data-theme", theme, timeout=PATIENCE)

    def await_filled(self, patience=PATIENCE):
        expect(self.root).to_have_attribute("data-filled", "true", timeout=patience)

    @property
    def shown(self):
        said = self.root.get_attribute("data-shown")
        return None if said is None else int(said)

    @property
    def pinned(self):
        return self.root.get_attribute("data-pinned") == "true"

    @property
    def epoch(self):
        return int(self.root.get_attribute("data-epoch"))

    @property
    def names(self):
        return self.root.locator("[data-facet]").evaluate_all(
            "(all) => all.map((f) => f.dataset.facet)"
        )

    def facet(self, name):
        return self.root.locator(f"[data-facet={name!r}]")

    def text(self, name):
        return self.facet(name).locator(".rnnviz-text")

    def span(self, name, position):
        return self.facet(name).locator(f"[data-p='{position}']")

    def hover(self, name, position):
        """Move the real mouse onto a character and wait until that is what is shown."""
        self.point(name, position)
        self.await_shown(position)

    def point(self, name, position):
        """Move the real mouse onto a character."""
        self.span(name, position).hover()

    def sweep(self, name, positions):
        """Move the real mouse over characters one by one, as fast as it can go."""
        text = self.text(name)
        text.scroll_into_view_if_needed()
        places = text.evaluate(PLACES)
        move = self.page.mouse.move
        for position in positions:
            move(*places[position])

    def tap(self, name, position):
        """Tap a character with a finger, as the browser itself reports one."""
        self.span(name, position).scroll_into_view_if_needed()
        box = self.span(name, position).bounding_box()
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        devtools = self.page.context.new_cdp_session(self.page)
        for kind, points in (("touchStart", [point]), ("touchEnd", [])):
            devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        devtools.detach()

    def leave(self):
        """Move the real mouse off the widget."""
        self.page.mouse.move(2, 2)

    def spans(self, name):
        """Every character of a facet as the browser paints it."""
        return [
            Span(
                one["text"],
                rgb(one["background"]),
                rgb(one["ink"]),
                rgb(one["underline"]),
                "gradient" in one["image"],
                one["future"],
            )
            for one in self.text(name).evaluate(SPANS)
        ]

    def chips(self, name):
        return self.facet(name).evaluate(CHIPS)

    def legend(self):
        """The share at full colour, and the colours of the legend's bar from 0 to there."""
        ends = self.root.locator(".rnnviz-legend-end").all_text_contents()
        image = self.root.locator(".rnnviz-legend-bar").evaluate(
            "(bar) => getComputedStyle(bar).backgroundImage"
        )
        cap = float(re.search(r"([\d.e-]+) %", ends[-1]).group(1)) / 100
        return cap, [rgb(one) for one in re.findall(r"rgb\([^)]*\)", image)]

    def controls(self):
        """The panel of controls, opened where it is not."""
        button = self.root.get_by_role("button", name="controls", exact=True)
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        return self.root.get_by_role("group", name="Controls", exact=True)

    def edit(self):
        """Open the editor."""
        self.controls().get_by_role("button", name="edit text").click()

    def check_modules(self):
        """The search for a class and the editor come from the kernel, and nothing typed is lost."""
        search = self.controls().get_by_role("combobox", name="explain")
        search.focus()
        search.press_sequentially("a")
        expect(self.root.get_by_role("option").first).to_contain_text("a")
        search.press("Escape")
        self.edit()
        page = self.root.page
        page.keyboard.press("Control+End")
        page.keyboard.type(" b")
        expect(self.root.locator(".rnnviz-facet").first.locator("[data-p]").last).to_have_text("b")
        expect(page.locator(".rnnviz-strip").first).to_be_visible()

    def progress(self):
        """The line that says what is being computed, and how far that is."""
        return self.root.locator(".rnnviz-progress")

    def explained(self):
        """What all facets explain, as the line above them says it."""
        return self.root.locator(".rnnviz-header .rnnviz-explained")

    def words(self):
        """Everything the picture says with its controls open, the text of the facets aside."""
        self.controls()
        return self.root.inner_text()


def rgb(color):
    """A computed colour as (r, g, b); None if nothing of it is seen."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", color)]
    if len(numbers) == 4 and numbers[3] == 0:
        return None
    assert len(numbers) == 3 or numbers[3] == 1, color
    return tuple(round(number) for number in numbers[:3])
