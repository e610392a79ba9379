"""What one text adds to the figures: sums and counts, by known characters of the word."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnviz_widget import memory
from rnnviz_widget.models import TRUTH, CheckedTarget, SequenceModel
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.words import Words

KNOWN = 25
"""Places 0 to 23 count that many known characters each; the last place counts 24 and more."""
TOPS = (1, 2, 3)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over the positions of one text, K = 25 places by known characters of the word.

    Attributes:
        inside: Positions whose truth is among the classes, shape (K,).
        outside: Positions whose truth is not, (K,).
        right: How many of the first have it among the best 1, 2, 3, shape (3, K).
        loss: Sum of their cross entropies, in nats, (K,).
        rows: Positions whose connectivity is counted, (K,).
        reach: Sum of their reach in characters, (K,).
        effective: Sum of their effective characters, (K,).
        before: Sum of their shares before the current word, (K,).
        lags: Sum of their shares at distances 0, 1, ..., L and beyond, shape (L + 2,).
    """

    inside: Integers
    outside: Integers
    right: Integers
    loss: Floats
    rows: Integers
    reach: Floats
    effective: Floats
    before: Floats
    lags: Floats

    def as_dict(self) -> dict[str, Any]:
        """The same in lists."""
        return {name: values.tolist() for name, values in vars(self).items()}

    @classmethod
    def from_dict(cls, lists: dict[str, Any]) -> Tally:
        """The reverse of `as_dict`.

        Raises:
            AttributeError, TypeError, ValueError: If it is something else.
        """
        return cls(**{name: np.array(values) for name, values in lists.items()})


@dataclass(frozen=True)
class MemorySettings:
    """How memory is counted.

    Attributes:
        measure: The measure of connectivity.
        target: What is explained; see `rv.connectivity`. For `TRUTH`, only positions that have
            one are counted.
        start: The first output that counts: before it there is little to remember. One output for
            the whole text stands at its last token.
        lags: The largest distance in characters that is told apart.
        of: Which number of the target is explained; see `rv.connectivity`. None: the default.
    """

    measure: str = "norm"
    target: CheckedTarget = TRUTH
    start: int = 100
    lags: int = 100
    of: str | None = None

    @property
    def question(self) -> Question:
        """What a model is asked."""
        return Question(self.target, self.measure, self.of)


@contextlib.contextmanager
def numbered(text: int) -> Iterator[None]:
    """Say which text an error is about."""
    try:
        yield
    except (ValueError, FloatingPointError) as error:
        kind = FloatingPointError if isinstance(error, FloatingPointError) else ValueError
        raise kind(f"text {text}: {error}") from error


def tally_text(model: SequenceModel, text: str, settings: MemorySettings | None) -> Tally:
    """Read a text with a model and count.

    Of a model with one output for the whole text this counts once, at the last token and in the
    first place: no word is being read there.

    Args:
        model: The model.
        text: The text.
        settings: How memory is counted; None: not at all, which is faster.
    """
    question = (settings or MemorySettings()).question
    reading = Reading(model, text, replace(question, target=TRUTH))
    tokens = reading.facet.tokens
    whole = model.network.capabilities.one_output
    outputs = np.arange(len(tokens))[-1:] if whole else np.arange(len(tokens))
    answers = [model.answers(tokens)[s] for s in outputs]
    known = Words.of(text).at(np.array(tokens.spans).reshape(-1, 2)).known[outputs]
    has = np.array([answer.target is not None for answer in answers])
    outside = np.array([answer.outside for answer in answers])
    ranks = np.asarray(reading.facet.explained.rank) - 1
    losses = -reading.target_log_probability
    counts = tally_ranks(
        np.zeros_like(known) if whole else known, has, outside, ranks[outputs], losses[outputs]
    )
    if settings is None:
        return counts
    if settings.target is not TRUTH:
        reading = Reading(model, text, question)
    # Of one number there is no truth, and nothing else that could be explained.
    if settings.target is not TRUTH or model.unit is not None:
        has = np.ones_like(has)
    spans = np.array(tokens.spans)
    scores: npt.NDArray[np.floating]
    if not has[outputs >= settings.start].any():  # then there is no need of any row
        scores = np.zeros((len(outputs), len(tokens)))
    elif whole:
        scores = reading.rows([int(outputs[0])])
    else:
        scores, _ = reading.matrix()
    at = outputs if whole else None
    return add_memory(counts, scores, text, has, settings, spans=spans, whole_at=at)


