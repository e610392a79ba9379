"""rv.check: what measures say of a model, held against really running it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

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
    """Hold what a measure says of a model against really running it on changed texts.

    Of some outputs of each text, chosen at random, every input that they read is exchanged for each
    symbol, and the model reads the whole text again. The mean over the symbols by their frequency
    is the input's true effect on what is explained: on the log-probability of the class, or on the
    difference of those of two that are compared; of a model of one number, on that. Where more than
    64 symbols occur, 32 are drawn instead, and a note says so. Then the k inputs that a measure
    names first are exchanged together, for draws by frequency, as are the k nearest ones and k at
    random.

    An exchanged text is one that the model may never have seen the like of: "wzrd" is no word.
    Measures may disagree entirely with each other; docs/methods.md has what was measured of ours.

    Args:
        model: The model.
        texts: The texts, each independent of the others: intervals come from resampling them.
        measure: The measure, by name; see `rv.connectivity`. Or a list of such, which are all held
            against the same runs. The model's own, if it has one (`model.by`), goes before it.
        target: What is explained; see `rv.connectivity`. For `rv.TRUTH`, outputs that have one are
            checked, if there are any.
        of: Which number of the target the measure explains; see `rv.connectivity`. True effects are
            on log-probabilities all the same.
        rows: How many outputs of each text are checked.
        start: The first output that may be; default: the middle of the text. Of one output for the
            whole text there is only that.
        steps: How many inputs are exchanged together, k.
        draws: How many draws each k is averaged over.
        frequencies: How often to draw each input symbol; those not named are not drawn. Default: as
            often as they stand in the texts. Of a model of vectors other steps of its text are
            drawn, each as often.
        seed: For outputs, draws, random orders, random classes and the twin's weights.
        keep: A file to write to as texts are done. The same call goes on from it after an
            interruption. One check writes to it at a time.
        client: A `dask.distributed.Client`, to spread the texts over its workers, which need this
            package installed; the result is the same. Default: one after the other, here.
        progress: Whether to draw a bar.

    Returns:
        The figures, with intervals; of a list of measures one for each, by its name.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or the texts are one string.
        ValueError: If there are no texts, one can't be read, no output reads two inputs that can be
            exchanged, there is only one symbol to draw, a measure can't serve the model, or `keep`
            is the file of another check or damaged: the message names the line.
        BlockingIOError: If another check is writing to `keep`.
        FloatingPointError: If the model gives NaN, at first or on a changed text.
        RuntimeError: If the module fails on a changed text; the cause is attached.

    Example:
        >>> check(model, texts, measure="occlusion").sign_agreement()  # doctest: +SKIP
    """
    check_model(model)
    # All texts by the same weights, though it may be refreshed meanwhile.
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
        return None, [f"no correlation with weights made anew: {error}"]


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
