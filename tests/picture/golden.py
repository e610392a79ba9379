"""What Python and the page must agree on: `make golden` writes it anew.

Of palettes.json the page's tests write and read their own: Python has two of the page's palettes.
The page's side reads the same files in js/tests/unit/state/picture.test.ts.
"""

import itertools
import json
import unicodedata
from decimal import Decimal
from pathlib import Path

import numpy as np
from draws import Draws
from picture import tokenisations, unit_cases
from picture.golden_scenes import SCENES, SPANS, scene

from rnnviz_widget import memory
from rnnviz_widget.picture import (
    LagMeans,
    colors,
)
from rnnviz_widget.picture import (
    format as words,
)
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.rows import quantise
from rnnviz_widget.words import Words

HERE = Path(__file__).parent


def of_any_size(draws, decades, count):
    """Numbers from 10**-decades to 1, as many small as large ones."""
    tens = [10**k for k in draws.integers(0, decades, count).tolist()]
    return [(0.1 + 0.9 * one) / ten for one, ten in zip(draws.numbers(count), tens, strict=True)]


def caps():
    draws = Draws(0)
    lists = [[], [0], [1], [0.5, 0.499], [1e-9], [1e-12, 1], [0.3 * (1 - 5e-7)], [0.06, 0]]
    lists += [of_any_size(draws, 6, size) for size in (1, 2, 5) for _ in range(40)]
    return [[shares, colors.nice_cap(shares)] for shares in lists]


def steps():
    draws = Draws(1)
    found = [(share - 0.5, cap) for cap in (0.06, 0.3, 1) for share in draws.numbers(40)]
    # On the edge between two steps, and beside it.
    edges = [(k + 0.5) / 64 for k in range(64)]
    found += [(np.nextafter(e, to), 1.0) for e in edges for to in (0, e, 1)]
    return [[float(x), cap, colors.step_of(float(x) / cap)] for x, cap in found]


def shares_of_all():
    draws = Draws(2)
    ties = [k / 16 for k in range(17)] + [0.0125, 0.0625, 0.00125, 0.0045, 0.125]
    edges = [0.0005, 0.9995, 0.00049999, 0.99949999, 0.0, 1.0, 1e-9, 1 - 1e-9]
    return ties + edges + draws.numbers(60).tolist() + of_any_size(draws, 9, 60)


def rounds():
    named = [cap * unit for cap in (1, 1.5, 2, 3, 8, 10) for unit in (1e-9, 1e-7, 1e-5, 1e-3, 0.1)]
    return [*named, 0.125, 0.996, 0.0996, 0.015, 0.0105, 1.0, 0.0]


def ranges(numbers):
    """[first, last] of each stretch of consecutive numbers."""
    found = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    return found


def characters():
    """How each character of Unicode 3.2 is drawn, which all interpreters and browsers know."""
    old = [n for n in range(0x110000) if unicodedata.ucd_3_2_0.category(chr(n)) != "Cn"]
    drawn = {n: words.glyph(chr(n)) for n in old}
    kinds = {
        "square": [n for n in old if drawn[n] == "□" and n != ord("□")],
        "circled": [n for n in old if drawn[n] == "◌" + chr(n)],
        "other": [n for n in old if drawn[n] not in (chr(n), "□", "◌" + chr(n))],
    }
    listed = {kind: ranges(numbers) for kind, numbers in kinds.items()}
    listed["others"] = [[n, drawn[n]] for n in kinds["other"]]
    return {"of": ranges(old), **listed}


NAMES = [
    "",
    "the",
    " the ",
    "\n",
    "\t",
    "new york",
    "e\u0301",
    "<b>&amp;",
    "\u202eab",
    "👩‍👩‍👧",
    "  ",
]
TEXTS = [
    "advanced le",
    "a young age through advanced learning",
    "abcdefghijklmnopqrstuvwxyzabcdefghijkl",
    "the end of  a\ttext\nwith\u00a0all ",
    "😀" * 30 + " 😀",
]


