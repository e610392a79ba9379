"""`rv.explore`: makes the widget of models and a text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import TOLERANCE, EngineName, Named
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.explorer.checkpoint_axis import CheckpointAxis
from rnnviz_widget.inside.corpus import TextCorpus, as_corpus
from rnnviz_widget.models import TRUTH, Checkpoints, SequenceModel, Target, as_target, check_name
from rnnviz_widget.reading import Question, check_model

from .explorer_widget import ExplorerWidget
from .opening import OpeningBar

Shown = SequenceModel | Checkpoints
Models = Shown | Mapping[str, Shown] | Sequence[Shown]


@suggest_arguments(model="models", sentence="text")
def explore(
    models: Models,
    text: str,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    of: str | None = None,
    position: int | None = None,
    pinned: int | None = None,
    tolerance: float = TOLERANCE,
    engine: EngineName = "auto",
    corpus: str | os.PathLike[str] | Sequence[str] | TextCorpus | None = None,
) -> ExplorerWidget:
    """Show what models read: hover a character, and the earlier characters that matter light up.

    Args:
        models: One model, several by name, or a list of them; they are shown in this order. In
            place of a model, `rv.Checkpoints` shows it at several points of its training: the last
            one first, any other by the widget's `checkpoint`.
        text: The text that all of them read.
        target: What is explained: `rv.TRUTH` (default), `rv.TOP`, an output class, a contrast of
            two of these, `rv.Contrast(one, other)`, or a list with one of these for each token. The
            widget's `target` changes it.
        measure: "norm", "squared", "embedding_norm", "grad_x_input", or a method such as
            "integrated_gradients"; see `rv.connectivity`. A model with a measure of its own
            (`model.by`) keeps it, so that it can stand beside itself. Default: "norm";
            for a contrast "quick_exchange" of recurrent models, else "occlusion", whose signs are
            right. The widget's `measure` changes it.
        of: Which number of the target is explained: "logit" (default, the article's), "centred" or
            "log_prob", which predictions determine; see `rv.connectivity`. The widget's `of`
            changes it.
        position: The character to start at; default: the last.
        pinned: The character to pin, if any.
        tolerance: The largest error of scores computed in the background, as a share of the largest
            of their row, that is allowed to be faster on long texts; 0 for exact scores.
        engine: "auto" (default), "sweep", "scan" or "autograd"; see `rv.connectivity`.
        corpus: Texts in which places like a selected one are searched: the path of a text file, a
            list of texts, or an `rv.TextCorpus`. The widget's `corpus` changes it.

    Returns:
        The widget. It computes the shown row now, or when it is displayed where models took 0.15
        seconds and more to read the text, and the others when it is displayed. While large models
        read the text, a bar in the cell says so. When its cell is run again it is closed,
        unless a variable, a container or another cell's output holds it (`Out` alone does not
        count).

    Raises:
        TypeError: If something is not a `SequenceModel`, or text or target are of the wrong type.
        ValueError: If there is no model, two have the same name, or text, target, measure or
            quantity do not fit a model.
        OSError: If the corpus's file can't be read.
        traitlets.TraitError: If a position is not in the text.
    """
    corpus = None if corpus is None else as_corpus(corpus)
    question = Question(as_target(target), measure, of)
    named, axis = _with_axis(_named(models))
    source = ModelSource(named, text, question, tolerance=tolerance, engine=engine)
    with OpeningBar(source) as bar:
        explorer = Explorer(source, axis)
        bar.explains()
        at = len(text) - 1 if position is None else position
        widget = ExplorerWidget(explorer, position=at, pinned=pinned)
        if corpus is not None:
            widget.corpus = corpus
        return widget


def _with_axis(
    shown: Mapping[str, Shown],
) -> tuple[dict[str, SequenceModel], CheckpointAxis | None]:
    """The models that are shown first, and the axis of their checkpoints, if some have any."""
    series = {name: one for name, one in shown.items() if isinstance(one, Checkpoints)}
    if not series:
        return {name: one for name, one in shown.items() if isinstance(one, SequenceModel)}, None
    axis = CheckpointAxis(series)
    first = axis.models_at(axis.first)
    return {
        name: first[name] if isinstance(one, Checkpoints) else one for name, one in shown.items()
    }, axis


def _named(models: Models) -> dict[str, Shown]:
    pairs: list[tuple[str, Shown]]
    if isinstance(models, Mapping):
        pairs = list(models.items())
    elif isinstance(models, (SequenceModel, Checkpoints)):
        pairs = [(_name_of(models), models)]
    else:
        several: list[Any] = list(models) if isinstance(models, (list, tuple)) else [models]
        pairs = [(_name_of(model), model) for model in several]
    if not pairs:
        raise ValueError("there is no model to explore; pass one, a list, or a dict by name")
    for name, model in pairs:
        check_model(model.model if isinstance(model, Checkpoints) else model)
        check_name(name)
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"two models are called {twice!r}; pass a dict to name them: {{name: model}}"
        )
    return named


def _name_of(model: Any) -> str:
    return getattr(model.model if isinstance(model, Checkpoints) else model, "name", "")
