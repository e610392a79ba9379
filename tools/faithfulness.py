"""Measures our measures: holds each against reruns of the bundled models on text8's test part.

What is done is kept in runs/faithfulness, so that an interrupted run goes on, and a measure that is
added later costs its own runs only. The table of docs/methods.md is made of it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness.drawn_symbols import DrawnSymbols, drawn_symbols_of
from rnnviz_widget.evaluation.faithfulness.record import ExpectedChecks, TextCheck
from rnnviz_widget.evaluation.faithfulness.text import TextReruns
from rnnviz_widget.evaluation.faithfulness.truth import CheckSettings, effects
from rnnviz_widget.evaluation.kept import Kept, model_and_texts
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.models.null_twin import null_twin
from rnnviz_widget.reading import Reading
from rnnviz_widget.training import text8
from rnnviz_widget.training.texts import last_texts

MODELS = ("gru", "lstm", "nested-lstm", "rnn")
TARGETS = ("contrast", "class")
ROUNDS = (("norm", "grad_x_input", "occlusion"), ("embedding_norm", "integrated_gradients"))
"""The measures, those first that most depends on."""
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
    """Checks of one model on texts.

    Args:
        name: The bundled model's name.
        texts: The texts; symbols are drawn as often as they stand there.
    """

    def __init__(self, name: str, texts: Sequence[str]) -> None:
        self.name, self.texts = name, texts
        self.model = rv.load_pretrained(name)
        self.twin = null_twin(self.model)
        tokens = [self.model.tokens(text) for text in texts]
        self.replacements: DrawnSymbols = drawn_symbols_of(self.model, tokens, None)
        self.positions = list(map(len, tokens))
        self._identity = {"kind": KIND, **model_and_texts(self.model, texts)}
        self._identity |= {"settings": {**asdict(SETTINGS), "steps": list(SETTINGS.steps)}}

    def kept(self, target: str, measure: str | None) -> Kept[TextCheck]:
        """The file of what really happens, or of what a measure says."""
        shape = (self.positions, len(SETTINGS.steps), SETTINGS.draws)
        expected = ExpectedChecks(*shape, [] if measure is None else [measure])
        which = {**self._identity, "target": target, "measure": measure}
        name = f"{self.name}-{target}-{measure or 'truth'}.jsonl"
        return Kept(KEPT / name, which, expected)

    def reruns(self, number: int, target: str, measure: str) -> TextReruns:
        """A text that was read, and reruns of some of its outputs."""
        text = self.texts[number]
        reading = Reading(self.model, text, best_two(self.model, text, target), measure)
        return TextReruns.of(reading, number, self.replacements, SETTINGS, wants_truth=False)

    def truths(self) -> dict[str, dict[int, TextCheck]]:
        """What really happens, by target, text by text: both targets by the same runs."""
        with contextlib.ExitStack() as stack:
            every = {target: stack.enter_context(self.kept(target, None)) for target in TARGETS}
            done = set.intersection(*(set(kept.tallies) for kept in every.values()))
            for number in self._bar("truth", len(self.texts), done):
                reruns = {target: self.reruns(number, target, "norm") for target in TARGETS}
                for target, found in together(reruns).items():
                    if number not in every[target].tallies:
                        deque(every[target].adding([(number, found)]), 0)
            return {target: kept.tallies for target, kept in every.items()}

    def measured(self, target: str, measure: str, truths: dict[int, TextCheck]) -> None:
        """What a measure says, and how it fares; kept."""
        with self.kept(target, measure) as kept:
            texts = min(SOME_TEXTS.get(measure, len(self.texts)), len(truths))
            for number in self._bar(f"{target} {measure}", texts, set(kept.tallies)):
                reruns, rows = self.reruns(number, target, measure), truths[number].rows
                found = reruns.measured(rows, measure, self.twin, SETTINGS.seed)
                deque(kept.adding([(number, TextCheck(rows, {measure: found}))]), 0)

    def _bar(self, what: str, texts: int, done: set[int]) -> Iterable[int]:
        todo = [number for number in range(texts) if number not in done]
        label = f"{self.name} {what}"
        return tqdm(todo, label, mininterval=60) if todo else []


def together(reruns: dict[str, TextReruns]) -> dict[str, TextCheck]:
    """What really happens to the same outputs with one and another target, by the same runs."""
    first = next(iter(reruns.values()))
    plans = [rerun.plan for each in reruns.values() for rerun in each.rerun]
    found = iter(effects(first.runner, first.reading.facet.tokens.ids, plans))
    return {
        target: TextCheck([rerun.truth(*next(found)) for rerun in each.rerun])
        for target, each in reruns.items()
    }


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=250)
    options.add_argument("--length", type=int, default=64)
    options.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    options.add_argument("--measures", nargs="+", help="some measures only")
    given = options.parse_args()
    torch.set_num_threads(1)
    texts = last_texts(text8.load(), "test", given.texts, given.length)
    for measures in [given.measures] if given.measures else ROUNDS:
        for name in given.models:
            sys.stderr.write(f"{name} ...\n")
            measurement = Measurement(name, texts)
            truths = measurement.truths()
            for measure, target in itertools.product(measures, TARGETS):
                measurement.measured(target, measure, truths[target])


if __name__ == "__main__":
    main()
