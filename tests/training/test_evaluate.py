import numpy as np
import pytest
import torch

from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete
from rnnviz_widget.training import evaluate
from rnnviz_widget.training.lookup import PrefixLookup

CLASSES = 15


@pytest.fixture(scope="module")
def texts(corpus):
    return evaluate.last_texts(corpus, "test", 3050, 100, CLASSES)


def test_texts_are_the_end_of_the_part_and_count_whole_words(corpus, texts):
    words = corpus.classes(CLASSES)
    ranks = {word: rank for rank, word in enumerate(corpus.vocabulary)}
    spelled = ["".join(SYMBOLS[symbol] for symbol in row) for row in texts.ids]
    assert "".join(spelled) == "".join(SYMBOLS[s] for s in corpus.part("test")[0][-3000:])
    for row, text in enumerate(spelled):
        place, previous = text.index(" "), None
        counted = np.zeros(len(text), dtype=bool)
        while (end := text.find(" ", place + 1)) > 0:
            word = text[place + 1 : end]
            counted[place:end] = True
            for known, at in enumerate(range(place, end)):
                assert texts.known[row, at] == known
                assert texts.targets[row, at] == (words.index(word) if word in words else -1)
                assert texts.previous[row, at] == (-1 if previous is None else ranks[previous])
            place, previous = end, word
        assert np.array_equal(texts.counted[row], counted)
        assert (texts.targets[row][~counted] == -1).all()


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_ranks_and_losses_are_those_of_the_models_own_logits(texts, cell):
    torch.manual_seed(2)
    model = Autocomplete(cell=cell, units=6, layers=1, classes=CLASSES)
    ranks, losses = evaluate.model_scores(model, texts, chunk=7, rows=4, progress=False)
    with torch.no_grad():
        shares = model(torch.from_numpy(texts.ids)).double().log_softmax(-1).numpy()
    has = texts.targets >= 0
    assert 0 < has.sum() < has.size
    assert (ranks[~has] == evaluate.NO_RANK).all()
    assert np.isnan(losses[~has]).all()
    for row, at in np.argwhere(has)[::7]:
        order = np.argsort(-shares[row, at], kind="stable")
        assert order[ranks[row, at]] == texts.targets[row, at]
        assert losses[row, at] == pytest.approx(-shares[row, at, texts.targets[row, at]], rel=1e-4)


def test_accuracies_count_what_they_say(corpus, texts):
    ranks, _ = evaluate.lookup_scores(PrefixLookup.of(corpus, CLASSES), texts)
    figures = evaluate.figures(texts, ranks)
    words = corpus.classes(CLASSES)
    right, inside = 0, 0
    for row, at in np.argwhere(texts.targets >= 0):
        target = words[texts.targets[row, at]]
        typed = target[: texts.known[row, at]]
        right += next(word for word in words if word.startswith(typed)) == target
        inside += 1
    assert figures["in vocabulary, top 1"][0] == pytest.approx(right / inside)
    assert figures["all, top 1"][0] == pytest.approx(right / texts.counted.sum())
    assert texts.counted.sum() > inside
    assert figures["all, top 1"][0] < figures["all, top 2"][0] < figures["all, top 3"][0]


def test_the_difference_is_that_of_the_accuracies(corpus, texts):
    ours, _ = evaluate.lookup_scores(PrefixLookup.of(corpus, CLASSES), texts)
    theirs = np.where(texts.targets == 0, 0, evaluate.NO_RANK)
    gain = evaluate.difference(texts, ours, theirs)
    expected = [evaluate.figures(texts, r)["in vocabulary, top 1"][0] for r in (ours, theirs)]
    assert gain[0] == pytest.approx(expected[0] - expected[1])
    assert gain[1] < gain[0] < gain[2]


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        numbers = rng.integers(80, 120, size=60)
        sums = rng.binomial(numbers, 0.3)
        _, low, high = evaluate.interval(sums, numbers, resamples=300, seed=trial)
        covered += low <= 0.3 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_an_interval_of_nothing():
    with pytest.raises(ValueError, match="no position is counted"):
        evaluate.interval(np.zeros(3), np.zeros(3))


@pytest.mark.parametrize("characters", [50, 5000])
def test_more_or_less_than_there_is(corpus, characters):
    with pytest.raises(ValueError, match=r"at most the 4,000 characters of the test part"):
        evaluate.last_texts(corpus, "test", characters, 100, CLASSES)
