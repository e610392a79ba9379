"""How long the page takes to paint the strip of units: hovering, brushing and scrolling.

The page itself takes the times. A hover by a real mouse, each at another character and unit, draws
the strip, the unit's curve and its colours in the text, and the row of the character: its work in
its frame is from the event's arrival to the first task after that frame; from the mouse, the time
stamp of the event counts, which is up to a frame earlier. A long text takes a unit's colours in the
three frames after that, a third of its lines in each, so a mouse that moves at every frame, in
which each frame has both, is timed too, from frame to frame. The rival is the plain strip that one
would write: one canvas of a pixel a cell, all of it drawn anew at every hover, and nothing else.
Both have as many states, and are hovered in turns in one page.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from paint import FRAME, launch, line_of, opened, row_of, state_of, text_of
from playwright.sync_api import sync_playwright

from rnnviz_widget.explorer.unit_states import UnitStates
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.unit_states import FacetStates, StatesWindow
from rnnviz_widget.share.page import Shared, document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WATCH = """() => {
    window.taken = [];
    window.worked = [];
    window.gaps = null;
    const text = document.querySelector(".rnnviz-text");
    let waits = false;
    document.addEventListener("pointermove", (event) => {
        if (event.target.closest(".rnnviz-strip") === null) return;
        const begun = performance.now();
        if (waits) return;
        waits = true;
        requestAnimationFrame(() => setTimeout(() => {
            waits = false;
            taken.push(performance.now() - event.timeStamp);
            worked.push(performance.now() - begun);
        }));
    }, { capture: true });
    window.watchFrames = () => {
        const gaps = [];
        window.gaps = gaps;
        let last = null;
        const next = (now) => {
            if (last !== null) gaps.push(now - last);
            last = now;
            if (window.gaps === gaps) requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
    };
    window.takeGaps = () => {
        const { gaps } = window;
        window.gaps = null;
        return gaps;
    };
}"""
PLAIN = """async ([steps, units]) => {
    const states = new Float32Array(steps * units).map((_, n) => Math.sin(n * 0.37));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [steps, units];
    const context = canvas.getContext("2d");
    const image = new ImageData(steps, units);
    const pixels = new Uint32Array(image.data.buffer);
    window.plain = async () => {
        const begun = performance.now();
        for (let n = 0; n < states.length; n++) {
            pixels[n] = 0xff000000 | (states[n] * 127 + 128);
        }
        context.putImageData(image, 0, 0);
        await new Promise(requestAnimationFrame);
        await new Promise((done) => setTimeout(done));
        return performance.now() - begun;
    };
}"""
SCROLL = """async (count) => {
    const box = document.querySelector(".rnnviz-strip");
    const gaps = [];
    let last = await new Promise(requestAnimationFrame);
    for (let n = 0; n < count; n++) {
        box.scrollLeft += 400;
        box.scrollTop = (n * 37) % 2000;
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
    }
    return gaps;
}"""


def states_of(steps: int, units: int, draw: np.random.Generator) -> UnitStates:
    """States that go to and fro, of each unit at its own pace."""
    pace = draw.uniform(0.01, 1.0, units)
    return UnitStates(np.sin(np.arange(steps)[:, None] * pace).astype(np.float32))


def page_state(steps: int, units: int, seed: int) -> dict[str, Any]:
    """What a page has that was saved with all states in it."""
    draw = np.random.default_rng(seed)
    states = states_of(steps, units, draw)
    facet = FacetStates(
        layers=["hidden of layer 0 of rnn"],
        layer=0,
        of=units,
        quantum=states.quantum,
        low=states.low,
        high=states.high,
        mean=states.mean,
        index=states.index,
        order=states.order("number"),
        carried=None,
        carry_error=None,
        through_gate=False,
        shares=np.full(units, np.nan),
        start=0,
        values=states.values.astype("<i2").tobytes(),
        curve_of=None,
        curve=b"",
        route=None,
        route_error=None,
        changed=None,
        memory=None,
        lens=None,
    )
    window = pack(StatesWindow(1, 1, 0, steps, "number", [0], [facet]))
    text = text_of(steps, draw)
    rows = {s: row_of(s, draw) for s in range(max(0, steps - 300), steps)}
    state = state_of(text, [rows], steps - 100)
    return {**state, "_opened": ["states"], "_reply": {"states": {**window, "number": 1}}}


def cell_of(page: Page, n: int) -> tuple[float, float]:
    """Where the mouse is at hover n: each is of another character and another unit."""
    box = page.locator(".rnnviz-strip").bounding_box()
    assert box is not None
    return box["x"] + 120 + (37 * n) % 600, box["y"] + 40 + (23 * n) % 220


def hovers(page: Page, count: int) -> dict[str, list[float]]:
    """Times of hovers by a real mouse, each once the one before it is painted."""
    page.evaluate("() => { taken.length = worked.length = 0; }")
    for n in range(count):
        page.mouse.move(*cell_of(page, n))
        page.wait_for_function("(n) => taken.length > n", arg=n, polling=5)
    times: dict[str, list[float]] = page.evaluate("({ taken, worked })")
    return times


def brushes(page: Page, count: int) -> list[float]:
    """The page's work in the frames of a brush that a real mouse drags over the strip."""
    box = page.locator(".rnnviz-strip").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 60)
    page.mouse.down()
    page.evaluate("() => { taken.length = worked.length = 0; }")
    for n in range(count):
        page.mouse.move(box["x"] + 220 + 12 * n % 500, box["y"] + 60)
        page.wait_for_function("(n) => taken.length > n", arg=n, polling=5)
    page.mouse.up()
    times: list[float] = page.evaluate("worked")
    page.keyboard.press("Escape")
    return times


