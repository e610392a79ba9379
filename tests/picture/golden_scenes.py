"""Scenes and rows as they travel, and the picture that Python makes of them."""

import facets as facets_of_tests
import numpy as np
from draws import Draws

from rnnviz_widget.picture import (
    SCALES,
    DrawOptions,
    Picture,
    caption,
    colors,
    content,
    facet_picture,
)
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import ExplainedClasses, Facet, MeasureInfo, Rivals
from rnnviz_widget.scene.reads import Bound, Reads
from rnnviz_widget.scene.rows import Answer, Failure, pack_outcome
from rnnviz_widget.scene.tokens import Tokens

SPANS = [(0, 0), (0, 3), (3, 4), (3, 4), (6, 9), (9, 10)]
SCENES = {
    "two models": {},
    "one signed": {"signed": True, "facets": ["GRU"]},
    "a source and a target": {"pair": 3},
    "from right to left": {"backward": True},
    "tokens that leave some out": {"text": "  the\u00a0cats ☃ a b", "tokens": True},
    "at what is in no token": {"text": "  the\u00a0cats ☃ a b", "tokens": True, "position": 11},
    "tokens and one that reads ahead": {"text": "a <b>\ncd\te", "tokens": True},
    "a failure": {"error": True},
    "all zero": {"zero": True},
    "ready-made rows": {"ready": True},
    "two measures": {"own": MeasureInfo("occlusion", signed=True, label="how far it falls")},
    "one rather than another": {"signed": True, "rivals": True},
    "one number beside classes": {"facets": ["Price", "GRU"], "unit": "EUR"},
    "one number of the whole text": {"facets": ["Score"], "unit": "", "whole": True},
    "one rather than another, of one model": {"signed": True, "facets": ["RNN"], "rivals": True},
}


def reads_of(size, *, ahead, pair, backward):
    """What each output reads: up to its own, or everything, or as the rest says."""
    if pair is not None:
        return Reads(size, Bound(0, 0, 0), Bound(0, pair, size - 1))
    if backward:
        return Reads(size, Bound(0, 0, size - 1), Bound(0, size - 1, size - 1))
    return Reads.everything(size) if ahead else Reads.up_to_own(size)


