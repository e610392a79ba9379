"""Scores as one tidy pandas table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from .columns import NO_PAIRS, Column, blocks, columns_of, count_pairs
from .tables import check_texts

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]

    from .result import Connectivity


def to_frame(scored: Sequence[Connectivity]) -> DataFrame:
    """Make a table with a line for each pair of an output and an input it may depend on.

    The columns are those of the files, see `tables.save`. All text is categorical: a line takes 36
    bytes in single precision (48 in double). A causal model takes 0.7 MB for 200 characters and 1.8
    GB for 10,000; others twice that. `score`, `share` and `scale` have the scores' own precision.

    Args:
        scored: Results of `rv.connectivity`, one for each model, on one text.

    Raises:
        ImportError: If pandas is not installed.
        ValueError: If there are no scores, or a text contains half of a surrogate pair.
    """
    pd = pandas_module()
    if not scored:
        raise ValueError("there are no scores for a table; pass those of at least one model")
    for each in scored:
        check_texts(each)
    columns = columns_of(scored)
    texts = _texts(scored, columns)
    values = _values(scored, columns, texts)
    for name, words in texts.items():
        values[name] = pd.Categorical.from_codes(values[name], categories=words)
    return pd.DataFrame(values, copy=False)


def pandas_module() -> Any:
    """pandas, which is an extra.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "pandas":
            raise
        raise ImportError(
            "a table needs pandas, which is missing: pip install 'rnnviz-widget[frames]'; or "
            "write .csv or .npz with save"
        ) from error
    return pd


def _texts(scored: Sequence[Connectivity], columns: Sequence[Column]) -> dict[str, list[str]]:
    """The different texts in each column of texts."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if column.kind == "text":
            each = [column.found(one, NO_PAIRS) for one in scored]
            words = each if column.of == "model" else chain.from_iterable(each)
            found[column.name] = list(dict.fromkeys(words))
    return found


def _values(
    scored: Sequence[Connectivity], columns: Sequence[Column], texts: dict[str, list[str]]
) -> dict[str, Any]:
    """All columns, in order; of texts, the index of each."""
    single = np.result_type(*(each.scores.dtype for each in scored))
    kinds: dict[str, Any] = {"int": np.int32, "probability": np.float32, "float": single}
    pairs = [count_pairs(each) for each in scored]
    # Filled in place, so that the table is in memory only once.
    found = {
        column.name: np.empty(
            sum(pairs),
            np.min_scalar_type(-len(texts[column.name]))
            if column.kind == "text"
            else kinds[column.kind],
        )
        for column in columns
    }
    at = 0
    for each in scored:
        coded = [_coded(column, each, texts) for column in columns]
        for block in blocks(each):
            here = slice(at, at + len(block.output))
            for column in coded:
                found[column.name][here] = column.at(each, block)
            at = here.stop
    return found


def _coded(column: Column, scored: Connectivity, texts: dict[str, list[str]]) -> Column:
    """A column of texts as a column of their indices."""
    if column.kind != "text":
        return column
    number = {word: k for k, word in enumerate(texts[column.name])}
    given = column.found(scored, NO_PAIRS)
    codes = number[given] if column.of == "model" else [number[word] for word in given]
    return replace(column, kind="int", values=lambda *_: codes, optional=lambda _: True)
