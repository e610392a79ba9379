"""How long opening a large Transformer takes in JupyterLab, from the call to painted frames."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import launch
from browser.lab import Lab
from browser.notebook import Notebook

HERE = Path(__file__).parent

SETUP = """import sys
sys.path.insert(0, {here!r})
import time, torch, transformers
import rnnviz_widget as rv
from opening import SIZES, passes_of, tokenizer_of
torch.set_num_threads({threads})
torch.manual_seed({seed})
config = transformers.LlamaConfig(**(SIZES | {{"num_hidden_layers": {layers}}}))
module = transformers.LlamaForCausalLM(config).eval()
tokenizer = tokenizer_of(SIZES["vocab_size"])
ids = torch.randint(1, 512, ({length},))
text = " ".join(f"w{{number}}" for number in ids.tolist())"""
# A model that has not read any text.
CELL = """model = rv.SequenceModel.from_transformers(module, tokenizer)
called = time.time()
w = rv.explore(model, text)
made = time.time()
w"""
# What it is compared with, after the same work; see `opening.py`.
RIVAL = """rv.SequenceModel.from_transformers(module, tokenizer)
passes = passes_of(module, ids, 1)"""
# Seconds since 1970 of the first frame in which each is there, and of each bar's words.
WATCH = """() => {
    const times = window.opening = { bars: {} };
    const now = () => (performance.timeOrigin + performance.now()) / 1000;
    const painted = (name) => {
        if (name in times) return;
        times[name] = null;
        requestAnimationFrame(() => setTimeout(() => { times[name] = now(); }));
    };
    const look = () => {
        for (const bar of document.querySelectorAll(".jp-OutputArea .widget-html-content")) {
            const words = bar.textContent.trim();
            if (words) times.bars[words] ??= now();
        }
        const root = document.querySelector(".rnnviz-explorer");
        if (root?.querySelector("[data-p]")) painted("text");
        if (root?.dataset.shown !== undefined) painted("row");
    };
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, attributes: true, characterData: true,
        attributeFilter: ["data-shown"],
    });
}"""
HOVERED = """(position) => {
    const root = document.querySelector(".rnnviz-explorer");
    const times = window.opening;
    root.addEventListener("pointermove", (event) => {
        const p = event.target.closest("[data-p]")?.dataset.p;
        if (p === String(position)) times.moved ??= event.timeStamp;
    }, { capture: true });
    new MutationObserver(() => {
        if (root.dataset.shown === String(position))
            requestAnimationFrame(() => setTimeout(() => {
                times.hover ??= (performance.now() - times.moved) / 1000;
            }));
    }).observe(root, { attributes: true, attributeFilter: ["data-shown"] });
}"""

Print = Callable[[str, list[float], float, str], None]


def open_in_lab(options: Any, print_times: Print, pictures: Path | None = None) -> None:
    """Open the model in JupyterLab and print when what is painted, in passes of its kernel.

    Args:
        options: The benchmark's.
        print_times: Prints times as passes.
        pictures: A folder for screenshots while it opens.
    """
    (length,) = options.lengths
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as home, Lab(Path(home)) as lab:
        lab.write("opening.ipynb")
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1000, "height": 900})
            page.set_default_timeout(300_000)
            notebook = Notebook(page, lab, "opening.ipynb")
            values = vars(options) | {"here": str(HERE), "length": length}
            notebook.tell(SETUP.format(**values))
            notebook.ask("passes_of(module, ids, 1)")  # The first takes longer.
            passes = []
            for _ in range(options.rounds):
                notebook.run(RIVAL)
                passes.append(notebook.ask("passes"))
                notebook.clear()
                found.append(_opened(page, notebook, length // 2, pictures))
                notebook.clear()
                notebook.tell("import gc\ndel w, model\ngc.collect()")
            browser.close()
    forward, backward = (statistics.median(some) for some in zip(*passes, strict=True))
    both = forward + backward
    print(f"\nin JupyterLab; one forward pass there {forward:.2f} s, one backward {backward:.2f} s")
    for words, name, unit, units in (
        ("the bar in the cell is there", "bar", forward, "forward passes"),
        ("rv.explore has returned", "made", both, "of one of each"),
        ("text and predictions are painted", "text", forward, "forward passes"),
        ("the first row is painted", "row", both, "of one of each"),
        ("another character hovered, painted", "hover", backward, "backward passes"),
    ):
        print_times(words, [each[name] for each in found], unit, units)
    print(f"what the bar says: {', '.join(found[0]['bars'])}")


def _opened(page: Page, notebook: Notebook, position: int, pictures: Path | None) -> dict[str, Any]:
    """Open it, and hover over a character; seconds after the call, and after the pointer came."""
    page.evaluate(WATCH)
    cell = notebook.start(CELL)
    number = 0
    while pictures is not None and page.evaluate("() => window.opening.row ?? null") is None:
        page.screenshot(path=pictures / f"opening-{number:02}.png")
        number += 1
    page.wait_for_function("() => window.opening.row")
    picture = notebook.picture(cell=cell)
    page.evaluate(HOVERED, position)
    picture.hover(picture.names[0], position)
    page.wait_for_function("() => window.opening.hover")
    notebook.finish()
    times: dict[str, Any] = page.evaluate("() => window.opening")
    called = notebook.ask("called")
    bars = times["bars"]
    return {
        "bars": list(bars),
        "bar": min(bars.values(), default=float("nan")) - called,
        "made": notebook.ask("made") - called,
        "text": times["text"] - called,
        "row": times["row"] - called,
        "hover": times["hover"],
    }
