"""How long a letter typed into the widget takes in JupyterLab: from the key to the painted frame.

The page itself takes the times: from the time stamp of the `input` event to the first task after
the frame that shows the new text, its predictions and at least the nearest colours (first paint),
after the frame in which the picture explains the new letter, all models whole, and to the strips of
that letter. The rival is a bare widget whose kernel answers at once: what a round trip costs here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import launch
from browser.lab import Lab
from browser.notebook import Notebook
from hover import BARE, TEXT, line_of

SETUP = """import anywidget, traitlets
import rnnviz_widget as rv
names = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nested-lstm"}
models = {name: rv.load_pretrained(short) for name, short in names.items()}"""
WATCH = """(host) => {
    const field = host.querySelector("textarea");
    const seen = (name) => {
        if (times[name] === undefined) {
            times[name] = NaN;
            requestAnimationFrame(() => setTimeout(() => {
                times[name] = performance.now() - times.typed;
            }));
        }
    };
    const times = { typed: 0 };
    window.letter = times;
    field.addEventListener("input", (event) => {
        for (const name of ["first", "painted", "strips"]) delete times[name];
        times.typed = event.timeStamp;
    }, { capture: true });
    const look = () => {
        const last = Array.from(field.value).length - 1;
        const root = host.querySelector(".rnnviz-explorer");
        const read = root.querySelectorAll(".rnnviz-facet:nth-of-type(1) [data-p]").length;
        const { partial, shown } = root.dataset;
        if (read !== last + 1) return;
        if ([partial, shown].includes(String(last))) seen("first");
        if (shown === String(last)) {
            seen("painted");
            if (host.querySelector("[data-waiting]") === null) seen("strips");
        }
    };
    new MutationObserver(look).observe(host, {
        subtree: true, childList: true, attributes: true,
        attributeFilter: ["data-shown", "data-partial", "data-waiting"],
    });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--letters", type=int, default=30, help="letters typed (30)")
    parser.add_argument("--length", type=int, default=200, help="characters before them (200)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Lab(Path(home)) as lab:
        lab.write("letters.ipynb")
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.set_default_timeout(60_000)
            notebook = Notebook(page, lab, "letters.ipynb")
            notebook.tell(SETUP)
            cell = notebook.run(BARE)
            page.locator(".jp-Cell").nth(cell).locator(".bare").wait_for(state="attached")
            bare = [page.evaluate("(n) => window.ask(n)", n + 1) for n in range(options.letters)]
            text = TEXT[: options.length]
            picture = notebook.show(f"w = rv.explore(models, {text!r})\nw")
            picture.edit()
            page.locator(".rnnviz-editor").wait_for()
            page.keyboard.press("Control+End")
            picture.await_shown(len(text) - 1)
            page.locator(".rnnviz-host").evaluate(WATCH)
            first, painted, strips = [], [], []
            more = (TEXT * 2)[options.length : options.length + options.letters + 2]
            for letter in more:
                page.keyboard.type(letter)
                page.wait_for_function("() => window.letter.strips > 0")
                times = page.evaluate("() => window.letter")
                first.append(times["first"])
                painted.append(times["painted"])
                strips.append(times["strips"])
            # The first two warm up what the page and the kernel have not run yet.
            first, painted, strips = first[2:], painted[2:], strips[2:]
            rival = statistics.median(bare)
            print(f"{len(text)} characters and more, three bundled models, editor open")
            print(line_of("bare round trip, nothing computed (the rival)", bare))
            print(line_of("a letter typed: first paint", first, rival))
            print(line_of("... predictions and colours, whole", painted, rival))
            print(line_of("... and strips", strips, rival))
            browser.close()


if __name__ == "__main__":
    main()
