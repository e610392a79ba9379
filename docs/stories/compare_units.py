"""Which of four units reads the word, and which the sentence: the models that ship, step by step.

`python docs/stories/compare_units.py story.html` writes the page. What is said of a model over many
texts was measured when it was trained (`rv.pretrained_results`); what is said of the text shown is
computed from the picture. tests/stories/test_compare_units.py holds both. The same question, with
tables and graphs, is that of notebooks/compare-units.ipynb.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import torch

import rnnviz_widget as rv

TITLE = "Four units: which reads the word, which the sentence?"
MODELS = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nested-lstm", "RNN": "rnn"}
TEXT = (
    " however book can also refer to the overall dramatic arc of a show the music and lyrics "
    "together form the score of the"
)
FEW, MANY, NEAR = 4, 9, 20
"""As the prose has it, in words: a few and many letters typed, and the characters that are near."""

Quantity = Callable[[str], rv.stories.ClaimedQuantity]


def explorer() -> rv.ExplorerWidget:
    """The widget that the story is about."""
    return rv.explore({name: rv.load_pretrained(key) for name, key in MODELS.items()}, TEXT)


def typed(word: str, letters: int) -> int:
    """The character after which some letters of a word have been typed."""
    return TEXT.index(f" {word}") + letters


def sentence(word: str) -> tuple[int, int]:
    """The characters [start, end) before a word and the space that it follows."""
    return 0, TEXT.index(f" {word}")


@functools.cache
def results(key: str) -> dict[str, Any]:
    """What was measured of a model that ships."""
    return rv.pretrained_results(key)


@functools.cache
def shipped(key: str) -> dict[str, torch.Tensor]:
    """The weights of which it was measured."""
    return rv.load_pretrained(key).network.module.state_dict()


def check_measured(model: rv.SequenceModel, name: str) -> None:
    """Raise a ValueError if a model has other weights than those that were measured."""
    weights = model.network.module.state_dict()
    known = shipped(MODELS[name])
    same = weights.keys() == known.keys()
    if not same or not all(torch.equal(weights[key], known[key]) for key in known):
        raise ValueError(f"the {name} has other weights than those that were measured")


def measured(
    name: str, figure: Callable[[dict[str, Any]], float], *, share: bool = True
) -> rv.stories.ClaimedQuantity:
    """A figure of a model's results, as long as it has the weights that they are of."""

    def compute(widget: rv.ExplorerWidget) -> float:
        check_measured(widget.models[name], name)
        return float(figure(results(MODELS[name])))

    return rv.stories.ClaimedQuantity(compute, "share" if share else "number")


def top(found: dict[str, Any], of: str = "model") -> dict[str, float]:
    """The share of places where the word is named, with its 95 % interval."""
    return found[of]["accuracy"]["in vocabulary"]["top 1"]


def top_after(found: dict[str, Any], letters: int, of: str = "model") -> float:
    """The same where so many letters of the word are typed."""
    return found[of]["accuracy by known"]["in vocabulary"]["top 1"]["value"][letters]


def right(name: str) -> rv.stories.ClaimedQuantity:
    """How often a model names the word that is being typed."""
    return measured(name, lambda found: top(found)["value"])


def right_after(letters: int) -> Quantity:
    """The same where so many letters of it are typed."""
    return lambda name: measured(name, lambda found: top_after(found, letters))


def lookup_after(letters: int) -> rv.stories.ClaimedQuantity:
    """How often the most frequent word that begins with so many letters is the right one."""
    return measured("GRU", lambda found: top_after(found, letters, "prefix lookup"))


def before_the_word(name: str) -> rv.stories.ClaimedQuantity:
    """The share of connectivity that lies before the word, the mean over many texts."""
    return measured(name, lambda found: found["memory"]["share before word"]["value"])


def before_after(letters: int) -> Quantity:
    """The same where so many letters of the word are typed."""

    def figure(found: dict[str, Any]) -> float:
        return found["memory"]["share before word by known"]["value"][letters]

    return lambda name: measured(name, figure)


def reach(name: str) -> rv.stories.ClaimedQuantity:
    """The mean distance of what moved a prediction over many texts, in whole characters."""
    return measured(name, lambda found: round(found["memory"]["reach"]["value"]), share=False)


def reach_here(name: str) -> rv.stories.ClaimedQuantity:
    """The same at the character shown."""

    def compute(widget: rv.ExplorerWidget) -> float:
        return round(float(rv.memory.reach(widget.connectivity(name).scores)[widget.shown]))

    return rv.stories.ClaimedQuantity(compute, "number")


def farther_back(name: str) -> rv.stories.ClaimedQuantity:
    """The share of connectivity that lies before the last characters, the mean over many texts."""
    return measured(name, lambda found: 1 - sum(found["memory"]["share by lag"]["value"][:NEAR]))


def widest(_widget: rv.ExplorerWidget) -> float:
    """Half of the widest 95 % interval of how often the models name the word, in points."""
    intervals = [top(results(key)) for key in MODELS.values()]
    return round(max(50 * (each["high"] - each["low"]) for each in intervals), 1)


