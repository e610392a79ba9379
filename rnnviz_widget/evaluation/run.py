"""Evaluating a model on texts: one after the other, or over a Dask client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnviz_widget.evaluation.evaluation import Evaluation
from rnnviz_widget.evaluation.faithfulness import check as check_measure
from rnnviz_widget.evaluation.kept import Kept, identity
from rnnviz_widget.evaluation.over_texts import checked_texts, over_texts
from rnnviz_widget.evaluation.record import Expected
from rnnviz_widget.evaluation.tally import MemorySettings, Tally, tally_text
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.reading import Question, check_model


def evaluate(
    model: SequenceModel,
    texts: Sequence[str],
    *,
    memory: bool = True,
    measure: str = "norm",
    target: Target = TRUTH,
    of: str | None = None,
    start: int | None = None,
    lags: int = 100,
    check: bool = False,
    keep: str | Path | None = None,
    client: Any = None,
    progress: bool = True,
) -> Evaluation:
    """Measure how well a model predicts texts, and what it remembers of them.

    Each text is read from its beginning. Accuracy and cross entropy are taken where the model has
    a truth; memory numbers, from the whole connectivity of each text, at the same positions from
    `start` on. A model with one output for the whole text is counted once a text.

    Args:
        model: The model.
        texts: The texts, each independent of the others: intervals come from resampling them. Let
            them begin and end with whole words if the truth is a word.
        memory: Whether to count memory too; it takes the connectivity of every text.
        measure: The measure of connectivity; see `rv.connectivity`.
        target: What is explained. For `rv.TRUTH`, memory is counted where there is one; of a model
            that gives one number and has no classes, nothing but memory is counted.
        of: Which number of the target; see `rv.connectivity`. Default: "logit".
        start: The first output of a text whose memory counts; default: 100, and of one output
            for the whole text, which stands at its last token, 0.
        lags: The largest distance in characters that is told apart.
        check: Whether to hold the measure against reruns of the model too, as `rv.check` does by
            default; the figures are then in `Evaluation.check`.
        keep: A file to write to as texts are done. The same call goes on from it after an
            interruption. One evaluation writes to it at a time. What is checked goes to a file
            beside it, whose name ends with ".check".
        client: A `dask.distributed.Client`, to spread the texts over its workers, which need this
            package installed; the result is the same. Default: one after the other, here.
        progress: Whether to draw a bar.

    Returns:
        The figures, with intervals.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or the texts are one string.
        ValueError: If there are no texts, one can't be read, no position counts (or none for
            memory, if that is asked for), or `keep` is the file of another evaluation or damaged:
            the message names the line.
        BlockingIOError: If another evaluation is writing to `keep`.
        FloatingPointError: If the model gives a logit or gradient that is not finite.
    """
    check_model(model)
    # All texts by the same weights, though it may be refreshed meanwhile.
    model = model.snapshot()
    texts = checked_texts(texts)
    if model.unit is not None and not memory:
        raise ValueError(
            f"{model.name} gives one number and has no classes, so that there is no accuracy to "
            "count; leave out memory=False for what it remembers, and compare its numbers with the "
            "right ones from rv.connectivity(...).values"
        )
    whole = model.network.capabilities.one_output
    if start is None:
        start = 0 if whole else MemorySettings.start
    if start < 0 or lags < 0:
        raise ValueError(f"start and lags must be at least 0; got {start} and {lags}")
    settings = None
    if memory:
        asked = Question(as_target(target), measure, of)
        of = asked.scoring(model).quantity.name
        settings = MemorySettings(measure, asked.target, start, lags, of)

    def kept() -> Kept[Tally]:
        assert keep is not None
        which = identity(model, texts, settings)
        positions = [len(model.tokens(text)) for text in texts]
        expected = Expected(positions, 0 if settings is None else lags + 2)
        return Kept(Path(keep), which, expected)

    ordered = over_texts(
        _tally,
        texts,
        model,
        settings,
        kept=None if keep is None else kept,
        client=client,
        progress=progress,
    )
    _check_counted(model, ordered, settings)
    beside = None if keep is None else Path(keep).with_name(f"{Path(keep).name}.check")
    checked = (
        check_measure(
            model,
            texts,
            measure=measure,
            target=target,
            of=of,
            keep=beside,
            client=client,
            progress=progress,
        )
        if check
        else None
    )
    return Evaluation(model.name, ordered, sum(map(len, texts)), settings, whole, checked)


def _check_counted(
    model: SequenceModel, tallies: Sequence[Tally], settings: MemorySettings | None
) -> None:
    """Refuse what nothing was counted of."""
    if any(t.rows.any() or (settings is None and (t.inside + t.outside).any()) for t in tallies):
        return
    followed = settings is None or settings.target is TRUTH
    if (
        model.network.capabilities.one_output
        and model.truth == "next"
        and model.unit is None
        and followed
    ):
        raise ValueError(
            f"nothing counts in these {len(tallies)} texts: {model.name} has one output for a "
            "whole text and predicts what follows that, which no text holds. With "
            "SequenceModel(..., window=40) it has an output for each token, of the 40 that end "
            "there, and what follows is known"
        )
    advice = 'Give the model a truth ("next", "word" or a callable), or longer texts'
    if model.network.capabilities.one_output:
        advice = "Give the model a truth, a callable that maps the tokens to the text's class"
    if settings is not None:
        targets = settings.target is not TRUTH or any(tally.inside.any() for tally in tallies)
        if model.network.capabilities.one_output and settings.start == 0 and targets:
            raise ValueError(
                f"memory can't be counted: the connectivity of {model.name} is zero on each of "
                f"these {len(tallies)} texts, so that its output does not depend on what it reads "
                "(see its notes). Evaluate with memory=False"
            )
        raise ValueError(
            f"memory can't be counted: not one output from number {settings.start} of a text on "
            "has a target and a connectivity that is not all zero. Give longer texts, a smaller "
            f"start=, target=rv.TOP where the model has no truth, or memory=False. {advice}"
        )
    raise ValueError(
        f"not one position of these {len(tallies)} texts counts: {model.name} has no truth "
        f"there. {advice}"
    )


def _tally(text: str, model: SequenceModel, settings: MemorySettings | None, number: int) -> Tally:
    del number
    return tally_text(model, text, settings)
