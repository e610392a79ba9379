"""Measures our measures: holds each against reruns of the bundled models on text8's test part.

What is done is kept in runs/faithfulness, so that an interrupted run goes on, and a measure that is
added later costs its own runs only. The table of docs/methods.md is made of it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

import rnnviz_widget as rv
from rnnviz_widget.engines import any_measure
from rnnviz_widget.evaluation.estimate import estimate
from rnnviz_widget.evaluation.faithfulness import Check
from rnnviz_widget.evaluation.faithfulness.drawn_symbols import drawn_symbols_of
from rnnviz_widget.evaluation.faithfulness.record import ExpectedChecks, TextCheck
from rnnviz_widget.evaluation.faithfulness.row_effects import CheckSettings, effects
from rnnviz_widget.evaluation.faithfulness.row_figures import sums_of
from rnnviz_widget.evaluation.faithfulness.text import TextReruns
from rnnviz_widget.evaluation.kept import Kept, model_and_texts
from rnnviz_widget.files import write_whole
from rnnviz_widget.models import CheckedTarget
from rnnviz_widget.models.null_twin import null_twin
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.reading.rank_correlation import spearman
from rnnviz_widget.scene.facet import QuantityName
from rnnviz_widget.training import text8
from rnnviz_widget.training.texts import last_texts

MODELS = ("gru", "lstm", "nested-lstm", "rnn")
RESULTS = Path(__file__).parents[1] / "benchmarks" / "faithfulness.json"
KEPT = Path("runs/faithfulness")
TEXTS, LENGTH = 250, 64
SETTINGS = CheckSettings()
KIND = "rnnviz_widget faithfulness 1"


@dataclass(frozen=True)
class Asked:
    """A measure of what, as the tables name it.

    Attributes:
        measure: The measure.
        of: Which number of a class it explains; None: the default.
        texts: On how many texts at most: those that take longest are measured on fewer.
    """

    measure: str
    of: QuantityName | None = None
    texts: int = 1_000_000

    @property
    def title(self) -> str:
        """The measure, and of what if that is not the default."""
        return self.measure if self.of is None else f"{self.measure} of {self.of}"


EXPLAINED: dict[str, CheckedTarget] = {
    "contrast": rv.Contrast(rv.TOP, rv.TOP),
    "class": rv.TOP,
}
"""The best two predictions compared, and the best alone."""
TARGETS = {
    "contrast": (
        Asked("norm"),
        Asked("grad_x_input"),
        Asked("occlusion"),
        Asked("quick_exchange"),
        Asked("exchange", texts=60),
        Asked("integrated_gradients", texts=40),
    ),
    "class": (
        Asked("norm", "logit"),
        Asked("norm", "centred"),
        Asked("norm", "log_prob"),
        Asked("grad_x_input", "logit"),
        Asked("occlusion", "logit"),
        Asked("quick_exchange", "logit"),
    ),
}
"""What each is measured by."""


PAIRS = (
    ("contrast", (Asked("norm"), Asked("occlusion"))),
    ("contrast", (Asked("grad_x_input"), Asked("occlusion"))),
    ("class", (Asked("norm", "logit"), Asked("norm", "log_prob"))),
)
"""Measures whose pictures are compared."""


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
        self.drawn = drawn_symbols_of(self.model, tokens, None)
        self.positions = list(map(len, tokens))
        self._identity = {"kind": KIND, **model_and_texts(self.model, texts)}
        self._identity |= {"settings": {**asdict(SETTINGS), "steps": list(SETTINGS.steps)}}

    def run(self, first: int) -> None:
        """Measure on the first so many texts what is not measured yet."""
        true_rows = self.true_effects(first)
        every = [(target, asked) for target, some in TARGETS.items() for asked in some]
        for target, asked in sorted(every, key=lambda pair: -pair[1].texts):
            self.measured(target, asked, first, true_rows[target])

    def done(self) -> dict[tuple[str, Asked], int]:
        """The number of texts that are measured, for each target and measure."""
        numbers = {}
        for target, every in TARGETS.items():
            for asked in every:
                with self.kept(target, asked) as kept:
                    numbers[target, asked] = len(kept.tallies)
        return numbers

    def results(self, some: Collection[tuple[str, Asked]], first: int) -> dict[str, Any]:
        """All figures of some targets and measures, on the first so many texts."""
        found: dict[str, Any] = {
            of: {
                asked.title: figures(self, of, asked, first)
                for asked in every
                if (of, asked) in some
            }
            for of, every in TARGETS.items()
        }
        found["agreement"] = {
            " and ".join(asked.title for asked in pair): agreement(self, of, pair, first)
            for of, pair in PAIRS
            if all((of, asked) in some for asked in pair)
        }
        return found

    def kept(self, target: str, asked: Asked | None) -> Kept[TextCheck]:
        """The file of what really happens, or of what a measure says."""
        shape = (self.positions, len(SETTINGS.steps), SETTINGS.draws)
        title = None if asked is None else asked.title
        expected = ExpectedChecks(*shape, [] if title is None else [title])
        which = {**self._identity, "target": target, "measure": title}
        name = f"{self.name}-{target}-{title or 'truth'}.jsonl".replace(" ", "-")
        return Kept(KEPT / name, which, expected)

    def reruns(self, number: int, target: str, asked: Asked | None) -> tuple[TextReruns, Question]:
        """A text that was read, and reruns of some of its outputs."""
        text = self.texts[number]
        how = ("norm", None) if asked is None else (asked.measure, asked.of)
        question = Question(EXPLAINED[target], *how)
        reading = Reading(self.model, text, question)
        made = TextReruns.of(reading, number, self.drawn, SETTINGS, wants_truth=False)
        return made, question

    def true_effects(self, first: int) -> dict[str, dict[int, TextCheck]]:
        """What really happens, by target, text by text: both targets by the same runs."""
        with contextlib.ExitStack() as stack:
            every = {target: stack.enter_context(self.kept(target, None)) for target in TARGETS}
            done = set.intersection(*(set(kept.tallies) for kept in every.values()))
            for number in self._todo("truth", first, done):
                reruns = {target: self.reruns(number, target, None)[0] for target in TARGETS}
                for target, found in together(reruns).items():
                    if number not in every[target].tallies:
                        _all(every[target].adding([(number, found)]))
            return {target: kept.tallies for target, kept in every.items()}

    def measured(
        self, target: str, asked: Asked, first: int, true_rows: dict[int, TextCheck]
    ) -> dict[int, TextCheck]:
        """What a measure says, and how it fares; kept."""
        with self.kept(target, asked) as kept:
            done = set(kept.tallies)
            for number in self._todo(f"{target} {asked.title}", min(first, asked.texts), done):
                (reruns, question), rows = (
                    self.reruns(number, target, asked),
                    true_rows[number].rows,
                )
                found = reruns.measured(rows, question, self.twin, SETTINGS.seed)
                _all(kept.adding([(number, TextCheck(rows, {asked.title: found}))]))
            return kept.tallies

    def _todo(self, what: str, first: int, done: set[int]) -> Iterable[int]:
        todo = [number for number in range(min(first, len(self.texts))) if number not in done]
        return tqdm(todo, f"{self.name} {what}", mininterval=60) if todo else []


def together(reruns: dict[str, TextReruns]) -> dict[str, TextCheck]:
    """What really happens to the same outputs with one and another target, by the same runs."""
    first = next(iter(reruns.values()))
    plans = [rerun.plan for each in reruns.values() for rerun in each.rerun]
    found = iter(effects(first.runner, first.reading.facet.tokens.ids, plans))
    return {
        target: TextCheck([rerun.true_effects(*next(found)) for rerun in each.rerun])
        for target, each in reruns.items()
    }


def _all(numbers: Iterator[int]) -> None:
    deque(numbers, 0)


def figures(measurement: Measurement, target: str, asked: Asked, first: int) -> dict[str, Any]:
    """All figures of a measure, of what is kept of the first so many texts."""
    with measurement.kept(target, asked) as kept:
        texts = [kept.tallies[number] for number in sorted(kept.tallies) if number < first]
    if not texts:
        return {}
    of = "logit" if asked.of is None else asked.of
    signed = any_measure(asked.measure).signed
    drawn = measurement.drawn.words
    check = Check(
        measurement.model.name, asked.title, signed, target, of, SETTINGS.steps, drawn, texts
    )
    found = check.as_dict()
    means = {
        what: {order: curve["mean"] for order, curve in found.pop(what).items()}
        for what in ("comprehensiveness", "sufficiency")
    }
    return {**found, **means}


def agreement(
    measurement: Measurement, target: str, asked: tuple[Asked, Asked], first: int
) -> dict[str, Any]:
    """Spearman between the sizes of two measures' scores, mean over rows."""
    tallies = []
    for each in asked:
        with measurement.kept(target, each) as kept:
            tallies.append(kept.tallies)
    one, other = tallies
    texts = [number for number in sorted(one.keys() & other.keys()) if number < first]
    every = [
        [
            spearman(abs(a.scores), abs(b.scores))
            for a, b in zip(
                one[n].measured[asked[0].title], other[n].measured[asked[1].title], strict=True
            )
        ]
        for n in texts
    ]
    return estimate(*sums_of(every)).as_dict() if texts else {}


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--first", type=int, help="only so many of them for now")
    options.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    options.add_argument("--results", action="store_true", help="of what is kept, run nothing")
    given = options.parse_args()
    measure(given.models, given.first, results_only=given.results)


def measure(
    models: Sequence[str] = MODELS, first: int | None = None, *, results_only: bool = False
) -> None:
    """Measure, go on from what is kept, and write the results of all models.

    Args:
        models: The bundled models; the results are written where they are all of `MODELS`.
        first: Only so many of the texts for now; None: all.
        results_only: Whether nothing is run, and the results are of what is kept.
    """
    torch.set_num_threads(1)
    texts = last_texts(text8.load(), "test", TEXTS, LENGTH)
    every = {name: Measurement(name, texts) for name in models}
    for measurement in every.values():
        if not results_only:
            measurement.run(len(texts) if first is None else first)
    if tuple(models) == MODELS:
        each = [measurement.done() for measurement in every.values()]
        done = {key: min(numbers[key] for numbers in each) for key in each[0]}
        count = done["contrast", Asked("norm")]
        # A run that goes on has texts to which some measures have not come yet.
        some = [key for key, number in done.items() if number >= min(count, key[1].texts)]
        found = {name: measurement.results(some, count) for name, measurement in every.items()}
        about = {"texts": count, "length": LENGTH, **asdict(SETTINGS)}
        write_whole(RESULTS, json.dumps({"about": about, "models": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
