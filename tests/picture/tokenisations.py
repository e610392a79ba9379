"""Random texts in random tokens, for tests and for the golden file that the page reads too.

All numbers are of `draws`, so that every machine has the same.
"""

from typing import NamedTuple

import facets
import numpy as np
from draws import Draws

from rnnviz_widget import memory
from rnnviz_widget.picture import DrawOptions, Picture, caption, content, facet_picture, halfway
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import MeasureInfo
from rnnviz_widget.scene.reads import Bound, Reads
from rnnviz_widget.scene.rows import STEPS, Answer
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.words import Words, word_spans

LETTERS = "abc  \n\u00a0\u00e9\U0001f600"
KINDS = ("characters", "words", "bytes", "overlapping", "gaps", "bare", "anything")


class Case(NamedTuple):
    """A text in tokens, a row of scores at a position, and what the model reads."""

    text: str
    spans: list
    reads: Reads
    scores: np.ndarray
    signed: bool
    position: int
    token: int

    @property
    def facet(self):
        size = len(self.spans)
        return facets.facet(
            self.text,
            spans=self.spans,
            name="M",
            reads=self.reads,
            measure=MeasureInfo("norm", self.signed, "L2"),
            classes=["a"],
            top=np.zeros((size, 1), int),
            top_probabilities=np.full((size, 1), 0.5),
            explained=facets.explained([-1] * size, [np.nan] * size, [0] * size, [""] * size),
        )

    def picture(self, by="character", brush=None):
        drawn = facet_picture(self.facet, self.token, self.scores, by=by)
        return Picture(self.position, (drawn,), DrawOptions(by=by, brush=brush))


def spans_of(draws, text, kind):
    """Spans of tokens, in order of their starts; at least one."""
    size = len(text)
    if kind in ("characters", "bytes"):
        often = [len(one.encode()) if kind == "bytes" else 1 for one in text]
        return [(p, p + 1) for p in range(size) for _ in range(often[p])]
    if kind == "words":
        # Without the white space between them, as str.split has them.
        each = [(end - len(text[start:end].lstrip()), end) for start, end in word_spans(text)]
        return [(start, end) for start, end in each if start < end] or [(0, size)]
    count = int(draws.integers(1, size + 3))
    starts = np.sort(draws.integers(0, size + 1, count)).tolist()
    pairs = list(zip(starts, [*starts[1:], size], strict=True))
    return {
        "overlapping": lambda: [(p, min(size, p + int(draws.integers(1, 6)))) for p in starts],
        "gaps": lambda: [(p, max(p, e - int(draws.integers(0, 3)))) for p, e in pairs],
        "bare": lambda: [(0, 0), *((p, e if draws.integers(0, 2) else p) for p, e in pairs)],
        "anything": lambda: [(p, int(draws.integers(p, size + 1))) for p in starts],
    }[kind]()


def reads_of(draws, tokens):
    def bound(least, most):
        low, high = np.sort(draws.integers(0, tokens, 2)).tolist()
        return Bound(int(draws.integers(least, most)), low, high)

    kind = int(draws.integers(0, 4))
    if kind == 0:
        return Reads.up_to_own(tokens)
    if kind == 1:
        return Reads.everything(tokens)
    if kind == 2:
        return Reads(tokens, Bound(0, 0, tokens - 1), Reads.everything(tokens).last)
    skipped = np.flatnonzero(draws.integers(0, 4, tokens) == 0).tolist()
    return Reads(tokens, bound(-5, 1), bound(0, 5), tuple(skipped))


def case(seed):
    draws = Draws(seed)
    text = "".join(LETTERS[k] for k in draws.integers(0, len(LETTERS), int(draws.integers(1, 25))))
    spans = spans_of(draws, text, KINDS[seed % len(KINDS)])
    reads = reads_of(draws, len(spans))
    position = int(draws.integers(0, len(text)))
    token = Tokens(text, (), (), spans, ()).at(position)
    signed = bool(draws.integers(0, 2))
    # Steps as they travel, so that nothing is rounded on the way.
    scores = (draws.integers(0, STEPS, len(spans)) * reads.mask(token, token + 1)[0]) / 1.0
    scores[scores == scores.max()] = STEPS * bool(scores.any())
    if signed:
        scores *= 2 * draws.integers(0, 2, len(spans)) - 1
    row = scores[: token + 1] if reads.causal else scores
    return Case(text, spans, reads, row, signed, position, token)


def golden(count=84):
    """Cases as they travel, and what Python makes of them."""
    for seed in range(count):
        each = case(seed)
        drawn = each.picture()
        (facet,) = drawn.facets
        (by_word,) = each.picture("word").facets
        answer = Answer(1, each.position, [facets.row(each.token, each.scores, signed=each.signed)])
        brush = sorted((each.position, seed % len(each.text)))
        brush = (brush[0], brush[1] + 1)
        styles = content.cell_styles(drawn, 0)
        words = word_spans(each.text)
        yield {
            "scene": pack(facets.scene(each.text, [each.facet])),
            "answer": pack(answer),
            "brush": brush,
            "expect": {
                "shares": facet.row.characters,
                "by_word": by_word.row.characters,
                "on_words": [[*span, facet.row.on(*span)] for span in words],
                "elsewhere": facet.row.elsewhere,
                "half": halfway.halfway(facet, facet.row),
                "hatched": [p for p, style in enumerate(styles) if style.step is None],
                "sentence": caption.sentence(each.picture(brush=brush)),
                "by_word_sentence": caption.sentence(each.picture("word", brush=brush)),
                **memory_of(each),
            },
        }  # fmt: skip


def memory_of(each):
    """Memory in numbers of the row, None of a row of zeros."""
    size = len(each.spans)
    scores = np.zeros((size, size))
    scores[each.token, : len(each.scores)] = np.abs(each.scores)
    spans = np.array(each.spans)
    starts = Words.of(each.text).at(spans).starts
    found = {
        "reach": memory.reach(scores, spans),
        "before": memory.share_before(scores, starts, spans),
    }
    own = {name: float(f"{values[each.token]:.12g}") for name, values in found.items()}
    return {name: None if value != value else value for name, value in own.items()}  # noqa: PLR0124
