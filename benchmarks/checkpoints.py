"""How long another checkpoint takes to be painted: `python benchmarks/checkpoints.py`.

In a saved page over 20 checkpoints of a bundled model, by the slider: from the event to the first
task after the frame in which the colours are those of the other checkpoint. The rival is the page
itself: a hover in it, which changes as many colours. And in the kernel: a checkpoint that was not
shown before, to its first row, beside a `SequenceModel` of the same weights that reads the text.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import torch
from bench import alternate
from browser.chromium import launch
from playwright.sync_api import Page, sync_playwright

import rnnviz_widget as rv

COUNT, LENGTH = 20, 200
# In milliseconds, at 60 a second.
FRAME = 1000 / 60
WORDS = "the formal study of grammar is an important part of education from a young age "

# To the first task after a frame in which the condition holds. The page's policy forbids eval.
TIMED = """async (value) => {
  const slider = document.querySelector(".rnnviz-checkpoint-slider");
  const words = document.querySelector(".rnnviz-checkpoint-words");
  const root = document.querySelector(".rnnviz-explorer");
  const begin = performance.now();
  ACT
  do await new Promise(requestAnimationFrame); while (!(DONE));
  await new Promise((go) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = go;
    port2.postMessage(0);
  });
  return performance.now() - begin;
}"""
SWITCH = TIMED.replace(
    "ACT",
    """slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));""",
).replace(
    "DONE",
    """words.textContent.startsWith(value + " ") && root.dataset.shown !== undefined""",
)
HOVER = TIMED.replace(
    "ACT",
    """const span = root.querySelector(`[data-p="${value}"]`), at = span.getBoundingClientRect();
  const place = { clientX: at.x + 2, clientY: at.y + 2, pointerType: "mouse" };
  span.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, ...place }));""",
).replace("DONE", "root.dataset.shown === String(value)")


def checkpoints_of(model: rv.SequenceModel) -> rv.Checkpoints:
    """Weights on the way from smaller ones to the model's own."""
    own = model.network.module.state_dict()
    states = [
        {name: value * (0.5 + 0.5 * (k + 1) / COUNT) for name, value in own.items()}
        for k in range(COUNT)
    ]
    return rv.Checkpoints(model, states)


def in_page(checkpoints: rv.Checkpoints, text: str, rounds: int) -> None:
    w = rv.explore(checkpoints, text, position=LENGTH - 20)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        w.save_html(path)
        print(f"page with {COUNT} checkpoints: {path.stat().st_size / 1e6:.2f} MB")
        browser = launch(playwright)
        page: Page = browser.new_page(viewport={"width": 1200, "height": 700})
        page.goto(path.as_uri())
        page.wait_for_selector(".rnnviz-checkpoint-slider")
        switched, hovered = [], []
        for number in range((rounds + 1) * COUNT):
            # The last one is shown at first.
            switched.append(page.evaluate(SWITCH, number * 7 % COUNT))
            hovered.append(page.evaluate(HOVER, LENGTH - 20 + number % 10))
        browser.close()
    first, again = switched[:COUNT], switched[COUNT:]
    for name, times in (("switch", again), ("switch, first", first), ("hover", hovered)):
        frames = sum(time < 1.5 * FRAME for time in times)
        print(
            f"{name}: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms, "
            f"in the next frame {frames} of {len(times)}"
        )


def in_kernel(checkpoints: rv.Checkpoints, text: str, rounds: int) -> None:
    w = rv.explore(checkpoints, text, position=LENGTH - 1)
    model, module = checkpoints.model, checkpoints.model.network.module
    visits = iter(range(COUNT - 1))

    def visit() -> float:
        start = time.perf_counter()
        w.checkpoint = next(visits)
        return time.perf_counter() - start

    def read() -> float:
        start = time.perf_counter()
        own = rv.SequenceModel(module, model.inputs, model.outputs, truth="word")
        rv.explore(own, text, position=LENGTH - 1).close()
        return time.perf_counter() - start

    visit()
    read()
    times = alternate({"first visit": visit, "the model's own reading": read}, rounds)
    for name, found in times.items():
        print(f"{name}: median {1000 * statistics.median(found):.0f} ms of {rounds}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    torch.set_num_threads(2)
    model = rv.load_pretrained("gru")
    text = (WORDS * 3)[:LENGTH]
    in_page(checkpoints_of(model), text, rounds)
    in_kernel(checkpoints_of(model), text, rounds)


if __name__ == "__main__":
    main()
