"""LSTMVis' selection and matches, written out from the description of its algorithm.

For the tests, and as the rival in benchmarks/matches.py: numpy on the states themselves, the best
of equals first in the text. It knows nothing of the package.
"""

import numpy as np

CANDIDATES = {"fast": 1_000, "precise": 10_000}


def selection(states, threshold, start, stop, before, after):
    """Units that are on in [start, stop) and off at the steps around it."""
    chosen = []
    for unit in range(states.shape[1]):
        agrees = True
        for t in range(max(0, start - before), min(len(states), stop + after)):
            is_on = states[t, unit] >= threshold
            agrees = agrees and is_on == (start <= t < stop)
        if agrees:
            chosen.append(unit)
    return chosen


def stretches(values):
    """Longest stretches of equal values: value, start, length of each."""
    edges = np.flatnonzero(np.diff(values)) + 1
    starts = np.concatenate([[0], edges])
    lengths = np.diff(np.concatenate([starts, [len(values)]]))
    return values[starts].tolist(), starts.tolist(), lengths.tolist()


def matches(states, threshold, cells, *, left, right, mode="fast", limit=50):
    """How many candidates there were; start, length, |A and C|, |A or C| of the first matches."""
    searched = states[:500_000] if mode == "fast" else states
    count = np.zeros(len(searched), np.int64)
    for cell in cells:
        count += searched[:, cell] >= threshold
    candidates = {}
    m = len(cells)
    while m > 0 and len(candidates) < CANDIDATES[mode]:
        values, starts, lengths = stretches(np.minimum(count, m))
        for k, (value, start, length) in enumerate(zip(values, starts, lengths, strict=True)):
            if value == m and length >= 2:
                beside = [values[k - 1]] if left and k > 0 else []
                beside += [values[k + 1]] if right and k + 1 < len(values) else []
                d = m - sum(beside) if left or right else 0
                candidates.setdefault((start, length), d)
        m -= 1
    order = sorted(candidates.items(), key=lambda item: -item[1])[: CANDIDATES[mode]]
    found = []
    for (start, length), _ in order:
        if start == 0 or start + length == len(states):
            continue
        active = (states[start : start + length] >= threshold).all(axis=0)
        if left:
            active &= states[start - 1] < threshold
        if right:
            active &= states[start + length] < threshold
        there = set(np.flatnonzero(active).tolist())
        both, either = there & set(cells), there | set(cells)
        found.append((start, length, len(both), len(either)))
    found.sort(key=lambda place: (-place[2], place[3], -place[1]))
    return len(candidates), found[:limit]
