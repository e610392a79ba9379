"""What docs/article.md says in numbers: the models that ship beside those of the article.

Andreas Madsen, "Visualizing memorization in RNNs", Distill, 2019. What its models do on its text is
computed from the connectivity and predictions that it published (tests/evaluation/distill.npz).
Each table stands between `<!-- numbers: NAME -->` and `<!-- end -->`; `tools/remeasure.py` fills
them in.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import faithfulness_tables
import numpy as np
import readme
from card import characters_read

import rnnviz_widget as rv
from rnnviz_widget import memory
from rnnviz_widget.training.summary import interval, percent

sys.path.insert(0, str(readme.ROOT / "tests"))

from evaluation import distill  # type: ignore[import-not-found]  # of the tests

PAGE = readme.ROOT / "docs" / "article.md"
UNITS = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nested-lstm"}
WORDS, READ = 2**14, 90_000_000
"""The words that the article's models know, and the characters of text8 that they were trained on.

It says: 2^14 words; 90 % of the 100 million characters for training, which were read twice.
"""

SETTLED = 60
"""From this character of the article's text on its means are taken; before it there is no past."""

FAR = 20
"""Characters: what lies further back is called far."""


@dataclass(frozen=True)
class Published:
    """What the article's appendix and its accuracy graph say of a model.

    `right` is the share of places in %, unknown words counted as wrong; `right_after[n]` where n
    letters of the word are typed (`data/word-length-results.json`, to one decimal).
    """

    size: str
    right: float
    right_after: tuple[float, ...]


PUBLISHED = {
    "GRU": Published("2 x 600", 52.01, (16.5, 38.3, 55.6, 65.8, 67.8, 67.3, 66.0, 66.5, 65.2)),
    "LSTM": Published("2 x 600", 51.40, (16.7, 37.6, 53.9, 64.1, 67.0, 67.0, 65.9, 66.9, 66.1)),
    "Nested LSTM": Published(
        "1 x 600, depth 2", 47.10, (13.7, 32.6, 49.2, 59.1, 62.2, 62.6, 61.9, 63.5, 63.1)
    ),
}


@dataclass(frozen=True)
class Reading:
    """What one model made of the article's text.

    Attributes:
        text: The text.
        scores: The norm C[s, t], shape (S, S).
        suggested: The three likeliest words at each character.
    """

    text: str
    scores: np.ndarray[Any, Any]
    suggested: list[list[str]]

    def share(self, at: int, start: int, end: int) -> float:
        """The share of a row that lies on the characters [start, end)."""
        return float(memory.shares(self.scores)[at, start:end].sum())

    def colour(self, at: int, start: int, end: int) -> float:
        """The mean strength of these characters' colour in the article's figure, 0 to 1.

        It is drawn from the squared norm as a part of the row's largest.
        """
        row = self.scores[at] ** 2
        return float((row[start:end] / row.max()).mean())

    def letters_needed(self, word: str, start: int) -> int | None:
        """After how many letters the word is among the three, counted from its space."""
        for letters in range(len(word) + 1):
            if word in self.suggested[start - 1 + letters]:
                return letters
        return None


@functools.cache
def theirs(name: str) -> Reading:
    """What the article published of a model of its own."""
    short = distill.MODELS[name]
    text, _, scores = distill.read(short)
    return Reading(text, scores, [entry["predict"] for entry in distill.published(short)])


@functools.cache
def ours(name: str) -> Reading:
    """What a model that ships makes of the same text."""
    text = theirs(name).text
    found = rv.connectivity(rv.load_pretrained(UNITS[name]), text)
    suggested = [[guess.name for guess in each[:3]] for each in found.predictions]
    return Reading(text, np.asarray(found.scores, dtype=np.float64), suggested)


BOTH = {"article": theirs, "here": ours}


def results() -> dict[str, dict[str, Any]]:
    """What was measured of the models that ship, by the name to show."""
    return {name: rv.pretrained_results(key) for name, key in UNITS.items()}


def filled(text: str) -> str:
    """A page with its blocks of numbers made anew.

    Raises:
        KeyError: For a block that there is not.
    """
    return readme.BLOCK.sub(lambda block: f"{block[1]}{MAKERS[block[2]]()}\n{block[3]}", text)


def models() -> str:
    """How large the models are and how often they name the word."""
    rows = []
    every = list(results().values())
    for name, found in results().items():
        config = found["config"]
        depth = f", depth {config['depth']}" if "depth" in config else ""
        size = f"{config['layers']} x {config['units']}{depth}"
        right = percent(found["model"]["accuracy"]["all"]["top 1"])
        published = PUBLISHED[name]
        rows.append([name, published.size, size, f"{published.right:.1f}", right])
    names = ("units, article", "here", "names the word, %, article", "here (95 % interval)")
    (words,) = {found["config"]["classes"] for found in every}
    return (
        f"{_table(['', *names], rows)}\n\n"
        f"The article's models know {WORDS:,} words and read {READ / 1e6:.0f} million characters "
        f"of text8 twice;\nours know {words:,} and read {characters_read(every)}, each once."
    )


