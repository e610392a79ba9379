"""What is left of a prediction when its inputs are exchanged and the models are run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from .packing import OMITTED
from .rows import Failure

Drawn = Literal["text", "all", "steps"]
"""What takes the place of an exchanged input: a symbol drawn as often as it stands in the text; any
symbol of the model, each as often; or another step of a text of vectors."""

InputKind = Literal["character", "token", "step"]
"""What the inputs are."""


@dataclass(frozen=True)
class ExchangeCurve:
    """What is left when the first inputs of an order are exchanged, for each count of them.

    Attributes:
        mean: The probability of what is explained, or the model's one number, mean over draws.
        error: Its standard error.
    """

    mean: Sequence[float]
    error: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class OutputCheck:
    """What one model predicts at an output, and what is left of it without some of the inputs.

    Attributes:
        row: The output.
        name: The class that is explained.
        rival: The class that it is compared with; null: none. Probabilities are then those of the
            first if only these two were possible.
        unit: The unit of a model's one number, which takes the place of probabilities; left out
            where there are classes.
        before: The probability, as the text is.
        again: The same when the text is run again, if that differs; left out otherwise.
        counts: How many inputs are exchanged, rising.
        strongest: With so many inputs exchanged that the row has as the strongest; of a signed
            measure those that speak most for what is explained.
        nearest: With as many of the nearest.
        random: With as many random ones.
        nothing: With all inputs exchanged.
        draws: How many draws each mean is over.
        drawn: What takes the place of an exchanged input.
        of: What the inputs are.
        signed: Whether the measure has a sign.
        flagged: Whether the strongest inputs matter less than the nearest or than random ones, by
            log odds; of one number, by how far it moves.
    """

    row: int
    name: str
    rival: str | None = None
    unit: Annotated[str | None, OMITTED] = None
    before: float
    again: Annotated[float | None, OMITTED] = None
    counts: Sequence[int]
    strongest: ExchangeCurve
    nearest: ExchangeCurve
    random: ExchangeCurve
    nothing: float
    draws: int
    drawn: Drawn
    of: InputKind
    signed: bool
    flagged: bool


@dataclass(frozen=True)
class OutputChecks:
    """What the models predict at one character without their strongest inputs.

    Set again when more models are done.

    Attributes:
        epoch: The epoch of the scene.
        position: The character.
        serial: The serial of the ask.
        facets: One for each model; while they are being checked those of the first ones.
    """

    epoch: int
    position: int
    serial: int
    facets: Sequence[OutputCheck | Failure]