def tally_ranks(
    known: npt.NDArray[np.integer],
    inside: npt.NDArray[np.bool_],
    outside: npt.NDArray[np.bool_],
    ranks: npt.NDArray[np.integer],
    losses: npt.NDArray[np.floating],
) -> Tally:
    """Count how well the positions of a text were predicted.

    Args:
        known: Known characters of the word at each position, shape (S,).
        inside: Whether the truth is among the classes, (S,).
        outside: Whether there is another truth, (S,).
        ranks: The rank of the truth, 0 = first, (S,); read only where `inside`.
        losses: Its cross entropy in nats, (S,); likewise.
    """
    at = np.minimum(known, KNOWN - 1)
    right = [np.bincount(at[inside & (ranks < top)], minlength=KNOWN) for top in TOPS]
    none = np.zeros(KNOWN)
    return Tally(
        inside=np.bincount(at[inside], minlength=KNOWN),
        outside=np.bincount(at[outside], minlength=KNOWN),
        right=np.array(right),
        loss=_sums(at[inside], losses[inside]),
        rows=np.zeros(KNOWN, dtype=np.int64),
        reach=none,
        effective=none,
        before=none,
        lags=np.zeros(0),
    )


def add_memory(
    tally: Tally,
    scores: npt.NDArray[np.floating],
    text: str,
    counted: npt.NDArray[np.bool_],
    settings: MemorySettings,
    *,
    spans: npt.NDArray[np.integer] | None = None,
    whole_at: npt.NDArray[np.integer] | None = None,
) -> Tally:
    """Count what the connectivity of a text says about memory.

    Args:
        tally: What was counted so far; its own memory is replaced.
        scores: C, shape (S, S); or (1, S) of one output for the whole text.
        text: The text.
        counted: Which outputs count, shape (S,), from `settings.start` on. Those whose row is
            zeros don't: they rest on nothing.
        settings: How memory is counted.
        spans: The characters of each token, shape (S, 2); default: one each.
        whole_at: Of one output for the whole text, the token that it stands at, (1,): it is counted
            in the first place, and nothing lies before its word. Default: one output for each
            token.
    """
    if spans is None:
        spans = np.stack([np.arange(len(text)), np.arange(1, len(text) + 1)], axis=1)
    words = Words.of(text).at(spans)
    outputs = np.arange(len(scores)) if whole_at is None else whole_at
    chosen = counted & (outputs >= settings.start) & scores.any(axis=1)
    if whole_at is None:
        at = np.minimum(words.known, KNOWN - 1)[chosen]
        before = memory.share_before(scores, words.starts, spans)[chosen]
    else:
        at, before = np.zeros(chosen.sum(), np.int64), np.zeros(chosen.sum())
    lags = memory.share_by_lag(scores, settings.lags, spans, at=outputs)[chosen]
    return Tally(
        inside=tally.inside,
        outside=tally.outside,
        right=tally.right,
        loss=tally.loss,
        rows=np.bincount(at, minlength=KNOWN),
        reach=_sums(at, memory.reach(scores, spans, at=outputs)[chosen]),
        effective=_sums(at, memory.effective_characters(scores, spans)[chosen]),
        before=_sums(at, before),
        lags=lags.sum(axis=0),
    )


def _sums(at: npt.NDArray[np.integer], values: npt.NDArray[np.floating]) -> Floats:
    """Sums of values by place, shape (K,)."""
    return np.bincount(at, values, KNOWN).astype(np.float64)
