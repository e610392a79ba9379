"""Interventions: units of a model that are set, or held, while it reads."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.engines.states.altered import changed_network
from rnnviz_widget.engines.states.changes import UnitChange
from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.states import REVERSE, StatePlace, layer_name

from .find_place import check_unit, find_place
from .states import ModelStates, states_of_module

if TYPE_CHECKING:
    from .sequence import SequenceModel

SetTo = Literal["zero", "mean", "hold"] | float


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """Units of one layer and kind that are set, or held, while a model reads; see `intervened`.

    A gate is changed before it is used, a memory before h is made of it, and h before the layer
    above, the next step or the head read it.

    Attributes:
        layer: The layer's number, from the end if negative; see `SequenceModel.states`.
        kind: What is changed: "hidden", "cell", "forget", ...; see `SequenceModel.states`.
        units: Which of its units: one, several, or None for all.
        to: What they are set to: "zero", "mean" (of each unit over the steps of the text that the
            model reads undisturbed), a number, or "hold": what they were one step before.
        from_step: The first token at which they are changed.
        until: The token from which on they are not; None: to the end.
        module: The module's name, if the layer's number is that in the module.

    Example:
        >>> Intervention(layer=1, kind="forget", units=17, to=1.0, from_step=30).words
        'unit 17 (forget gate, layer 1) set to 1.0 from 30'
    """

    layer: int
    kind: str = "hidden"
    units: int | Sequence[int] | None = None
    to: SetTo = "zero"
    from_step: int = 0
    until: int | None = None
    module: str | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without a model.

        Raises:
            TypeError: If steps are no whole numbers.
            ValueError: If `to` is none of the above, or there are no steps between the two.
        """
        to: object = self.to
        number = isinstance(to, numbers.Real) and not isinstance(to, bool)
        if to not in ("zero", "mean", "hold") and not (number and math.isfinite(float(self.to))):
            raise ValueError(f'to must be "zero", "mean", "hold" or a finite number; got {to!r}')
        for name, step in {"from_step": self.from_step, "until": self.until}.items():
            whole = isinstance(step, (int, np.integer)) and not isinstance(step, bool)
            if not whole and not (step is None and name == "until"):
                raise TypeError(f"{name} must be a whole number, the token's index; got {step!r}")
        if self.from_step < 0 or (self.until is not None and self.until <= self.from_step):
            raise ValueError(
                "an intervention is from a token, 0 or later, until a later one; got from_step="
                f"{self.from_step} and until={self.until}"
            )

    def change(self, states: Sequence[ModelStates]) -> UnitChange:
        """What is done to which units.

        Args:
            states: Those of the texts over which means are taken, undisturbed.

        Raises:
            ValueError, IndexError: If there is no such module, layer, kind, unit or token.
        """
        place = find_place(states[0].places, self.layer, self.kind, self.module)
        units = _units(self.units, place)
        length = len(states[0].tokens)
        if self.from_step >= length:
            raise IndexError(
                f"there is no token {self.from_step} to begin at: the text has {length}, from 0 to "
                f"{length - 1}"
            )
        if self.to == "hold" and not place.is_carried and self._is_first(place, length):
            raise ValueError(
                f"{layer_words(str(place))}, can't be held from the first step that is read on: "
                "there is nothing before it. Begin one step later"
            )
        values = None if self.to == "hold" else self._values(place, units, states)
        return UnitChange(place, units, values, self.from_step, self.until)

    def _is_first(self, place: StatePlace, length: int) -> bool:
        """Whether the first step that is read is one of those that are changed."""
        if place.kind.endswith(REVERSE):
            return self.until is None or self.until >= length
        return self.from_step == 0

    def _values(
        self, place: StatePlace, units: tuple[int, ...], states: Sequence[ModelStates]
    ) -> tuple[float, ...]:
        if self.to == "mean":
            every = np.concatenate([each[place] for each in states])
            return tuple(every.mean(axis=0, dtype=np.float64)[list(units)].tolist())
        return (0.0 if isinstance(self.to, str) else float(self.to),) * len(units)

    @property
    def words(self) -> str:
        """What is done, in a few words; steps are tokens, from 0."""
        return self.said(str)

    def said(self, step: Callable[[int], str]) -> str:
        """What is done, in a few words.

        Args:
            step: What a step is called.
        """
        where = layer_words(layer_name(self.kind, self.layer, self.module))
        until = "" if self.until is None else f" until {step(self.until)}"
        steps = f" from {step(self.from_step)}{until}" if self.from_step or until else ""
        return f"{self._of} ({where}) {self._to}{steps}"

    @property
    def brief(self) -> str:
        """What is done, without where."""
        return f"{self._of} {self._to}"

    @property
    def _of(self) -> str:
        return "all units" if self.units is None else _counted(self.units)

    @property
    def _to(self) -> str:
        means = "its mean" if self._of.startswith("unit ") else "their means"
        to = {"mean": f"set to {means}", "hold": "held"}
        return to.get(str(self.to), f"set to {self.to}")


def _counted(units: int | Sequence[int]) -> str:
    some = [units] if isinstance(units, (int, np.integer)) else list(units)
    return f"unit {some[0]}" if len(some) == 1 else f"{len(some)} units"


def _units(given: int | Sequence[int] | None, place: StatePlace) -> tuple[int, ...]:
    if given is None:
        return tuple(range(place.units))
    some = [given] if isinstance(given, (int, np.integer)) else list(given)
    if not some:
        raise ValueError("units is empty; leave it out for all units")
    return tuple(dict.fromkeys(check_unit(unit, place) for unit in some))


def intervened(
    self: SequenceModel, *interventions: Intervention, text: str | Sequence[str]
) -> SequenceModel:
    """The same model with units set, or held, while it reads, to be read, shown and explained.

    It stands beside the model itself as any other: `rv.explore([model, model.intervened(...)],
    text)`. Its rows are exact, by autograd. It keeps the weights that the model has now:
    `refresh()` leaves it as it is.

    Args:
        self: The model.
        interventions: What is done.
        text: The text, or several, over which means are taken; the first also says which tokens
            there are.

    Raises:
        TypeError: If there is no intervention, or the model can't read the text.
        ValueError, IndexError: If there is no such module, layer, kind, unit or token; or the
            module can't be copied.
    """
    if not interventions or not all(isinstance(each, Intervention) for each in interventions):
        raise TypeError(
            "intervened needs one rv.Intervention or more, such as "
            f"rv.Intervention(layer=0, units=3); got {interventions!r}"
        )
    texts = [text] if isinstance(text, str) else list(text)
    states = {
        module: [states_of_module(self, each, module) for each in texts]
        for module in {each.module for each in interventions}
    }
    changes = [each.change(states[each.module]) for each in interventions]
    with clean_torch():
        other = self.snapshot(changed_network(self.network, changes))
    other.name = f"{self.name}, {'; '.join(each.words for each in interventions)}"
    return other
