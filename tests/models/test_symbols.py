"""Symbol tables, and text into tokens with their places."""

import pytest

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
        ("aba", ValueError, "inputs must differ; 'a' stands there more than once"),
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
    assert tokens.one_per_character
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
    assert not tokens.one_per_character
    assert [tokens.at(p) for p in range(8)] == [0, 0, 0, 0, 1, 1, 1, 2]


def test_a_case_folding_character_tokenizer_stays_aligned():
    tokens = read_text("BaA", IDS, lambda text: list(text.lower()), None)
    assert tokens.spans == [(0, 1), (1, 2), (2, 3)]
    assert tokens.one_per_character


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
        ("ab", lambda _: [3], TypeError, "number 0 is 3"),
        ("ab b", lambda _: ["a", "q"], ValueError, "token 1, 'q', was not found in the text after"),
        ("ab", lambda _: [("a", 0, 9)], ValueError, "span characters 0 to 9, but the text has 2"),
    ],
)
def test_bad_text_is_said(text, tokenize, kind, words):
    with pytest.raises(kind, match=words):
        read_text(text, IDS, tokenize, None)
