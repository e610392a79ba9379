"""Counts and sums over the positions of one text, by known characters of the word."""

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
"""Entry n counts positions with n known characters, the last entry 24 and more."""
TOPS = (1, 2, 3)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts and sums over the positions of one text, in K = 25 entries by known characters.

    Attributes:
        inside: The number of positions whose truth is among the classes, shape (K,).
        outside: The number of positions whose truth is not, (K,).
        right: How many of `inside` have the truth among the best 1, 2, 3 predictions, (3, K).
        loss: The sum of the cross entropies of `inside`, in nats, (K,).
        rows: The number of positions that count for memory, (K,).
        reach: The sum of their reach in characters, (K,).
        effective: The sum of their effective characters, (K,).
        before: The sum of their shares before the current word, (K,).
        lags: The sum of their shares at the distances 0, 1, ..., L and beyond, shape (L + 2,); of
            length 0 without memory.
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
        """The fields as lists, for JSON."""
        return {name: values.tolist() for name, values in vars(self).items()}

    @classmethod
    def from_dict(cls, lists: dict[str, Any]) -> Tally:
        """The inverse of `as_dict`.

        Raises:
            AttributeError, TypeError, ValueError: If `lists` has another form.
        """
        return cls(**{name: np.array(values) for name, values in lists.items()})


@dataclass(frozen=True)
class MemorySettings:
    """How memory is measured.

    Attributes:
        measure: The measure of connectivity.
        target: What is explained; see `rv.connectivity`. With `TRUTH`, only positions that have a
            truth are counted.
        start: The first output that counts, because earlier ones have little text before them. One
            output for the whole text is at its last token.
        lags: The largest distance, in characters, with a share of its own.
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
    """Add the index of the text to an error's message."""
    try:
        yield
    except (ValueError, FloatingPointError) as error:
        kind = FloatingPointError if isinstance(error, FloatingPointError) else ValueError
        raise kind(f"text {text}: {error}") from error


def tally_text(model: SequenceModel, text: str, settings: MemorySettings | None) -> Tally:
    """Read a text with a model and count.

    One output for the whole text is counted once, at the last token and in entry 0, because it
    belongs to no word.

    Args:
        model: The model.
        text: The text.
        settings: How memory is measured; None: not at all, which is faster.
    """
    question = (settings or MemorySettings()).question
    reading = Reading(model, text, replace(question, target=TRUTH))
    tokens = reading.facet.tokens
    whole = model.network.capabilities.one_output
    outputs = np.arange(len(tokens))[-1:] if whole else np.arange(len(tokens))
    every = model.answers(tokens)
    answers = [every[s] for s in outputs]
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
    # A model of one number has no truth, and nothing but the number to explain.
    if settings.target is not TRUTH or model.unit is not None:
        has = np.ones_like(has)
    spans = np.array(tokens.spans)
    scores: npt.NDArray[np.floating]
    if not has[outputs >= settings.start].any():  # No row counts.
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
        outside: Whether there is a truth that is not, (S,).
        ranks: The rank of the truth, 0 = best, (S,); read only where `inside`.
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
    """Add the memory numbers of a text's connectivity to its tally.

    Outputs before `settings.start` and outputs whose row is all zero do not count.

    Args:
        tally: The tally so far; its own memory numbers are replaced.
        scores: C, shape (S, S), or (1, S) for one output for the whole text.
        text: The text.
        counted: Which outputs may count, shape (S,).
        settings: How memory is measured.
        spans: The characters of each token, shape (S, 2); default: one each.
        whole_at: The token of the one output for the whole text, (1,), which is counted in entry 0
            with a share of 0 before the word. Default: one output for each token.
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
    """Sums of values by entry, shape (K,)."""
    return np.bincount(at, values, KNOWN).astype(np.float64)
