"""Answers to what a reader asks about one model's units: their memory, and what layers predict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.inside.lens import lens_layers
from rnnviz_widget.inside.model_memory import (
    KeptState,
    kept_state_of,
    mean_reach,
    outputs_of,
    unit_reaches,
)
from rnnviz_widget.inside.unit_memory import half_lives
from rnnviz_widget.models import ModelStates
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.layer_words import kind_words, layer_words
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.states import REVERSE, StatePlace
from rnnviz_widget.scene.unit_questions import (
    LayerPrediction,
    LensView,
    MemoryQuestion,
    UnitMemories,
)

from .found_or_failure import found_or_failure
from .unit_states import Floats, Indexes

_TOP = 3
# The log probabilities of one layer take 8 bytes each.
_MOST_PREDICTED = 50_000_000


class AskedOfUnits(NamedTuple):
    """What is asked.

    Attributes:
        layer: The layer's name.
        units: The units that are shown.
        memory: What is asked about their memory.
        lens: Whether it is asked what each layer's state would predict.
    """

    layer: str
    units: Indexes
    memory: MemoryQuestion
    lens: bool


@dataclass
class _Memory:
    """What is known of the memory of a layer's units, all of them."""

    half_lives: Floats
    words: str
    reach: Floats | None = None
    rows: list[Floats] = field(default_factory=list)
    left: Iterator[Floats] | None = None


@dataclass(frozen=True, eq=False)
class _LayerPredictions:
    """What one layer's state would predict at each token: classes (T, k) and how likely."""

    layer: str
    fitted: bool
    classes: npt.NDArray[np.integer]
    probabilities: Floats
    divergences: Floats


class UnitQuestions:
    """Answers them step by step, so that others may compute in between.

    Args:
        reading: The reading of the text.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._states: ModelStates | None = None
        self._memories: dict[str, _Memory] = {}
        self._lens: list[_LayerPredictions] = []
        self._lens_left: Iterator[_LayerPredictions] | None = None
        self._lens_error: str | None = None
        self._lens_done = False

    def answers(self, asked: AskedOfUnits) -> bool:
        """Whether all that is asked is known."""
        memory = self._memories.get(asked.layer)
        reached = memory is not None and (memory.reach is not None or asked.memory == "gates")
        return (asked.memory == "none" or reached) and (self._lens_done or not asked.lens)

    def advance(self, asked: AskedOfUnits) -> None:
        """Take the next step to what is asked."""
        if asked.memory != "none" and asked.layer not in self._memories:
            self._memories[asked.layer] = self._memory_of(asked.layer)
        elif asked.memory == "reach" and self._memories[asked.layer].reach is None:
            self._measure(asked.layer, self._memories[asked.layer])
        elif asked.lens and not self._lens_done:
            self._predict()

    def memory(self, asked: AskedOfUnits) -> UnitMemories | None:
        """How long the units that are shown remember; None: that is not known, or not asked."""
        found = self._memories.get(asked.layer)
        if found is None or asked.memory == "none":
            return None
        if not len(found.half_lives):
            return UnitMemories(found.half_lives, found.half_lives, found.words)
        unknown = np.full(len(found.half_lives), np.nan)
        reach = unknown if found.reach is None else found.reach
        return UnitMemories(found.half_lives[asked.units], reach[asked.units], found.words)

    def lens(self, position: int) -> LensView | None:
        """What each layer's state would predict at a character; None: that is not known."""
        if not self._lens_done:
            return None
        t = self._reading.facet.tokens.at(position)
        classes = self._reading.given.outputs
        layers = [
            LayerPrediction(
                layer=each.layer,
                fitted=each.fitted,
                divergence=float(each.divergences[t]),
                mean=float(each.divergences.mean()),
                classes=[classes[k] for k in each.classes[t].tolist()],
                probabilities=each.probabilities[t].tolist(),
            )
            for each in self._lens
        ]
        return LensView(position, [] if self._lens_error else layers, self._lens_error)

    def _read(self) -> ModelStates:
        if self._states is None:
            self._states = self._reading.given.states(self._reading.facet.text)
        return self._states

    def _place(self, layer: str) -> StatePlace | None:
        return next((place for place in self._read().places if str(place) == layer), None)

    def _kept(self, layer: str) -> KeptState | None:
        place = self._place(layer)
        if place is None:
            return None
        backward = place.kind.endswith(REVERSE)
        places = self._read().places
        kept = kept_state_of(places, place.module, place.layer, backward=backward)
        # With a projection h has other units than the memory.
        return kept if kept is not None and kept.state.units == place.units else None

    def _memory_of(self, layer: str) -> _Memory:
        found = found_or_failure(partial(self._half_lives, layer))
        if isinstance(found, Failure):
            return _Memory(np.empty(0), found.error, np.empty(0))
        return found

    def _half_lives(self, layer: str) -> _Memory:
        kept = self._kept(layer)
        if kept is None:
            said = layer_words(layer, [str(place) for place in self._read().places])
            return _Memory(np.empty(0), f"no gate keeps the units of {said}", np.empty(0))
        shares = kept.shares(self._read())
        state, gate = kind_words(kept.state.kind), kind_words(kept.gate.kind)
        return _Memory(half_lives(shares), f"of the {state} by the {gate}")

    def _measure(self, layer: str, memory: _Memory) -> None:
        """Measure the reach at one more output."""
        row = found_or_failure(partial(self._next_reach, layer, memory))
        if isinstance(row, Failure):
            memory.reach = np.full(len(memory.half_lives), np.nan)
            memory.words += f"; {row.error}"
        elif row is not None:
            memory.rows.append(row)
        else:
            memory.reach = mean_reach(memory.rows)
            memory.words += f"; reach over {len(memory.rows)} outputs of the text's second half"

    def _next_reach(self, layer: str, memory: _Memory) -> Floats | None:
        """The reach at the next output; None: there are no more."""
        if memory.left is None:
            model, text = self._reading.given, self._reading.facet.text
            kept = self._kept(layer)
            assert kept is not None
            memory.left = unit_reaches(model, text, kept.state, outputs_of(model, text))
        return next(memory.left, None)

    def _predict(self) -> None:
        """Find what one more layer would predict."""
        if self._lens_left is None:
            self._lens_left = self._layers()
        found = found_or_failure(partial(next, self._lens_left, None))
        if isinstance(found, _LayerPredictions):
            self._lens.append(found)
            return
        self._lens_error = found.error if isinstance(found, Failure) else None
        self._lens_done = True

    def _layers(self) -> Iterator[_LayerPredictions]:
        model, tokens = self._reading.given, self._reading.facet.tokens
        if len(tokens) * len(model.outputs) > _MOST_PREDICTED:
            raise ValueError(
                f"{len(tokens):,} tokens times {len(model.outputs):,} classes are too many to show "
                "what each layer would predict; use a shorter text"
            )
        for one in lens_layers(model, self._read()):
            best = one.top(_TOP)
            likely = np.exp(np.take_along_axis(one.log_probabilities, best, axis=1))
            name = next(
                str(place)
                for place in self._read().places
                if (place.module, place.layer) == (one.module, one.layer)
                and place.kind in ("hidden", "residual")
            )
            yield _LayerPredictions(name, one.fitted, best, likely, one.divergences)
