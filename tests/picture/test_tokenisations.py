"""Over any tokenisation shares add up, and what is hatched is what is not read."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from draws import Draws
from hypothesis import given, settings
from hypothesis import strategies as st
from picture.tokenisations import KINDS, LETTERS, case, spans_of
from readers import KINDS as MODELS
from readers import SYMBOLS, Model, moved_one_by_one

import rnnviz_widget as rv
from rnnviz_widget import memory
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.picture.content import cell_styles
from rnnviz_widget.reading import Question
from rnnviz_widget.words import word_spans

# What travels is true to half a step of 1/500 of the peak, at each token.
STEP = Fraction(1, 1000)


def plainly(case, start, end):
    """The share of a row that lies on [start, end), token by token, and by how much it may be off.

    A token that lies there in part counts for that part of its characters.
    """
    sizes = [Fraction(float(abs(score))) for score in case.scores]
    total, peak = sum(sizes), max(sizes, default=0)
    found = Fraction(0)
    for (first, last), size in zip(case.spans, sizes, strict=False):
        inside = max(0, min(last, end) - max(first, start))
        if inside:
            found += size * Fraction(inside, last - first)
    if not total:
        return 0.0, 0.0
    return float(found / total), float(STEP * peak * len(sizes) / total) + 1e-9


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_a_span_has_its_tokens_shares_once(seed, data):
    each = case(seed)
    (facet,) = each.picture().facets
    size = len(each.text)
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    wanted, near = plainly(each, start, end)
    assert facet.row.on(start, end) == pytest.approx(wanted, abs=near)
    # Disjoint spans that cover the text, and what lies on none of it, are all.
    cuts = sorted({0, size, *data.draw(st.lists(st.integers(0, size), max_size=4))})
    spans = list(itertools.pairwise(cuts))
    everything = sum(facet.row.on(*span) for span in spans) + facet.row.elsewhere
    assert everything == pytest.approx(float(each.scores.any()), abs=plainly(each, 0, size)[1])
    assert 0 <= facet.row.largest <= 1 + near
    (by_word,) = each.picture("word").facets
    for a, b in word_spans(each.text):
        wanted, near = plainly(each, a, b)
        assert set(by_word.row.characters[a:b]) == {by_word.row.characters[a]}
        # Of a sign what two tokens say may cancel.
        assert abs(by_word.row.characters[a]) <= wanted + near
        if not each.signed:
            assert by_word.row.characters[a] == pytest.approx(wanted, abs=near)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000))
def test_memory_counts_each_token_once(seed):
    each = case(seed)
    size = len(each.spans)
    row = np.zeros(size)
    row[: len(each.scores)] = np.abs(each.scores)
    if not row.any():
        return
    p, spans, s = row / row.sum(), np.array(each.spans), each.token
    scores = np.zeros((size, size))
    scores[s] = row
    away = [abs(spans[s, 0] - start) for start, _ in each.spans]
    assert memory.reach(scores, spans)[s] == pytest.approx(sum(p * away))
    before = [
        p[t] * (np.mean(np.arange(a, b) < each.position) if b > a else a <= each.position)
        for t, (a, b) in enumerate(each.spans)
    ]
    starts = np.full(size, each.position)
    assert memory.share_before(scores, starts, spans)[s] == pytest.approx(sum(before))
    lags = memory.share_by_lag(scores, 5, spans)[s]
    assert lags.sum() == pytest.approx(1)
    assert lags[2] == pytest.approx(sum(p[t] for t in range(size) if away[t] == 2))
    # Each character has what its tokens spread over theirs; a token without any is its own place.
    places = {}
    for t, (a, b) in enumerate(each.spans):
        for place in range(a, b) if b > a else [("bare", t)]:
            places[place] = places.get(place, 0) + p[t] / max(1, b - a)
    odds = np.array([share for share in places.values() if share > 0])
    wanted = np.exp(-(odds * np.log(odds)).sum())
    assert memory.effective_characters(scores, spans)[s] == pytest.approx(wanted)


# Those whose bounds are found exactly; an output that reads nothing is not looked at.
EXACT = [name for name, (_, exact) in MODELS.items() if exact and name != "rounded"]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.sampled_from(EXACT), st.sampled_from(KINDS), st.text(LETTERS, min_size=1, max_size=24),
    st.integers(0, 1000), st.data(),
)  # fmt: skip
def test_what_is_hatched_is_what_no_experiment_moves(kind, tokens, text, seed, data):
    spans = spans_of(Draws(seed), text, tokens)
    ids = [(3 * t + seed) % SYMBOLS for t in range(len(spans))]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = Model(MODELS[kind][0]()).double()
    model = rv.SequenceModel(
        module,
        [f"<{n}>" for n in range(SYMBOLS)],
        tokenize=lambda _: [(i, *span) for i, span in zip(ids, spans, strict=True)],
    )
    explorer = Explorer(ModelSource({"M": model}, text, Question(rv.TOP)))
    position = data.draw(st.integers(0, len(text) - 1))
    try:
        picture = explorer.picture(position)
    finally:
        explorer.close()
    (facet,) = picture.facets
    read = moved_one_by_one(model.network, torch.tensor(model.tokens(text).ids))[facet.token]
    held = [[t for t, (a, b) in enumerate(facet.spans) if a <= p < b] for p in range(len(text))]
    # A network of which no output reads anything is not known to read nothing.
    known = len(spans) > 1 or read.any()
    for p, style in enumerate(cell_styles(picture, 0)):
        if held[p] and known:
            assert (style.step is None) == (not read[held[p][-1]]), p
        elif not held[p] and not text[p].isspace():
            assert style.step is None, p
    everything = facet.row.on(0, len(text)) + facet.row.elsewhere
    near = max(map(abs, facet.row.tokens), default=0) * float(STEP) * len(facet.row.tokens) + 1e-9
    assert everything == pytest.approx(1 if any(facet.row.tokens) else 0, abs=near)
