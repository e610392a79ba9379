"""How a Transformer and an LSTM find what they were told: both trained on the task of recall.py.

`python docs/stories/transformer_and_lstm.py story.html` writes the page. Every number in it is
computed from the weights in recall.npz. What is said of a model is computed over many texts, and
what is said of what it depends on by exchanging words and running the model again; tests/stories/
test_transformer_and_lstm.py holds it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import recall

import rnnviz_widget as rv

TITLE = "How a Transformer and an LSTM find what they were told"
TEXT = (
    "emil: green, hana: grey, lena: brown, ivo: white, jana: purple, fay: gold, "
    "lena: brown, hana: grey, emil: green,"
)
PEOPLE, TEXTS = 6, 300
MEASURES = {"norm": TEXTS, "exchange": TEXTS // 2}
"""The measures of which pictures are checked, and over how many of the texts."""
ASKED = {"two": 2, "four": 4, "six": 6, "eight": 8}
"""How many people the texts of the last step tell of, in words."""


def explorer() -> rv.ExplorerWidget:
    """The widget that the story is about."""
    models = {
        name: rv.SequenceModel(recall.load(name), recall.WORDS, tokenize=recall.tokenize)
        for name in recall.MODULES
    }
    return rv.explore(models, TEXT, target=rv.TOP)


@dataclass(frozen=True)
class Pointing:
    """Whether a picture shows what an answer depends on: shares of texts, by one measure.

    Attributes:
        found: Where the strongest person in the answer's row, name and colour together, is the one
            who is asked for.
        followed: Where the answer becomes the new colour when that of the strongest person is
            exchanged for one that is not in the text.
    """

    found: float
    followed: float


@dataclass(frozen=True)
class Measured:
    """What a model does on texts of six people, of whom one is asked for: shares of texts.

    Attributes:
        followed: Where the answer becomes the new colour when that of the person asked for is
            exchanged.
        kept: Where it stays when that of another person is exchanged, the mean over all of them.
        confused: Of the wrong answers, those that are another person's colour; 1 if there are none.
        by: What the picture shows, by its measure.
    """

    followed: float
    kept: float
    confused: float
    by: dict[str, Pointing]


_MEASURED: dict[bytes, Measured] = {}


def measured(model: rv.SequenceModel) -> Measured:
    """What a model does on many texts, computed once for the weights that it has."""
    values = model.network.module.state_dict().values()
    weights = b"".join(value.numpy().tobytes() for value in values)
    if weights not in _MEASURED:
        _MEASURED[weights] = _measure(model)
    return _MEASURED[weights]


def _measure(model: rv.SequenceModel) -> Measured:
    rng = np.random.default_rng(7)
    ids = recall.texts(TEXTS, PEOPLE, rng)
    colours = recall.WORDS.index(recall.COLOURS[0]) + np.arange(len(recall.COLOURS))
    new = np.array([rng.choice(np.setdiff1d(colours, text)) for text in ids])
    told = ids[:, : 2 * PEOPLE].reshape(TEXTS, PEOPLE, 2)
    asked = (told[:, :, 0] == ids[:, -2, None]).argmax(axis=1)
    answers = _answers(model, ids)
    wrong = answers != ids[:, -1]
    others = (told[:, :, 1] == answers[:, None]).any(axis=1)

    def rerun(person: np.ndarray) -> np.ndarray:
        """The answers to as many texts as there are persons, with another colour told of each."""
        many = len(person)
        changed = ids[:many].copy()
        changed[np.arange(many), 2 * person + 1] = new[:many]
        return _answers(model, changed)

    by = {}
    for measure, many in MEASURES.items():
        strongest = np.array([_strongest(model, text, measure) for text in ids[:many]])
        found = (strongest == asked[:many]).mean()
        followed = (rerun(strongest) == new[:many]).mean()
        by[measure] = Pointing(float(found), float(followed))
    stayed = [rerun((asked + n) % PEOPLE) == answers for n in range(1, PEOPLE)]
    return Measured(
        followed=float((rerun(asked) == new).mean()),
        kept=float(np.mean(stayed)),
        confused=float(others[wrong].mean()) if wrong.any() else 1.0,
        by=by,
    )


def _answers(model: rv.SequenceModel, ids: np.ndarray) -> np.ndarray:
    """The model's answers; the widget, which computes rows in the background, waits meanwhile."""
    with model.network.computing():
        return recall.answers(model.network.module, ids)


def _strongest(model: rv.SequenceModel, ids: np.ndarray, measure: str) -> int:
    """The person on whom most of the answer's row lies, of those told of."""
    text = recall.in_words(ids[:-1])
    [row] = np.abs(rv.connectivity(model, text, target=rv.TOP, measure=measure, rows=[-1]).scores)
    return int(row[: 2 * PEOPLE].reshape(PEOPLE, 2).sum(axis=1).argmax())


def over_texts(name: str, figure: Callable[[Measured], float]) -> rv.stories.ClaimedQuantity:
    """A figure of a model over many texts."""
    return rv.stories.ClaimedQuantity(lambda w: figure(measured(w.models[name])), "share")


def right_of(name: str, people: int) -> rv.stories.ClaimedQuantity:
    """The share of texts of so many people in which the answer is right."""

    def compute(widget: rv.ExplorerWidget) -> float:
        network = widget.models[name].network
        with network.computing():
            return recall.accuracy(network.module, people)

    return rv.stories.ClaimedQuantity(compute, "share")


def smallest_right(name: str) -> rv.stories.ClaimedQuantity:
    """The smallest of these shares, of all numbers of people."""
    shares = [right_of(name, people) for people in ASKED.values()]
    return rv.stories.ClaimedQuantity(lambda w: min(float(each(w)) for each in shares), "share")


