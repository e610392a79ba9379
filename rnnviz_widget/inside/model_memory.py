"""How long the units of a model's layers remember: by their gates, and by connectivity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.engines.measures import MEASURES
from rnnviz_widget.engines.sweep.unit_engine import UnitSweepEngine
from rnnviz_widget.memory import reach as mean_distance
from rnnviz_widget.models import ModelStates, SequenceModel, Unit
from rnnviz_widget.models.find_place import find_layer
from rnnviz_widget.reading import check_model
from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.states import REVERSE, StatePlace

from .text_states import Numbers, States
from .unit_memory import UnitMemory, kept_share, memory_by_gates

_OUTPUTS = 8


class KeptState(NamedTuple):
    """A state of a layer that one of its gates keeps.

    Attributes:
        state: The state; of a nested LSTM the innermost memory, which is a sum.
        gate: The gate.
    """

    state: StatePlace
    gate: StatePlace

    def shares(self, states: ModelStates) -> States:
        """What share of its state each unit keeps at each step, (T, H)."""
        # "keep" of a minGRU is 1 - z already; the others are shares as they are.
        return kept_share(states[self.gate], "lstm")


def kept_state_of(
    places: Sequence[StatePlace], module: str, layer: int, *, backward: bool = False
) -> KeptState | None:
    """The state of a layer that a gate keeps; None: the layer has no such gate."""
    here = {
        place.kind.removesuffix(REVERSE): place
        for place in places
        if (place.module, place.layer) == (module, layer)
        and place.kind.endswith(REVERSE) == backward
    }
    forgets = [kind for kind in here if kind.endswith("forget")]
    if forgets:
        # The gates of the innermost level come last.
        gate = forgets[-1]
        return KeptState(here[gate.removesuffix("forget") + "cell"], here[gate])
    for gate in ("update", "keep"):
        if gate in here:
            return KeptState(here["hidden"], here[gate])
    return None


def unit_memory(
    model: SequenceModel,
    text: str | Sequence[str],
    *,
    layer: int = -1,
    module: str | None = None,
    backward: bool = False,
    reach: bool = False,
    outputs: int = _OUTPUTS,
) -> UnitMemory:
    """How long each unit of a layer remembers: its half-life by its gate, and its reach.

    The half-life is ln 0.5 / mean over t of ln f_t, with f_t the share of its state that the unit
    keeps at step t: the forget gate of an LSTM, the update gate z of a GRU (torch's convention),
    1 - z of a minGRU, and of a nested LSTM the forget gate of the innermost memory. It is the
    direct path through one unit. The reach is what the whole model makes of it: the mean distance
    of a unit's inputs, sum over t of (s - t) p[s, t], with p the shares of the row that explains
    the unit's state at output s (`rv.Unit`, measure "norm").

    Args:
        model: The model.
        text: The text, or several.
        layer: The layer's number, from the end if negative; see `SequenceModel.states`.
        module: The module's name, if the layer's number is that in the module.
        backward: Of a layer that reads both ways: the direction from right to left.
        reach: Whether the reach is measured too.
        outputs: At how many outputs of each text, evenly spaced over its second half.

    Returns:
        One row for each unit; half-lives in steps, reach in characters (NaN: not measured).

    Raises:
        TypeError, ValueError, IndexError: As `SequenceModel.states`; or if the layer has no gate
            that keeps a state, or its reach can't be measured (it takes layers whose equations are
            known, that read from left to right).
    """
    check_model(model)
    texts = [text] if isinstance(text, str) else list(text)
    if not texts:
        raise ValueError("there are no texts")
    if isinstance(outputs, bool) or not isinstance(outputs, int) or outputs < 1:
        raise ValueError(f"outputs must be a whole number from 1 on; got {outputs!r}")
    every = [model.states(one) for one in texts]
    kept = _kept_state(every[0].places, layer, module, backward=backward)
    shares = np.concatenate([kept.shares(states) for states in every])
    if not reach:
        return memory_by_gates(shares)
    found = [
        row
        for one in texts
        for row in unit_reaches(model, one, kept.state, outputs_of(model, one, outputs))
    ]
    return memory_by_gates(shares, mean_reach(found))


def outputs_of(model: SequenceModel, text: str, count: int = _OUTPUTS) -> list[int]:
    """At which outputs the reach is measured: evenly spaced over the second half of a text."""
    last = len(model.tokens(text)) - 1
    return sorted({round(each) for each in np.linspace(last / 2, last, count).tolist()})


def mean_reach(rows: Sequence[Numbers]) -> Numbers:
    """The mean of reaches (H,) over outputs; NaN of a unit that depends on nothing anywhere."""
    every = np.stack(rows)
    known = ~np.isnan(every)
    total = np.where(known, every, 0).sum(axis=0)
    counts = known.sum(axis=0)
    found: Numbers = np.divide(total, counts, out=np.full(len(total), np.nan), where=counts > 0)
    return found


def unit_reaches(
    model: SequenceModel, text: str, place: StatePlace, outputs: Sequence[int]
) -> Iterator[Numbers]:
    """The reach of all units of a place, (H,), in characters, at one output after the other.

    Raises:
        ValueError: If the layers below it are no stack of known equations; the message says why.
    """
    unit = Unit(place.module, layer=place.layer, kind=place.kind, index=0)
    other, tokens = model.of_unit(unit, text=text), model.tokens(text)
    with clean_torch():
        try:
            engine = UnitSweepEngine(other.network, torch.tensor(tokens.ids), place, 0)
        except ValueError as error:
            said = layer_words(str(place))
            raise ValueError(f"the reach of {said}, can't be measured: {error}") from error
    for s in outputs:
        with clean_torch():
            scores = engine.scores_of_all(s, MEASURES["norm"]).double().cpu().numpy()
        yield mean_distance(scores, np.asarray(tokens.spans), at=[s] * len(scores))


def _kept_state(
    places: Sequence[StatePlace], layer: int, module: str | None, *, backward: bool
) -> KeptState:
    here = find_layer(places, layer, module)
    found = kept_state_of(here, here[0].module, here[0].layer, backward=backward)
    if found is None:
        kinds = [place.kind for place in here]
        raise ValueError(
            f"layer {layer} has no gate that keeps a state"
            f"{' from right to left' if backward else ''}, only {', '.join(kinds)}; a half-life "
            "takes an LSTM, a GRU or a minGRU"
        )
    return found
