r"""Numbers that summarise connectivity as memory: how far back it reaches, and how widely.

All functions take scores C of shape (S, T), where output s and input t are indices into the same
list of tokens, and weigh inputs by their share p[s, t] = |C[s, t]| / sum_t |C[s, t]|.

- Distances are in characters. `spans`, (T, 2), holds the characters [start, end) of each token;
  without it each token is one character. The distance of two tokens is that of their starts.
- Every token counts once. Where a result depends on single characters, a token's share is spread
  evenly over its characters.
- Distances need one output for each token, S = T, or `at`, (S,): the token of each output. A model
  with one output for the whole text has a single row, at the last token:
  ``reach(c.scores[-1:], c.spans, at=[len(c.tokens) - 1])``.
- A row of zeros has no shares and gives NaN.

The article shows connectivity as a picture, which "doesn't summarize the model to a single number"
(Madsen, "Visualizing memorization in RNNs", Distill, 2019). These numbers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
Scores = npt.NDArray[Any]


def shares(scores: Scores) -> Floats:
    """Each score as a share of its row, p[s, t] = |C[s, t]| / sum over t of |C[s, t]|.

    Raises:
        ValueError: If the scores are no matrix, or not all finite.
    """
    sizes = np.abs(np.asarray(scores, dtype=np.float64))
    if sizes.ndim != 2:
        raise ValueError(f"scores must have the shape (S, T); got {np.shape(scores)}")
    if not np.isfinite(sizes).all():
        raise ValueError("scores must be finite; got NaN or infinity")
    # Scaled by a power of two, which is exact: the sum of very large numbers would overflow.
    sizes = np.ldexp(sizes, -np.frexp(sizes.max(axis=1, keepdims=True, initial=0))[1])
    totals = sizes.sum(axis=1, keepdims=True)
    found: Floats = np.divide(sizes, totals, out=np.full_like(sizes, np.nan), where=totals > 0)
    return found


def reach(
    scores: Scores, spans: Integers | None = None, *, at: Sequence[int] | Integers | None = None
) -> Floats:
    """The mean distance of an output's inputs, sum over t of |s - t| p[s, t].

    For a causal model |s - t| is s - t.

    Args:
        scores: C, shape (S, T).
        spans: The characters of each token, shape (T, 2); default: one each.
        at: The token of each output, shape (S,); default: output s is at token s, S = T.

    Returns:
        Shape (S,), in characters.

    Raises:
        ValueError: If the scores are no matrix or not finite, or `spans` or `at` does not fit them.
    """
    p = shares(scores)
    found: Floats = (p * _distances(p, spans, at)).sum(axis=1)
    return found


def effective_characters(scores: Scores, spans: Integers | None = None) -> Floats:
    """How many characters an output depends on, exp(-sum over characters of w log w).

    For a row spread evenly over n characters this is n; the more uneven the row, the smaller. A
    token's share is spread evenly over its characters. w is the sum of what all tokens of a
    character contribute, such as the tokens of its bytes. A token without characters counts as one
    character of its own.

    Args:
        scores: C, shape (S, T).
        spans: The characters of each token, shape (T, 2); default: one each.

    Returns:
        Shape (S,), at least 1.

    Raises:
        ValueError: If the scores are no matrix or not finite, or `spans` does not fit them.
    """
    p = shares(scores)
    if spans is not None:
        p = _on_characters(p, _spans(p, spans))
    found: Floats = np.exp(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1))
    return found


def share_before(scores: Scores, starts: Integers, spans: Integers | None = None) -> Floats:
    """The share of an output's connectivity that lies before a character.

    Args:
        scores: C, shape (S, T).
        starts: For each output the index of a character, shape (S,), such as the start of the
            current word.
        spans: The characters of each token, shape (T, 2); default: one each.

    Returns:
        Sum over t of p[s, t] times the part of token t's characters that lie before that character,
        shape (S,). A token without characters counts fully if it stands at or before it.

    Raises:
        ValueError: If `starts` has not one character for each output, or as `effective_characters`.
    """
    p = shares(scores)
    starts = np.asarray(starts)
    if starts.shape != p.shape[:1]:
        raise ValueError(
            f"starts must have one character for each of the {len(p)} outputs; got the shape "
            f"{starts.shape}"
        )
    begin, end = _spans(p, spans).T
    inside = np.clip(starts[:, None] - begin, 0, end - begin)
    parts = np.where(end > begin, inside / np.maximum(end - begin, 1), begin <= starts[:, None])
    found: Floats = (p * parts).sum(axis=1)
    return found


def share_by_lag(
    scores: Scores,
    lags: int,
    spans: Integers | None = None,
    *,
    at: Sequence[int] | Integers | None = None,
) -> Floats:
    """The shares of an output's inputs by their distance from it.

    Args:
        scores: C, shape (S, T).
        lags: The largest distance with a share of its own.
        spans: The characters of each token, shape (T, 2); default: one each.
        at: The token of each output, shape (S,); default: output s is at token s, S = T.

    Returns:
        Shares at the distances 0, 1, ..., `lags`, and in the last column beyond: shape
        (S, lags + 2).

    Raises:
        ValueError: If `lags` is below 0, or as `reach`.
    """
    if lags < 0:
        raise ValueError(f"lags must be at least 0; got {lags}")
    p = shares(scores)
    distances = np.minimum(_distances(p, spans, at), lags + 1)
    places = distances + (lags + 2) * np.arange(len(p))[:, None]
    sums = np.bincount(places.ravel(), p.ravel(), (lags + 2) * len(p)).astype(np.float64)
    found: Floats = sums.reshape(len(p), lags + 2)
    found[np.isnan(p).any(axis=1)] = np.nan  # at distances without a token, too
    return found


def _spans(p: Floats, spans: Integers | None) -> Integers:
    if spans is None:
        places = np.arange(p.shape[1])
        return np.stack([places, places + 1], axis=1)
    spans = np.asarray(spans)
    if spans.shape != (p.shape[1], 2):
        raise ValueError(
            f"spans must have the shape ({p.shape[1]}, 2), start and end of each token; got "
            f"{spans.shape}"
        )
    return spans


def _on_characters(p: Floats, spans: Integers) -> Floats:
    """Shares of tokens, (S, T), as shares of characters and of tokens without any, (S, N)."""
    starts, ends = spans.T
    places = max(int(ends.max(initial=0)), 0)
    bare = np.flatnonzero(ends <= starts)
    found = np.zeros((len(p), places + len(bare)))
    found[:, places:] = p[:, bare]
    for start, end, share in zip(starts.tolist(), ends.tolist(), p.T, strict=True):
        if end > start:
            found[:, start:end] += (share / (end - start))[:, None]
    return found


def _distances(
    p: Floats, spans: Integers | None, at: Sequence[int] | Integers | None = None
) -> Integers:
    if at is None and p.shape[0] != p.shape[1]:
        raise ValueError(
            "distances need an output for each input token, scores of the shape (T, T); got "
            f"{p.shape}. Otherwise pass the token of each output with at="
        )
    places = np.arange(p.shape[1]) if at is None else np.asarray(at)
    if places.shape != p.shape[:1] or not ((places >= 0) & (places < p.shape[1])).all():
        raise ValueError(
            f"at must have one token, 0 to {p.shape[1] - 1}, for each of {len(p)} outputs; got "
            f"{at!r}"
        )
    starts = _spans(p, spans)[:, 0]
    distances: Integers = np.abs(starts[places][:, None] - starts[None, :])
    return distances
