"""Symbol tables, and text into tokens with their places."""

import numpy as np
import pytest

from rnnviz_widget.models.letters import whole_letters
from rnnviz_widget.models.symbols import read_symbols, read_text

IDS = {symbol: index for index, symbol in enumerate(["a", "b", " ", "\n", "ab", "?", "\U0001f600"])}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("abc", ("a", "b", "c")),
        (["x", "yy"], ("x", "yy")),
        ({"b": 1, "a": 0}, ("a", "b")),
        ({0: "a", 2: "c"}, ("a", "<1>", "c")),
        ({"a": 1, "b": 2}, ("<0>", "a", "b")),
    ],
)
def test_symbols_come_in_id_order(given, expected):
    assert read_symbols(given, "inputs") == expected


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ("", ValueError, "inputs is empty"),
        ("aba", ValueError, "inputs must differ; 'a' occurs more than once"),
        ([1, 2], TypeError, r"number 0 is 1 \(int\)"),
        (7, TypeError, "must be a string, a list of strings or a mapping; got int"),
        ({"a": -1}, TypeError, "must map symbols to ids"),
        ({"a": 0, "b": 0}, ValueError, "gives id 0 to both 'a' and 'b'"),
    ],
)
def test_bad_symbols_are_named(given, kind, words):
    with pytest.raises(kind, match=words):
        read_symbols(given, "inputs")


def test_one_symbol_a_character():
    tokens = read_text("ab\U0001f600\n", IDS, None, None)
    assert tokens.ids == [0, 1, 6, 3]
    assert tokens.texts == ["a", "b", "\U0001f600", "\n"]
    assert list(tokens.spans) == [(t, t + 1) for t in range(len(tokens.text))]
    assert [tokens.at(p) for p in range(4)] == [0, 1, 2, 3]


def test_unknown_symbols_are_named_with_their_places():
    with pytest.raises(ValueError, match=r"does not know 'X' at 1, 'é' at 3; it knows 'a', 'b'"):
        read_text("aXbé", IDS, None, None)
    with pytest.raises(ValueError, match="'8' at 7 and 2 more"):
        read_text("123456789é"[:10].replace("9", "8"), IDS, None, None)


def test_unknown_symbols_are_fed_as_the_unknown_symbol_and_marked():
    tokens = read_text("aXb", IDS, None, "?")
    assert tokens.symbols == ["a", "?", "b"]
    assert tokens.unknown == [1]
    assert tokens.texts == ["a", "X", "b"]


def test_plain_tokens_are_found_in_the_text():
    tokens = read_text("ab  AB a", IDS, lambda text: text.lower().split(), None)
    assert tokens.spans == [(0, 2), (4, 6), (7, 8)]
    assert [tokens.at(p) for p in range(8)] == [0, 0, 0, 0, 1, 1, 1, 2]


def test_a_case_folding_character_tokenizer_stays_aligned():
    tokens = read_text("BaA", IDS, lambda text: list(text.lower()), None)
    assert tokens.spans == [(0, 1), (1, 2), (2, 3)]
    assert list(tokens.spans) == [(t, t + 1) for t in range(len(tokens.text))]


def test_a_tokenizer_may_say_where_tokens_stand():
    tokens = read_text("xyz", IDS, lambda _: [("a", 1, 3), ("b", 3, 3)], None)
    assert tokens.spans == [(1, 3), (3, 3)]
    assert [tokens.at(p) for p in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "tokenize", "kind", "words"),
    [
        ("", None, ValueError, "text is empty"),
        (7, None, TypeError, "text must be a string; got int"),
        ("ab", lambda _: [], ValueError, "returned no tokens"),
        ("ab", lambda _: [3.5], TypeError, r"number 0 is 3\.5"),
        ("ab", lambda _: [True], TypeError, "number 0 is True"),
        ("ab", lambda _: [("a", 0)], TypeError, r"number 0 is \('a', 0\)"),
        ("ab", lambda _: [(7, 0, 1)], ValueError, "token 0 has the id 7, but there are 7 input"),
        ("ab", lambda _: [-1], ValueError, "token 0 has the id -1"),
        ("ab b", lambda _: ["a", "q"], ValueError, "token 1, 'q', was not found in the text after"),
        ("ab", lambda _: [("a", 0, 9)], ValueError, "span characters 0 to 9, but the text has 2"),
    ],
)
def test_bad_text_is_said(text, tokenize, kind, words):
    with pytest.raises(kind, match=words):
        read_text(text, IDS, tokenize, None)


def test_tokens_may_be_ids_also_of_symbols_that_look_alike():
    names = read_symbols(["a", "b", "a", "\ufffd", "\ufffd"], "inputs", alike=True)
    assert names == ("<0> a", "b", "<2> a", "<3> \ufffd", "<4> \ufffd")
    ids = {name: n for n, name in enumerate(names)}
    tokens = read_text("ab", ids, lambda _: [(np.int64(2), 0, 1), 1, (4, 2, 2)], None)
    assert tokens.ids == [2, 1, 4]
    assert tokens.symbols == ["<2> a", "b", "<4> \ufffd"]
    assert tokens.spans == [(0, 1), (1, 2), (2, 2)]
    with pytest.raises(ValueError, match="token 0, 'a', stands for the ids 0, 2; return ids"):
        read_text("ab", ids, list, None)


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("cafe\u0301 e\u0301", [(0, 4), (5, 7)], [(0, 5), (5, 8)]),
        # Hangul: a consonant, a vowel and a final; then two bytes of one letter.
        ("\u1112\u1161\u11ab.", [(0, 1), (3, 4)], [(0, 3), (3, 4)]),
        ("e\u0301x", [(0, 1), (0, 1), (2, 3)], [(0, 2), (0, 2), (2, 3)]),
        # A family of joined people, and a skin tone.
        ("👩\u200d👧👍🏽", [(0, 1), (3, 4)], [(0, 3), (3, 5)]),
        # Where the marks are tokens of their own they stay that, and nothing grows from nothing.
        ("e\u0301", [(0, 1), (1, 2), (1, 1)], [(0, 1), (1, 2), (1, 1)]),
        ("e\u0301", [(0, 0)], [(0, 0)]),
        ("ab", [(0, 1)], [(0, 1)]),
    ],
)
def test_a_token_has_its_last_letter_whole(text, spans, expected):
    assert whole_letters(text, spans) == expected
