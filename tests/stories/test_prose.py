"""Prose is data: paragraphs and four styles, whatever it contains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz_widget.stories.prose import check_prose, claims_in, paragraphs_of


def styled(prose, **claims):
    """The runs of each paragraph, as (style, text)."""
    found = paragraphs_of(prose, claims)
    return [[(run.style, run.text) for run in one.runs] for one in found]


def test_four_styles_and_paragraphs():
    assert styled("Of *advanced*, **not** `e`,\nread.\n\n  Then {x}.", x="25 %") == [
        [
            ("plain", "Of "),
            ("emphasis", "advanced"),
            ("plain", ", "),
            ("strong", "not"),
            ("plain", " "),
            ("code", "e"),
            ("plain", ", read."),
        ],
        [("plain", "Then "), ("claim", "25 %"), ("plain", ".")],
    ]


@pytest.mark.parametrize(
    ("prose", "text"),
    [
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a * b", "a * b"),
        ("*", "*"),
        ("`", "`"),
        ("{{x}}", "{x}"),
        ("<b>x</b> &amp; [a](http://b)", "<b>x</b> &amp; [a](http://b)"),
    ],
)
def test_what_is_no_mark_stays_as_it_is(prose, text):
    assert styled(prose) == [[("plain", text)]]


def test_a_claim_is_found_by_its_name_however_it_is_broken_into_lines():
    prose = "{share on\n *advanced*} and { b }, {b}"
    assert claims_in(prose) == ("share on *advanced*", "b")
    assert styled(prose, **{"share on *advanced*": "1", "b": "2"}) == [
        [("claim", "1"), ("plain", " and "), ("claim", "2"), ("plain", ", "), ("claim", "2")]
    ]


@pytest.mark.parametrize("prose", ["a {b", "a} b", "{}", "{a{b}c}"])
def test_a_lone_brace_is_an_error_that_says_what_to_do(prose):
    with pytest.raises(ValueError, match="a brace itself is doubled"):
        check_prose(prose, "the prose")


@pytest.mark.parametrize(
    ("prose", "error"),
    [(7, TypeError), ("", ValueError), (" \n", ValueError), ("\ud800", ValueError)],
)
def test_what_is_no_prose_is_refused(prose, error):
    with pytest.raises(error, match="the prose"):
        check_prose(prose, "the prose")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}*`")))
def test_no_character_is_lost(text):
    runs = [run for paragraph in styled(text) for run in paragraph]
    assert {style for style, _ in runs} == {"plain"}
    said = "".join(words for _, words in runs)
    assert "".join(said.split()) == "".join(text.split())
