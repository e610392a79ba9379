"""What three recurrent units remember: the argument of the article, told on the models that ship.

`python docs/stories/memorization.py story.html` writes the page. Every number in it is computed;
after a change of the models this script is run again, and what it says is held by
tests/stories/test_first_story.py. After Andreas Madsen, "Visualizing memorization in RNNs",
Distill, 2019.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

import rnnviz_widget as rv

TITLE = "What three recurrent units remember"
MODELS = {"Nested LSTM": "nested-lstm", "LSTM": "lstm", "GRU": "gru"}
TEXT = (
    " the formal study of grammar is an important part of education from a young age through "
    "advanced learning"
)


def explorer() -> rv.ExplorerWidget:
    """The widget that the story is about."""
    return rv.explore({name: rv.load_pretrained(key) for name, key in MODELS.items()}, TEXT)


def typed(word: str, letters: int) -> int:
    """The character after which some letters of a word have been typed."""
    return TEXT.index(word) + letters - 1


def span(words: str) -> tuple[int, int]:
    """The characters [start, end) of words."""
    start = TEXT.index(words)
    return start, start + len(words)


def share(model: str) -> rv.stories.ClaimedQuantity:
    """The share of the row that lies on what is brushed."""
    return rv.stories.share(model=model)


def probability(model: str) -> rv.stories.ClaimedQuantity:
    """The probability of the word that is being typed."""
    return rv.stories.probability(model=model)


def before_the_word(model: str) -> rv.stories.ClaimedQuantity:
    """The share of the row of the character shown that lies before the word being typed."""

    def compute(widget: rv.ExplorerWidget) -> float:
        start = widget.text.rindex(" ", 0, widget.shown)
        return float(rv.stories.share((0, start), model=model)(widget))

    return rv.stories.ClaimedQuantity(compute, "share")


def mean_before_the_word(model: str) -> rv.stories.ClaimedQuantity:
    """The same on the mean over all characters that follow at least one letter of their word."""

    def compute(widget: rv.ExplorerWidget) -> float:
        scores = np.abs(widget.connectivity(model).scores)
        starts = [widget.text.rindex(" ", 0, s + 1) for s in range(len(widget.text))]
        shares = [
            scores[s, :start].sum() / scores[s].sum()
            for s, start in enumerate(starts)
            if s > start > 0
        ]
        return float(np.mean(shares))

    return rv.stories.ClaimedQuantity(compute, "share")


def claim(story: rv.Story, quantity: Callable[[str], rv.stories.ClaimedQuantity]) -> None:
    """Claim a quantity of each model, under the model's name."""
    for name in MODELS:
        story.claim(name, quantity=quantity(name), tolerance=0.03)


def memorization(widget: rv.ExplorerWidget) -> rv.Story:
    """The story on a widget that shows these models and this text."""
    story = rv.story(widget, title=TITLE)

    widget.pinned = typed("learning", 3)
    story.add("""
Three models guess the word that is being typed. They were trained on the same text, each with
another recurrent unit: a Nested LSTM, an LSTM, a GRU.

With *lea* typed, the word to come is *learning*. The GRU gives it {GRU}, the LSTM {LSTM}, the
Nested LSTM {Nested LSTM}.

Such numbers say how well a model predicts. They do not say *what it remembers* when it does.
""")
    claim(story, probability)

    story.add("""
The colours say it. Each character is coloured by how strongly a change of it would move the logit
of *learning*: by its **connectivity**, the norm of a gradient, as a share of all.

Before the word itself lie {GRU} of it in the GRU, {LSTM} in the LSTM, and {Nested LSTM} in the
Nested LSTM, which completes the word mostly from its letters.
""")
    claim(story, before_the_word)

    widget.brush = span("advanced")
    story.add("""
The word before, *advanced*, has {GRU} of the GRU's connectivity, {Nested LSTM} of the Nested LSTM's
and {LSTM} of the LSTM's.

*Advanced learning* is a phrase. A model that remembers its first half needs fewer letters of the
second.
""")
    claim(story, share)

    widget.pinned = typed("learning", 0)
    story.add("""
Go back by three letters. The space is typed, and no letter tells which word will come.

Now *advanced* has {GRU} in the GRU, {Nested LSTM} in the Nested LSTM and {LSTM} in the LSTM. All of
them look back when there is nothing else to look at; no word is likely yet.
""")
    claim(story, share)

    widget.brush = span("formal study")
    widget.pinned = typed("grammar", 4)
    story.add("""
Another word, *grammar*, after *the formal study of*. With *gram* typed, *formal study* has {GRU} of
the connectivity in the GRU, {LSTM} in the LSTM and {Nested LSTM} in the Nested LSTM.

To remember more is not always to know better: the Nested LSTM finds *grammar* likelier, at
{likely in the Nested LSTM}, than the GRU, which gives it {likely in the GRU}.
""")
    claim(story, share)
    for name in ("Nested LSTM", "GRU"):
        story.claim(f"likely in the {name}", quantity=probability(name), tolerance=0.03)

    widget.brush = None
    story.add("""
Over the whole text, wherever at least one letter of a word is typed, what lies before the word
makes {GRU} of the connectivity in the GRU, {LSTM} in the LSTM and {Nested LSTM} in the Nested LSTM,
on the mean.

Models may predict alike and come to it in different ways: one from the letters at hand, another
from what it has kept.

Now it is yours: **Escape** releases the character, and the pointer shows what each model read for
any other.
""")
    claim(story, mean_before_the_word)
    return story


if __name__ == "__main__":
    memorization(explorer()).save_html(sys.argv[1] if sys.argv[1:] else "story.html")
