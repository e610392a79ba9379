"""What a user selects: characters, whose units, and where else these are to be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnnviz_widget.models.find_place import find_place
from rnnviz_widget.scene.states import StatePlace

from .corpus_layer import OnRule


@dataclass(frozen=True)
class Selection:
    """The units that are on exactly at some characters, and where else they are to be found.

    Attributes:
        start: The first character.
        stop: The one after the last.
        layer: The layer's number, the lowest is 0, counted over the whole model; from the end if
            negative. None: the one that a page shows first.
        kind: What of it: "hidden", "cell", "forget", ... None: "hidden", or what is shown first.
        corpus: Whether the corpus is searched; else the text that is shown.
        quantile: A unit is on beyond this quantile of its states, on either side, over what is
            searched. At least 0.5, below 1.
        threshold: LSTMVis' way instead: a unit is on where its state is at least this (0.3 there),
            and matches are ranked by its algorithm; see `inside.lstmvis`. None: by the quantile.
        before: At how many steps before the characters a unit must be off.
        after: At how many steps after them.
        limit: The most matches.
        layers: By the name of a model the name of a layer, as `str(place)` gives it, such as
            "hidden of layer 1 of lstm"; what is given here goes before `layer` and `kind`.

    Raises:
        TypeError, ValueError: If an argument is out of range.
    """

    start: int
    stop: int
    layer: int | None = None
    kind: str | None = None
    corpus: bool = False
    quantile: float = 0.9
    threshold: float | None = None
    before: int = 1
    after: int = 0
    limit: int = 12
    layers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("start", "stop", "before", "after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
                raise TypeError(f"{name} must be a whole number; got {value!r}")
            if value < 0:
                raise ValueError(f"{name} must be at least 0; got {value}")
            object.__setattr__(self, name, int(value))
        if not self.start < self.stop:
            raise ValueError(
                f"a selection needs at least one character; got [{self.start}, {self.stop})"
            )
        if isinstance(self.limit, bool) or not isinstance(self.limit, int) or self.limit < 1:
            raise ValueError(f"limit must be a whole number, at least 1; got {self.limit!r}")
        if not isinstance(self.layers, Mapping):
            raise TypeError(
                "layers must name a layer by the name of each model, such as {'LSTM': 'hidden of "
                f"layer 1 of lstm'}}; got {self.layers!r:.80}"
            )
        if not 0.5 <= self.quantile < 1:
            raise ValueError(
                f"quantile must be at least 0.5 and below 1, such as 0.9; got {self.quantile}"
            )
        if self.threshold is not None and not np.isfinite(self.threshold):
            raise ValueError(f"threshold must be a finite number; got {self.threshold}")

    @property
    def rule(self) -> OnRule:
        """When a unit counts as on."""
        return OnRule(self.quantile, self.threshold)

    def layer_of(self, model: str, places: Sequence[StatePlace]) -> str | None:
        """The name of the layer of a model that is meant; None: the one that is shown first.

        Raises:
            TypeError, ValueError, IndexError: If there is none such; see `find_place`.
        """
        named = self.layers.get(model)
        if named is not None:
            known = [str(place) for place in places]
            if named not in known:
                raise ValueError(
                    f"{model} has no states {named!r}; expected one of {', '.join(known)}"
                )
            return named
        if self.layer is None and self.kind is None:
            return None
        kinds = [place.kind for place in places]
        kind = self.kind or next((k for k in ("hidden", "residual") if k in kinds), kinds[-1])
        return str(find_place(places, -1 if self.layer is None else self.layer, kind))


def as_selection(value: object) -> Selection | None:
    """A selection, None, or characters (start, stop).

    Raises:
        TypeError, ValueError: If it is none of these.
    """
    if value is None or isinstance(value, Selection):
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return Selection(*value)
    raise TypeError(f"selection must be an rv.Selection, (start, stop) or None; got {value!r:.80}")
