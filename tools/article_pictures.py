"""Makes the pictures of docs/article.md: `python tools/article_pictures.py`.

`theirs` is what the article published, drawn as its figure draws it; `ours` the models that ship,
on the same text at the same character; `step` a step of the story that retells it. Light and dark.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import story_scripts  # noqa: E402
from browser.chromium import launch  # noqa: E402
from browser.lab import Lab  # noqa: E402
from browser.notebook import Notebook  # noqa: E402
from evaluation import distill  # noqa: E402
from screenshots import Shot, in_few_colours, photograph, take  # noqa: E402

IMAGES = ROOT / "docs" / "images" / "article"
MODELS = {"Nested LSTM": "nested-lstm", "LSTM": "lstm", "GRU": "gru"}
TEXT = distill.read("gru")[0]
AT = TEXT.index("learning") + 1
STEP = 3
SIZE = {"width": 1100, "height": 1200}
THEIRS = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
import rnnviz_widget as rv
from evaluation import distill
w = rv.from_rows(
    {{name: distill.published(distill.MODELS[name]) for name in {[*MODELS]!r}}}, position={AT}
)
w.scale = "row"
w
"""


def main() -> None:
    """Write NAME-light.png and NAME-dark.png."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = launch(playwright)
        photograph_text(browser, Path(home) / "lab")
        photograph_step(browser, Path(home) / "story.html")
        browser.close()


def photograph_text(browser, home) -> None:
    """Photograph both on the article's text, in JupyterLab."""
    with Lab(home) as lab:
        page = browser.new_page(viewport=SIZE, device_scale_factor=2)
        page.set_default_timeout(60_000)
        lab.write("pictures.ipynb")
        notebook = Notebook(page, lab, "pictures.ipynb")
        take(notebook, Shot(MODELS, TEXT, AT), IMAGES / "ours")
        notebook.theme("Light")
        picture = notebook.show(THEIRS)
        picture.await_filled(60_000)
        photograph(notebook, picture, IMAGES / "theirs")


def photograph_step(browser, path) -> None:
    """Save the story as a page, go to a step, and photograph what a reader sees."""
    with story_scripts.made("memorization") as (_, story):
        story.save_html(path)
    for theme in ("light", "dark"):
        page = browser.new_page(
            viewport={"width": 1100, "height": 760},
            device_scale_factor=2,
            color_scheme=theme,
            reduced_motion="reduce",
        )
        page.goto(path.as_uri())
        page.locator(".rnnviz-explorer[data-ready]").wait_for()
        for number in range(2, STEP + 1):
            page.keyboard.press("ArrowRight")
            page.locator(f".rnnviz-story[data-step='{number}']").wait_for()
        page.wait_for_timeout(500)  # Nothing tells when a page has stopped scrolling.
        (IMAGES / f"step-{theme}.png").write_bytes(in_few_colours(page.screenshot()))
        page.close()


if __name__ == "__main__":
    main()