def scene(
    name, text="a text that is read", facets=("GRU", "LSTM"), signed=False, tokens=False,
    error=False, zero=False, ready=False, rivals=False, own=None, pair=None, backward=False,
    position=7, unit=None, whole=False,
):  # fmt: skip
    """A scene and rows as they travel, and what Python makes of the same numbers."""
    draws = Draws(len(name))
    classes = ["the", " this", "", "that\n", "<i>"]
    label = "a number"
    rows, given = [], []
    for k, model in enumerate(facets):
        spans = SPANS if tokens and k == 0 else [(p, p + 1) for p in range(len(text))]
        size = len(spans)
        ahead = whole or (tokens and k == 1)
        reads = reads_of(size, ahead=ahead, pair=pair, backward=backward)
        read = Tokens(text, (), (), spans, [1])
        s = read.at(position)
        top = np.stack([draws.permutation(len(classes))[:3] for _ in range(size)])
        top_p = np.stack([np.sort(draws.parts(3))[::-1] for _ in range(size)]).astype(np.float32)
        target = [int(t) for t in draws.integers(0, len(classes), size)]
        target_p = draws.numbers(size).astype(np.float32)
        rank = draws.integers(1, 1300, size)
        reasons = [f"because {k if tokens else 0}"] * size
        if ready and k == 0:  # a target that is not among the best, of which no more is known
            target, rank, target_p = top[:, 2].tolist(), np.zeros_like(rank), target_p * np.nan
            top[:, 2] = -1
        if ready and k == 1:  # nothing but scores
            target, rank, reasons = [-1] * size, np.zeros_like(rank), [""] * size
            top, top_p = top[:, :0], top_p[:, :0]
        number = unit is not None and k == 0
        if number:
            top, top_p = np.zeros((size, 1), int), (1000 * top_p[:, :1] - 400).astype(np.float32)
            target, target_p, rank = [0] * size, top_p[:, 0], np.ones_like(rank)
        against = None
        if rivals:  # whose rank the first model does not tell
            other = (np.array(target) + draws.integers(1, len(classes), size)) % len(classes)
            odds = draws.numbers(size).astype(np.float32)
            against = Rivals(other, odds, draws.integers(1, 1300, size) * k)
            other[:s] = -1  # nothing is compared there
        measure = own if own and k else MeasureInfo("norm", signed, label)
        facet = Facet(
            name=model,
            tokens=read,
            reads=reads,
            measure=measure,
            classes=classes,
            top=top,
            top_probabilities=top_p,
            explained=ExplainedClasses(target, target_p, rank, reasons, against),
            engine_words="",
            unit=unit if number else None,
            one_output=whole,
        )
        scores = draws.magnitudes(s + 1 if reads.causal else size) * (0 if zero else 1)
        if measure.signed:
            scores *= draws.signs(len(scores))
        failed = "ValueError: no" if error and k == 0 else None
        outcome = scores if failed is None else Failure(failed)
        rows.append(pack_outcome(s, outcome, signed=measure.signed))
        given.append((facet, s, None if failed else scores, failed))
    expected = means_at([scores for _, _, scores, _ in given])

    def drawn(options):
        pictures = [
            facet_picture(*each, by=options.by, error=failed, expected=expected[k])
            for k, (*each, failed) in enumerate(given)
        ]
        return Picture(position, tuple(pictures), options)

    picture = drawn(DrawOptions())
    shared = caption.shared_explanation(picture)
    largest = [facet.row.largest for facet in picture.facets if facet.row is not None]
    legend = content.content_of(picture).legend
    return {
        "name": name,
        "scene": pack(facets_of_tests.scene(text, [facet for facet, *_ in given])),
        "answer": pack(Answer(1, position, rows)),
        "expect": {
            "cap": colors.nice_cap(largest),
            "clipped": picture.scaling.clipped,
            "zero": picture.zero,
            "place": caption.place(picture),
            "sentence": caption.sentence(picture),
            "brush": BRUSH,
            "brushed": caption.sentence(drawn(DrawOptions(brush=BRUSH))),
            "shared": None if shared is None else shared._asdict(),
            "legend": legend.ends and list(legend.ends),
            "words": legend.words,
            "expected": [one.tolist() for one in expected],
            "facets": [facet_expected(picture, n) for n in range(len(picture.facets))],
            "scaled": [scaled(drawn(options)) for options in DRAWN_WITH],
        },
    }


def means_at(rows):
    """What is to be expected on each input of these rows, and nothing on one."""
    sizes = [1 if row is None else len(row) for row in rows]
    found = [Draws(k).parts(size) for k, size in enumerate(sizes)]
    found[0][0] = 0
    return found


BRUSH = (1, 6)
DRAWN_WITH = [
    *(DrawOptions(name) for name in SCALES),
    DrawOptions("sparsemax", sharpness=1.5),
    DrawOptions("sparsemax", sharpness=17.0),
    *(DrawOptions(name, by="word") for name in SCALES),
    *(DrawOptions(name, at_least=0.6) for name in SCALES),
]


def scaled(picture):
    """A picture by another scale."""
    shown = content.content_of(picture)
    return {
        **picture.options._asdict(),
        "legend": shown.legend.ends and list(shown.legend.ends),
        "words": shown.legend.words,
        "steps": [
            [run.style.step for run in facet.runs for _ in run.text] for facet in shown.facets
        ],
    }


def facet_expected(picture, n):
    facet, row = picture.facets[n], picture.facets[n].row
    styles = content.cell_styles(picture, n)
    return {
        "token": facet.token,
        "explanation": caption.explanation(facet)._asdict(),
        "summary": caption.summary(facet, picture),
        "chips": [
            # JSON has no NaN.
            chip._asdict() | ({} if chip.probability >= 0 else {"probability": None})
            for chip in caption.chips(facet)
        ],
        "largest": 0 if row is None else row.largest,
        "elsewhere": 0 if row is None else row.elsewhere,
        "shares": row and row.characters,
        "steps": [style.step for style in styles],
        "unknown": [p for p, style in enumerate(styles) if style.unknown],
        "explained": [p for p, style in enumerate(styles) if style.explained],
    }
