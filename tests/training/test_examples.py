import numpy as np
import pytest

from rnnviz_widget.training.examples import Streams, generator, mask_first_word, targets_of


def streams(corpus, **changes):
    given = {"classes": 10, "streams": 3, "length": 20, "forget": 0.0, "seed": 4}
    return Streams(corpus, **(given | changes))


def test_each_stream_reads_on_where_it_stopped(corpus):
    reader = streams(corpus)
    symbols, words = corpus.part("training")
    ids = np.concatenate([reader.batch(step).ids for step in range(1, 6)], 1)
    targets = np.concatenate([reader.batch(step).targets for step in range(1, 6)], 1)
    for row, start in enumerate(np.arange(3) * (len(symbols) // 3) + 20):
        assert np.array_equal(ids[row], symbols[start : start + 100])
        expected = words[start : start + 100]
        assert np.array_equal(targets[row], np.where(expected < 10, np.maximum(expected, -1), -1))


def test_wraps_around_at_the_end_of_the_training_part(corpus):
    reader = streams(corpus)
    symbols, _ = corpus.part("training")
    whole = len(symbols)
    last = (whole - reader.starts[-1] + reader.length - 1) // reader.length - 1
    ids = reader.batch(int(last)).ids[-1]
    start = int(reader.starts[-1] + last * reader.length)
    assert np.array_equal(ids, np.append(symbols, symbols)[start : start + reader.length])
    assert start + reader.length > whole


def test_never_reads_beyond_the_training_part(corpus):
    reader = streams(corpus)
    training = corpus.parts["training"][1]
    reader.symbols = np.where(np.arange(training) < training, reader.symbols, 99)
    assert len(reader.symbols) == training
    assert max(reader.batch(step).ids.max() for step in range(0, 2000, 7)) < 27


def test_every_stream_starts_afresh_at_first_and_then_at_the_given_rate(corpus):
    reader = streams(corpus, streams=50, forget=0.2)
    assert reader.batch(0).fresh.all()
    share = np.mean([reader.batch(step).fresh.mean() for step in range(1, 101)])
    assert 0.17 < share < 0.23
    assert not streams(corpus).batch(1).fresh.any()


def test_a_fresh_stream_does_not_count_the_word_it_starts_in(corpus):
    reader = streams(corpus, forget=1.0, classes=len(corpus.vocabulary))
    for step in range(30):
        batch = reader.batch(step)
        for ids, targets in zip(batch.ids, batch.targets, strict=True):
            first = int(np.argmax(ids == 0))
            assert (targets[:first] == -1).all()
            assert targets[first] >= 0


def test_a_batch_depends_on_seed_and_step_alone(corpus):
    one, other = streams(corpus, forget=0.5), streams(corpus, forget=0.5)
    other.batch(3)
    assert np.array_equal(one.batch(7).fresh, other.batch(7).fresh)
    assert generator(1, 2, 0).random() != generator(1, 2, 1).random()
    assert generator(1, 2, 0).random() != generator(2, 2, 0).random()


def test_a_text_shorter_than_a_batch(corpus):
    with pytest.raises(ValueError, match=r"a batch takes 3 x 100000: give a longer text"):
        streams(corpus, length=100_000)


def test_words_outside_the_vocabulary_are_not_counted():
    words = np.array([0, 4, 5, -1, -2], dtype=np.int32)
    assert targets_of(words, 5).tolist() == [0, 4, -1, -1, -1]


def test_what_stands_before_the_first_space_is_not_counted():
    ids = np.array([[3, 0, 5, 0], [0, 1, 2, 3], [4, 4, 4, 4]])
    targets = np.ones((3, 4), dtype=np.int64)
    mask_first_word(ids, targets)
    assert targets.tolist() == [[-1, 1, 1, 1], [1, 1, 1, 1], [-1, -1, -1, -1]]
