"""Which word a character belongs to."""

import numpy as np

from rnnviz_widget.evaluation.words import Words


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
