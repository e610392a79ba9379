"""White space, and which word a character belongs to."""

import numpy as np
import words_golden

from rnnviz_widget.words import Words, word_spans


def test_the_page_reads_what_python_says():
    assert words_golden.PATH.read_text(encoding="utf-8") == words_golden.written()


def test_white_space_is_told_for_every_character():
    listed = words_golden.golden()["white_space"]
    assert listed[:12] == [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xA0]
    assert 0xFEFF not in listed
    assert 0x200B not in listed


def test_words_are_the_same_as_spans_and_for_each_character():
    for text in words_golden.TEXTS:
        starts = [start for start, end in word_spans(text) for _ in range(start, end)]
        assert Words.of(text).starts.tolist() == starts


def test_a_word_begins_with_the_space_before_it():
    words = Words.of("ab cde  f\n")
    assert words.starts.tolist() == [0, 0, 2, 2, 2, 2, 6, 7, 7, 9]
    assert words.known.tolist() == [1, 2, 0, 1, 2, 3, 0, 0, 1, 0]
    words = Words.of(" a")
    assert (words.starts.tolist(), words.known.tolist()) == ([0, 0], [0, 1])


def test_of_a_token_its_last_character_counts():
    """ "ab", " cd", "e", a token without characters inside, and one at the end."""
    spans = np.array([[0, 2], [2, 5], [5, 6], [1, 1], [6, 6]])
    words = Words.of("ab cde").at(spans)
    assert words.known.tolist() == [2, 2, 3, 2, 3]
    assert words.starts.tolist() == [0, 2, 2, 0, 2]
