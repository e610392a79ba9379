"""Scores of golden messages: matrices and their rows."""

import numpy as np
from draws import Draws


def matrix(seed, size, *, signed, causal):
    draws = Draws(seed)
    scores = draws.magnitudes(size, size)
    if signed:
        scores *= draws.signs(size, size)
    if causal:
        scores = np.tril(scores)
    scores[2] = 0
    return scores


def row(scores, s, causal):
    return scores[s, : s + 1] if causal else scores[s]
