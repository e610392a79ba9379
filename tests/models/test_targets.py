"""What is true at each position, and what is explained."""

import pytest

from rnnviz_widget.models import TOP, TRUTH, as_target, choose_targets
from rnnviz_widget.models.symbols import read_text
from rnnviz_widget.models.truth import answers_for

LETTERS = {c: i for i, c in enumerate(" abcdefghijklmnopqrstuvwxyz?")}
WORDS = {"the": 0, "cat": 1, "sat": 2}


def read(text, unknown=None):
    return read_text(text, LETTERS, None, unknown)


def words(text):
    return [a.target for a in answers_for("word", read(text), WORDS)]


def test_each_character_and_the_space_before_it_stand_for_the_word():
    assert words("the cat") == [0, 0, 0, 1, 1, 1, 1]
    assert words(" the") == [0, 0, 0, 0]
    assert words("the  cat") == [0, 0, 0, 1, 1, 1, 1, 1]


def test_unknown_and_missing_words_have_no_truth():
    answers = answers_for("word", read("the dog "), WORDS)
    assert [a.target for a in answers] == [0, 0, 0, None, None, None, None, None]
    assert answers[4].reason == "“dog” is not a word the model can predict"
    assert answers[7].reason == "no word follows"
    assert words("the ca") == [0, 0, 0, None, None, None]


def test_a_word_with_an_unknown_character_has_no_truth_but_is_shown_as_it_is():
    answers = answers_for("word", read("c1t", unknown="?"), WORDS)
    assert answers[0].target is None
    assert "“c1t”" in answers[0].reason


def test_the_next_token_is_the_truth_but_at_the_end():
    answers = answers_for("next", read("abX", unknown="?"), LETTERS)
    assert [a.target for a in answers] == [2, None, None]
    assert answers[1].reason == "“X”, which follows, is not among the classes"
    assert answers[2].reason == "nothing follows the last position"


def test_truth_may_be_a_callable():
    answers = answers_for(lambda symbols: ["cat" if s == "c" else None for s in symbols],
                          read("ac"), WORDS)  # fmt: skip
    assert [a.target for a in answers] == [None, 1]
    with pytest.raises(ValueError, match="one class for each token: 2 expected, 1 came"):
        answers_for(lambda _: ["cat"], read("ac"), WORDS)
    with pytest.raises(ValueError, match="'dog', which is not among the model's outputs"):
        answers_for(lambda _: ["dog", None], read("ac"), WORDS)


def choose(target):
    answers = answers_for("word", read("the ca"), WORDS)
    return choose_targets(as_target(target), answers, [2] * 6, WORDS)


def test_targets_are_truth_top_a_class_or_a_list():
    assert choose(TRUTH)[0] == [0, 0, 0, 2, 2, 2]
    assert choose(TRUTH)[1][0] == "the word being typed"
    assert choose(TRUTH)[1][5] == (
        "the top prediction, as “ca” is not a word the model can predict"
    )
    assert choose(TOP)[0] == [2] * 6
    assert choose("cat")[0] == [1] * 6
    assert choose(["cat", TRUTH, TOP, "the", "sat", TRUTH])[0] == [1, 0, 2, 0, 2, 2]


@pytest.mark.parametrize(
    ("target", "kind", "words"),
    [
        (
            "cart",
            ValueError,
            "'cart' is not among the model's 3 output classes; did you mean 'cat'",
        ),
        ("zzz", ValueError, "not among the model's 3 output classes, 'the', 'cat', 'sat'$"),
        (["cat"], ValueError, "6 expected, 1 came"),
        (["cat", 3, TOP, TOP, TOP, TOP], TypeError, "must be rv.TRUTH, rv.TOP or the name"),
        (3, TypeError, "or a list with one of the first four for each token; got 3"),
    ],
)
def test_bad_targets_are_said(target, kind, words):
    with pytest.raises(kind, match=words):
        choose(target)
