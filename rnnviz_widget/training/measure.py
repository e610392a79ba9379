"""Measures a trained model; its card and figures are made from these results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from rnnviz_widget.evaluation import Evaluation, evaluate
from rnnviz_widget.files import write_whole
from rnnviz_widget.models.checkpoint import Trained
from rnnviz_widget.training.baselines import evaluate_lookups
from rnnviz_widget.training.lookup import PreviousWordLookup
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
    counts: PreviousWordLookup | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Measure the accuracy of a model and both lookups on the same positions, and its memory.

    Args:
        trained: The model, as loaded from its file.
        corpus: The prepared text, whose training part provides the lookups' counts.
        name: The model's name.
        part: "validation" or "test".
        characters: The number of characters for accuracy, from the end of the part.
        length: The characters of each text for accuracy, read from an empty state to its end.
        memory_texts: The number of texts for memory, from the end of the part.
        memory_length: The characters of each text for memory.
        keep: A folder for finished texts. After an interruption the same call continues from it.
        counts: The lookups' counts of this corpus for as many words as the model knows, if they
            are at hand: counting a large corpus takes longer than all the rest.
        progress: Whether to show progress bars.

    Returns:
        The results for JSON: ``model``, ``prefix lookup`` and ``lookup by prefix and previous
        word`` (see `Evaluation.as_dict`), ``gain over`` each lookup (in-vocabulary top 1),
        ``memory``, the sizes, and how the model was trained.

    Raises:
        ValueError: If the model's vocabulary is not that of the corpus, the part is too short, or
            the file does not describe how the model was trained.
    """
    number = len(trained.classes)
    if trained.classes != corpus.vocabulary[:number]:
        raise ValueError(
            "the model's words are not the most frequent ones of this prepared text: expected the "
            "text that it was trained on. Prepare that text, or pass its folder with --data"
        )
    missing = _ABOUT - trained.about.keys()
    if missing:
        raise ValueError(
            f"{name} does not say how it was trained ({', '.join(sorted(missing))} missing): "
            "expected a file written by the train or export command"
        )
    model = trained.sequence_model(name)
    texts = last_texts(corpus, part, characters // max(length, 1), length)
    short = last_texts(corpus, part, memory_texts, memory_length)

    def kept(what: str) -> Path | None:
        return None if keep is None else keep / f"{name}-{what}.jsonl"

    lookups = evaluate_lookups(corpus, number, texts, lookup=counts, progress=progress)
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
    """Write results to a file, completely or not at all.

    Raises:
        OSError: If it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(results, indent=1) + "\n")
