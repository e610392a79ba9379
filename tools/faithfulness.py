"""Measures our measures: holds each against reruns of the bundled models on text8's test part.

Writes results/... What is done is kept in runs/faithfulness, so that an interrupted run goes on, and
a measure that is added later costs its own runs only. `python tools/faithfulness.py --help`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

import rnnviz_widget as rv
from rnnviz_widget.evaluation.check_record import ExpectedChecks, TextCheck
from rnnviz_widget.evaluation.check_text import TextReruns
from rnnviz_widget.evaluation.kept import Kept, model_and_texts
from rnnviz_widget.evaluation.replacements import Replacements, replacements_of
from rnnviz_widget.evaluation.truth import CheckSettings
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.models.null_twin import null_twin
from rnnviz_widget.reading import Reading
from rnnviz_widget.training import text8
from rnnviz_widget.training.texts import last_texts

MODELS = ("gru", "lstm", "nested-lstm", "rnn")
TARGETS = ("contrast", "class")
MEASURES = {
    "contrast": ("norm", "grad_x_input", "occlusion", "integrated_gradients"),
    "class": ("norm", "grad_x_input", "occlusion"),
}
# Those that take longest are measured on so many texts.
SOME_TEXTS = {"integrated_gradients": 60}
KEPT = Path("runs/faithfulness")
SETTINGS = CheckSettings()
KIND = "rnnviz_widget faithfulness 1"


def best_two(model: SequenceModel, text: str, target: str) -> Any:
    """What is explained: the top prediction, or why it rather than the second."""
    if target == "class":
        return rv.TOP
    top = Reading(model, text, rv.TOP).facet.top[:, :2]
    return [rv.Contrast(model.outputs[a], model.outputs[b]) for a, b in top]


class Measurement:
    """Checks of one model on texts, with one target.

    Args:
        name: The bundled model's name.
        target: One of `TARGETS`.
        texts: The texts.
        every: Those that symbols are counted in.
    """

    def __init__(self, name: str, target: str, texts: Sequence[str], every: Sequence[str]) -> None:
        self.name, self.target, self.texts = name, target, texts
        self.model = rv.load_pretrained(name)
        self.twin = null_twin(self.model)
        self.replacements: Replacements = replacements_of(
            self.model, [self.model.tokens(text) for text in every], None
        )
        self.positions = [len(self.model.tokens(text)) for text in texts]

    def kept(self, measure: str | None) -> Kept[TextCheck]:
        """The file of what really happens, or of what a measure says."""
        expected = ExpectedChecks(
            self.positions,
            len(SETTINGS.steps),
            SETTINGS.draws,
            [] if measure is None else [measure],
        )
        which = {"kind": KIND, **model_and_texts(self.model, self.texts)}
        settings = {**asdict(SETTINGS), "steps": list(SETTINGS.steps)}
        settings.pop("strongest")  # how signs are counted changes nothing of what is kept
        which |= {"settings": settings, "measure": measure}
        name = f"{self.name}-{self.target}-{measure or 'truth'}.jsonl"
        return Kept(KEPT / name, which, expected)

    def reruns(self, number: int, measure: str | None) -> TextReruns:
        """A text that was read, and reruns of some of its outputs."""
        text = self.texts[number]
        reading = Reading(self.model, text, best_two(self.model, text, self.target), measure)
        return TextReruns.of(reading, number, self.replacements, SETTINGS, wants_truth=False)

    def truth(self) -> dict[int, TextCheck]:
        """What really happens, text by text."""
        with self.kept(None) as kept:
            self._all(kept, "truth", len(self.texts), lambda n: self.reruns(n, "norm").truth())
            return kept.tallies

    def measured(self, measure: str, truths: dict[int, TextCheck]) -> dict[int, TextCheck]:
        """What a measure says, and how it fares."""

        def one(number: int) -> TextCheck:
            rows = truths[number].rows
            found = self.reruns(number, measure).measured(rows, measure, self.twin, SETTINGS.seed)
            return TextCheck(rows, {measure: found})

        with self.kept(measure) as kept:
            self._all(kept, measure, SOME_TEXTS.get(measure, len(self.texts)), one)
            return kept.tallies

    def _all(self, kept: Kept[TextCheck], what: str, texts: int, one: Any) -> None:
        todo = [number for number in range(min(texts, len(self.texts))) if number not in kept.tallies]

        def found() -> Iterator[tuple[int, TextCheck]]:
            for number in todo:
                yield number, one(number)

        label = f"{self.name} {self.target} {what}"
        for _ in tqdm(kept.adding(found()), label, len(todo), disable=not todo, mininterval=30):
            pass


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=250)
    options.add_argument("--length", type=int, default=80)
    options.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    options.add_argument("--targets", nargs="+", choices=TARGETS, default=TARGETS)
    given = options.parse_args()
    torch.set_num_threads(1)
    texts = last_texts(text8.load(), "test", given.texts, given.length)
    for target in given.targets:
        for name in given.models:
            sys.stderr.write(f"{name}, {target} ...\n")
            measurement = Measurement(name, target, texts, texts)
            truths = measurement.truth()
            for measure in MEASURES[target]:
                measurement.measured(measure, truths)


if __name__ == "__main__":
    main()
