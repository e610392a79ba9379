"""Makes the widget's pictures in README and docs: `python tools/screenshots.py [NAME ...]`.

Runs bundled models in a real JupyterLab and photographs the widget, light and dark: the quickstart,
and the page with one, two and five models, on a telephone's width, and with its controls open.
"""

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

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


@dataclass(frozen=True)
class Shot:
    """One picture, light and dark: of which models, and how wide; `controls` are open."""

    models: dict[str, str]
    text: str = TEXT
    position: int = TEXT.index("advanced le") + len("advanced le") - 1
    width: int | None = None
    controls: bool = False


SHOTS = {
    "quickstart": Shot(TWO, SHORT, 43),
    "page/one": Shot({"GRU": "gru"}),
    "page/two": Shot(TWO),
    "page/five": Shot(FIVE),
    "page/phone": Shot(TWO, width=360),
    "page/controls": Shot(TWO, controls=True),
}


def main() -> None:
    """Write NAME-light.png and NAME-dark.png into docs/images."""
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
    """Show one widget and photograph it in both themes."""
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
    path.parent.mkdir(parents=True, exist_ok=True)
    for theme in ("Light", "Dark"):
        notebook.theme(theme)
        picture.page.wait_for_selector("#jupyterlab-splash", state="detached")  # over a new theme
        picture.await_theme(theme.lower())
        picture.page.mouse.move(0, 0)
        picture.page.wait_for_timeout(500)
        write_png(host.screenshot(), path.with_name(f"{path.name}-{theme.lower()}.png"))


def write_png(png: bytes, path: Path) -> None:
    """Write a screenshot in few colours, rare ones among them: the file is a third of the size."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    main()
