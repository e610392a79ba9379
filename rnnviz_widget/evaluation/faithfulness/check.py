"""rv.check: compares the scores of measures with the effects of rerunning the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import Named
from rnnviz_widget.evaluation.kept import Kept, model_and_texts
from rnnviz_widget.evaluation.over_texts import checked_texts, over_texts
from rnnviz_widget.evaluation.tally import numbered
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.models.null_twin import null_twin
from rnnviz_widget.reading import Question, Scoring, check_model

from .drawn_symbols import DRAWN, DrawnSymbols, drawn_symbols_of
from .figures import Check
from .formulas import STEPS
from .record import ExpectedChecks, TextCheck
from .row_effects import CheckSettings
from .text import CheckWork, check_text

KIND = "rnnviz_widget check 1"


@overload
def check(
    model: SequenceModel,
    texts: Sequence[str],
    *,
    measure: Named | None = None,
    target: Target = TRUTH,
    of: str | None = None,
    rows: int = 2,
    start: int | None = None,
    steps: Sequence[int] = STEPS,
    draws: int = 8,
    frequencies: Mapping[str, float] | None = None,
    seed: int = 0,
    keep: str | Path | None = None,
    client: Any = None,
    progress: bool = True,
) -> Check: ...


@overload
def check(
    model: SequenceModel,
    texts: Sequence[str],
    *,
    measure: list[str] | list[Named],
    target: Target = TRUTH,
    of: str | None = None,
    rows: int = 2,
    start: int | None = None,
    steps: Sequence[int] = STEPS,
    draws: int = 8,
    frequencies: Mapping[str, float] | None = None,
    seed: int = 0,
    keep: str | Path | None = None,
    client: Any = None,
    progress: bool = True,
) -> dict[str, Check]: ...


@suggest_arguments(text="texts")
def check(
    model: SequenceModel,
    texts: Sequence[str],
    *,
    measure: Named | list[str] | list[Named] | None = None,
    target: Target = TRUTH,
    of: str | None = None,
    rows: int = 2,
    start: int | None = None,
    steps: Sequence[int] = STEPS,
    draws: int = 8,
    frequencies: Mapping[str, float] | None = None,
    seed: int = 0,
    keep: str | Path | None = None,
    client: Any = None,
    progress: bool = True,
) -> Check | dict[str, Check]:
    """Compare a measure's scores with the effects of exchanging inputs and rerunning the model.

    A few outputs of each text are chosen at random. Every input that such an output reads is
    replaced by each symbol, and the model reads the whole changed text. The mean over symbols, by
    their frequency, gives the true effect of the input on the explained number: the log probability
    of the class, the difference of the log probabilities of two compared classes, or the prediction
    of a model of one number. If more than 64 symbols occur, 32 are drawn, and a note gives the
    standard error. Then the k inputs that the measure ranks first are exchanged together, as are
    the k nearest inputs and k random ones.

    A text with exchanged symbols is often nonsense ("wzrd"), which the model was not trained on.
    Measures may disagree entirely with each other; docs/methods.md shows how ours compare.

    Args:
        model: The model.
        texts: The texts. They must be independent of each other, because intervals come from
            resampling them.
        measure: The measure; see `rv.connectivity`. A list of measures shares the reruns. The
            model's own measure (`model.by`) takes precedence.
        target: What is explained; see `rv.connectivity`. With `rv.TRUTH`, outputs that have a truth
            are checked, if any have one.
        of: Which number of the target the measure explains; see `rv.connectivity`. True effects are
            on log probabilities in any case.
        rows: The number of outputs that are checked in each text.
        start: The first output that may be checked; default: the middle of the text. A model with
            one output for the whole text has only that.
        steps: The numbers k of inputs that are exchanged together.
        draws: The number of draws that each k is averaged over.
        frequencies: The frequency of each input symbol, in any unit. Other symbols are not drawn.
            Default: how often they occur in the texts. For a model of vectors, all steps of its
            text are drawn equally often.
        seed: Seeds the choice of outputs, the draws, random orders, random classes and the weights
            of the re-initialised model.
        keep: A file to which the result of each text is written. After an interruption the same
            call continues from it. One check at a time can write to it.
        client: A `dask.distributed.Client` whose workers, which need this package, share the texts.
            The result is the same. Default: one text after the other in this process.
        progress: Whether to show a progress bar.

    Returns:
        The figures, with intervals. For a list of measures a dictionary with one for each, by name.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or `texts` is a single string.
        ValueError: If there are no texts, a text can't be read, no output reads two inputs that can
            be exchanged, there is only one symbol, a measure can't serve the model, an option is
            out of range, or `keep` belongs to another check or has a damaged line.
        BlockingIOError: If another check is writing to `keep`.
        FloatingPointError: If the model gives NaN for a text or a changed text.
        RuntimeError: If the module fails on a changed text; the cause is attached.

    Example:
        >>> check(model, texts, measure="occlusion").sign_agreement()  # doctest: +SKIP
    """
    check_model(model)
    # The model may be refreshed meanwhile; all texts are read with the same weights.
    model = model.snapshot()
    texts = checked_texts(texts)
    settings = _settings(rows, start, steps, draws, seed)
    checked = as_target(target)
    several = isinstance(measure, list)
    asked = measure if isinstance(measure, list) else [measure]
    scorings = _scorings(model, [Question(checked, each, of) for each in asked])
    tokens = []
    for number, text in enumerate(texts):
        with numbered(number):
            tokens.append(model.tokens(text))
    replacements = drawn_symbols_of(model, tokens, frequencies)
    twin, notes = _twin(model, seed)
    questions = {name: question for name, (question, _) in scorings.items()}
    work = CheckWork(questions, replacements, settings, twin)

    def kept() -> Kept[TextCheck]:
        assert keep is not None
        positions = [len(each) for each in tokens]
        expected = ExpectedChecks(positions, len(settings.steps), draws, list(questions))
        return Kept(Path(keep), _identity(model, texts, work), expected)

    found = over_texts(
        check_text,
        texts,
        model,
        work,
        kept=None if keep is None else kept,
        client=client,
        progress=progress,
    )
    notes += _notes(model, found, replacements)
    each = {
        name: Check(
            name=model.name,
            measure=name,
            signed=scoring.measure.signed,
            target=repr(checked),
            of=scoring.quantity.name,
            steps=list(settings.steps),
            replacements=replacements.words,
            texts=found,
            notes=notes,
        )
        for name, (_, scoring) in scorings.items()
    }
    return each if several else next(iter(each.values()))


def _settings(
    rows: int, start: int | None, steps: Sequence[int], draws: int, seed: int
) -> CheckSettings:
    for name, value in {"rows": rows, "draws": draws}.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a natural number; got {value!r}")
    if start is not None and start < 0:
        raise ValueError(f"start must be at least 0; got {start}")
    steps = list(steps)
    if not steps or any(not isinstance(k, int) or k < 1 for k in steps):
        raise ValueError(f"steps must be natural numbers, one at least; got {steps!r}")
    if steps != sorted(set(steps)):
        raise ValueError(f"steps must ascend, each once; got {steps!r}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}")
    return CheckSettings(rows, start, steps, draws, seed)


def _scorings(
    model: SequenceModel, questions: Sequence[Question]
) -> dict[str, tuple[Question, Scoring]]:
    if not questions:
        raise ValueError("measure is empty: expected at least one measure's name")
    every = [(question, question.scoring(model)) for question in questions]
    return {scoring.measure.name: (question, scoring) for question, scoring in every}


def _twin(model: SequenceModel, seed: int) -> tuple[SequenceModel | None, list[str]]:
    try:
        return null_twin(model, seed), []
    except (ValueError, TypeError, RuntimeError) as error:
        return None, [f"no correlation with a re-initialised model: {error}"]


def _identity(model: SequenceModel, texts: Sequence[str], work: CheckWork) -> dict[str, Any]:
    replaced = work.replacements
    return {
        "kind": KIND,
        **model_and_texts(model, texts),
        "questions": {name: repr(question) for name, question in work.questions.items()},
        "settings": {**dataclasses.asdict(work.settings)},
        "frequencies": [replaced.ids.tolist(), replaced.shares.tolist()],
    }


def _notes(
    model: SequenceModel, found: Sequence[TextCheck], replacements: DrawnSymbols
) -> list[str]:
    rows = [row for text in found for row in text.rows]
    if not rows:
        raise ValueError(
            f"nothing can be checked: no output of these {len(found)} texts reads two inputs that "
            f"can be exchanged, as far as {model.name} reads them. Give longer texts, or a smaller "
            "start="
        )
    notes = list(dict.fromkeys(note for text in found for note in text.notes))
    short = sum(not text.rows for text in found)
    if short:
        notes.append(f"{short} of {len(found)} texts are too short to check, and do not count")
    if not replacements.exact:
        error = sum(row.error for row in rows) / len(rows)
        notes.append(
            f"of {len(replacements.ids):,} symbols {DRAWN} were drawn by their frequency in each "
            f"input's place, so that a true effect has a standard error of {error:.2g} on average"
        )
    return notes