def letters() -> str:
    """How often the word is named, by how many of its letters are typed."""
    rows = []
    for name, found in results().items():
        published = PUBLISHED[name].right_after
        here = found["model"]["accuracy by known"]["all"]["top 1"]["value"]
        rows.append([f"{name}, article", *(f"{share:.1f}" for share in published)])
        rows.append([f"{name}, here", *(f"{100 * s:.1f}" for s in here[: len(published)])])
    shown = range(len(PUBLISHED["GRU"].right_after))
    return _table(["names the word, %; letters typed", *map(str, shown)], rows)


def learning() -> str:
    """What *le* of *learning* rests on, by the formula and as the figure draws it."""

    def cells(reading: Reading) -> list[str]:
        start = reading.text.index("advanced")
        at = reading.text.index("learning") + 1
        word = (at, start, start + len("advanced"))
        share, colour = reading.share(*word), reading.colour(*word)
        return [", ".join(reading.suggested[at]), f"{100 * share:.0f} %", f"{colour:.2f}"]

    names = ("suggests", "share of the norm on *advanced*", "mean colour in the article's figure")
    return _for_both(names, cells)


def needed() -> str:
    """How many letters a model needs until it suggests the word."""

    def cells(reading: Reading) -> list[str]:
        text = reading.text
        places = [("learning", text.index("learning")), ("grammar", text.index("grammar"))]
        places += [("grammar", text.rindex("grammar")), ("schools", text.index("schools"))]
        counts = [reading.letters_needed(*place) for place in places]
        return ["never" if count is None else str(count) for count in counts]

    names = ("*learning*", "*grammar*, first", "*grammar*, again", "*schools*")
    return _for_both(names, cells)


def schools() -> str:
    """What *s* of *schools* rests on."""

    def cells(reading: Reading) -> list[str]:
        at = reading.text.index("schools")
        reach = memory.reach(reading.scores)[at]
        before = reading.share(at, 0, at - 1)
        return [", ".join(reading.suggested[at]), f"{100 * before:.0f} %", f"{reach:.0f}"]

    return _for_both(("suggests", "share before the word", "reach, characters"), cells)


def reach() -> str:
    """How far back the models look on the article's text, and over many."""
    rows = []
    for name, found in results().items():
        cells = []
        for measure in (memory.reach, memory.effective_characters):
            cells += [f"{measure(get(name).scores)[SETTLED:].mean():.1f}" for get in BOTH.values()]
        many = interval(found["memory"]["reach"], 1)
        rows.append([name, *cells[:2], many, *cells[2:]])
    texts = next(iter(results().values()))["memory"]["texts"]
    over = f"here, {texts} other texts (95 % interval)"
    names = ("reach, article", "here, same text", over, "effective characters, article", "here")
    return _table(["", *names], rows)


def seeds() -> str:
    """What several seeds of each kind of unit say, in a sentence or two."""
    units = json.loads(readme.SEEDS.read_text(encoding="ascii"))["units"]
    settings = units["gru"]["settings"]
    of = {unit: each["figures"]["reach"] for unit, each in units.items()}
    pairs = list(zip(of["gru"]["values"], of["lstm"]["values"], strict=True))
    further = sum(gru < lstm for gru, lstm in pairs)
    means = [f"{readme.UNITS[unit]} {interval(each['mean'], 1)}" for unit, each in of.items()]
    return (
        f"Over {len(pairs)} seeds each at {settings['layers']} x {settings['units']} units, "
        f"trained on {settings['characters'] / 1e6:.0f} million characters, the mean reach in "
        f"characters (95 % intervals over seeds) is:\n{', '.join(means)}. "
        f"The LSTM looks further back than the GRU with {further} of {len(pairs)} seeds."
    )


def vanishing() -> str:
    """How much of the connectivity lies far back, beside a plain RNN's."""
    rows = []
    for name, found in readme.results().items():
        by_lag = found["memory"]["share by lag"]["value"]
        far = sum(by_lag[FAR + 1 :])
        rows.append([name, f"{100 * far:.1f}", interval(found["memory"]["reach"], 1)])
    head = f"connectivity more than {FAR} characters back, %"
    return _table(["", head, "reach, characters (95 % interval)"], rows)


def signs() -> str:
    """How often signs are true, in a sentence."""
    found = faithfulness_tables.results()["models"].values()

    def between(title: str) -> str:
        shares = [100 * each["contrast"][title]["sign agreement"]["value"] for each in found]
        return f"{min(shares):.1f} to {max(shares):.1f} %"

    return (
        "Of the 8 strongest inputs of a contrast the gradient times the input has the sign that a "
        f"rerun finds for {between('grad_x_input')};\nexchanging inputs, which is what the widget "
        f"does, for {between('quick_exchange')}. The ranges are over four models."
    )


def _for_both(names: Sequence[str], cells: Callable[[Reading], list[str]]) -> str:
    """A table with two rows for each model: the article's, and ours."""
    rows = [
        [f"{name}, {whose}", *cells(get(name))] for name in UNITS for whose, get in BOTH.items()
    ]
    return _table(["", *names], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


MAKERS: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (models, letters, learning, needed, schools, reach, seeds, vanishing, signs)
}
