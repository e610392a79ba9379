"""Scores as one tidy pandas table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .tables import Block, blocks, check_texts, columns_of, count_pairs, rivals_of, values_of

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]

    from .result import Connectivity


def to_frame(scored: Sequence[Connectivity]) -> DataFrame:
    """Lay scores out with a line for each pair of an output and an input it may depend on.

    The columns are those of the files, see `tables.save`. All that is text is categorical: a line
    takes 36 bytes in single precision (48 in double), a model 0.7 MB for 200 characters and 1.8 GB
    for 10,000, if it is causal; else twice that. `score`, `share` and `scale` have the scores' own
    precision.

    Args:
        scored: What `rv.connectivity` gives, one for each model over one text.

    Raises:
        ImportError: If pandas is missing.
        ValueError: If there are no scores, or there is half of a surrogate pair in a text.
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
    if not scored:
        raise ValueError("there are no scores to lay out; pass those of one model at least")
    for each in scored:
        check_texts(each)
    tokens = list(dict.fromkeys(chain.from_iterable(each.tokens for each in scored)))
    texts = {
        "model": list(dict.fromkeys(each.name for each in scored)),
        "output_token": tokens,
        "input_token": tokens,
        "target": list(dict.fromkeys(chain.from_iterable(each.targets for each in scored))),
        "reason": list(dict.fromkeys(chain.from_iterable(each.reasons for each in scored))),
        "measure": list(dict.fromkeys(each.measure for each in scored)),
        "engine": list(dict.fromkeys(each.engine for each in scored)),
    }
    if "rival" in columns_of(scored):
        rivals = (rivals_of(each).names for each in scored)
        texts["rival"] = list(dict.fromkeys(chain.from_iterable(rivals)))
    if "unit" in columns_of(scored):
        texts["unit"] = list(dict.fromkeys(each.unit or "" for each in scored))
    columns = _columns(scored, texts)
    for name, words in texts.items():
        columns[name] = pd.Categorical.from_codes(columns[name], categories=words)
    return pd.DataFrame(columns, copy=False)


def _columns(scored: Sequence[Connectivity], texts: dict[str, list[str]]) -> dict[str, Any]:
    """All columns, in order; of texts the number of each."""
    single = np.result_type(*(each.scores.dtype for each in scored))
    kinds: dict[str, Any] = {
        "output": np.int32,
        "input": np.int32,
        "score": single,
        "share": single,
        "scale": single,
        "target_probability": np.float32,
        "target_rank": np.int32,
        "rival_probability": np.float32,
        "rival_rank": np.int32,
        "value": single,
    }
    kinds |= {name: np.min_scalar_type(-len(words)) for name, words in texts.items()}
    pairs = [count_pairs(each) for each in scored]
    # Filled in place: what comes out is there once only.
    columns = {name: np.empty(sum(pairs), kinds[name]) for name in columns_of(scored)}
    at = 0
    for each in scored:
        codes = {
            "output_token": _codes(each.tokens, texts["output_token"]),
            "target": _codes(each.targets, texts["target"]),
            "reason": _codes(each.reasons, texts["reason"]),
        }
        if "rival" in texts:
            codes["rival"] = _codes(rivals_of(each).names, texts["rival"])
        same = {name: texts[name].index(word) for name, word in _same(each, texts).items()}
        for block in blocks(each):
            here = slice(at, at + len(block.output))
            for name, values in _values(each, block, codes).items():
                if name in columns:
                    columns[name][here] = values
            for name, number in same.items():
                columns[name][here] = number
            at = here.stop
    return columns


def _same(scored: Connectivity, texts: dict[str, list[str]]) -> dict[str, str]:
    """What all lines of a model say, of what there is a column for."""
    same = {"model": scored.name, "measure": scored.measure, "engine": scored.engine}
    same["unit"] = scored.unit or ""
    return {name: word for name, word in same.items() if name in texts}


def _values(
    scored: Connectivity, block: Block, codes: dict[str, npt.NDArray[np.int64]]
) -> dict[str, npt.NDArray[Any]]:
    s, t = block.output, block.input
    values = {
        "output": s,
        "input": t,
        "score": block.score,
        "share": block.share,
        "scale": block.scale,
        "output_token": codes["output_token"][s],
        "input_token": codes["output_token"][t],
        "target": codes["target"][s],
        "reason": codes["reason"][s],
        "target_probability": scored.target_probabilities[s],
        "target_rank": scored.target_ranks[s],
        "value": values_of(scored)[s],
    }
    if "rival" in codes:
        rivals = rivals_of(scored)
        values["rival"] = codes["rival"][s]
        values["rival_probability"] = rivals.probabilities[s]
        values["rival_rank"] = rivals.ranks[s]
    return values


def _codes(words: Sequence[str], known: Sequence[str]) -> npt.NDArray[np.int64]:
    number = {word: k for k, word in enumerate(known)}
    return np.array([number[word] for word in words], np.int64)