def moving(page: Page, count: int) -> list[float]:
    """From frame to frame, while a mouse moves on before what it was at can be painted."""
    page.evaluate("watchFrames()")
    for n in range(count):
        page.mouse.move(*cell_of(page, n))
    gaps: list[float] = page.evaluate("takeGaps()")
    return gaps


def compare(
    browser: Browser, folder: Path, size: tuple[int, int], options: argparse.Namespace
) -> None:
    """One text and layer: hovers, ours and the plain strip's in turns, and scrolling."""
    steps, units = size
    file = folder / "page.html"
    file.write_text(
        document([Shared(page_state(steps, units, options.seed), "", "")]), encoding="utf-8"
    )
    page = opened(browser, file, ".rnnviz-strip")
    page.locator(".rnnviz-strip").scroll_into_view_if_needed()
    page.evaluate(WATCH)
    page.evaluate(PLAIN, [steps, units])
    painted: list[float] = []
    worked: list[float] = []
    plain: list[float] = []
    for _ in range(options.hovers // 10):
        times = hovers(page, 10)
        painted += times["taken"]
        worked += times["worked"]
        plain += [page.evaluate("plain()") for _ in range(2)]
    rival = statistics.median(plain)
    print(f"{steps:,} steps x {units:,} units, {len(worked)} hovers; a frame is {FRAME:.1f} ms")
    print(line_of("plain strip, every cell (the rival)", plain))
    print(line_of("hover: the page's work in its frame", worked, rival))
    print(line_of("hover: from the mouse to the painted frame", painted, rival))
    print(line_of("brushing: the page's work in its frame", brushes(page, options.hovers // 2)))
    print(line_of("a mouse that does not rest, frame to frame", moving(page, 2 * options.hovers)))
    print(line_of("scrolling, frame to frame", page.evaluate(SCROLL, 100)))
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hovers", type=int, default=60, help="hovers of each text (60)")
    parser.add_argument("--seed", type=int, default=0, help="of text and states (0)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for size in ((200, 256), (1_000, 512), (10_000, 1_024)):
            compare(browser, Path(folder), size, options)
        browser.close()


if __name__ == "__main__":
    main()
