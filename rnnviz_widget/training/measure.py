"""All that is measured of a trained model, as JSON: what its card and every figure is made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from rnnviz_widget.evaluation import Evaluation, evaluate
from rnnviz_widget.files import write_whole
from rnnviz_widget.models.checkpoint import Trained
from rnnviz_widget.training.baselines import evaluate_lookups
from rnnviz_widget.training.text8 import Corpus
from rnnviz_widget.training.texts import last_texts

KIND = "rnnviz_widget results 1"
_ABOUT = {"text", "characters", "steps", "seconds", "settings", "budgets"}


def measure(
    trained: Trained,
    corpus: Corpus,
    *,
    name: str,
    part: str = "test",
    characters: int = 500_000,
    length: int = 5000,
    memory_texts: int = 250,
    memory_length: int = 400,
    keep: Path | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Scores a model and both lookups on the same positions, and counts its memory.

    Args:
        trained: The model, as its file holds it.
        corpus: The prepared text; its training part fills the lookups.
        name: What to call the model.
        part: "validation" or "test".
        characters: How many accuracy is taken on, from the end of the part.
        length: Characters of one of their texts, each read from an empty state to its end.
        memory_texts: Texts whose whole connectivity is computed, from the end of the part.
        memory_length: Characters of one of them.
        keep: A folder for what is done so far, to go on from after an interruption.
        progress: Whether to draw bars.

    Returns:
        What JSON can hold: ``model``, ``prefix lookup`` and ``lookup by prefix and previous word``
        (see `Evaluation.as_dict`), ``gain over`` each lookup (in-vocabulary top 1), ``memory``, the
        sizes, and how the model was made.

    Raises:
        ValueError: If the model's vocabulary is not that of the corpus, the part is too short, or
            the file does not say how the model was trained.
    """
    number = len(trained.classes)
    if trained.classes != corpus.vocabulary[:number]:
        raise ValueError(
            "the model's words are not the most frequent ones of this prepared text: expected the "
            "text that it was trained on. Prepare that one, or say with --data where it lies"
        )
    missing = _ABOUT - trained.about.keys()
    if missing:
        raise ValueError(
            f"{name} does not say how it was trained ({', '.join(sorted(missing))} missing): "
            "expected a file that the train or export command wrote"
        )
    model = trained.sequence_model(name)
    texts = last_texts(corpus, part, characters // max(length, 1), length)
    short = last_texts(corpus, part, memory_texts, memory_length)

    def kept(what: str) -> Path | None:
        return None if keep is None else keep / f"{name}-{what}.jsonl"

    lookups = evaluate_lookups(corpus, number, texts, progress=progress)
    ours = evaluate(model, texts, memory=False, keep=kept("accuracy"), progress=progress)
    memory = evaluate(model, short, keep=kept("memory"), progress=progress)
    return {
        "kind": KIND,
        "name": name,
        "corpus": corpus.name,
        "part": part,
        "length": length,
        "config": trained.module.config,
        "weights": sum(value.numel() for value in trained.module.parameters()),
        "about": trained.about,
        "torch": torch.__version__.split("+", maxsplit=1)[0],
        "model": ours.as_dict(),
        **{lookup.name: lookup.as_dict() for lookup in lookups},
        "gain over": {lookup.name: ours.gain(lookup).as_dict() for lookup in lookups},
        "memory": _memory(memory),
    }


def _memory(found: Evaluation) -> dict[str, Any]:
    numbers = found.as_dict()
    return {"texts": numbers["texts"], "characters": numbers["characters"], **numbers["memory"]}


def write(path: Path, results: dict[str, Any]) -> None:
    """Writes results in one piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(results, indent=1) + "\n")
