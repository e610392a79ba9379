"""Makes the pictures of docs/reading.md: `python tools/instruments.py [FOLDER] [NAME ...]`.

Shows bundled models in a real JupyterLab, works each instrument as a reader would, and photographs
the widget, light and dark.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.chromium import launch  # noqa: E402
from browser.lab import Lab  # noqa: E402
from browser.notebook import Notebook  # noqa: E402
from screenshots import in_few_colours  # noqa: E402

TEXT = (
    " the formal study of grammar is an important part of education from a young age through "
    "advanced learning"
)
START = TEXT.index("advanced")
LEARNING = TEXT.index("learning")
SOURCE = f"""
import rnnviz_widget as rv
models = {{"GRU": rv.load_pretrained("gru"), "LSTM": rv.load_pretrained("lstm")}}
text = {TEXT!r}
w = rv.explore(models, text, position={LEARNING + 1})
w
"""
SIZE = {"width": 1100, "height": 1000}
# What is done for a picture, and undone after it.
BACK = (
    "w.brush = w.pinned = None; w.bars = False; w.scale, w.by, w.direction = "
    f"'share', 'character', 'sources'; w.target = rv.TRUTH; w.position = {LEARNING + 1}"
)


def spans(picture):
    """Drag over a word and rest on a later character."""
    picture.point("GRU", START)
    picture.page.mouse.down()
    picture.point("GRU", START + 4)
    picture.point("GRU", START + 7)
    picture.page.mouse.up()
    picture.hover("GRU", LEARNING + 1)


def classes(picture):
    """Type the beginning of a class."""
    field = picture.controls().get_by_role("combobox", name="explain")
    field.fill("le")
    picture.root.get_by_role("listbox").get_by_role("option").first.wait_for()


def editing(picture):
    """Open the editor and type."""
    picture.edit()
    picture.root.get_by_role("button", name="controls", exact=True).click()
    field = picture.root.page.get_by_role("textbox", name="Type another text")
    field.fill(TEXT[: LEARNING + 3])
    picture.await_shown(LEARNING + 2)
    picture.page.wait_for_timeout(700)


def randomised(picture):
    """Open the pictures with random weights and of a random class."""
    if picture.root.locator(".rnnviz-random-text").count() == 0:
        picture.text("GRU").focus()
        picture.page.keyboard.press("r")
    picture.root.locator(".rnnviz-random-text").first.wait_for()
    picture.root.page.evaluate("document.activeElement.blur()")
    picture.root.page.wait_for_timeout(1500)


def check(picture):
    """Open the check and rest."""
    picture.hover("GRU", LEARNING + 1)
    if picture.root.locator(".rnnviz-check").count() == 0:
        picture.root.locator("[role=application]").first.press("k")
    picture.root.locator(".rnnviz-check-figure:not([data-stale]) svg").nth(1).wait_for()


def swapping(picture):
    """Open the instrument, and rest on a letter."""
    picture.controls().get_by_role("button", name="swap", exact=True).click()
    picture.page.keyboard.press("Escape")
    picture.page.evaluate("document.activeElement.blur()")
    picture.point("GRU", LEARNING + 1)
    picture.page.wait_for_timeout(1500)


def inside(picture):
    """Open the strips of units, keep a unit of the GRU, and show a memory's route."""
    picture.page.set_viewport_size({"width": 1100, "height": 2400})
    picture.text("GRU").focus()
    picture.page.keyboard.press("i")
    picture.root.locator(".rnnviz-unit-chip:visible").first.wait_for()
    picture.root.get_by_role("button", name="route of the memory").click()
    picture.point("GRU", START)
    picture.root.locator(".rnnviz-unit-route .rnnviz-unit-chip").nth(8).wait_for()
    picture.facet("GRU").locator(".rnnviz-unit-route .rnnviz-unit-chip").first.click()
    picture.page.evaluate("document.activeElement.blur()")


INSTRUMENTS = {
    "span": ("", spans),
    "why-not": ("w.target = rv.Contrast('learning', rather_than='leading')", None),
    "any-class": ("", classes),
    "check": ("w.target = rv.TOP", check),
    "words": ("w.by = 'word'", None),
    "published": ("w.scale = 'published'", None),
    "influence": (f"w.direction = 'influence'; w.brush = ({START}, {START + 8})", None),
    "bars": ("w.bars = True", None),
    "random": (f"w.pinned = {LEARNING + 2}", randomised),
    "swaps": (f"w.pinned = {LEARNING + 4}", swapping),
    "inside": (f"w.pinned = {LEARNING + 2}", inside),
    # Last: the editor stays open.
    "editing": ("", editing),
}


def main() -> None:
    """Write NAME-light.png and NAME-dark.png into a folder (docs/images/reading)."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "reading"
    names = sys.argv[2:] or [*INSTRUMENTS]
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        Lab(Path(home)) as lab,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        page.set_default_timeout(60_000)
        lab.write("reading.ipynb")
        notebook = Notebook(page, lab, "reading.ipynb")
        picture = notebook.show(SOURCE)
        picture.await_filled(240_000)
        for name in names:
            code, act = INSTRUMENTS[name]
            notebook.run(f"{BACK}; {code}")
            picture.await_filled(240_000)
            photograph(notebook, picture, act, folder / name)
            if act is check:
                picture.root.locator("[role=application]").first.press("k")
        browser.close()


def photograph(notebook, picture, act, path) -> None:
    """One instrument in both themes."""
    page = picture.page
    for theme in ("Light", "Dark"):
        notebook.theme(theme)
        page.wait_for_selector("#jupyterlab-splash", state="detached")  # over a new theme
        picture.await_theme(theme.lower())
        page.mouse.move(0, 0)
        if act is not None and (theme == "Light" or act in (classes, spans, check, randomised)):
            act(picture)
        page.wait_for_timeout(500)
        host = picture.root.locator("xpath=..")
        png = in_few_colours(host.screenshot())
        path.with_name(f"{path.name}-{theme.lower()}.png").write_bytes(png)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    if act is randomised:
        picture.text("GRU").focus()
        page.keyboard.press("r")
    if act is inside:
        page.set_viewport_size(SIZE)
        picture.text("GRU").focus()
        page.keyboard.press("i")
    if act is swapping:
        picture.text("GRU").focus()
        page.keyboard.press("s")


if __name__ == "__main__":
    main()
