"""A corpus is read in the background: how fast, how long a search takes then, and what hovers feel.

`python benchmarks/corpus_search.py [characters]` reads made-up texts with the bundled LSTM and
prints: characters a second, the first search, another one, and the times of rows that are hovered
while nothing else goes on and while the corpus is read. It says nothing of other tools.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.scene.unit_matches import SearchProgress

TEXT = "the memory of a network is what it keeps of the words that it has read before this one"
WORDS = ("the", "of", "and", "memory", "network", "reads", "a", "letter", "word", "keeps", "before")
LENGTH = 1_000
HOVERS = 40


def texts(characters: int) -> list[str]:
    """Made-up texts of `LENGTH` characters."""
    draws = np.random.default_rng(0)
    return [
        " ".join(draws.choice(WORDS, LENGTH // 4))[:LENGTH] for _ in range(characters // LENGTH)
    ]


def hovers(explorer: Explorer) -> list[float]:
    """Milliseconds that rows take which are not known yet."""
    found = []
    for position in range(HOVERS):
        for cache in explorer.caches:
            cache.rows.pop(position, None)
        begun = time.perf_counter()
        explorer.rows_at(position)
        found.append(1000 * (time.perf_counter() - begun))
        time.sleep(0.05)
    return found


def timed(explorer: Explorer, selection: rv.Selection) -> float:
    """Seconds that a search takes, in this thread."""
    begun = time.perf_counter()
    explorer.searches.begin(selection, at_once=True)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    characters = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    explorer = Explorer(ModelSource({"LSTM": rv.load_pretrained("lstm")}, TEXT))
    quiet = hovers(explorer)
    explorer.searches.take(rv.TextCorpus(texts(characters)))
    far: list[SearchProgress | None] = []
    explorer.searches.on_found = lambda state: far.append(state.progress)
    selection = rv.Selection(4, 10, corpus=True)
    begun = time.perf_counter()
    explorer.searches.begin(selection)
    busy = hovers(explorer)
    during = bool(far) and far[-1] is not None
    explorer.searches.join()
    whole = time.perf_counter() - begun
    print(f"{characters:,} characters: {whole:.1f} s, {characters / whole:,.0f} a second")
    print(f"another span: {timed(explorer, rv.Selection(15, 17, corpus=True)):.2f} s")
    print(
        f"another quantile: {timed(explorer, rv.Selection(4, 10, corpus=True, quantile=0.8)):.2f} s"
    )
    print(f"the text itself: {1000 * timed(explorer, rv.Selection(4, 10)):.1f} ms")
    for name, each in (("nothing else", quiet), ("the corpus is read", busy)):
        median, most = np.median(each), max(each)
        print(f"a hovered row, {name}: median {median:.1f} ms, longest {most:.1f} ms")
    print("" if during else "The corpus was read before the last hover: give more characters.")
    explorer.close()


main()
