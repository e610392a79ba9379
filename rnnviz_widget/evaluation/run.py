"""Evaluating a model on texts: one after the other, or over a Dask client."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from rnnviz_widget.connectivity import check_model
from rnnviz_widget.evaluation.evaluation import Evaluation
from rnnviz_widget.evaluation.kept import Kept, identity
from rnnviz_widget.evaluation.record import Expected
from rnnviz_widget.evaluation.tally import MemorySettings, Tally, numbered, tally_text
from rnnviz_widget.models import TRUTH, SequenceModel, Target


def evaluate(
    model: SequenceModel,
    texts: Sequence[str],
    *,
    memory: bool = True,
    measure: str = "norm",
    target: Target = TRUTH,
    start: int = 100,
    lags: int = 100,
    keep: str | Path | None = None,
    client: Any = None,
    progress: bool = True,
) -> Evaluation:
    """Measure how well a model predicts texts, and what it remembers of them.

    Each text is read from its beginning. Accuracy and cross entropy are taken where the model has
    a truth; memory numbers, from the whole connectivity of each text, at the same positions from
    `start` on.

    Args:
        model: The model.
        texts: The texts, each independent of the others: intervals come from resampling them. Let
            them begin and end with whole words if the truth is a word.
        memory: Whether to count memory too; it takes the connectivity of every text.
        measure: The measure of connectivity; see `rv.connectivity`.
        target: What is explained. For `rv.TRUTH`, memory is counted where there is one.
        start: The first output of a text whose memory counts.
        lags: The largest distance in characters that is told apart.
        keep: A file to write to as texts are done. The same call goes on from it after an
            interruption. One evaluation writes to it at a time.
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
    texts = _checked(texts)
    if start < 0 or lags < 0:
        raise ValueError(f"start and lags must be at least 0; got {start} and {lags}")
    settings = MemorySettings(measure, target, start, lags) if memory else None
    tallies: dict[int, Tally] = {}
    with contextlib.ExitStack() as stack:
        kept = None
        if keep is not None:
            which = identity(model, texts, settings)
            positions = [len(model.tokens(text)) for text in texts]
            expected = Expected(positions, 0 if settings is None else lags + 2)
            kept = stack.enter_context(Kept(Path(keep), which, expected))
            tallies = kept.tallies
        todo = [text for text in range(len(texts)) if text not in tallies]
        found = stack.enter_context(
            contextlib.closing(_found(model, texts, todo, settings, client))
        )
        bar = stack.enter_context(
            tqdm(
                total=len(texts), initial=len(texts) - len(todo), unit="text", disable=not progress
            )
        )
        if kept is not None:
            for _ in kept.adding(found):
                bar.update()
        else:
            for text, tally in found:
                tallies[text] = tally
                bar.update()
    ordered = [tallies[text] for text in range(len(texts))]
    if memory and not any(tally.rows.any() for tally in ordered):
        raise ValueError(
            f"memory can't be counted: not one output from number {start} of a text on has a "
            "target and a connectivity that is not all zero. Give longer texts, a smaller start=, "
            "target=rv.TOP where the model has no truth, or memory=False"
        )
    if not any(t.inside.any() or t.outside.any() or t.rows.any() for t in ordered):
        raise ValueError(
            f"not one position of these {len(texts)} texts counts: {model.name} has no truth "
            'there. Give the model a truth ("next", "word" or a callable), or longer texts'
        )
    return Evaluation(model.name, ordered, sum(map(len, texts)), settings)


def _checked(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError("texts must be a list of strings; got one string: pass [text]")
    texts = list(texts)
    if not texts:
        raise ValueError("texts is empty: expected at least one text")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"texts must be strings; number {number} is {text!r} ({type(text).__name__})"
            )
    return texts


def _found(
    model: SequenceModel,
    texts: Sequence[str],
    todo: Sequence[int],
    settings: MemorySettings | None,
    client: Any,
) -> Generator[tuple[int, Tally]]:
    if client is None:
        for number in todo:
            yield number, _tally(texts[number], model, settings, number)
        return
    if not todo:
        return
    from distributed import as_completed  # noqa: PLC0415 - whoever has a client has it

    [shared] = client.scatter([model], broadcast=True, hash=False)
    numbers = {
        client.submit(_tally, texts[number], shared, settings, number, pure=False): number
        for number in todo
    }
    try:
        for future in as_completed(list(numbers)):  # type: ignore[no-untyped-call]
            yield numbers[future], future.result()
    finally:
        client.cancel([*numbers, shared])


def _tally(text: str, model: SequenceModel, settings: MemorySettings | None, number: int) -> Tally:
    with numbered(number):
        return tally_text(model, text, settings)
