"""How long a change of the text takes in JupyterLab: from the key to the painted frame.

Letters are typed at the end and in the middle, deleted, and 20 characters are pasted, quiet and
beside busy processes, as a training in the next cell is one. The page itself takes the times: from
the time stamp of the `input` event to the first task after the frame that shows the new text, its
predictions and at least the nearest colours (first paint), and after the frame in which the picture
explains the character before the caret, all models whole. The rival is a bare widget whose kernel
answers at once: what a round trip costs here.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import launch
from browser.lab import Lab
from browser.notebook import Notebook
from contention import busy
from hover import BARE, TEXT

SETUP = """import anywidget, traitlets
import rnnviz_widget as rv
names = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nested-lstm"}
models = {name: rv.load_pretrained(short) for name, short in names.items()}"""
WATCH = """(host) => {
    const field = host.querySelector("textarea");
    const root = () => host.querySelector(".rnnviz-explorer");
    const times = window.letter = {};
    let epoch;
    const seen = (name) => {
        if (times[name] !== undefined) return;
        times[name] = NaN;
        const { typed } = times;
        requestAnimationFrame(() => setTimeout(() => {
            // Not what was painted before the next change came.
            if (times.typed === typed) times[name] = performance.now() - typed;
        }));
    };
    field.addEventListener("input", (event) => {
        for (const name of ["first", "whole"]) delete times[name];
        times.typed = event.timeStamp;
        ({ epoch } = root().dataset);
    }, { capture: true });
    const look = () => {
        const { partial, shown, epoch: now } = root().dataset;
        const before = Array.from(field.value.slice(0, field.selectionEnd)).length;
        const place = String(Math.max(0, before - 1));
        if (now === epoch) return;
        if ([partial, shown].includes(place)) seen("first");
        if (shown === place) seen("whole");
    };
    new MutationObserver(look).observe(host, {
        subtree: true, childList: true, attributes: true,
        attributeFilter: ["data-shown", "data-partial"],
    });
}"""
PASTED = " and what comes after"[:20]
# The first of each kind warm up what the page and the kernel have not run yet.
WARM_UP = 2

Times = list[dict[str, float]]


class Editing:
    """The editor of a widget, in which changes are timed.

    Args:
        page: The page.
        text: The text that it shows, and again after each kind of change.
        times: How many changes of each kind are timed.
    """

    def __init__(self, page: Page, text: str, times: int) -> None:
        self._page, self._text, self._times = page, text, times

    def all_kinds(self) -> dict[str, Times]:
        """Time each kind of change."""
        more = (TEXT * 2)[len(self._text) :]
        back = self._press("Backspace")
        found = {}
        for place, left in {"at the end": 0, "in the middle": len(self._text) // 2}.items():
            self._page.keyboard.press("Control+End")
            for _ in range(left):
                self._page.keyboard.press("ArrowLeft")
            found[f"a letter {place}"] = self._each(lambda n: self._press(more[n]))
            found[f"deleted {place}"] = self._each(lambda _: back)
        found["20 characters pasted"] = self._each(lambda _: self._paste, self._undo)
        return found

    def _each(
        self, change: Callable[[int], Callable[[], None]], back: Callable[[], None] | None = None
    ) -> Times:
        """Time changes, the n-th of which `change` returns; `back` takes each back, untimed."""
        found = []
        for n in range(WARM_UP + self._times):
            found.append(self._timed(change(n)))
            if back is not None:
                self._timed(back)
        return found[WARM_UP:]

    def _press(self, key: str) -> Callable[[], None]:
        return lambda: self._page.keyboard.press("Space" if key == " " else key)

    def _paste(self) -> None:
        self._page.keyboard.insert_text(PASTED)

    def _undo(self) -> None:
        self._page.keyboard.press("Control+z")

    def _timed(self, change: Callable[[], None]) -> dict[str, float]:
        self._page.evaluate("() => { delete window.letter.whole; }")
        change()
        self._page.wait_for_function("() => window.letter.whole > 0")
        times: dict[str, float] = self._page.evaluate("() => window.letter")
        return times


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=30, help="changes of each kind (30)")
    parser.add_argument("--length", type=int, default=200, help="characters before them (200)")
    parser.add_argument("--busy", type=int, default=2, help="other busy processes (2); 0: none")
    options = parser.parse_args()
    text = TEXT[: options.length]
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
            picture = notebook.show(f"w = rv.explore(models, {text!r})\nw")
            picture.edit()
            page.locator(".rnnviz-editor").wait_for()
            page.keyboard.press("Control+End")
            picture.await_shown(len(text) - 1)
            page.locator(".rnnviz-host").evaluate(WATCH)
            print(f"{len(text)} characters and more, three bundled models, editor open")
            for others in dict.fromkeys([0, options.busy]):
                with busy(others) if others else contextlib.nullcontext():
                    bare = [page.evaluate("(n) => window.ask(n)", n) for n in _numbers(others)]
                    page.locator(".rnnviz-editor textarea").focus()
                    found = Editing(page, text, options.times).all_kinds()
                _report(others, bare, found)
            browser.close()


def _numbers(others: int) -> range:
    """Numbers to ask the bare widget, which answers each only once."""
    return range(100 * others + 1, 100 * others + 31)


def _report(others: int, bare: Sequence[float], kinds: dict[str, Times]) -> None:
    print(f"\n{f'beside {others} busy processes' if others else 'quiet'}, ms: median (worst)")
    print(f"  {'':24} {'first paint':>14} {'all whole':>14}")
    print(f"  {'bare round trip':24} {_spread(bare):>14}")
    for kind, times in kinds.items():
        first, whole = ([each[name] for each in times] for name in ("first", "whole"))
        print(f"  {kind:24} {_spread(first):>14} {_spread(whole):>14}")


def _spread(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.0f} ({max(times):.0f})"


if __name__ == "__main__":
    main()
