"""Evaluates a model on texts, one after the other or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.evaluation.evaluation import Evaluation
from rnnviz_widget.evaluation.faithfulness import check as check_measure
from rnnviz_widget.evaluation.kept import Kept, identity
from rnnviz_widget.evaluation.over_texts import checked_texts, over_texts
from rnnviz_widget.evaluation.record import Expected
from rnnviz_widget.evaluation.tally import MemorySettings, Tally, tally_text
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.reading import Question, check_model


@suggest_arguments(text="texts")
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
    """Measure how well a model predicts texts, and how far back its predictions depend on them.

    Each text is read from its beginning. Accuracy and cross entropy are measured at the positions
    that have a truth. Memory is measured at the same positions from `start` on, by the whole
    connectivity of each text. A model with one output for the whole text is counted once for each
    text.

    Args:
        model: The model.
        texts: The texts. They must be independent of each other, because intervals come from
            resampling them. If the truth is a word, they should begin and end with whole words.
        memory: Whether to measure memory too, which computes the connectivity of every text.
        measure: The measure of connectivity; see `rv.connectivity`.
        target: What is explained. With `rv.TRUTH`, memory is measured at positions that have a
            truth. For a model of one number, which has no classes, only memory is measured.
        of: Which number of the target is explained; see `rv.connectivity`. Default: "logit".
        start: The first output of a text that counts for memory; default: 100, or 0 for one output
            for the whole text.
        lags: The largest distance, in characters, with a share of its own.
        check: Whether to compare the measure with reruns of the model too, as `rv.check` does with
            its defaults. The figures are in `Evaluation.check`.
        keep: A file to which the result of each text is written. After an interruption the same
            call continues from it. One evaluation at a time can write to it. The results of `check`
            go to a second file, with ".check" after its name.
        client: A `dask.distributed.Client` whose workers, which need this package, share the texts.
            The result is the same. Default: one text after the other in this process.
        progress: Whether to show a progress bar.

    Returns:
        The figures, with intervals.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or `texts` is a single string.
        ValueError: If there are no texts, a text can't be read, no position has a truth (or none
            counts for memory), or `keep` belongs to another evaluation or has a damaged line.
        BlockingIOError: If another evaluation is writing to `keep`.
        FloatingPointError: If a logit or gradient is not finite.
    """
    check_model(model)
    # The model may be refreshed meanwhile; all texts are read with the same weights.
    model = model.snapshot()
    texts = checked_texts(texts)
    if model.unit is not None and not memory:
        raise ValueError(
            f"{model.name} predicts one number and has no classes, so it has no accuracy. Leave "
            "out memory=False to measure memory; its predictions are in "
            "rv.connectivity(...).values"
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
    """Raise if no position was counted."""
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
            "whole text and predicts the token after it, which the text does not contain. With "
            "SequenceModel(..., window=40) it has an output for each token, computed from the 40 "
            "tokens that end there, and the next token is known"
        )
    advice = 'Give the model a truth ("next", "word" or a callable), or longer texts'
    if model.network.capabilities.one_output:
        advice = "Give the model a truth, a callable that maps the tokens to the text's class"
    if settings is not None:
        targets = settings.target is not TRUTH or any(tally.inside.any() for tally in tallies)
        if model.network.capabilities.one_output and settings.start == 0 and targets:
            raise ValueError(
                f"memory can't be measured: the connectivity of {model.name} is zero on each of "
                f"these {len(tallies)} texts, so its output does not depend on its input (see its "
                "notes). Evaluate with memory=False"
            )
        raise ValueError(
            f"memory can't be measured: from output {settings.start} of each text on, no output "
            "has a target and a row that is not all zero. Give longer texts, a smaller start=, "
            f"target=rv.TOP if the model has no truth, or memory=False. {advice}"
        )
    raise ValueError(
        f"not one position of these {len(tallies)} texts counts: {model.name} has no truth "
        f"there. {advice}"
    )


def _tally(text: str, model: SequenceModel, settings: MemorySettings | None, number: int) -> Tally:
    del number
    return tally_text(model, text, settings)
