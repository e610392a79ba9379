"""Texts to evaluate on are the end of a part, cut at whole words."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz_widget.models.autocomplete import SYMBOLS
from rnnviz_widget.training.texts import last_texts


def spelled(corpus, part):
    return "".join(SYMBOLS[symbol] for symbol in corpus.part(part)[0])


def corpus_of(corpus, text):
    symbols = np.array([SYMBOLS.index(character) for character in text], dtype=np.uint8)
    return replace(corpus, symbols=symbols, parts={"test": (0, len(text))})


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize(("number", "length"), [(30, 100), (1, 4000), (3, 777), (80, 50)])
def test_texts_are_the_end_of_the_part_in_whole_words(corpus, part, number, length):
    whole = spelled(corpus, part)
    texts = last_texts(corpus, part, number, length)
    assert len(texts) == number
    for place, text in enumerate(texts):
        start = len(whole) - (number - place) * length
        cut = whole[start : start + length]
        assert text.startswith(" ")
        assert not text.endswith(" ")
        assert text + " " in cut
        # What is taken off is less than a word and its spaces at either end.
        at = cut.index(text + " ")
        assert " " not in cut[:at]
        assert " " not in cut[at + len(text) + 1 :]
    words = [word for text in texts for word in text.split()]
    assert set(words) <= set(corpus.vocabulary)


def test_by_hand(corpus):
    text = "zero one two three four fi"
    assert last_texts(corpus_of(corpus, text), "test", 1, 26) == [" one two three four"]
    assert last_texts(corpus_of(corpus, text), "test", 2, 13) == [" one two", " four"]
    assert last_texts(corpus_of(corpus, text), "test", 1, 10) == [" four"]


def test_spaces_in_a_row_end_no_text(corpus):
    assert last_texts(corpus_of(corpus, "ab  cd  ef"), "test", 1, 10) == ["  cd"]


@pytest.mark.parametrize("number", [0, 41, -1])
def test_more_or_fewer_than_there_are(corpus, number):
    words = rf"{number} texts of 100 .* requested, but the test part has 4,000 .* for 40 such"
    with pytest.raises(ValueError, match=words):
        last_texts(corpus, "test", number, 100)


def test_texts_that_are_too_short_for_a_word(corpus):
    for text, length in (("abcdefgh", 8), ("abc defg", 8), ("ab    cd", 8)):
        with pytest.raises(ValueError, match=r"has no whole word .*: use longer texts"):
            last_texts(corpus_of(corpus, text), "test", 1, length)


@pytest.mark.parametrize("length", [0, -5])
def test_a_length_below_one(corpus, length):
    with pytest.raises(ValueError, match=f"at least 1 character; got a length of {length}"):
        last_texts(corpus, "test", 1, length)


def test_another_part(corpus):
    with pytest.raises(ValueError, match="unknown part 'tests'"):
        last_texts(corpus, "tests", 1, 100)