def question(name: str) -> int:
    """The last character of the words that ask for a person."""
    return TEXT.rindex(f"{name}:") + len(name)


def told(name: str) -> tuple[int, int]:
    """The characters [start, end) that tell the colour of a person."""
    start = TEXT.index(f"{name}:")
    return start, TEXT.index(",", start) + 1


def claim(
    story: rv.Story,
    what: str,
    quantity: Callable[[str], rv.stories.ClaimedQuantity],
    tolerance: float = 0.03,
) -> None:
    """Claim a quantity of each model, under what it is and the model's name."""
    for name in recall.MODULES:
        story.claim(f"{what}, {name}", quantity=quantity(name), tolerance=tolerance)


def transformer_and_lstm(widget: rv.ExplorerWidget) -> rv.Story:
    """The story on a widget that shows these models and this text."""
    story = rv.story(widget, title=TITLE)

    widget.pinned = question("lena")
    story.add("""
A text tells the colours of six people, and then asks for one: *lena:* which colour comes next? The
models have never seen the text. Only what was told can tell.

Both were trained on the same texts of this kind, with about as many weights. Here the Transformer
answers {answer, Transformer}, and the LSTM {answer, LSTM}. Over two thousand such texts the
Transformer is right in {right, Transformer}, the LSTM in {right, LSTM}.

How does each of them find the answer?
""")
    claim(story, "answer", lambda name: rv.stories.prediction(model=name))
    claim(story, "right", lambda name: right_of(name, PEOPLE))

    widget.brush = told("lena")
    story.add("""
The colours show what the answer depends on: each word by the norm of the answer's gradient, as a
share of all.

**The Transformer jumps.** Of its connectivity {share, Transformer} lie on *lena: brown*, wherever
that stands. Over three hundred texts the person asked for is the strongest of the six in {asked for
is strongest, Transformer}.

The LSTM's is spread over everybody: {share, LSTM} lie on *lena: brown*, and the person asked for is
the strongest in only {asked for is strongest, LSTM} of the texts.
""")
    claim(story, "share", lambda name: rv.stories.share(model=name))
    claim(
        story, "asked for is strongest", lambda name: over_texts(name, lambda m: m.by["norm"].found)
    )

    story.add("""
Does the picture say what the models do? Take the person it shows strongest, tell another colour of
that person, and **run the model again**.

The Transformer answers with the new colour in {strongest changed, Transformer} of the texts. The
LSTM does so in {strongest changed, LSTM}: its picture seldom shows what its answer came from.

The LSTM has read it all the same. With another colour of the person *asked for* it gives the new
one in {asked for changed, LSTM} of the texts, and the Transformer in {asked for changed,
Transformer}.
""")
    claim(
        story, "strongest changed", lambda name: over_texts(name, lambda m: m.by["norm"].followed)
    )
    claim(story, "asked for changed", lambda name: over_texts(name, attrgetter("followed")))

    widget.measure = "exchange"
    story.add("""
A gradient asks what an infinitely small change would do. This picture exchanges whole words, and
runs the models for each.

Now *lena: brown* has {share, LSTM} of the LSTM's row, and {share, Transformer} of the
Transformer's. In the first half of those texts the person asked for is the strongest in {asked for
is strongest, LSTM} and {asked for is strongest, Transformer}. With another colour of the strongest
person the answer follows in {strongest changed, LSTM} and {strongest changed, Transformer}.

So both models use the fact. Only in the Transformer could the gradient tell us so.
""")
    claim(story, "share", lambda name: rv.stories.share(model=name))
    claim(
        story,
        "asked for is strongest",
        lambda name: over_texts(name, lambda m: m.by["exchange"].found),
    )
    claim(
        story,
        "strongest changed",
        lambda name: over_texts(name, lambda m: m.by["exchange"].followed),
    )

    widget.pinned = question("hana")
    widget.brush = told("hana")
    story.add("""
The next question is *hana:*. The Transformer answers {answer, Transformer}, which was told. The
LSTM answers {answer, LSTM}, with {sure, LSTM}: the colour of *emil*.

That is how it fails. Of its wrong answers {confused, LSTM} are the colour of another person of the
text. It knows which colours there are, and mixes up whose they are.

When another person's colour is exchanged, the Transformer's answer stays in {kept, Transformer} of
the reruns, the LSTM's in {kept, LSTM}.
""")
    claim(story, "answer", lambda name: rv.stories.prediction(model=name))
    story.claim("sure, LSTM", quantity=rv.stories.probability(model="LSTM"), tolerance=0.03)
    story.claim(
        "confused, LSTM", quantity=over_texts("LSTM", attrgetter("confused")), tolerance=0.03
    )
    claim(story, "kept", lambda name: over_texts(name, attrgetter("kept")))

    widget.pinned = question("emil")
    widget.brush = None
    story.add("""
**The LSTM must carry everything.** When a colour is told nobody has asked for it yet, so all of
them have to pass, word by word, through one state of a fixed size. The Transformer keeps every
word, and looks up the one it needs.

With two people the LSTM is right in {two, LSTM} of the texts, with four in {four, LSTM}, with six
in {six, LSTM}, with eight in {eight, LSTM}. The smallest of the Transformer's four shares is
{smallest, Transformer}.

These are two small models, each trained once. How much a larger LSTM would carry is not said here.
**Escape** releases the question, and the pointer shows all others.
""")
    for number, people in ASKED.items():
        story.claim(f"{number}, LSTM", quantity=right_of("LSTM", people), tolerance=0.03)
    story.claim("smallest, Transformer", quantity=smallest_right("Transformer"), tolerance=0.03)
    return story


if __name__ == "__main__":
    transformer_and_lstm(explorer()).save_html(sys.argv[1] if sys.argv[1:] else "story.html")
