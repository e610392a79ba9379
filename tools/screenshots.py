"""Makes the pictures in the README and the docs: `python tools/screenshots.py [FOLDER]`.

Runs the quickstart's models in a real JupyterLab and photographs the widget, light and dark.
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

TEXT = " context the formal study of grammar is an important part of education"
SOURCE = f"""
import rnnviz_widget as rv
models = {{"GRU": rv.load_pretrained("gru"), "LSTM": rv.load_pretrained("lstm")}}
w = rv.explore(models, {TEXT!r}, position=__POSITION__)
w
"""


def main() -> None:
    """Write quickstart-light.png and quickstart-dark.png into a folder (docs/images)."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    position = int(sys.argv[2]) if len(sys.argv) > 2 else 43
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        Lab(Path(home)) as lab,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1100, "height": 900}, device_scale_factor=2)
        page.set_default_timeout(60_000)
        lab.write("quickstart.ipynb")
        notebook = Notebook(page, lab, "quickstart.ipynb")
        picture = notebook.show(SOURCE.replace("__POSITION__", str(position)))
        page.wait_for_selector("[data-filled=true]", timeout=240_000)
        for theme in ("Light", "Dark"):
            notebook.theme(theme)
            page.wait_for_selector("#jupyterlab-splash", state="detached")  # over a new theme
            page.mouse.move(0, 0)
            picture.root.screenshot(path=folder / f"quickstart-{theme.lower()}.png")
        browser.close()


if __name__ == "__main__":
    main()
