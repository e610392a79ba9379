"""How long the page takes to paint a hover on rows that it has: long texts, several facets.

The page itself takes the times: from the time stamp of the pointer's event (a real mouse, moved by
the browser's own input) to the first task after the frame that shows the character in every facet.
Rows are those of the bundled models, and such as are made up so that almost every colour changes at
every hover, which is the most that a page can have to paint. The rival is the plain page that one
would write: a span for each character, each coloured anew at every hover, in a text as high as it
comes. Both are hovered at the end of the text, where rows are longest, and at the same characters
in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np
from browser.chromium import launch
from playwright.sync_api import sync_playwright

import rnnviz_widget as rv
from rnnviz_widget.reading import Floats, Reading
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import ExplainedClasses, Facet, MeasureInfo, Scene
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.replies import Progress, Status
from rnnviz_widget.scene.rows import Rows, pack_rows
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.share.page import Shared, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, Page

WORDS = (
    "the",
    "formal",
    "study",
    "of",
    "grammar",
    "is",
    "an",
    "important",
    "education",
    "from",
    "to",
)
NAMES = ("gru", "lstm", "nested-lstm")
MEASURE = MeasureInfo("norm", signed=False, label="L2 norm of the gradient")
FRAME = 1000 / 60
# Every instrument that the page can open, where it is not open yet.
OPEN = """() => {
    for (const closed of document.querySelectorAll(".rnnviz-explorer details:not([open])")) {
        closed.open = true;
    }
    for (const button of document.querySelectorAll(".rnnviz-explorer [aria-expanded='false']")) {
        button.click();
    }
}"""
WATCH = """(root) => {
    const times = { moved: {}, painted: {} };
    window.times = times;
    document.addEventListener("pointermove", (event) => {
        const p = event.target.closest?.("[data-p]")?.dataset.p;
        if (p !== undefined) times.moved[p] ??= event.timeStamp;
    }, { capture: true });
    new MutationObserver(() => {
        const p = root.dataset.shown;
        if (p !== undefined) setTimeout(() => { times.painted[p] ??= performance.now(); });
    }).observe(root, { attributes: true, attributeFilter: ["data-shown"] });
}"""
FRAMES = """async (count) => {
    const gaps = [];
    let last = await new Promise(requestAnimationFrame);
    const box = SCROLLER;
    for (let i = 0; i < count; i++) {
        box.scrollTop -= 40;
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
    }
    return gaps;
}"""
PLAIN = Path(__file__).with_name("plain_page.html").read_text(encoding="utf-8")


def text_of(length: int, draw: np.random.Generator) -> str:
    """English words in any order."""
    words = draw.choice(WORDS, size=length)
    return " ".join(words)[: length - 1] + "e"


def rows_of(
    text: str, positions: Sequence[int], facet: int, draw: np.random.Generator, *, trained: bool
) -> dict[int, Floats]:
    """Rows of one model, by position."""
    if not trained:
        return {s: row_of(s, draw) for s in positions}
    reading = Reading(rv.load_pretrained(NAMES[facet]), text)
    ordered = sorted(set(positions))
    rows = reading.rows(ordered)
    return {s: np.asarray(row)[: s + 1] for s, row in zip(ordered, rows, strict=True)}


def row_of(position: int, draw: np.random.Generator) -> Floats:
    """Scores (position + 1): falling with distance, and a few strong ones anywhere."""
    back = position - np.arange(position + 1)
    scores = draw.random(position + 1) * (np.exp(-back / 40) + 0.2)
    far = draw.integers(0, position + 1, size=4)
    scores[far] += 0.8
    return scores


def state_of(text: str, rows: Sequence[dict[int, Floats]], position: int) -> dict[str, Any]:
    """What the kernel would send of these rows."""
    length = len(text)
    spans = [(t, t + 1) for t in range(length)]
    facets = [
        Facet(
            name=name,
            tokens=Tokens(text, (), (), spans, ()),
            reads=Reads.up_to_own(length),
            measure=MEASURE,
            classes=("education", "early", "each"),
            top=np.tile([0, 1, 2], (length, 1)),
            top_probabilities=np.tile([0.5, 0.3, 0.1], (length, 1)),
            explained=ExplainedClasses(
                [0] * length,
                np.full(length, 0.5),
                np.ones(length, np.int64),
                ["the word being typed"] * length,
            ),
            engine_words="made up",
        )
        for name, _ in zip(NAMES, rows, strict=False)
    ]
    packed = [pack_rows(length, of, signed=False) for of in rows]
    return {
        "position": position,
        "pinned": None,
        "brush": [length - 60, length - 50],
        "_scene": pack(Scene(epoch=1, text=text, measure=MEASURE, facets=facets)),
        "_answer": {},
        "_rows": pack(Rows(1, complete=True, facets=packed)),
        "_status": pack(Status(1, Progress(length, length, "done"))),
    }


def opened(browser: Browser, file: Path, ready: str) -> Page:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(file.as_uri())
    page.locator(ready).wait_for()
    return page


def hover(page: Page, position: int) -> float:
    """From the pointer's event to the painted frame, in milliseconds."""
    page.mouse.move(3, 3)
    page.locator(f"[data-p='{position}']").first.hover()
    page.wait_for_function("(p) => times.painted[p] !== undefined", arg=position)
    took: float = page.evaluate("(p) => times.painted[p] - times.moved[p]", position)
    page.evaluate("(p) => { delete times.painted[p]; delete times.moved[p]; }", position)
    return took


