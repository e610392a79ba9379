"""Models of five kinds on one page: a hover shows what each of them read."""

import many
import numpy as np
import pytest
from browser.checks import NEAR, check_chips, shares_of
from browser.colours import distance, expected

import rnnviz_widget as rv

pytestmark = pytest.mark.browser

AT = len(many.TEXT) - 1
SHOW = "import many\nw = rv.explore(many.models(), many.TEXT)\nw"


@pytest.fixture(scope="module")
def numbers():
    return {name: rv.connectivity(model, many.TEXT) for name, model in many.models().items()}


def tokens_of(c):
    """The token of each character: the last that holds it, else the last before it."""
    held = [range(*span) for span in c.spans]
    found = []
    for p in range(len(c.text)):
        holding = [t for t, span in enumerate(held) if p in span]
        found.append(max(holding or [t for t, span in enumerate(held) if span.start <= p]))
    return found


def check(picture, name, c, position):
    """A facet's colours, what is underlined and its chips; a token may have several characters."""
    tokens = tokens_of(c)
    s = tokens[position]
    shares = shares_of(c.scores[s])
    cap, bar = picture.legend()
    for p, (span, t) in enumerate(zip(picture.spans(name), tokens, strict=True)):
        where = f"{name}, character {p} at {position}: {span}"
        future = not c.reads.read(s, t)
        assert (span.future, span.hatched) == (future, future), where
        explained = p == position or p in range(*c.spans[s])
        assert (span.underline is not None) == explained, where
        if not future:
            painted = bar[0] if span.background is None else span.background
            # A character carries what falls on any of its tokens; between two there is nothing.
            share = sum(shares[n] for n, span in enumerate(c.spans) if p in range(*span))
            assert distance(painted, expected(share, cap, bar)) <= NEAR, where
    probability, rank = c.target_probabilities[s], c.target_ranks[s]
    check_chips(picture, name, c.predictions[s], c.targets[s], probability, rank)


def test_a_hover_shows_what_each_of_five_kinds_read(notebook, numbers):
    picture = notebook.show(SHOW, AT)
    assert picture.names == list(numbers)
    for name, position in [
        ("GRU", 12),
        ("bidirectional LSTM", 3),
        ("LSTM with attention", AT),
        ("Transformer", 7),
        ("GPT-2", 13),
    ]:
        picture.hover(name, position)
        for facet, c in numbers.items():
            check(picture, facet, c, position)
    # Only what reads both ways shows what comes after.
    both = numbers["bidirectional LSTM"]
    assert not both.causal
    assert np.triu(both.scores, 1).any()


def test_a_hover_shows_tokens_as_the_text_that_they_stand_for(notebook):
    source = "import many\nw = rv.explore(many.of_transformers(), many.PAIRED)\nw"
    picture = notebook.show(source, len(many.PAIRED) - 1)
    models = many.of_transformers()
    numbers = {name: rv.connectivity(model, many.PAIRED) for name, model in models.items()}
    emoji, line_break = many.PAIRED.index("😀"), many.PAIRED.index("\n")
    for name, position in [("GPT-2", emoji), ("BERT", 5), ("T5", line_break), ("T5", 14)]:
        picture.hover(name, position)
        for facet, c in numbers.items():
            check(picture, facet, c, position)
    # Four tokens are one character here, and one is none.
    assert numbers["GPT-2"].tokens.count("😀") == 4
    assert numbers["T5"].tokens[tokens_of(numbers["T5"])[line_break]] == ""
