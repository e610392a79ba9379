"""What a widget's models do inside, with units set, and with other inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz_widget.explorer import Explorer, ModelSource, as_interventions
from rnnviz_widget.inside.map_sources import map_sources, source_named
from rnnviz_widget.inside.mapped_states import (
    CorpusPoints,
    MappedStates,
    map_of_reading,
    read_corpus_points,
)
from rnnviz_widget.inside.result_table import ResultTable
from rnnviz_widget.inside.route import Route, route_of
from rnnviz_widget.inside.span_selection import Selection
from rnnviz_widget.models import Intervention, ModelStates, SequenceModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rnnviz_widget.scene.state_map import MapMethod

    from .explorer_widget import ExplorerWidget


def models(explorer: Explorer) -> dict[str, SequenceModel]:
    """The models that are shown by name, those with units set or held too, in order."""
    given = explorer.models
    if not (given and explorer.changes.now.interventions):
        return dict(given)
    return {name: given.get(name, one) for name, one in explorer.snapshots.items()}


def states(
    self: ExplorerWidget, name: str | None = None, *, modules: Sequence[str] | None = None
) -> ModelStates:
    """The hidden states and gates of a model on the text, with the weights that are shown.

    Args:
        self: The widget.
        name: The model's name; not needed if there is only one.
        modules: The names of submodules; see `SequenceModel.states`.

    Raises:
        ValueError: If there is no such model, or rows are ready-made; and as
            `SequenceModel.states`.
    """
    reading = self._explorer.reading_of(name)
    return reading.given.states(self._explorer.text, modules=modules)


def route(
    self: ExplorerWidget, at: int, *, position: int | None = None, name: str | None = None
) -> Route:
    """The route from a character to the output that is explained; see `rv.route`.

    Args:
        self: The widget.
        at: The character whose influence is followed.
        position: The character whose output is explained; default: the one shown.
        name: The model's name; not needed if there is only one.

    Raises:
        ValueError, IndexError: As `rv.route`; or if there is no such character or model.
    """
    reading = self._explorer.reading_of(name)
    shown = self.shown if position is None else position
    tokens = reading.facet.tokens
    for character in (at, shown):
        if not 0 <= character < len(tokens.text):
            raise IndexError(
                f"there is no character {character}: the text has {len(tokens.text)}, from 0 to "
                f"{len(tokens.text) - 1}"
            )
    return route_of(reading, tokens.at(shown), tokens.at(at))


def find_matches(
    self: ExplorerWidget, selection: Selection | tuple[int, int] | None = None
) -> ResultTable | None:
    """Search for places where the selected units are on, and wait for them, with a bar in the cell.

    Args:
        self: The widget.
        selection: What to select instead of what is; see `selection`.

    Returns:
        The matches, which `matches` has too.

    Raises:
        ValueError: If nothing is selected.
        traitlets.TraitError: If it can't be selected, or there is no corpus to search.
        KeyboardInterrupt: If interrupted; what was read of the corpus is kept for the next search.
    """
    return self._selecting.search(selection)


def intervene(
    self: ExplorerWidget, *interventions: Intervention, name: str | None = None
) -> ExplorerWidget:
    """Show a model as it is and with units set, or held, side by side, in a new widget.

    Text, target, measure and position are those of this one, and so are the weights. Means are
    taken over the text that is shown. To show it in this widget, set the trait `interventions`.

    Args:
        self: The widget.
        interventions: What is done; see `rv.Intervention`.
        name: The model's name; not needed if there is only one.

    Raises:
        TypeError, ValueError, IndexError: As `SequenceModel.intervened`; or if there is no such
            model.
    """
    model, explorer = self._explorer.reading_of(name).given, self._explorer
    if not interventions:
        raise TypeError("intervene needs one rv.Intervention or more; got none")
    done = as_interventions({model.name: interventions})
    question = explorer.changes.now.question
    source = ModelSource({model.name: model}, explorer.text, question, interventions=done)
    return type(self)(Explorer(source), position=self.position, pinned=self.pinned)


def map_states(
    self: ExplorerWidget,
    source: str | None = None,
    *,
    method: MapMethod = "pca",
    name: str | None = None,
) -> MappedStates:
    """Place a model's states, or its token embeddings, in a plane.

    If the widget has a `corpus`, the states of its texts are mapped beside those of the text that
    is shown, up to 100,000 points.

    Args:
        self: The widget.
        source: What is mapped: "token embeddings", a layer such as "hidden of layer 1 of cell", or
            "hidden of all layers". Default: the last hidden states.
        method: "pca": the plane in which the states vary most; "umap": by umap-learn.
        name: The model's name; not needed if there is only one.

    Returns:
        The points, each with its text, the prediction and the truth there, and what the map leaves
        out: explained variance, and trustworthiness.

    Raises:
        ImportError: If "umap" is asked for and umap-learn is not installed.
        ValueError: If there is no such source or model, the states are not finite, or the model
            can't read a text of the corpus.
    """
    return mapped_states(self._explorer, source, method, name)


def mapped_states(
    explorer: Explorer, source: str | None, method: MapMethod, name: str | None
) -> MappedStates:
    """The same, of an explorer."""
    reading, corpus = explorer.reading_of(name), explorer.maps.corpus
    found = source_named(map_sources(reading.given, explorer.text), source)
    points: CorpusPoints | None = None
    if corpus and found.read is not None:
        *_, last = read_corpus_points(reading, found, corpus)
        points = last if isinstance(last, CorpusPoints) else None
    return map_of_reading(reading, found, points, method=method)
