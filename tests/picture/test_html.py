"""The standing picture: what sanitisers keep, the page's colours, the text."""

import re

import numpy as np
import pytest
from picture.pictures import Parsed, facet, picture

from rnnviz_widget.picture import (
    Picture,
    caption,
    cell_styles,
    colors,
    content,
    standing_html,
    standing_text,
)
from rnnviz_widget.picture import (
    format as words,
)
from rnnviz_widget.scene.facet import ExplainedClass

COLOR = r"\#[0-9a-f]{3,6}"
LENGTH = r"\d+px"
# Of what JupyterLab 4's sanitiser lets through, what is used.
KEPT = {
    "background-color": COLOR,
    "color": COLOR,
    "background-image": rf"linear-gradient\((135deg|to right)(,{COLOR}( \d+%)?)+\)",
    "background-size": rf"{LENGTH} {LENGTH}",
    "border": rf"{LENGTH} solid {COLOR}",
    "border-top": rf"{LENGTH} solid {COLOR}",
    "border-bottom": rf"{LENGTH} solid {COLOR}",
    "text-decoration": "dotted underline",
    "font-family": "monospace|sans-serif",
    "font-size": LENGTH,
    "line-height": r"\d(\.\d)?",
    "margin-top": LENGTH,
    "padding-top": LENGTH,
    "padding": rf"{LENGTH} {LENGTH}",
    "white-space": "pre-wrap",
    "word-wrap": "break-word",
}


def check(fragment):
    parsed = Parsed(fragment)
    assert parsed.tags <= {"div", "span", "b"}
    assert parsed.attributes <= {"style"}
    assert not parsed.others
    for style in parsed.styles:
        name, _, value = style.partition(":")
        assert re.fullmatch(KEPT[name], value), style
    return parsed


@pytest.mark.parametrize("signed", [False, True])
def test_has_the_text_in_the_pages_colours(signed):
    shown = picture(signed=signed, unknown=[3])
    fragment = standing_html(shown)
    parsed = check(fragment)
    assert parsed.texts == [shown.text]
    palette = colors.palette_of("light", signed=signed)
    styles = cell_styles(shown, 0)
    steps = {style.step for style in styles[: shown.position + 1]}
    assert len(steps) > 5
    assert {style.step for style in styles[shown.position + 1 :]} == {None}
    for step in steps - {0}:
        background, ink = palette.at(step)
        short = lambda c: re.sub(r"#(.)\1(.)\2(.)\3$", r"#\1\2\3", c)  # noqa: E731
        style = f"background-color:{short(background)}"
        if ink != palette.ink:
            style += f";color:{short(ink)}"
        assert f'<span style="{style}' in fragment


@pytest.mark.parametrize("signed", [False, True])
def test_for_any_ground_it_is_both_pictures_at_once(signed):
    shown = picture(signed=signed, unknown=[3])
    both = standing_html(shown, "auto")
    for taken, theme in ((1, "light"), (2, "dark")):
        one = re.sub(r"light-dark\((#[0-9a-f]+),(#[0-9a-f]+)\)", rf"\{taken}", both)
        # Text of a cell whose colour differs on one ground alone is written for both.
        plain = f";color:{colors.palette_of(theme, signed=signed).ink}"
        assert one.replace(plain, "") == standing_html(shown, theme).replace(plain, "")


def test_neighbours_of_one_look_share_a_span():
    text = "a" * 198
    shown = picture(text, 197, scores=np.ones(198))
    assert len(content.text_runs(shown, 0)) == 2
    assert len(standing_html(shown)) < 2000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_says_what_the_page_says(theme):
    shown = picture(note="a <note>", unknown=[3])
    said = check(standing_html(shown, theme)).words
    for each in (
        "After “…age through advanced lea”, explains learning, the word being typed",
        "GRU largest share",
        "learning 57.5 %",
        "<length> 4.4 %",
        "a <note>",
        "not read yet",
        "unknown to the model",
        "L2 norm of the gradient, as a share of its sum over all that was read",
    ):
        assert each in said.replace("\xa0", " ")


def test_facets_that_explain_different_things_say_so():
    text = "a young age"
    other = ExplainedClass("<le>", 0.002, 1204, "the top prediction, as no word follows")
    shown = picture(
        text,
        4,
        facets=[
            facet(text, 4),
            facet(text, 4, name="LSTM", target=other),
            facet(text, 4, name="x", scores=None, error="ValueError: <b>\n\x1b"),
            facet(text, 4, name="y", scores=None),
        ],
    )
    said = check(standing_html(shown)).words
    assert "explains <le>, the top prediction, as no word follows" in said
    assert "<le> 0.2 % · 1,204th" in said
    assert "x failed" in said
    assert "ValueError: <b> ␛" in said
    assert "y not computed" in said
    assert caption.sentence(shown) in standing_text(shown)
    assert standing_text(shown).endswith(text)


def test_without_a_row_or_influence_there_is_no_scale():
    for more in ({"scores": None}, {"scores": np.zeros(5)}):
        shown = picture("a young", 4, **more)
        assert content.content_of(shown).legend.ends is None
        assert "to right" not in standing_html(shown)


def test_control_characters_are_drawn():
    text = "a\n\tb\x00\u202e\ud800"
    parsed = check(standing_html(picture(text, 6)))
    assert parsed.texts == ["a↵\n→\tb␀□□"]
    parsed.words.encode()
    assert words.one_line("a\nb\u202e\x1b") == "a b□␛"


def test_a_picture_needs_a_position_and_a_facet():
    with pytest.raises(ValueError, match="position must be a character of the text, 0 to 2; got 3"):
        picture("abc", 3, facets=[facet("abc", 1)])
    with pytest.raises(ValueError, match="at least one model"):
        Picture(1, ())
