"""How long a hover takes in a real JupyterLab: from the pointer's event to the painted frame.

The page itself takes the times: from the event's own time stamp to the first task after the frame
that shows the character. The rival is a bare widget whose kernel answers at once, without
computing anything: what a round trip costs here, whoever asks.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import launch
from browser.lab import Lab
from browser.notebook import Notebook
from browser.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = (
    " context the formal study of grammar is an important part of education from a young age"
    " through advanced learning though the rules taught in schools are not a grammar in the sense"
    " most linguists use the term as they are often prescriptive rather than descriptive and"
    " constructed languages are more common in"
)
SETUP = """import anywidget, traitlets
import rnnviz_widget as rv
models = {"GRU": rv.load_pretrained("gru"), "LSTM": rv.load_pretrained("lstm")}"""
BARE = '''class Bare(anywidget.AnyWidget):
    _esm = """export default { render({ model, el }) {
        let painted;
        model.on("change:answer", () => requestAnimationFrame(() => {
            el.textContent = String(model.get("answer"));
            setTimeout(() => painted());
        }));
        window.ask = (n) => new Promise((done) => {
            const start = performance.now();
            painted = () => done(performance.now() - start);
            model.set("question", n);
            model.save_changes();
        });
        el.className = "bare";
    } };"""
    question = traitlets.Int(0).tag(sync=True)
    answer = traitlets.Int(0).tag(sync=True)
    @traitlets.observe("question")
    def _reply(self, change):
        self.answer = change.new
Bare()'''
WATCH = """(root) => {
    const times = { moved: {}, painted: {} };
    window.times = times;
    const moved = (event) => {
        const p = event.target.closest("[data-p]")?.dataset.p;
        if (p !== undefined) times.moved[p] = event.timeStamp;
    };
    root.addEventListener("pointermove", moved, { capture: true });
    new MutationObserver(() => {
        const p = root.dataset.shown;
        if (p !== undefined) setTimeout(() => { times.painted[p] = performance.now(); });
    }).observe(root, { attributes: true, attributeFilter: ["data-shown"] });
}"""
TIME = "(p) => window.times.painted[p] - window.times.moved[p]"


class Bench:
    """A notebook with the bundled models, in which times are taken.

    Args:
        notebook: The notebook.
        text: The text.
    """

    def __init__(self, notebook: Notebook, text: str) -> None:
        self._notebook = notebook
        self._text = text

    def bare(self, times: int) -> list[float]:
        """A round trip of a widget that computes nothing, in milliseconds."""
        cell = self._notebook.run(BARE)
        page = self._notebook.page
        page.locator(".jp-Cell").nth(cell).locator(".bare").wait_for(state="attached")
        return [page.evaluate("(n) => window.ask(n)", n + 1) for n in range(times)]

    def fresh(self, position: int) -> Picture:
        """A new widget that has read nothing yet but one row."""
        self._notebook.clear()
        source = f"w = rv.explore(models, {self._text!r}, position={position})\nw"
        picture = self._notebook.show(source, position)
        picture.root.evaluate(WATCH)
        return picture

    def first(self, times: int) -> list[float]:
        """Hovers over characters whose rows the kernel must compute, while it fills in others."""
        picture = self.fresh(0)
        taken: list[float] = []
        far, near = len(self._text) - 1, 1
        while len(taken) < times and near < far:
            # The fill goes on from where the pointer is; what lies far away it has not reached.
            position = far if len(taken) % 2 == 0 else near
            far, near = far - 3, near + 3
            time = self._hover(picture, position)
            if self._notebook.ask("w._answer['position']") == position:
                taken.append(time)
        return taken

    def known(self, times: int) -> list[float]:
        """Hovers over characters whose rows are all in the page."""
        picture = self.fresh(0)
        picture.await_filled(patience=300_000)
        step = 7 if len(self._text) % 7 else 11
        return [self._hover(picture, n * step % len(self._text)) for n in range(1, times + 1)]

    def settle(self, events: int) -> tuple[float, float, int]:
        """A sweep over a new widget: last event to painted, time between events, answers."""
        picture = self.fresh(0)
        self._notebook.tell("seen = []\nw.observe(seen.append, '_answer')")
        last = events - 1
        picture.sweep("GRU", range(events))
        picture.await_shown(last)
        moved = picture.page.evaluate("() => Object.values(window.times.moved)")
        between = (max(moved) - min(moved)) / (len(moved) - 1)
        return self._time(picture, last), between, self._notebook.ask("len(seen)")

    def _hover(self, picture: Picture, position: int) -> float:
        picture.hover("GRU", position)
        return self._time(picture, position)

    @staticmethod
    def _time(picture: Picture, position: int) -> float:
        picture.page.wait_for_function("(p) => window.times.painted[p] !== undefined", arg=position)
        time: float = picture.page.evaluate(TIME, position)
        return time


def line_of(name: str, times: Sequence[float], rival: float | None = None) -> str:
    """One line: median, worst, and the median against the rival's."""
    middle = statistics.median(times)
    line = f"{name:<44}{middle:7.0f} ms  worst {max(times):6.0f} ms  n = {len(times)}"
    return line if rival is None else f"{line}  {middle / rival:5.2f} x bare"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hovers", type=int, default=20, help="hovers of each kind (20)")
    parser.add_argument("--sweeps", type=int, default=5, help="sweeps over the whole text (5)")
    parser.add_argument("--length", type=int, default=300, help="characters of text, 300 at most")
    options = parser.parse_args()
    text = TEXT[: min(options.length, 300)]
    with tempfile.TemporaryDirectory() as home, Lab(Path(home)) as lab:
        lab.write("hover.ipynb")
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            notebook = Notebook(page, lab, "hover.ipynb")
            notebook.tell(SETUP)
            bench = Bench(notebook, text)
            print(f"{len(text)} characters, two bundled models; medians of hover to painted frame")
            bare = bench.bare(options.hovers)
            rival = statistics.median(bare)
            print(line_of("bare round trip, nothing computed (the rival)", bare))
            print(line_of("a row seen for the first time", bench.first(options.hovers), rival))
            print(line_of("a row that the page has", bench.known(options.hovers), rival))
            sweeps = [bench.settle(len(text)) for _ in range(options.sweeps)]
            settled, between, answers = zip(*sweeps, strict=True)
            print(line_of(f"last of {len(text)} fast hovers", settled, rival))
            print(
                f"  one event every {statistics.median(between):.0f} ms; the kernel answered "
                f"{statistics.median(answers):.0f} of {len(text)}"
            )
            browser.close()


if __name__ == "__main__":
    main()
