"""The route of a memory: which units of which layers carry an input's influence to an output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import EngineName, Measure, Named, clean_torch
from rnnviz_widget.models import TRUTH, Intervention, SequenceModel, SetTo, Target, as_target
from rnnviz_widget.reading import Question, Reading, check_model
from rnnviz_widget.scene.states import StatePlace
from rnnviz_widget.scene.tokens import Tokens

from .intervention_effect import InterventionEffect, effect_of
from .positions import checked_pair

Numbers = npt.NDArray[np.floating[Any]]


class RoutedUnit(NamedTuple):
    """A unit on a route.

    Attributes:
        place: Its layer and kind.
        unit: Its number there.
        share: Its mean share of what is carried from step to step; all shares add up to 1.
    """

    place: StatePlace
    unit: int
    share: float


@dataclass(frozen=True, eq=False)
class Route:
    """The route from input t to output s; see `route`.

    Row u - t of an array is about what is carried from step u to step u + 1, t <= u < s.

    Attributes:
        s, t: The output and the input, as tokens.
        tokens: The text as the model reads it.
        label: What the sum over all units is, in words.
        connectivity: C[s, t] as `rv.connectivity` gives it, in the model's own precision.
        gradient: The same, from the backward pass in double precision that found the route.
        parts: For each state of each layer what its units carry, (s - t, H). At each step the sum
            over all units of all layers is `gradient`.
        kept: Of states that a gate multiplies on their way to the next step (LSTM: "forget", GRU:
            "update", minGRU: "keep") the part of `parts` that goes straight through that gate; the
            rest goes through the recurrent weights.
        gates: Where those gates are, of each state that `kept` has.
    """

    s: int
    t: int
    tokens: Tokens
    label: str
    connectivity: float
    gradient: float
    parts: Mapping[StatePlace, Numbers]
    kept: Mapping[StatePlace, Numbers]
    gates: Mapping[StatePlace, StatePlace]
    _reading: Reading = field(repr=False)

    @property
    def places(self) -> tuple[StatePlace, ...]:
        """All that is carried from step to step."""
        return tuple(self.parts)

    @property
    def sums(self) -> Numbers:
        """The sum over all units at each step, (s - t,); each is `gradient` up to rounding."""
        found: Numbers = np.sum([part.sum(axis=1) for part in self.parts.values()], axis=0)
        return found

    @property
    def error(self) -> float:
        """How far the sums are from the gradient: the largest difference, as a share of it."""
        apart = float(np.abs(self.sums - self.gradient).max())
        return apart / abs(self.gradient) if self.gradient else apart

    def shares(self) -> Numbers:
        """The share of each place in what is carried, (places, s - t); each column adds up to 1.

        A share may be negative, or above 1, where units work against each other. All are 0 where
        nothing is carried.
        """
        sums = np.stack([part.sum(axis=1) for part in self.parts.values()])
        return sums / self.gradient if self.gradient else np.zeros_like(sums)

    def kept_shares(self) -> Numbers:
        """The share that goes straight through gates in what is carried, (s - t,)."""
        found: Numbers = np.zeros(self.s - self.t)
        for part in self.kept.values():
            found += part.sum(axis=1)
        return found / self.gradient if self.gradient else found

    def strongest(self, count: int = 10) -> list[RoutedUnit]:
        """The units that carry most, by the magnitude of their mean share over all steps."""
        if not self.gradient:
            return []
        units = [
            RoutedUnit(place, unit, float(share))
            for place, part in self.parts.items()
            for unit, share in enumerate(part.mean(axis=0) / self.gradient)
        ]
        return sorted(units, key=lambda unit: -abs(unit.share))[:count]

    def without(self, *units: RoutedUnit, to: SetTo = "mean") -> InterventionEffect:
        """Run the model again with units set while the memory passes, and say what is left of it.

        Args:
            units: Which; default: the strongest one.
            to: What they are set to from token t on, until s; see `rv.Intervention`.

        Raises:
            ValueError: If nothing is carried, or the module can't be copied.
        """
        some = units or tuple(self.strongest(1))
        if not some:
            raise ValueError(
                f"nothing of token {self.t} reaches token {self.s}: no unit carries it"
            )
        interventions = [
            Intervention(
                module=unit.place.module,
                layer=unit.place.layer,
                kind=unit.place.kind,
                units=unit.unit,
                to=to,
                from_step=self.t,
                until=self.s,
            )
            for unit in some
        ]
        return effect_of(self._reading, self.s, self.t, interventions)

    def __repr__(self) -> str:
        best = ", ".join(
            f"unit {u.unit} ({u.place}) {100 * u.share:.0f} %" for u in self.strongest(3)
        )
        return f"Route(t={self.t} to s={self.s}: {self.connectivity:.4g}; {best})"


def route(
    model: SequenceModel,
    text: str,
    s: int,
    t: int,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    of: str | None = None,
    engine: EngineName = "auto",
) -> Route:
    """Find the route of input t to output s: which units carry it from step to step.

    With y what is explained at s, e_t the embedded input and k all that is carried from step u to
    step u + 1 (each h of each layer, and each memory c of an LSTM), exactly

        dy/de_t = sum over k of (dy/dh_u,k) (dh_u,k/de_t)        at each u, t <= u < s

    where dy/dh_u,k follows only what goes on to step u + 1. An input has several components; the
    contribution of a unit is taken along the direction d of the gradient,

        r_u,k = (dy/dh_u,k) (dh_u,k/de_t . d),    sum over k of r_u,k = C[s, t]

    with d = E^T E g / ||E g|| for `norm` (g = dy/de_t and E the embedding matrix), E^T E g for
    `squared`, g / ||g|| for `embedding_norm`, and e_t for `grad_x_input`. A contribution is
    negative where a unit works against that direction.

    Args:
        model: A model of recurrent layers whose equations are known, from left to right.
        text: The text.
        s: The output, as a token.
        t: The input, as a token before it.
        target: What is explained; see `rv.connectivity`.
        measure: How; one of those named above.
        of: Which number of the target; see `rv.connectivity`.
        engine: Which engine; see `rv.connectivity`.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or s or t no whole number.
        IndexError: If there is no such token.
        ValueError: If t is not before s, the measure is not of one gradient, the model has layers
            of another kind, or reads in both directions; the message says why.
    """
    check_model(model)
    question = Question(as_target(target), measure, of)
    return route_of(Reading(model, text, question, engine=engine), s, t)


def route_of(reading: Reading, s: int, t: int) -> Route:
    """The route of input t to output s in a reading; see `route`."""
    tokens, network = reading.facet.tokens, reading.model.network
    s, t = checked_pair(s, t, len(tokens))
    if t >= s:
        raise ValueError(
            f"a memory has a route from an input t to a later output s; got t = {t} and s = {s}"
        )
    measure = reading.scoring.measure
    if not isinstance(measure, Measure):
        raise ValueError(  # noqa: TRY004 (a measure of another kind is no other type)
            f"a route is that of a gradient, and {measure.name} is not one; use measure="
            '"norm", "squared", "embedding_norm" or "grad_x_input"'
        )
    stack = reading.route_stack
    if stack is None:
        raise ValueError(
            f"the route of {reading.model.name} can't be found: that takes recurrent layers whose "
            "equations are known and that read from left to right, and a head that works position "
            f"by position, but {reading.facet.engine_words}"
        )
    with clean_torch():
        found = stack.route(s, t, reading.explained[s], measure)
    names = {each: name for name, each in network.module.named_modules()}
    parts, kept, gates = {}, {}, {}
    for carried in found.carried:
        module = stack.modules[carried.layer]
        layer = carried.layer - stack.modules.index(module)
        place = StatePlace(names[module], layer, carried.kind, carried.parts.shape[1])
        parts[place] = carried.parts.numpy()
        if carried.kept is not None and carried.gate is not None:
            kept[place] = carried.kept.numpy()
            gates[place] = replace(place, kind=carried.gate)
    connectivity = float(reading.rows([s])[0, t])
    label = reading.scoring.measure.label
    return Route(s, t, tokens, label, connectivity, found.score, parts, kept, gates, reading)
