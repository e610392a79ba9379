import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz_widget.training.clean import clean


def by_the_filter(text):
    """Mahoney's lines, one by one, for a text in ASCII."""
    text = text.lower()
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for digit, name in zip("0123456789", names, strict=True):
        text = text.replace(digit, f" {name} ")
    return re.sub("[^a-z]+", " ", text).encode()


@given(st.text(alphabet="abYZ 019.-\n\t'", min_size=1))
def test_ascii_is_filtered_as_text8_was(text):
    expected = by_the_filter(text)
    if expected.strip():
        assert clean(text).text == expected
    else:
        with pytest.raises(ValueError, match="is a Latin letter or a digit"):
            clean(text)


@given(st.text(min_size=1))
def test_only_letters_and_single_spaces_are_left_and_stay(text):
    try:
        once = clean(text)
    except ValueError:
        return
    assert re.fullmatch(rb" ?[a-z]+( [a-z]+)* ?", once.text)
    again = clean(once.text.decode())
    assert again.text == once.text
    assert again.changed == 0
    assert (once.changed == 0) == (once.text == text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café\u0301 ÀÉÎÕÜ", b"cafe aeiou"),
        ("Ærø, Łódź, straße, ﬁn, œuvre", b"aero lodz strasse fin oeuvre"),
        ("in 1990 (the 2nd)", b"in one nine nine zero the two nd "),
        ("x² + ½", b"x two one two "),
        ("don't — \u201cstop\u201d", b"don t stop "),
        ("слово word", b" word"),
        ("a\ufffdb", b"a b"),
    ],
)
def test_accents_digits_and_the_rest(text, expected):
    assert clean(text).text == expected


def test_says_what_changed_and_shows_the_first_place():
    text = "the quiet brown fox went home and then The End. " + "x" * 100
    cleaned = clean(text)
    assert (cleaned.changed, cleaned.total) == (3, len(text))  # T, E and the point
    assert "The End." in cleaned.before
    assert "the end x" in cleaned.after
    assert cleaned.before in text
    assert len(cleaned.before) == 60
    assert clean("a  b").changed == 1
    assert clean(" a b ").changed == 0


def test_nothing_to_clean():
    with pytest.raises(ValueError, match="the text is empty"):
        clean("")
    with pytest.raises(ValueError, match=r"none of the text's 5 char.*begins 'слово'"):
        clean("слово")
