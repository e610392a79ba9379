"""The lookups on texts: by going through the words, and on the positions of a model."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from small import seeded
from training.test_texts import spelled

import rnnviz_widget as rv
from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete
from rnnviz_widget.training.baselines import PREFIX, PREVIOUS, Typed, evaluate_lookups
from rnnviz_widget.training.texts import last_texts

CLASSES = 15


@pytest.fixture(scope="module")
def texts(corpus):
    return last_texts(corpus, "test", 30, 100)


@pytest.fixture(scope="module")
def found(corpus, texts):
    return evaluate_lookups(corpus, CLASSES, texts, progress=False)


@pytest.fixture(scope="module")
def by_hand(corpus, texts):
    """For each position the known letters, and the rank of the right word in both lists."""
    training = spelled(corpus, "training").split()
    training = training if spelled(corpus, "training").endswith(" ") else training[:-1]
    counts, pairs = Counter(training), Counter(pairwise(training))
    words = sorted(counts, key=lambda word: (-counts[word], word))[:CLASSES]
    positions = []
    for number, text in enumerate(texts):
        previous = None
        for word in text.split():
            for known in range(len(word) + 1):
                matching = [w for w in words if w.startswith(word[:known])]
                follow = sorted(matching, key=lambda w: (-pairs[previous, w], words.index(w)))
                inside = word in words
                share = counts[word] / sum(counts[w] for w in matching) if inside else None
                ranks = (matching.index(word), follow.index(word)) if inside else (None, None)
                positions.append((number, known, inside, *ranks, share))
            previous = word
    return positions


def test_both_lookups_are_those_by_hand(found, by_hand, texts):
    inside = [position for position in by_hand if position[2]]
    assert 0 < len(inside) < len(by_hand)
    for evaluation, place in zip(found, (3, 4), strict=True):
        for top in (1, 2, 3):
            right = sum(position[place] < top for position in inside)
            accuracy = evaluation.accuracy(top)
            assert accuracy.value == pytest.approx(right / len(inside))
            assert accuracy.positions == len(inside)
            of_all = evaluation.accuracy(top, outside=True)
            assert of_all.value == pytest.approx(right / len(by_hand))
            assert of_all.positions == len(by_hand)
            for known, figure in enumerate(evaluation.accuracy_by_known(top)):
                some = [position for position in inside if position[1] == known]
                assert figure.positions == len(some)
                if some:
                    share = np.mean([position[place] < top for position in some])
                    assert figure.value == pytest.approx(share)
        for number, tally in enumerate(evaluation.tallies):
            assert tally.inside.sum() == sum(position[0] == number for position in inside)
        assert evaluation.characters == sum(map(len, texts))
    assert found[1].accuracy().value > found[0].accuracy().value  # words follow each other there


def test_cross_entropy_is_that_of_the_counts(found, by_hand):
    expected = np.mean([-np.log(position[5]) for position in by_hand if position[2]])
    assert found[0].cross_entropy().value == pytest.approx(expected)
    unknown = found[1].cross_entropy()
    assert np.isnan([unknown.value, unknown.low, unknown.high]).all()
    assert found[1].as_dict()["cross entropy"]["value"] is None


def test_a_model_is_counted_at_the_same_positions(corpus, found, texts):
    module = seeded(Autocomplete, cell="gru", units=6, layers=1, classes=CLASSES)
    model = rv.SequenceModel(module, SYMBOLS, corpus.classes(CLASSES), truth="word", name="gru")
    ours = rv.evaluate(model, texts, memory=False, progress=False)
    for lookup in found:
        for mine, its in zip(ours.tallies, lookup.tallies, strict=True):
            assert np.array_equal(mine.inside, its.inside)
            assert np.array_equal(mine.outside, its.outside)
        gain = ours.gain(lookup)
        difference = ours.accuracy().value - lookup.accuracy().value
        assert gain.value == pytest.approx(difference)
        assert lookup.gain(ours).value == pytest.approx(-difference)


def test_also_where_spaces_come_in_a_row(corpus):
    texts = [" the  and   zzz often "]
    module = seeded(Autocomplete, cell="gru", units=6, layers=1, classes=CLASSES)
    model = rv.SequenceModel(module, SYMBOLS, corpus.classes(CLASSES), truth="word")
    ours = rv.evaluate(model, texts, memory=False, progress=False)
    for lookup in evaluate_lookups(corpus, CLASSES, texts, progress=False):
        assert np.array_equal(ours.tallies[0].inside, lookup.tallies[0].inside)
        assert np.array_equal(ours.tallies[0].outside, lookup.tallies[0].outside)


def test_what_is_typed():
    typed = Typed.of(" ab a xyz a", {"a": 0, "ab": 1})
    assert typed.targets.tolist() == [1, 1, 1, 0, 0, -1, -1, -1, -1, 0, 0]
    assert typed.known.tolist() == [0, 1, 2, 0, 1, 0, 1, 2, 3, 0, 1]
    assert typed.previous.tolist() == [-1, -1, -1, 1, 1, 0, 0, 0, 0, -1, -1]
    nothing = Typed.of("  ", {})
    assert nothing.targets.tolist() == [-2, -2]


def test_names(found):
    assert [evaluation.name for evaluation in found] == [PREFIX, PREVIOUS]
