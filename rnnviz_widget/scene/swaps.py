"""What is explained at an output for each symbol that may stand in the place of an input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from .arrays import Bits, Floats, Names
from .facet import ExplainedClass
from .packing import Joined, Wire

SwapKind = Literal["probability", "difference", "number"]
Numbers = npt.NDArray[np.floating]
_EACH = Wire(Floats(("swapped",)))


@dataclass(frozen=True, eq=False)
class SwapDraws:
    """What is expected if the symbol is drawn instead.

    Attributes:
        shares: How likely each symbol is drawn, (N,).
        expected: The expected number.
        error: Its standard error; 0 if all symbols were run.
        words: How they are drawn.
    """

    shares: Annotated[Numbers, _EACH]
    expected: float
    error: float
    words: str


@dataclass(frozen=True, eq=False)
class InputSwaps:
    """What is explained at an output, with each of N symbols in the place of one input.

    The first symbol is the one that stands there.

    Attributes:
        output: The output, s.
        input: The input, t.
        kind: What the numbers are: the probability of the explained class; in a contrast the
            difference of two log probabilities, in nats; or the one number that the model gives.
        target: The class that is explained; null for a model of one number.
        symbols: The symbols that were run.
        numbers: The number with each of them, (N,).
        predicted: What the gradient predicts of it, to first order, (N,); NaN: nothing. Of a
            probability in its log-odds, so that it stays one.
        typeable: Whether the text with a symbol in this place is read with it there.
        of: How many symbols there are in all; more than N if a sample was run.
        frequency: Drawn by frequency.
        plausible: Drawn from the model's own predictions at that place; null: the notes say why
            not.
        notes: Notes for the reader.
    """

    output: int
    input: int
    kind: SwapKind
    target: ExplainedClass | None
    symbols: Annotated[Sequence[str], Wire(Names("swapped"))]
    numbers: Annotated[Numbers, Wire(Floats(("swapped",), sizes="swapped"))]
    predicted: Annotated[Numbers, _EACH]
    typeable: Annotated[npt.NDArray[np.bool_], Wire(Bits())]
    of: int
    frequency: SwapDraws
    plausible: SwapDraws | None
    notes: Annotated[Sequence[str], Wire(Joined(), key="note")] = ()

    def __repr__(self) -> str:
        what = f"{self.symbols[0]!r} at input {self.input}, output {self.output}"
        drawn = f"{self.frequency.expected:.4g} by frequency"
        if self.plausible is not None:
            drawn += f", {self.plausible.expected:.4g} plausibly"
        return f"InputSwaps({what}: {self.kind} {self.numbers[0]:.4g}; if drawn: {drawn})"

    def table(self) -> dict[str, list[Any]]:
        """The symbols as columns, best first, for instance for `pandas.DataFrame`.

        `number` is what is explained, `predicted` what the gradient predicts of it, `frequency`
        and `plausible` how likely the symbol is drawn; NaN where the model does not say.
        """
        own = self.plausible
        shares = np.full(len(self.symbols), np.nan) if own is None else own.shares
        order = np.argsort(-self.numbers, kind="stable")
        columns = {
            "number": self.numbers,
            "predicted": self.predicted,
            "frequency": self.frequency.shares,
            "plausible": shares,
        }
        return {
            "symbol": [self.symbols[n] for n in order],
            **{name: values[order].tolist() for name, values in columns.items()},
        }


@dataclass(frozen=True, eq=False)
class FacetSwaps:
    """One model's swaps, as far as they are there.

    Attributes:
        done: How much of them is computed, 0 to 1.
        swaps: The swaps; null: they are not there.
        error: Why there will be none, in words; null: they are there, or awaited.
    """

    done: float
    swaps: InputSwaps | None = None
    error: str | None = None


@dataclass(frozen=True, eq=False)
class Swaps:
    """The symbols in the place of one input, for each model. Sent again when there is more.

    Attributes:
        epoch: The epoch of the scene.
        serial: The serial of the ask.
        position: The character whose output is explained.
        input: The character in whose place they stand.
        facets: The swaps of each model.
    """

    epoch: int
    serial: int
    position: int
    input: int
    facets: Sequence[FacetSwaps]
