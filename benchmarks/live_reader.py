"""How fast a page without a kernel reads: hovers and letters typed, with the models in the page.

The page takes the times itself: from the event's own time stamp to the first task after the frame
that shows it. Rivals: the same page where its policy forbids WebAssembly, so that plain TypeScript
loops compute; and the kernel, without any way to and from it. Before the times, how far the page's
numbers are from the kernel's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import torch
from browser.chromium import launch
from browser.live_page import TEXT, errors_of, live_page, script
from playwright.sync_api import Browser, Page, sync_playwright

import rnnviz_widget as rv
from rnnviz_widget.engines.reference import reference_row
from rnnviz_widget.reading import Reading
from rnnviz_widget.share.live import live_size

NAMES = ("gru", "lstm", "nested-lstm", "rnn")
WATCH = """() => {
    const times = { moved: {}, painted: {}, typed: 0, read: 0, row: 0 };
    window.times = times;
    const after = (act) => requestAnimationFrame(() => setTimeout(() => act(performance.now())));
    document.addEventListener("pointermove", (event) => {
        const p = event.target.closest?.("[data-p]")?.dataset.p;
        if (p !== undefined) times.moved[p] ??= event.timeStamp;
    }, { capture: true });
    document.addEventListener("input", (event) => {
        Object.assign(times, { moved: {}, painted: {}, typed: event.timeStamp, read: 0, row: 0 });
    }, { capture: true });
    const shown = () => document.querySelector(".rnnviz-explorer")?.dataset.shown;
    model.on("change:_scene", () => after((now) => {
        times.read ||= now;
        if (shown() !== undefined) times.row ||= now;
    }));
    new MutationObserver(() => {
        const p = shown();
        if (p === undefined) return;
        setTimeout(() => {
            times.painted[p] ??= performance.now();
            if (times.read) times.row ||= performance.now();
        });
    }).observe(document.body, { attributes: true, subtree: true, childList: true,
                                attributeFilter: ["data-shown"] });
}"""


class Bench:
    """A page with one model, in which times are taken.

    Args:
        page: It.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        page.evaluate(WATCH)
        self._field = page.get_by_label("Type another text")

    def paste(self, text: str) -> tuple[float, float]:
        """A whole new text: until it is shown with predictions, and with a first row."""
        self._field.fill(text)
        return self._typed()

    def letter(self, key: str) -> tuple[float, float]:
        """A letter typed at the end of the text: the same two."""
        self._field.press("End")
        self._page.evaluate("() => { times.row = times.read = 0; }")
        self._page.keyboard.press(key)
        return self._typed()

    def hover(self, position: int) -> float:
        """A character whose row nobody has computed yet."""
        self._page.locator(f'[data-p="{position}"]').first.hover()
        self._page.wait_for_function("(p) => times.painted[p] !== undefined", arg=position)
        took: float = self._page.evaluate("(p) => times.painted[p] - times.moved[p]", position)
        return took

    def _typed(self) -> tuple[float, float]:
        self._page.wait_for_function("() => times.row > 0")
        read, row = self._page.evaluate("() => [times.read - times.typed, times.row - times.typed]")
        return read, row


def opened(browser: Browser, folder: Path, name: str, **options: Any) -> Page:
    """The page of a bundled model."""
    file = folder / "page.html"
    file.write_text(live_page({name: rv.load_pretrained(name)}, **options), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(file.as_uri())
    page.locator(".rnnviz-explorer[data-ready]").wait_for()
    return page


def fresh() -> Iterator[str]:
    """Texts of 198 characters, each with another first letter: nothing of one serves the next."""
    for n in range(1000):
        yield chr(97 + n % 26) + chr(97 + n // 26 % 26) + TEXT[2:]


def measure(bench: Bench, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of event."""
    texts = fresh()
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    bench.paste(next(texts))
    for _ in range(rounds):
        read, row = bench.paste(next(texts))
        times["a new text, predictions"].append(read)
        times["a new text, first row"].append(row)
        times["a hover, row not seen yet"] += [bench.hover(p) for p in (190, 180, 195, 170)]
        for key in "aes ":
            read, row = bench.letter(key)
            times["a letter, predictions"].append(read)
            times["a letter, its row"].append(row)
    return times


KINDS = (
    "a hover, row not seen yet",
    "a letter, predictions",
    "a letter, its row",
    "a new text, predictions",
    "a new text, first row",
)


def kernel(name: str, rounds: int) -> dict[str, float]:
    """Milliseconds of one row, the last of 198, in the kernel: by the sweep, and by autograd.

    On one thread, as the page.
    """
    torch.set_num_threads(1)
    reading = Reading(rv.load_pretrained(name), TEXT)
    network, ids = reading.model.network, torch.tensor(reading.facet.tokens.ids)
    last = len(TEXT) - 1
    ways: dict[str, Callable[[], object]] = {
        "sweep": lambda: list(reading.pieces(last)),
        "autograd": lambda: reference_row(network, ids, last, reading.explained[last], "norm"),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds + 1):
        for way, act in ways.items():
            start = time.perf_counter()
            act()
            times[way].append(1000 * (time.perf_counter() - start))
    return {way: statistics.median(taken[1:]) for way, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=8, help="new texts of each kind (8)")
    parser.add_argument("--models", nargs="*", default=["gru"], help="whose times to take (gru)")
    parser.add_argument("--errors", nargs="*", default=NAMES, help="whose numbers to compare (all)")
    options = parser.parse_args()
    print(f"page's code: {len(script().encode()):,} bytes, models apart")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        folder, browser = Path(home), launch(playwright)
        for name in options.errors:
            for precision in ("int8", "half"):
                page = opened(browser, folder, name, precision=precision)
                model = rv.load_pretrained(name)
                logits, scores = errors_of(page, model, precision)
                print(
                    f"{name:<12}{precision:<5}{live_size(model, precision):>10,} bytes; against "
                    f"the kernel as sent: logits {logits:.1e}, scores {scores:.1e} of the row's "
                    "largest"
                )
                page.close()
        for name in options.models:
            report(browser, folder, name, options.rounds)
        browser.close()


def report(browser: Browser, folder: Path, name: str, rounds: int) -> None:
    """Prints the times of one model."""
    taken = {}
    for way, wasm in (("SIMD", True), ("plain loops", False)):
        page = opened(browser, folder, name, wasm=wasm)
        taken[way] = measure(Bench(page), rounds)
        if wasm:
            parts = page.evaluate("() => timesOf(0)")
        page.close()
    print(f"\n{name}, {len(TEXT)} characters; from the event to the painted frame, medians")
    for kind in KINDS:
        ours, plain = (statistics.median(taken[way][kind]) for way in ("SIMD", "plain loops"))
        print(
            f"  {kind:<28}{ours:6.0f} ms  worst {max(taken['SIMD'][kind]):5.0f} ms  plain loops "
            f"{plain:6.0f} ms  {plain / ours:5.1f} x  n = {len(taken['SIMD'][kind])}"
        )
    print("  computing alone, in the page")
    for part in ("row", "read", "logits", "letter"):
        ours, plain = parts[f"simd {part}"], parts[f"plain {part}"]
        print(f"    {part:<8}{ours:7.1f} ms  plain loops {plain:7.1f} ms  {plain / ours:5.1f} x")
    for way, ms in kernel(name, rounds).items():
        print(
            f"    row in the kernel by {way:<9}{ms:7.1f} ms  {ms / parts['simd row']:5.1f} x, also "
            "on one thread"
        )


if __name__ == "__main__":
    main()
