"""What is known of one model on one text after it was read: all but its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import (
    Floats,
    Indexes,
    Ints,
    Names,
    Repeated,
)
from .packing import (
    INHERITED,
    INLINE,
    OMITTED,
    UNSENT,
    Joined,
    PlainText,
    Wire,
)
from .reads import Reads
from .tokens import Tokens

SHOWN_PREDICTIONS = 3
"""How many predictions the page shows."""
_BEST = ("tokens", "k")

QuantityName = Literal["logit", "centred", "log_prob"]
"""Which number of a class is explained; see `engines.quantities`."""

DEFAULT_QUANTITY: QuantityName = "logit"
"""That which is explained where nobody says which."""

Probabilities = npt.NDArray[np.floating]
Indices = Sequence[int] | npt.NDArray[np.integer]


@dataclass(frozen=True)
class MeasureInfo:
    """What a score is.

    Attributes:
        name: The measure's name.
        signed: Whether scores may be negative.
        label: What the number is, in words.
        of: Which number of the target is explained; left out where ready-made rows do not tell.
    """

    name: str
    signed: bool
    label: Annotated[str, Wire(PlainText(shown="longest_label"))]
    of: Annotated[QuantityName | None, OMITTED] = None


class Prediction(NamedTuple):
    """A class and its probability."""

    name: str
    probability: float


@dataclass(frozen=True)
class RankedClass:
    """A class at one output.

    Attributes:
        name: The class.
        probability: Its probability.
        rank: Its rank among all classes; 1 is the best, 0: not known.
    """

    name: str
    probability: Annotated[float, Wire(key="p")]
    rank: int


@dataclass(frozen=True)
class ExplainedClass:
    """The class that is explained at one output.

    Attributes:
        name: The class.
        probability: Its probability.
        rank: Its rank among all classes; 1 is the best, 0: not known.
        reason: Why this class, in words.
        rival: The class that it is compared with: why this one rather than that; or None.
    """

    name: str
    probability: Annotated[float, Wire(key="p")]
    rank: int
    reason: str
    rival: RankedClass | None = None


@dataclass(frozen=True, eq=False)
class Rivals:
    """The classes that those explained are compared with, one an output.

    Attributes:
        target: The class, by its number; no number of a class where nothing is compared.
        probability: Its probability; NaN there.
        rank: Its rank among all classes, 1 is the best; 0 there.
    """

    target: Annotated[Indices, Wire(Indexes(("tokens",)))]
    probability: Annotated[Probabilities, Wire(Floats(("tokens",)), key="p")]
    rank: Annotated[Indices, Wire(Ints(("tokens",)))]


@dataclass(frozen=True, eq=False)
class ExplainedClasses:
    """The classes that are explained, one an output.

    Attributes:
        target: The class, by its number; no number of a class: it is not told.
        probability: Its probability; NaN: not known.
        rank: Its rank among all classes; 1 is the best, 0: not known.
        reasons: Why this class, in words.
        rivals: What it is compared with; None: nothing anywhere.
    """

    target: Annotated[Indices, Wire(Indexes(("tokens",)))]
    probability: Annotated[Probabilities, Wire(Floats(("tokens",), sizes="tokens"), key="target_p")]
    rank: Annotated[Indices, Wire(Ints(("tokens",)), key="target_rank")]
    reasons: Annotated[Sequence[str], Wire(Repeated("reason"))]
    rivals: Rivals | None = None

    def at(self, s: int, classes: Sequence[str]) -> ExplainedClass | None:
        """That of an output, with its name; None where it is not told."""
        if self.target[s] < 0:
            return None
        rivals, rival = self.rivals, None
        if rivals is not None and rivals.target[s] >= 0:
            name = classes[rivals.target[s]]
            rival = RankedClass(name, float(rivals.probability[s]), int(rivals.rank[s]))
        name, reason = classes[self.target[s]], self.reasons[s]
        return ExplainedClass(name, float(self.probability[s]), int(self.rank[s]), reason, rival)


class Output(NamedTuple):
    """What a model says at one output.

    Attributes:
        predictions: Its best classes, best first.
        explained: The class that is explained; None where ready-made rows do not tell.
    """

    predictions: list[Prediction]
    explained: ExplainedClass | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Facet:
    """One model on one text; S is the number of its tokens, which is that of its outputs.

    Attributes:
        name: The model's name.
        tokens: The text as it reads it.
        reads: Which tokens each output reads.
        measure: What its scores are; in a message left out where it is the scene's.
        classes: All class names; those travel that the others refer to.
        top: The best classes of each output by their numbers, best first, (S, K); no number of a
            class: there is none. Three travel.
        top_probabilities: Their probabilities; NaN: not known.
        explained: The classes that are explained.
        truth: What the right answer is: the whole word being typed, or the token that follows;
            None: something else, or not known.
        engine: What computes its rows: "sweep", "autograd", or a method's name.
        engine_words: The same, and why that.
        notes: What a reader must know about it, in words.
        unit: The unit of the one number that the model gives, "" if it has none: what is called a
            probability is then that number. None: it has classes.
        one_output: Whether there is one output for the whole text: it stands at its end, wherever
            it is shown.
    """

    name: Annotated[str, Wire(PlainText(shown="longest_name"))]
    tokens: Annotated[Tokens, INLINE]
    reads: Reads
    measure: Annotated[MeasureInfo, INHERITED]
    classes: Annotated[Sequence[str], Wire(Names(used=True))]
    top: Annotated[npt.NDArray[np.integer], Wire(Indexes(_BEST, "k", SHOWN_PREDICTIONS))]
    top_probabilities: Annotated[
        Probabilities, Wire(Floats(_BEST, "k", SHOWN_PREDICTIONS), key="top_p")
    ]
    explained: Annotated[ExplainedClasses, INLINE]
    truth: Literal["word", "next"] | None = None
    engine: Annotated[str, UNSENT] = ""
    engine_words: Annotated[str, Wire(key="engine")]
    notes: Annotated[Sequence[str], Wire(Joined(), key="note")] = ()
    unit: Annotated[str | None, OMITTED] = None
    one_output: Annotated[bool, OMITTED] = False

    def __len__(self) -> int:
        """The number of outputs S."""
        return len(self.tokens)

    @property
    def text(self) -> str:
        """The text."""
        return self.tokens.text

    @property
    def note(self) -> str | None:
        """The notes in one text; None: there are none."""
        return " ".join(self.notes) or None

    def at(self, s: int) -> Output:
        """What it says at an output."""
        best = zip(self.top[s], self.top_probabilities[s], strict=True)
        predictions = [Prediction(self.classes[k], float(p)) for k, p in best if k >= 0]
        return Output(predictions, self.explained.at(s, self.classes))


VERSION = 6
"""Of the messages: a page refuses those of another."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """The text, and for each model all that is known after it has read that.

    Attributes:
        version: Of the messages.
        epoch: Grows with every refresh, every other target and every other text.
        text: The text.
        editable: Whether the models could read another text: not those of ready-made rows, nor
            where targets were chosen one by one.
        measure: What a score is, of the first facet.
        target: What was chosen to be explained, see Targets; null: targets one by one, or
            ready-made rows.
        facets: One for each model.
    """

    version: int = VERSION
    epoch: int
    text: str
    editable: bool = False
    measure: MeasureInfo
    target: object = None
    facets: Sequence[Facet]