def line_of(name: str, times: Sequence[float], rival: float | None = None) -> str:
    """One line: median, worst, frames, and the median against the rival's."""
    middle = statistics.median(times)
    line = f"  {name:<34}{middle:7.1f} ms  worst {max(times):6.1f} ms  {middle / FRAME:5.2f} frames"
    return line if rival is None else f"{line}  {middle / rival:5.2f} x plain"


def compare(
    browser: Browser,
    folder: Path,
    length: int,
    facets: int,
    options: argparse.Namespace,
    *,
    trained: bool,
) -> None:
    """One text: its hovers, ours and the plain page's in turns, and scrolling through it."""
    draw = np.random.default_rng(options.seed)
    text = text_of(length, draw)
    positions = [length - 1 - 7 * n % 151 for n in range(options.hovers)]
    rows = [rows_of(text, positions, f, draw, trained=trained) for f in range(facets)]
    state = state_of(text, rows, positions[0])
    ours, plain = folder / "ours.html", folder / "plain.html"
    html = document([Shared(state, "", "")])
    if options.page is not None:
        script = options.page.read_text(encoding="utf-8")
        head, _, _ = html.rpartition("<script>")
        head = head.replace("http-equiv", "data-was")
        html = f"{head}<script>{script}</script></body></html>"
    ours.write_text(html, encoding="utf-8")
    data = {
        "text": text,
        "facets": [{s: (r / r.max()).round(3).tolist() for s, r in of.items()} for of in rows],
    }
    plain.write_text(PLAIN.replace("DATA", json.dumps(data)), encoding="utf-8")
    pages = {
        "ours": opened(browser, ours, ".rnnviz-explorer[data-filled]"),
        "plain": opened(browser, plain, "#root[data-shown]"),
    }
    pages["ours"].evaluate(OPEN)
    for name, root in (("ours", ".rnnviz-explorer"), ("plain", "#root")):
        pages[name].locator(root).evaluate(WATCH)
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for n, position in enumerate(positions[1:]):
        for name, page in pages.items():
            page.bring_to_front()
            time = hover(page, position)
            if n >= options.warm:
                taken[name].append(time)
    kind = "rows of the bundled models" if trained else "made-up rows, every colour changes"
    count = len(taken["ours"])
    print(f"T = {length:,}, {facets} facet{'s' * (facets > 1)}, {kind}; n = {count}")
    rival = statistics.median(taken["plain"])
    print(line_of("plain page, every span (the rival)", taken["plain"]))
    print(line_of("hover to painted", taken["ours"], rival))
    for name, page in pages.items():
        page.bring_to_front()
        gaps = page.evaluate(FRAMES.replace("SCROLLER", SCROLLERS[name]), 60)
        print(line_of(f"scrolling, frame to frame: {name}", gaps))
        page.close()


BOX = "document.querySelector('.rnnviz-text')"
SCROLLERS = {
    "plain": "document.scrollingElement",
    "ours": f"({BOX}.scrollHeight > {BOX}.clientHeight + 9 ? {BOX} : document.scrollingElement)",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hovers", type=int, default=40, help="hovers of each page (40)")
    parser.add_argument("--warm", type=int, default=5, help="of them not counted, at first (5)")
    parser.add_argument("--seed", type=int, default=0, help="of text and rows (0)")
    parser.add_argument("--page", type=Path, help="another build of page.js, to time it instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for length, facets in ((200, 2), (1_000, 3), (10_000, 1)):
            for trained in (True, False):
                compare(browser, Path(folder), length, facets, options, trained=trained)
        browser.close()


if __name__ == "__main__":
    main()
