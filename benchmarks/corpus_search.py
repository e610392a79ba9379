"""A corpus is read in the background: how fast, how long a search takes then, and what hovers feel.

Made-up texts are read with the bundled LSTM. Printed are: characters a second, the first search,
another one, what of that the predictions at its places take, beside reading these texts as the page
reads its own, and the times of rows that are hovered while nothing else goes on and while the
corpus is read.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.reading import Question, Reading, outputs_at
from rnnviz_widget.scene.unit_matches import SearchProgress

TEXT = "the memory of a network is what it keeps of the words that it has read before this one"
WORDS = ("the", "of", "and", "memory", "network", "reads", "a", "letter", "word", "keeps", "before")
LENGTH = 1_000
HOVERS = 40
# The most that a search shows.
MATCHES = 12


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


def predictions(model: rv.SequenceModel, some: list[str]) -> tuple[float, float]:
    """Seconds for what is predicted at one place of each text: ours, and by reading it whole.

    Medians of both in turns, times the number of texts.
    """
    ours, rival = list[float](), list[float]()
    for text in some:
        begun = time.perf_counter()
        (found,) = outputs_at(model, text, [LENGTH // 2])
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        whole = Reading(model, text, Question(rv.TRUTH), reads_later=True)
        rival.append(time.perf_counter() - begun)
        assert found.predictions[0].name == whole.facet.at(LENGTH // 2).predictions[0].name
    return len(some) * statistics.median(ours), len(some) * statistics.median(rival)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("characters", type=int, nargs="?", default=200_000, help="(200,000)")
    characters = parser.parse_args().characters
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
    ours, rival = predictions(rv.load_pretrained("lstm"), texts(MATCHES * LENGTH))
    print(f"predictions at {MATCHES} places, each in another text: {ours:.2f} s, by the head there")
    print(
        f"  by reading these texts as the page reads its own: {rival:.2f} s, {rival / ours:.1f} x"
    )
    for name, each in (("nothing else", quiet), ("the corpus is read", busy)):
        median, most = np.median(each), max(each)
        print(f"a hovered row, {name}: median {median:.1f} ms, longest {most:.1f} ms")
    print("" if during else "The corpus was read before the last hover: give more characters.")
    explorer.close()


if __name__ == "__main__":
    main()