def quantities():
    draws = Draws(5)
    sizes = [0.0, 0.1, 1.0, 2.5, 1e-4, 9.9999e-5, 0.99999, 9.9995, 123.45, 999.94, 999.95, 999.96]
    sizes += [1000.5, 1001.5, 12345.678, 9999999.4, 9999999.6, 12345678.0, 1e15, 1.2345e21, 3e-12]
    sizes += [float(f"1.5e{n}") for n in range(-9, 18)] + draws.numbers(20).tolist()
    given = [*sizes, *(-size for size in sizes)]
    return [[value, words.quantity(value)] for value in map(float, np.float32(given))]


def quotes():
    ends = [(text, end) for text in TEXTS for end in range(1, len(text) + 1)]
    return [[text, end, words.last_characters(text, end)] for text, end in ends]


def memories():
    """Memory in numbers of every row of some matrices, as they travel."""
    for text, given in (("a text that is read", None), ("a <b>\ncd\te", SPANS)):
        spans = given or [(p, p + 1) for p in range(len(text))]
        scores = np.tril(Draws(len(spans)).magnitudes(len(spans), len(spans)))
        scores[2] = 0
        rows = [quantise(row[: s + 1], signed=False) for s, row in enumerate(scores)]
        for s, row in enumerate(rows):
            scores[s, : s + 1] = row.values
        places = np.array(spans)
        starts = Words.of(text).at(places).starts
        # Distances of 0, 1, ..., 41 and more, in the stretches of the page's bars.
        by_lag = memory.share_by_lag(scores, 41, places)[:, :-1]
        by_lag[:, -1] += memory.share_by_lag(scores, 41, places)[:, -1]
        edges = [0, 1, 3, 6, 11, 21, 41, 42]
        profiles = [by_lag[:, a:b].sum(axis=1) for a, b in itertools.pairwise(edges)]
        yield {
            "text": text,
            "spans": spans,
            "rows": [row.values.tolist() for row in rows],
            "reach": rounded(memory.reach(scores, places)),
            "effective": rounded([effective_characters(row, places) for row in scores]),
            "before": rounded(memory.share_before(scores, starts, places)),
            "profile": [rounded(row) for row in np.stack(profiles, axis=1)],
            "lags": lags_of(rows),
        }


def lags_of(rows):
    """What is to be expected on each input of each output."""
    means = LagMeans({s: row.values for s, row in enumerate(rows)}, signed=False)
    return [rounded(means.at(s, s + 1)) for s in range(len(rows))]


def effective_characters(row, spans):
    """exp(-sum over characters of w log w) in decimal arithmetic, whose logarithms are right."""
    total = Decimal(int(row.sum()))
    weights = {}
    for t, (value, (start, end)) in enumerate(zip(row.tolist(), spans.tolist(), strict=True)):
        # A token without characters counts as one of its own.
        places = list(range(start, end)) or [f"token {t}"]
        for place in places:
            part = Decimal(value) / (total or 1) / len(places)
            weights[place] = weights.get(place, Decimal(0)) + part
    entropy = -sum(w * w.ln() for w in weights.values() if w)
    return float(entropy.exp()) if total else np.nan


def rounded(numbers):
    """Numbers of 12 digits: the order of a sum decides no more than what comes after them."""
    return [None if np.isnan(number) else float(f"{number:.12g}") for number in numbers]


GOLDEN = {
    "memory": lambda: list(memories()),
    "colors": lambda: {"caps": caps(), "steps": steps()},
    "words": lambda: {
        "percent": [[share, words.percent(share)] for share in shares_of_all()],
        "quantity": quantities(),
        "round": [[share, words.round_percent(share)] for share in rounds()],
        "ordinal": [[n, words.ordinal(n)] for n in [*range(1, 126), 1001, 1011, 12345, 1000000]],
        "visible": [[name, words.visible(name)] for name in NAMES],
        "last_characters": quotes(),
        "characters": characters(),
    },
    "units": unit_cases.golden,
    "tokens": lambda: list(tokenisations.golden()),
    "scenes": lambda: [scene(name, **options) for name, options in SCENES.items()],
}


def dumps(name):
    return json.dumps(as_text(GOLDEN[name]()), ensure_ascii=True, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for each in GOLDEN:
        (HERE / f"{each}.json").write_text(dumps(each), encoding="utf-8")
