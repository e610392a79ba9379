from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from rnnviz_widget.models.autocomplete import SYMBOLS
from rnnviz_widget.training.lookup import PrefixLookup, PreviousWordLookup

CLASSES = 15


@pytest.fixture(scope="module")
def training_words(corpus):
    symbols, _ = corpus.part("training")
    text = "".join(SYMBOLS[symbol] for symbol in symbols)
    return text.split()[: -1 if not text.endswith(" ") else None]


def queries(corpus):
    """Every class at every number of letters known."""
    words = corpus.classes(CLASSES)
    return [(c, known) for c, word in enumerate(words) for known in range(len(word) + 1)]


def test_lists_words_with_the_prefix_by_frequency(corpus, training_words):
    words = corpus.classes(CLASSES)
    counts = {word: count for word, count in Counter(training_words).items() if word in words}
    targets, known = np.array(queries(corpus)).T
    ranks, losses = PrefixLookup.of(corpus, CLASSES).score(targets, known)
    for (c, letters), rank, loss in zip(queries(corpus), ranks, losses, strict=True):
        matching = [word for word in counts if word.startswith(words[c][:letters])]
        ordered = sorted(matching, key=lambda word: (-counts[word], word))
        assert ordered.index(words[c]) == rank
        share = counts[words[c]] / sum(counts[word] for word in matching)
        assert loss == pytest.approx(-np.log(share))


def test_lists_followers_first_and_then_the_other_words(corpus, training_words):
    words = corpus.classes(CLASSES)
    pairs = Counter(pairwise(training_words))
    lookup = PreviousWordLookup(corpus, CLASSES)
    for previous, before in enumerate(corpus.vocabulary):
        asked = queries(corpus)
        targets, known = np.array(asked).T
        got = lookup.ranks(targets, known, np.full(len(asked), previous))
        for (c, letters), rank in zip(asked, got, strict=True):
            matching = [word for word in words if word.startswith(words[c][:letters])]
            ordered = sorted(matching, key=lambda w: (-pairs[before, w], words.index(w)))
            assert ordered.index(words[c]) == rank


def test_without_a_previous_word_it_is_the_prefix_lookup(corpus):
    targets, known = np.array(queries(corpus)).T
    lookup = PreviousWordLookup(corpus, CLASSES)
    got = lookup.ranks(targets, known, np.full(len(targets), -1))
    assert np.array_equal(got, lookup.prefix.score(targets, known)[0])


def test_counts_come_from_the_training_part_alone(corpus, training_words):
    assert int(corpus.counts.sum()) == len(training_words)
    lookup = PreviousWordLookup(corpus, len(corpus.vocabulary))
    assert int(lookup._counts.sum()) == len(training_words) - 1
