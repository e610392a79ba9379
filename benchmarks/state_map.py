"""How many frames a second the page's map draws: 100,000 points, panned, enlarged and hovered.

The page itself takes the times: from frame to frame while the pointer drags the map or moves over
it, each frame another place, and by a real mouse from the pointer's event to the first task after
the frame. A hover finds the point, draws its marks, and has the text show the character there.
The rival is the plain map that one would write: a canvas with a rectangle a point, all points asked
which is nearest. With `--regl` the same points are panned by regl-scatterplot too, on which
jupyter-scatter is built: a file that sets `window.createScatterplot`, as `esbuild --bundle` makes
it of the npm package. All are panned in turns in one page.
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

from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.state_map import FacetMap, NearPoints, StateMaps
from rnnviz_widget.share.page import Shared, document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SYMBOLS = 27
WATCH = """() => {
    window.taken = [];
    document.addEventListener("pointermove", (event) => {
        if (event.target.closest(".rnnviz-map-plane") === null) return;
        requestAnimationFrame(() => setTimeout(() => {
            taken.push(performance.now() - event.timeStamp);
        }));
    }, { capture: true });
    window.frames = async (count, act) => {
        const gaps = [];
        let last = await new Promise(requestAnimationFrame);
        for (let n = 0; n < count; n++) {
            act(n);
            const now = await new Promise(requestAnimationFrame);
            gaps.push(now - last);
            last = now;
        }
        return gaps;
    };
    window.send = (type, x, y, more = {}) => {
        const plane = document.querySelector(".rnnviz-map-plane");
        const box = plane.getBoundingClientRect();
        plane.dispatchEvent(new PointerEvent(type, {
            bubbles: true, pointerType: "mouse", ...more,
            clientX: box.left + x, clientY: box.top + y,
        }));
    };
}"""
# Dragged with Shift, which moves the map.
PAN = """async (count) => {
    send("pointerdown", 300, 200, { button: 0 });
    const gaps = await frames(count, (n) => {
        send("pointermove", 300 + 60 * Math.sin(n / 5), 200 + n % 40 * 2, { shiftKey: true });
    });
    window.dispatchEvent(new PointerEvent("pointerup"));
    return gaps;
}"""
ZOOM = """async (count) => {
    const plane = document.querySelector(".rnnviz-map-plane");
    const box = plane.getBoundingClientRect();
    const at = { clientX: box.left + 300, clientY: box.top + 200, ctrlKey: true, bubbles: true };
    return frames(count, (n) => {
        const deltaY = n % 20 < 10 ? -40 : 40;
        plane.dispatchEvent(new WheelEvent("wheel", { deltaY, cancelable: true, ...at }));
    });
}"""
HOVER = """(count) => frames(count, (n) => {
    send("pointermove", 60 + (37 * n) % 600, 40 + (23 * n) % 300);
})"""
SELECT = """async (count) => {
    send("pointerdown", 200, 100, { button: 0 });
    const gaps = await frames(count, (n) => {
        const angle = n / count * 6.2;
        send("pointermove", 350 + 150 * Math.cos(angle), 200 + 120 * Math.sin(angle));
    });
    window.dispatchEvent(new PointerEvent("pointerup"));
    return gaps;
}"""
PLAIN = """([positions, colors, size]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = size;
    document.body.append(canvas);
    const context = canvas.getContext("2d");
    const of = ["#0062ad", "#cc5500", "#00825c", "#b02e82", "#6e5f00", "#6048be", "#aaa", "#aaa"];
    const draw = (dx, dy) => {
        context.clearRect(0, 0, ...size);
        for (let n = 0; n < colors.length; n++) {
            context.fillStyle = of[Math.min(7, colors[n])];
            const x = size[0] / 2 + dx + positions[2 * n] * 100;
            context.fillRect(x, size[1] / 2 + dy + positions[2 * n + 1] * 100, 2.5, 2.5);
        }
    };
    window.plainPan = (count) => frames(count, (n) => draw(60 * Math.sin(n / 5), n % 40));
    window.plainHover = (count) => frames(count, (n) => {
        let best = -1;
        let least = 1e9;
        for (let k = 0; k < colors.length; k++) {
            const apart = Math.hypot(positions[2 * k] - n % 9, positions[2 * k + 1]);
            if (apart < least) [least, best] = [apart, k];
        }
        window.best = best;
        draw(0, 0);
    });
}"""
REGL = """async ([positions, colors, size]) => {
    const canvas = document.createElement("canvas");
    canvas.style.width = `${size[0]}px`;
    canvas.style.height = `${size[1]}px`;
    document.body.append(canvas);
    const make = window.createScatterplot;
    const plot = make({ canvas, width: size[0], height: size[1], pointSize: 2.5 });
    plot.set({ colorBy: "category", pointColor: ["#0062ad", "#cc5500", "#00825c", "#b02e82"] });
    const points = Array.from(colors, (color, n) => [
        positions[2 * n] / 4, positions[2 * n + 1] / 4, color % 4, 0,
    ]);
    await plot.draw(points);
    const camera = plot.get("camera");
    window.reglPan = (count) => frames(count, (n) => {
        camera.pan([0.01 * Math.sin(n / 5), 0.004]);
        plot.redraw();
    });
    const at = document.createElement("canvas").getContext("webgl");
    const info = at?.getExtension("WEBGL_debug_renderer_info");
    return info ? at.getParameter(info.UNMASKED_RENDERER_WEBGL) : "unknown";
}"""


def map_of(text: str, points: int, draw: np.random.Generator) -> tuple[FacetMap, Any, Any]:
    """A map of clouds of points, one around a place for each symbol, and its places and symbols."""
    letters = sorted(set(text))
    symbols = draw.integers(0, SYMBOLS, points)
    symbols[: len(text)] = [letters.index(letter) for letter in text]
    places = draw.standard_normal((SYMBOLS, 2))[symbols] + draw.standard_normal((points, 2)) * 0.2
    quantum = float(np.abs(places).max()) / 32_767
    corpus = "".join(draw.choice(list("abcdefghij "), points - len(text)))
    own = np.arange(len(text))
    facet = FacetMap(
        sources=["hidden of layer 0 of rnn"],
        source=0,
        layers=["hidden of layer 0 of rnn"],
        own=len(text),
        of_tokens=own,
        quantum=quantum,
        center=np.zeros(2),
        positions=np.rint(places / quantum).astype("<i2").tobytes(),
        words=f"{points:,} points",
        waits_for=None,
        names=["", *[chr(65 + n) for n in range(SYMBOLS)]],
        symbol=symbols + 1,
        predicted=draw.integers(0, SYMBOLS, points) + 1,
        truth=symbols + 1,
        loss=draw.exponential(1, points),
        corpus=corpus,
        starts=np.arange(0, len(corpus), 500),
        after=np.arange(points) + 1,
        near=NearPoints(
            own, draw.integers(0, points, (len(text), 6)), draw.random((len(text), 6)), 8
        ),
    )
    return facet, places, symbols


def hovers(page: Page, count: int) -> list[float]:
    """Times of hovers by a real mouse, each of another point."""
    box = page.locator(".rnnviz-map-plane").bounding_box()
    assert box is not None
    page.evaluate("() => { taken.length = 0; }")
    for n in range(count):
        page.mouse.move(box["x"] + 60 + (37 * n) % 600, box["y"] + 40 + (23 * n) % 300)
        page.wait_for_function("(n) => taken.length > n", arg=n)
    times: list[float] = page.evaluate("taken")
    return times


def in_turns(page: Page, rounds: int, runs: dict[str, tuple[str, Any]]) -> dict[str, list[float]]:
    """Frame times of several programs in the page, one after the other, several times over."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (program, argument) in runs.items():
            found[name] += page.evaluate(program, argument)
    return found


