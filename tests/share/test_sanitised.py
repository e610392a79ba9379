"""What readers see where a host removes styles and scripts from outputs, as GitHub does."""

import html
import re

import nh3
import pytest
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget import share

TEXT = "a text that two models read"
# The elements that GitHub keeps, by its html-pipeline (its sanitization filter, version 3); of
# attributes none that our outputs have. Its documentation of markup says the same in words: script
# tags, inline styles, class and id attributes are removed.
ELEMENTS = """
    h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead
    tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary
    details caption figure figcaption abbr bdo cite dfn mark small span time wbr
"""
# What is removed with all that is inside.
SILENT = {"script", "style"}


@pytest.fixture(scope="module")
def widget():
    models = {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "<LSTM>": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
    }
    widget = rv.explore(models, TEXT, position=9)
    widget.bake()
    yield widget
    widget.close()


@pytest.fixture(params=["live", "frozen"])
def output(request, widget):
    """The HTML of an output, and how a sanitiser leaves it."""
    shared = widget.shared()
    made = shared.standing if request.param == "live" else share.output(shared)["text/html"]
    return made, nh3.clean(
        made, tags=set(ELEMENTS.split()), attributes={}, clean_content_tags=SILENT
    )


def words_of(made):
    return html.unescape(re.sub(r"<[^>]*>", "", made))


def test_the_words_and_the_text_stay_and_nothing_of_the_data(widget, output):
    _, left = output
    assert set(re.findall(r"<[^>]*>", left)) == {
        *("<div>", "</div>", "<span>", "</span>", "<b>", "</b>")
    }
    assert words_of(left) == words_of(widget.shared().standing)
    assert words_of(left).count(TEXT) == 2
    assert "<LSTM>" in words_of(left)


def test_without_styles_the_largest_shares_are_still_named(widget, output):
    _, left = output
    for name in widget.models:
        row = widget.connectivity(name).scores[9]
        share_of_largest = 100 * abs(row).max() / abs(row).sum()
        assert f"{name} largest share {share_of_largest:.1f} %" in words_of(left)
