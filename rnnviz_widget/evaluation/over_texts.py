"""Runs a function on each text, in this process or on a Dask cluster, and stores the results."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

from tqdm.auto import tqdm

from rnnviz_widget.models import SequenceModel

from .kept import Kept, Record
from .tally import numbered

R = TypeVar("R", bound=Record)
S = TypeVar("S")

Count = Callable[[str, SequenceModel, S, int], R]
"""Computes the record of one text from (text, model, settings, index of the text)."""


def over_texts(
    count: Count[S, R],
    texts: Sequence[str],
    model: SequenceModel,
    settings: S,
    *,
    kept: Callable[[], Kept[R]] | None,
    client: Any,
    progress: bool,
) -> list[R]:
    """Compute the record of each text, in the order of the texts.

    Args:
        count: Computes a record. It must be a function of a module, so that it can be pickled.
        texts: The texts.
        model: The model.
        settings: Passed to `count`.
        kept: Opens the file that stores the records; None: they are not stored.
        client: A `dask.distributed.Client`; None: one text after the other in this process.
        progress: Whether to show a progress bar.

    Raises:
        ValueError, BlockingIOError, FloatingPointError: As `count` and `Kept` do.
    """
    done: dict[int, R] = {}
    with contextlib.ExitStack() as stack:
        file = None if kept is None else stack.enter_context(kept())
        if file is not None:
            done = file.tallies
        todo = [text for text in range(len(texts)) if text not in done]
        some = {text: texts[text] for text in todo}
        found = stack.enter_context(
            contextlib.closing(_found(count, some, model, settings, client))
        )
        bar = stack.enter_context(
            tqdm(
                total=len(texts), initial=len(texts) - len(todo), unit="text", disable=not progress
            )
        )
        if file is not None:
            for _ in file.adding(found):
                bar.update()
        else:
            for text, one in found:
                done[text] = one
                bar.update()
    return [done[text] for text in range(len(texts))]


def _found(
    count: Count[S, R],
    texts: Mapping[int, str],
    model: SequenceModel,
    settings: S,
    client: Any,
) -> Generator[tuple[int, R]]:
    if client is None:
        for number, text in texts.items():
            yield number, _one(text, model, settings, number, count)
        return
    if not texts:
        return
    from distributed import as_completed  # noqa: PLC0415 - whoever has a client has it

    shared = client.scatter([model, settings], broadcast=True, hash=False)
    numbers = {
        client.submit(_one, text, *shared, number, count, pure=False): number
        for number, text in texts.items()
    }
    try:
        for future in as_completed(list(numbers)):  # type: ignore[no-untyped-call]
            yield numbers[future], future.result()
    finally:
        client.cancel([*numbers, *shared])


def _one(text: str, model: SequenceModel, settings: S, number: int, count: Count[S, R]) -> R:
    with numbered(number):
        return count(text, model, settings, number)


def checked_texts(texts: Sequence[str]) -> list[str]:
    """Check texts and make a list of them.

    Raises:
        TypeError: If they are one string, or something else than strings.
        ValueError: If there are none.
    """
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
