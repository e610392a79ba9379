"""What of a model can be mapped: its token embeddings, a layer's states, or those of all layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.scene.states import StatePlace

from .text_states import States

EMBEDDINGS = "token embeddings"
"""The name of the rows of a model's embedding matrix."""

# What is mapped first: the last layer of the first of these kinds that there is.
_FIRST = ("hidden", "residual", "cell")


@dataclass(frozen=True, eq=False)
class MapSource:
    """Something of a model that can be mapped.

    Attributes:
        name: What it is called.
        layers: The names of its layers, L of them.
        read: Gives the states of a text, (L, T, H); None: it is the embedding matrix.
    """

    name: str
    layers: Sequence[str]
    read: Callable[[str], States] | None


def map_sources(model: SequenceModel, text: str) -> list[MapSource]:
    """What can be mapped.

    Args:
        model: The model.
        text: A text that it reads.

    Returns:
        The token embeddings, if the model reads tokens; all layers together of each kind of states,
        if there are several with the same number of units; and each layer by itself.
    """
    found = []
    if not model.network.capabilities.reads_vectors:
        found.append(MapSource(EMBEDDINGS, [EMBEDDINGS], None))
    try:
        places = list(model.states(text))
    except ValueError:
        # It has no states that are known; its embeddings can be mapped all the same.
        if not found:
            raise
        places = []
    for kind in dict.fromkeys(place.kind for place in places):
        of_kind = [place for place in places if place.kind == kind]
        if len(of_kind) > 1 and len({place.units for place in of_kind}) == 1:
            found.append(_source(model, f"{kind} of all layers", of_kind))
    return found + [_source(model, str(place), [place]) for place in places]


def source_named(sources: Sequence[MapSource], name: str | None) -> MapSource:
    """The source of a name; without one, the last hidden states, or what there is.

    Raises:
        ValueError: If there is none of this name.
    """
    if name is None:
        for kind in _FIRST:
            of_kind = [one for one in sources if one.name.startswith(f"{kind} of layer")]
            if of_kind:
                return of_kind[-1]
        return sources[-1]
    for one in sources:
        if one.name == name:
            return one
    known = ", ".join(repr(one.name) for one in sources)
    raise ValueError(f"there is no source {name!r} of a map; expected one of {known}")


def _source(model: SequenceModel, name: str, places: Sequence[StatePlace]) -> MapSource:
    def read(text: str) -> States:
        states = model.states(text)
        return np.stack([states[place] for place in places])

    return MapSource(name, [str(place) for place in places], read)


def embedding_rows(model: SequenceModel) -> States:
    """The rows of a model's embedding matrix, (V, D), one for each of its input symbols."""
    with clean_torch():
        found: States = model.network.embedding_matrix().detach().float().cpu().numpy()
    return found
