"""The unit by whose states a figure colours a model's text, in place of connectivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.unit_states import UNKNOWN

from .colors import STEPS
from .shared import say
from .unit_strip import UnitScale
from .unit_words import place_words, state_number


@dataclass(frozen=True, eq=False)
class TextUnit:
    """A unit and its states on a text, in decimal steps as a page has them.

    Attributes:
        names: The names of all layers of the model, as in `FacetStates.layers`.
        layer: The name of its layer.
        unit: Its index in the layer.
        multiples: Its state at each character, as a multiple of `quantum`, int16; `UNKNOWN` where
            it is not finite.
        quantum: A power of ten.
        low: Its least state on the text; NaN: none is finite.
        high: Its largest.
        mean: Their mean.
        scale: How states become colour, on one scale for all units of the layer.
    """

    names: Sequence[str]
    layer: str
    unit: int
    multiples: npt.NDArray[np.int16] = field(repr=False)
    quantum: float
    low: float
    high: float
    mean: float
    scale: UnitScale

    def steps(self) -> list[int]:
        """The step of the colour of each character, -STEPS to STEPS, as the page rounds them."""
        each = STEPS * self.quantum / self.scale.cap
        steps = np.floor(self.multiples * each + 0.5).clip(-STEPS, STEPS)
        found: list[int] = np.where(self.multiples == UNKNOWN, 0, steps).astype(int).tolist()
        return found

    def words(self, text: str, position: int) -> str:
        """What colours the text, and which state the unit has at a character."""
        places = -round(np.log10(self.quantum))
        multiple = int(self.multiples[position])
        state = float("nan") if multiple == UNKNOWN else multiple * self.quantum
        numbers = {"state": state, "low": self.low, "high": self.high, "mean": self.mean}
        return say(
            "unit_colors_text",
            unit=f"Unit {self.unit}",
            layer=layer_words(self.layer, self.names),
            place=place_words(text, position),
            more="",
            **{name: state_number(one, places) for name, one in numbers.items()},
        )