def guess_of_all(widget: rv.ExplorerWidget) -> str:
    """What all models find likeliest, or each of their words."""
    guesses = [rv.stories.prediction(model=name)(widget) for name in MODELS]
    return " or ".join(dict.fromkeys(map(str, guesses)))


def claim(story: rv.Story, quantity: Quantity, tolerance: float, what: str = "") -> None:
    """Claim a quantity of each model, under the model's name and what it is."""
    for name in MODELS:
        story.claim(f"{name}{what}", quantity=quantity(name), tolerance=tolerance)


def compare_units(widget: rv.ExplorerWidget) -> rv.Story:
    """The story on a widget that shows these models and this text."""
    story = rv.story(widget, title=TITLE)

    widget.pinned = typed("score", 4)
    story.add("""
Four models guess the word that is being typed. They were trained on the same text, with about as
many weights, each with another recurrent unit: a GRU, an LSTM, a Nested LSTM, a plain RNN.

With *scor* typed, all of them guess {guess}. In {places} places of texts that they had not read,
the GRU names the word in {GRU}, the LSTM in {LSTM}, the Nested LSTM in {Nested LSTM}, the RNN in
{RNN}.
Other texts would hardly move any of these by more than {interval} points.

So they are much alike. Do they read alike, too?
""")
    story.claim("guess", quantity=guess_of_all)
    story.claim(
        "places",
        quantity=measured("GRU", lambda found: top(found)["positions"], share=False),
        tolerance=0,
    )
    claim(story, right, 0.005)
    story.claim("interval", quantity=widest, tolerance=0.1)

    story.add("""
The colours show what each model reads: how strongly a change of each character would move the logit
of *score*, as a share of all. What lies before the word has {GRU} in the GRU, {LSTM} in the LSTM,
{Nested LSTM} in the Nested LSTM, {RNN} in the RNN.

That is one place, chosen because it shows the difference; not every place does. Over {texts} texts
the means are {GRU, texts} in the GRU, {LSTM, texts} in the LSTM, {Nested LSTM, texts} in the Nested
LSTM, {RNN, texts} in the RNN.

**The GRU and the LSTM read mostly the sentence, the other two mostly the word.**
""")
    claim(story, lambda name: rv.stories.share(sentence("score"), model=name), 0.03)
    claim(story, before_the_word, 0.01, ", texts")
    story.claim(
        "texts",
        quantity=measured("GRU", lambda found: found["memory"]["texts"], share=False),
        tolerance=0,
    )

    widget.pinned = typed("score", 0)
    story.add("""
Go back to the space, where no letter is typed. Now all four look back: over the same texts, what
lies before the space has {GRU, no letter} in the GRU, {LSTM, no letter} in the LSTM, {Nested LSTM,
no letter} in the Nested LSTM, {RNN, no letter} in the RNN.

Each letter draws them to the word, and not all alike. With four letters typed the sentence still
has {GRU, letters} in the GRU and {LSTM, letters} in the LSTM, but {Nested LSTM, letters} in the
Nested LSTM and {RNN, letters} in the RNN.
""")
    claim(story, before_after(0), 0.01, ", no letter")
    claim(story, before_after(FEW), 0.01, ", letters")

    widget.pinned = typed("form", 4)
    story.add("""
How far back does it lie? **Reach** is the mean distance of what moved the prediction. With *form*
typed it is {GRU} characters in the GRU, {LSTM} in the LSTM, {Nested LSTM} in the Nested LSTM, {RNN}
in the RNN.

Over the many texts, which are longer than this one, it is {GRU, texts}, {LSTM, texts}, {Nested
LSTM, texts} and {RNN, texts}, in the same order. What is farther back than twenty characters has
{LSTM, far} in the LSTM, and {RNN, far} in the RNN.

Yet the RNN names the word as often as the Nested LSTM. To remember more is not to predict better.
""")
    claim(story, reach_here, 2)
    claim(story, reach, 1, ", texts")
    for name in ("LSTM", "RNN"):
        story.claim(f"{name}, far", quantity=farther_back(name), tolerance=0.01)

    widget.pinned = typed("dramatic", 7)
    story.add("""
What they predict fits that. With no letter typed, when only the sentence can help,
the GRU names {GRU, no letter} of the words, the LSTM {LSTM, no letter}, the Nested LSTM {Nested
LSTM, no letter}, the RNN {RNN, no letter}. To guess the most frequent word each time gives {lookup,
no letter}.

With nine letters typed, the RNN has caught up: {RNN, letters}, beside {GRU, letters} in the GRU,
{LSTM, letters} in the LSTM and {Nested LSTM, letters} in the Nested LSTM. The most frequent word
that begins with these letters is right in {lookup, letters}, and knows no sentence.

Each of the four is one model, trained once. Another start might give other numbers: nothing here
says which kind of unit is better. **Escape** releases the character, and the pointer shows all
others.
""")
    claim(story, right_after(0), 0.005, ", no letter")
    claim(story, right_after(MANY), 0.01, ", letters")
    story.claim("lookup, no letter", quantity=lookup_after(0), tolerance=0.005)
    story.claim("lookup, letters", quantity=lookup_after(MANY), tolerance=0.01)
    return story


if __name__ == "__main__":
    compare_units(explorer()).save_html(sys.argv[1] if sys.argv[1:] else "story.html")
