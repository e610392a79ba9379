"""Makes the widget's pictures in README and docs: `python tools/screenshots.py [NAME ...]`.

Runs bundled models in a real JupyterLab and photographs the widget, light and dark: the quickstart,
and the page with one, two and five models, on a telephone's width, with its controls open, and with
a unit that colours the text.
"""

import io
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.chromium import launch  # noqa: E402
from browser.lab import Lab  # noqa: E402
from browser.notebook import Notebook  # noqa: E402

SHORT = " context the formal study of grammar is an important part of education"
TEXT = (
    SHORT + " from a young age through advanced learning though the rules taught in schools are "
    "not a grammar in the sense most linguists use"
)
FIVE = {
    "GRU": "gru",
    "LSTM": "lstm",
    "Nested LSTM": "nested-lstm",
    "RNN": "rnn",
    "small GRU": "gru-small",
}
TWO = dict(list(FIVE.items())[:2])
TAUGHT = (
    " the formal study of grammar is usually taught in the schools of a country where children are "
    "expected to learn"
)
# The cells of the notebook `inside` that find units by what they tell of the text.
FIND_UNITS = ("setup", "texts-1", "names-1")


@dataclass(frozen=True)
class Shot:
    """One picture, light and dark: of which models, and how wide; `controls` are open.

    Of some only the `themes` that are asked for.

    `tells` is a property for which the notebook `inside` finds a unit: that unit colours the text.
    """

    models: dict[str, str]
    text: str = TEXT
    position: int = TEXT.index("advanced le") + len("advanced le") - 1
    width: int | None = None
    controls: bool = False
    tells: str | None = None
    themes: tuple[str, ...] = ("Light", "Dark")


SHOTS = {
    "quickstart": Shot(TWO, SHORT, 43),
    "page/one": Shot({"GRU": "gru"}),
    "page/two": Shot(TWO),
    "page/five": Shot(FIVE),
    "page/phone": Shot(TWO, width=360),
    "page/controls": Shot(TWO, controls=True),
    "page/inside": Shot(
        {"LSTM": "lstm"},
        TAUGHT,
        TAUGHT.index("country") + 3,
        tells="word after the, a or an",
    ),
    # For anywidget's gallery, see docs/releasing.md.
    "gallery/two": Shot(TWO, SHORT, 43, width=560, themes=("Light",)),
}


def main() -> None:
    """Write NAME-light.png and NAME-dark.png, or of one theme NAME.png, into docs/images."""
    folder = ROOT / "docs" / "images"
    names = sys.argv[1:] or [*SHOTS]
    with (
        tempfile.TemporaryDirectory() as home,
        Lab(Path(home)) as lab,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1100, "height": 1200}, device_scale_factor=2)
        page.set_default_timeout(60_000)
        lab.write("pictures.ipynb")
        notebook = Notebook(page, lab, "pictures.ipynb")
        for name in names:
            take(notebook, SHOTS[name], folder / name)
        browser.close()


def take(notebook, shot, path) -> None:
    """Show one widget and photograph it in its themes."""
    models = ", ".join(f"{k!r}: rv.load_pretrained({v!r})" for k, v in shot.models.items())
    notebook.theme("Light")
    picture = notebook.show(
        "import rnnviz_widget as rv\n"
        f"w = rv.explore({{{models}}}, {shot.text!r}, position={shot.position})\nw"
    )
    picture.await_filled(240_000)
    host = picture.root.locator("xpath=..")
    if shot.width is not None:
        host.evaluate("(el, width) => { el.style.width = `${width}px`; }", shot.width)
    if shot.controls:
        picture.controls()
    if shot.tells is not None:
        colour_by_unit(notebook, picture, *shot.models, shot.tells)
    photograph(notebook, picture, path, shot.themes)


def photograph(notebook, picture, path, themes=("Light", "Dark")) -> None:
    """Photograph a widget that is shown in each theme."""
    host = picture.root.locator("xpath=..")
    path.parent.mkdir(parents=True, exist_ok=True)
    for theme in themes:
        notebook.theme(theme)
        picture.page.wait_for_selector("#jupyterlab-splash", state="detached")  # over a new theme
        picture.await_theme(theme.lower())
        picture.page.mouse.move(0, 0)
        picture.page.wait_for_timeout(500)
        which = f"-{theme.lower()}" if len(themes) > 1 else ""
        png = in_few_colours(host.screenshot())
        path.with_name(f"{path.name}{which}.png").write_bytes(png)


def colour_by_unit(notebook, picture, model, tells) -> None:
    """Open the view of units, and keep the one that tells a property of the text best."""
    cells = nbformat.read(ROOT / "notebooks" / "inside.ipynb", 4).cells
    notebook.tell("\n".join(cell.source for cell in cells if cell.id in FIND_UNITS))
    layer, unit = notebook.ask(f"[str(trained[{tells!r}][0]), trained[{tells!r}][1].unit]")
    picture.text(model).focus()
    picture.page.keyboard.press("i")
    facet = picture.facet(model)
    facet.locator(".rnnviz-unit-chip:visible").first.wait_for()
    facet.get_by_role("combobox").select_option(layer)
    picture.root.get_by_role("radio", name="number").click()
    said = facet.locator(".rnnviz-units-said")
    facet.locator(".rnnviz-strip").press("ArrowDown")
    expect(said).to_contain_text("colours the text")
    [at] = re.findall(r"^Unit (\d+),", said.text_content())
    for _ in range(abs(unit - int(at))):
        picture.page.keyboard.press("ArrowDown" if unit > int(at) else "ArrowUp")
    picture.page.keyboard.press("Enter")
    expect(said).to_contain_text(f"Unit {unit},")
    picture.page.evaluate("document.activeElement.blur()")


def in_few_colours(png: bytes) -> bytes:
    """A screenshot in few colours, rare ones among them: a third of the size."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
