"""Models, texts, and what `evaluate` should find on them, position by position."""

import re
from collections import Counter

import numpy as np
import torch
from small import LETTERS, recurrent
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines.reference import reference_rows

WORDS = ["the", "cat", "on", "a", "mat", "of", "in", "it"]
TEXTS = [
    " the cat sat on the mat in the hall of it",
    " a dog on a mat the cat in a hat of the",
    " it the",
    " on the cat of the extraordinarily interestingly hat it is in a cat a cat",
]
PIECES = [" ", *LETTERS[1:], "th", "at", "in", "ca", "he"]


def word_model(cell="gru", seed=0, **options):
    module = recurrent(cell, classes=len(WORDS), seed=seed, dtype=torch.float64)
    return rv.SequenceModel(module, LETTERS, WORDS, truth="word", name=cell, **options)


def next_model(seed=0, **options):
    return rv.SequenceModel(recurrent("lstm", seed=seed, dtype=torch.float64), LETTERS, **options)


def in_pieces(text):
    """Tokens of one or two characters."""
    pattern = "|".join(sorted(map(re.escape, PIECES), key=len, reverse=True))
    return [(found.group(), *found.span()) for found in re.finditer(pattern, text)]


class BothWays(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.embedding = nn.Embedding(27, 4)
        self.cell = nn.GRU(4, 5, batch_first=True, bidirectional=True)
        self.head = nn.Linear(10, classes)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def truth_of(truth, text, spans, symbols, classes):
    """The right class of each token by its name; None: no truth. Outside names may be among it."""
    if truth == "next":
        return [*symbols[1:], None]
    named = []
    for start, end in spans:
        rest = text[end - 1 :]
        if rest[0].isspace():
            named.append(rest.split()[0] if rest.strip() else None)
        else:
            begin = max(text.rfind(" ", 0, start + 1), -1) + 1
            named.append(text[begin:].split()[0])
    return named


def known_of(text, spans):
    return [end - 1 - text.rfind(" ", 0, end) for _, end in spans]


def count(model, texts, truth, *, start=0, lags=100, measure="norm", top=False, pieces=None):
    """All figures as one `Counter` by (name, known) or (name, lag)."""
    found = Counter()
    classes = list(model.outputs)
    for text in texts:
        tokens = pieces(text) if pieces else [(c, t, t + 1) for t, c in enumerate(text)]
        symbols, spans = [t[0] for t in tokens], [t[1:] for t in tokens]
        symbols = [s if s in model.inputs else model.unknown for s in symbols]
        ids = torch.tensor([model.inputs.index(symbol) for symbol in symbols])
        logits = model.network.module(ids[None])
        logits = (logits[0] if isinstance(logits, tuple) else logits)[0].detach().numpy()
        loss = np.log(np.exp(logits).sum(1, keepdims=True)) - logits
        best = np.argsort(-logits, axis=1, kind="stable")
        truths = truth_of(truth, text, spans, symbols, classes)
        known = [min(n, 24) for n in known_of(text, spans)]
        explained = []
        for s, name in enumerate(truths):
            if name in classes:
                found["inside", known[s]] += 1
                k = classes.index(name)
                for n in (1, 2, 3):
                    found[f"top {n}", known[s]] += int(k in best[s, :n])
                found["loss", known[s]] += loss[s, k]
                explained.append((s, k))
            elif name is not None:
                found["outside", known[s]] += 1
        if top:
            explained = [(s, int(best[s, 0])) for s in range(len(ids))]
        explained = [(s, k) for s, k in explained if s >= start]
        if not explained:
            continue
        rows, targets = zip(*explained, strict=True)
        scores = reference_rows(model.network, ids, rows, targets, measure).detach().numpy()
        for s, row in zip(rows, np.abs(scores), strict=True):
            p = row / row.sum()
            word = text.rfind(" ", 0, spans[s][1])
            found["rows", known[s]] += 1
            entropy = 0.0
            for share, (a, b) in zip(p, spans, strict=True):
                lag = abs(spans[s][0] - a)
                found["reach", known[s]] += share * lag
                found["before", known[s]] += share * (b <= word)
                found["lag", min(lag, lags + 1)] += share
                entropy -= share * np.log(share / (b - a)) if share else 0
            found["effective", known[s]] += np.exp(entropy)
    return found


def agrees(evaluation, expected):
    """Asserts that each figure is what was counted plainly, by known characters and in all."""

    def total(name):
        return sum(value for (key, _), value in expected.items() if key == name)

    def ratio(above, below):
        return above / below if below else np.nan

    def near(estimate, above, below):
        np.testing.assert_allclose(estimate.value, ratio(above, below), rtol=1e-6, atol=1e-9)
        assert estimate.positions == below

    inside, outside = total("inside"), total("outside")
    for n in (1, 2, 3):
        name = f"top {n}"
        near(evaluation.accuracy(n), total(name), inside)
        near(evaluation.accuracy(n, outside=True), total(name), inside + outside)
        lists = [evaluation.accuracy_by_known(n, outside=o) for o in (False, True)]
        for known in range(25):
            number = expected["inside", known]
            near(lists[0][known], expected[name, known], number)
            near(lists[1][known], expected[name, known], number + expected["outside", known])
    near(evaluation.cross_entropy(), total("loss"), inside)
    if evaluation.memory is None:
        return
    rows = total("rows")
    near(evaluation.reach(), total("reach"), rows)
    near(evaluation.effective_characters(), total("effective"), rows)
    near(evaluation.share_before_word(), total("before"), rows)
    lists = [evaluation.reach_by_known(), evaluation.share_before_word_by_known()]
    for known in range(25):
        for name, found in zip(("reach", "before"), lists, strict=True):
            near(found[known], expected[name, known], expected["rows", known])
    by_lag = evaluation.share_by_lag()
    assert len(by_lag) == evaluation.memory.lags + 2
    for lag, found in enumerate(by_lag):
        near(found, expected["lag", lag], rows)


def same(ours, theirs, *, elsewhere=False):
    """Asserts that two evaluations have the same tallies, bit for bit.

    What is computed in another process, `elsewhere`, may be added up in another order there: each
    process times its libraries and takes the faster one.
    """
    assert len(ours.tallies) == len(theirs.tallies)
    for one, other in zip(ours.tallies, theirs.tallies, strict=True):
        for name, values in vars(one).items():
            again = getattr(other, name)
            assert values.dtype == again.dtype, name
            if elsewhere and values.dtype.kind == "f":
                np.testing.assert_allclose(values, again, rtol=1e-5, atol=1e-9, err_msg=name)
            else:
                assert np.array_equal(values, again), name
    if not elsewhere:
        assert ours.as_dict() == theirs.as_dict()