def compare(browser: Browser, folder: Path, points: int, options: argparse.Namespace) -> None:
    """One map."""
    draw = np.random.default_rng(options.seed)
    text = text_of(400, draw)
    facet, places, symbols = map_of(text, points, draw)
    rows = {s: row_of(s, draw) for s in range(len(text))}
    state = state_of(text, [rows], 200)
    reply = pack(StateMaps(1, 1, "pca", ["pca"], [facet]))
    state |= {"_opened": ["map"], "_reply": {"map": {**reply, "number": 1}}}
    file = folder / "page.html"
    file.write_text(document([Shared(state, "", "")]), encoding="utf-8")
    page = opened(browser, file, ".rnnviz-map-plane")
    page.locator(".rnnviz-map-plane").scroll_into_view_if_needed()
    page.evaluate(WATCH)
    flat, colors = places.ravel().tolist(), symbols.tolist()
    box = page.locator(".rnnviz-map-plane").bounding_box()
    assert box is not None
    size = [round(box["width"]), round(box["height"])]
    page.evaluate(PLAIN, [flat, colors, size])
    runs = {
        "pan": (PAN, options.frames),
        "plain pan (the rival)": ("(n) => plainPan(n)", options.frames),
        "hover": (HOVER, options.frames),
        "plain hover (the rival)": ("(n) => plainHover(n)", options.frames),
        "zoom": (ZOOM, options.frames),
        "select a region": (SELECT, options.frames),
    }
    print(f"{points:,} points, {size[0]} x {size[1]} pixels; a frame is {FRAME:.1f} ms")
    if options.regl is not None:
        page.evaluate("(0, eval)", options.regl.read_text(encoding="utf-8"))
        renderer = page.evaluate(REGL, [flat, colors, size])
        print(f"  WebGL is drawn by {renderer}")
        runs["regl-scatterplot pan"] = ("(n) => reglPan(n)", options.frames)
    for name, gaps in in_turns(page, options.rounds, runs).items():
        middle = statistics.median(gaps)
        print(f"{line_of(f'{name}, frame to frame', gaps)}  {1000 / middle:5.1f} frames a second")
    print(line_of("real mouse: hover to painted", hovers(page, 40)))
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=30, help="frames of each round (30)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (3)")
    parser.add_argument("--regl", type=Path, help="regl-scatterplot in one file")
    parser.add_argument("--seed", type=int, default=0, help="of points and text (0)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for points in (2_000, 100_000):
            compare(browser, Path(folder), points, options)
        browser.close()


if __name__ == "__main__":
    main()
