"""How long the check of an output takes, which runs the model 80 times: computed, and in the page.

In the kernel: of an output, by reading on from the first exchanged input. The rival is a plain run
of the module on the same 80 whole texts, in one batch. The time of all processors together is
printed too. In a real JupyterLab: from the pointer's last event to the frame with the curves, most
of which is the wait until it rests; and how long a hover takes to its painted frame while checks
are open and closed, over characters whose rows are all in the page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from hover import TEXT, TIME, WATCH, line_of
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import launch
from browser.lab import Lab
from browser.notebook import Notebook
from browser.picture import Picture

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness.check_output import check_output
from rnnviz_widget.evaluation.faithfulness.exchanged_texts import RERUNS
from rnnviz_widget.reading import Reading

REST = 150
CURVES = """(root) => {
    const drawn = {};
    window.drawn = drawn;
    new MutationObserver(() => {
        const figures = [...root.querySelectorAll(".rnnviz-check-figure")];
        if (figures.length === 0 || figures.some((one) => one.dataset.stale !== undefined)) return;
        const p = root.dataset.shown;
        requestAnimationFrame(() => setTimeout(() => { drawn[p] ??= performance.now(); }));
    }).observe(root, { attributes: true, attributeFilter: ["data-stale"], subtree: true });
}"""
CHECKED = "(p) => window.drawn[p] - window.times.moved[p]"


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """How long something takes, and all processors together, in milliseconds."""
    wall, work = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - work)


def kernel(name: str, text: str, outputs: int) -> None:
    """Print how long checks of the last outputs of a text take, and the rival."""
    model = rv.load_pretrained(name)
    reading, module = Reading(model, text), model.network.module
    generator = np.random.default_rng(0)
    ours, rival = [], []
    for row in range(len(text) - outputs, len(text)):
        scores = reading.rows([row])[0]

        def check(row: int = row, scores: np.ndarray = scores) -> None:
            for _ in check_output(reading, row, scores):
                pass

        texts = torch.from_numpy(generator.integers(0, 27, (RERUNS, row + 1)))

        def plain(texts: torch.Tensor = texts) -> None:
            with torch.no_grad():
                hidden = module.cell(module.embedding(texts))[0][:, -1]
                torch.log_softmax(module.head(hidden).double(), dim=-1)

        ours.append(timed(check))
        rival.append(timed(plain))
    for what, times in (("check", ours), ("plain", rival)):
        wall, work = (statistics.median(each) for each in zip(*times, strict=True))
        least = min(each for each, _ in times)
        line = f"{name:<14}{what}: median {wall:5.0f} ms, least {least:5.0f} ms"
        print(f"{line}; processors {work:5.0f} ms")


def in_the_page(text: str, hovers: int) -> None:
    """Print how long curves and hovers take in JupyterLab."""
    with tempfile.TemporaryDirectory() as home, Lab(Path(home)) as lab:
        lab.write("check.ipynb")
        with sync_playwright() as playwright:
            browser = launch(playwright)
            notebook = Notebook(
                browser.new_page(viewport={"width": 1200, "height": 900}), lab, "check.ipynb"
            )
            notebook.tell('import rnnviz_widget as rv\ngru = rv.load_pretrained("gru")')
            picture = notebook.show(f"w = rv.explore({{'GRU': gru}}, {text!r}, position=0)\nw", 0)
            picture.await_filled(patience=300_000)
            picture.root.evaluate(WATCH)
            picture.root.evaluate(CURVES)
            closed = [hover(picture, n * 7 % len(text)) for n in range(1, hovers + 1)]
            picture.root.locator("[role=application]").first.press("k")
            picture.root.locator(".rnnviz-check-figure").wait_for(state="attached")
            checks, opened = [], []
            for n in range(hovers):
                position = len(text) - 1 - 3 * n
                opened.append(hover(picture, position))
                picture.page.wait_for_function("(p) => window.drawn[p] !== undefined", arg=position)
                checks.append(picture.page.evaluate(CHECKED, position))
            print(line_of(f"curves, {REST} ms of it the rest", checks))
            print(line_of("a hover, checks closed (the rival)", closed))
            print(line_of("a hover, checks open", opened, statistics.median(closed)))
            browser.close()


def hover(picture: Picture, position: int) -> float:
    """Hover a character; returns how long it took to be painted, in milliseconds."""
    picture.hover("GRU", position)
    picture.page.wait_for_function("(p) => window.times.painted[p] !== undefined", arg=position)
    taken: float = picture.page.evaluate(TIME, position)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="*", default=["gru", "lstm", "nested-lstm", "rnn"])
    parser.add_argument("--length", type=int, default=160, help="characters of text, 300 at most")
    parser.add_argument("--outputs", type=int, default=20, help="outputs that are checked (20)")
    parser.add_argument("--kernel-only", action="store_true", help="without JupyterLab")
    options = parser.parse_args()
    text = TEXT[: min(options.length, 300)]
    print(
        f"{len(text)} characters, {RERUNS} runs for each output, {torch.get_num_threads()} threads"
    )
    for name in options.models:
        kernel(name, text, options.outputs)
    if not options.kernel_only:
        in_the_page(text, options.outputs)


if __name__ == "__main__":
    main()
