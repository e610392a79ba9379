"""The facts about one model on one text, without its rows."""

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
"""The number of predictions that the page shows."""
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
        rival: In a contrast, the class that it is compared with; else None.
    """

    name: str
    probability: Annotated[float, Wire(key="p")]
    rank: int
    reason: str
    rival: RankedClass | None = None


@dataclass(frozen=True, eq=False)
class Rivals:
    """The classes that explained classes are compared with, one for each output.

    Attributes:
        target: The class's index; no class's index where nothing is compared.
        probability: Its probability; NaN there.
        rank: Its rank among all classes, 1 is the best; 0 there.
    """

    target: Annotated[Indices, Wire(Indexes(("tokens",)))]
    probability: Annotated[Probabilities, Wire(Floats(("tokens",)), key="p")]
    rank: Annotated[Indices, Wire(Ints(("tokens",)))]


@dataclass(frozen=True, eq=False)
class ExplainedClasses:
    """The classes that are explained, one for each output.

    Attributes:
        target: The class's index; no class's index: not known.
        probability: Its probability; NaN: not known.
        rank: Its rank among all classes; 1 is the best, 0: not known.
        reasons: Why this class, in words.
        rivals: The classes they are compared with; None: there are no contrasts.
    """

    target: Annotated[Indices, Wire(Indexes(("tokens",)))]
    probability: Annotated[Probabilities, Wire(Floats(("tokens",), sizes="tokens"), key="target_p")]
    rank: Annotated[Indices, Wire(Ints(("tokens",)), key="target_rank")]
    reasons: Annotated[Sequence[str], Wire(Repeated("reason"))]
    rivals: Rivals | None = None

    def at(self, s: int, classes: Sequence[str]) -> ExplainedClass | None:
        """The explained class of an output, with its name; None where it is not known."""
        if self.target[s] < 0:
            return None
        rivals, rival = self.rivals, None
        if rivals is not None and rivals.target[s] >= 0:
            name = classes[rivals.target[s]]
            rival = RankedClass(name, float(rivals.probability[s]), int(rivals.rank[s]))
        name, reason = classes[self.target[s]], self.reasons[s]
        return ExplainedClass(name, float(self.probability[s]), int(self.rank[s]), reason, rival)


class Output(NamedTuple):
    """A model's predictions at one output.

    Attributes:
        predictions: Its best classes, best first.
        explained: The class that is explained; None where ready-made rows have none.
    """

    predictions: list[Prediction]
    explained: ExplainedClass | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Facet:
    """One model on one text; S is the number of its tokens, and of its outputs.

    Attributes:
        name: The model's name.
        tokens: The text as the model reads it.
        reads: Which tokens each output reads.
        measure: What its scores are; left out of a message if it is the scene's.
        classes: All class names; only those are sent that other fields refer to.
        top: The indices of each output's best classes, best first, (S, K); no class's index: there
            is none. Three are sent.
        top_probabilities: Their probabilities; NaN: not known.
        explained: The classes that are explained.
        truth: What the right answer is: the whole word being typed, or the token that follows;
            None: something else, or not known.
        engine: What computes its rows: "sweep", "scan", "autograd", or a method's name.
        engine_words: The same, with the reason.
        notes: Notes for the reader.
        unit: The unit of the one number that the model gives, "" if it has none; that number then
            takes the place of probabilities. None: it has classes.
        one_output: Whether there is one output for the whole text, which counts as the output at
            its end, at whichever character it is shown.
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
        """The number of outputs, S."""
        return len(self.tokens)

    @property
    def text(self) -> str:
        """The text."""
        return self.tokens.text

    @property
    def note(self) -> str | None:
        """All notes in one text; None: there are none."""
        return " ".join(self.notes) or None

    def at(self, s: int) -> Output:
        """The predictions and the explained class at an output."""
        best = zip(self.top[s], self.top_probabilities[s], strict=True)
        predictions = [Prediction(self.classes[k], float(p)) for k, p in best if k >= 0]
        return Output(predictions, self.explained.at(s, self.classes))


VERSION = 6
"""The version of the messages; a page refuses those of another version."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """The text, and the facts about each model on it.

    Attributes:
        version: The version of the messages.
        epoch: A number that grows with every change of weights, target, measure or text.
        text: The text.
        editable: Whether another text could be read: not if rows are ready-made, or the target is a
            list for this text.
        measure: What a score of the first facet is.
        target: The target that was chosen, see Targets; null: a list of targets, or ready-made
            rows.
        facets: One for each model.
    """

    version: int = VERSION
    epoch: int
    text: str
    editable: bool = False
    measure: MeasureInfo
    target: object = None
    facets: Sequence[Facet]
