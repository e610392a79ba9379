"""Three models of the article's size over a new text, in a real JupyterLab: how soon they answer.

GRU and LSTM of 2 x 600 units and a nested LSTM of 1 x 600, depth 2, 16,386 classes, untrained. The
page looks at itself once a frame: when the widget is ready (text, predictions, the nearest colours
at least), when its first rows and when all rows are there, counted from the first line of the cell;
when a hover is painted, in part or whole, counted from the pointer's event. Hovers are made one
after the other, while rows are still being computed. The rival is a bare widget whose kernel
answers at once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import launch
from browser.lab import Lab
from browser.notebook import Notebook
from hover import TEXT, Bench, line_of

LENGTH = 198
SETUP = """import time, anywidget, traitlets, torch
import rnnviz_widget as rv
from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete
torch.manual_seed(0)
words = [f"word{n}" for n in range(16386)]
def article(cell, layers):
    module = Autocomplete(cell=cell, units=600, layers=layers, classes=len(words))
    return rv.SequenceModel(module, SYMBOLS, words)
models = {"GRU": article("gru", 2), "LSTM": article("lstm", 2), "Nested": article("nested-lstm", 1)}
"""
LOOK = """(cell) => {
    const seen = (window.seen = { frames: [] });
    const look = () => {
        const root = document.querySelectorAll(".jp-Cell")[cell]?.querySelector(".rnnviz-explorer");
        const now = Date.now();
        if (root?.dataset.ready) seen.ready ??= now;
        if (root?.dataset.filled) seen.filled ??= now;
        const { partial, shown } = root?.dataset ?? {};
        const last = seen.frames.at(-1);
        if (last?.partial !== partial || last?.shown !== shown) {
            seen.frames.push({ partial, shown, now });
        }
        if (window.seen === seen) requestAnimationFrame(look);
    };
    document.addEventListener("pointermove", (event) => {
        const p = event.target.closest?.("[data-p]")?.dataset.p;
        if (p !== undefined) (seen.moved ??= {})[p] ??= Date.now();
    }, { capture: true });
    look();
}"""
PAINTED = "(p) => window.seen.frames.some((f) => f.partial === p || f.shown === p)"
WHOLE = "(p) => window.seen.frames.some((f) => f.shown === p)"


class Run:
    """One fresh widget: when it was ready, had its first rows and all, and what hovers took.

    Args:
        notebook: The notebook, with the models.
        text: The text.
        hover: Whether to hover until it is filled.
    """

    def __init__(self, notebook: Notebook, text: str, *, hover: bool) -> None:
        self._page = notebook.page
        notebook.clear()
        source = f"begun = time.time()\nw = rv.explore(models, {text!r})\nw"
        cell = notebook.add(source)
        self._page.evaluate(LOOK, cell)
        notebook.start(cell)
        self.painted: list[float] = []
        self.whole: list[float] = []
        self._page.wait_for_function("() => window.seen.ready")
        picture = notebook.picture(cell)
        position = len(text) - 7
        while hover and position > 0 and not self._page.evaluate("() => window.seen.filled"):
            picture.point("GRU", position)
            self._take(str(position))
            position -= 13
        self._page.wait_for_function("() => window.seen.filled", timeout=120_000)
        notebook.finish()
        begun = 1000 * notebook.ask("begun")
        seen: dict[str, Any] = self._page.evaluate("() => window.seen")
        self.ready, self.filled = seen["ready"] - begun, seen["filled"] - begun
        self.first = next(frame["now"] for frame in seen["frames"] if frame.get("shown")) - begun

    def _take(self, position: str) -> None:
        self._page.wait_for_function(WHOLE, arg=position)
        seen: dict[str, Any] = self._page.evaluate("() => window.seen")
        moved = seen["moved"][position]
        if seen.get("filled", moved + 1) <= moved:
            return
        frames = seen["frames"]
        any_of = (f for f in frames if position in (f.get("partial"), f.get("shown")))
        self.painted.append(next(any_of)["now"] - moved)
        whole = next(f for f in frames if f.get("shown") == position)
        self.whole.append(whole["now"] - moved)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7, help="fresh widgets (7)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Lab(Path(home)) as lab:
        lab.write("article.ipynb")
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            notebook = Notebook(page, lab, "article.ipynb")
            notebook.tell(SETUP)
            print(f"{LENGTH} characters, three models of the article's size")
            bare = Bench(notebook, TEXT).bare(20)
            print(line_of("bare round trip, nothing computed (the rival)", bare))
            texts = [TEXT[n : n + LENGTH] for n in range(2 * options.runs)]
            still = [Run(notebook, text, hover=False) for text in texts[::2]]
            print(line_of("the first widget: ready, the models checked too", [still[0].ready]))
            print(line_of("ready, from the first line of the cell", [run.ready for run in still]))
            print(line_of("the first rows whole", [run.first for run in still]))
            print(line_of("all rows of all three in the page", [run.filled for run in still]))
            moved = [Run(notebook, text, hover=True) for text in texts[1::2]]
            painted = [time for run in moved for time in run.painted]
            whole = [time for run in moved for time in run.whole]
            print(line_of("a hover while rows are computed: first paint", painted))
            print(line_of("a hover while rows are computed: whole", whole))
            print(
                line_of("all rows in the page, hovering all the while", [r.filled for r in moved])
            )
            browser.close()


if __name__ == "__main__":
    main()
