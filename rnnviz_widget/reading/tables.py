"""Scores into files of data: CSV, NPZ and Parquet, with target, scale and method.

CSV and Parquet hold one line for each pair of an output and an input that it may depend on: what it
does not read is left out, of a causal model all that comes after the output. NPZ holds the
matrices. Every text comes back as it was; half of a surrogate pair, which Python can hold but no
file of text, is refused.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnviz_widget.files import whole_file
from rnnviz_widget.surrogates import check_surrogates

from .row_source import Floats

if TYPE_CHECKING:
    from .result import Connectivity

SUFFIXES = (".csv", ".npz", ".parquet")
"""The kinds of files that `save` writes."""

FORMAT = "rnnviz_widget scores 1"
_SHARE = "share = abs(score) / scale; scale is the sum of abs(score) over the output's inputs"
# Pairs that are laid out at a time.
_PAIRS = 100_000


def save(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    """Write scores to a file, whole or not at all, of the kind that its name ends in.

    A line of CSV and Parquet has: model; output and input (indices from 0) with output_token and
    input_token; score, in the measure's unit; scale, the sum of abs(score) over the output's
    inputs; share = abs(score) / scale, which colour shows; target, the class explained, with
    target_probability, target_rank (1 is the best) and reason; measure and engine. Where classes
    are compared also rival, the one that the target is compared with, with rival_probability and
    rival_rank. A probability of NaN and a rank of 0: not known, or none. Where a model gives one
    number and has no classes also value, that number (NaN of other models), and its unit.

    An NPZ opens with numpy.load and no pickle: scores (S, T), spans (S, 2), unknown,
    target_probabilities (S,) and target_ranks (S,), of rivals likewise, values (S,), for several
    models with the model's number and a slash before, as "0/scores"; and metadata, JSON with all
    that is text: text, models with tokens, targets, rivals, reasons, predictions, unit, measure and
    what it is, engine and accuracy. Parquet has that JSON under "rnnviz" in its schema's metadata.

    Args:
        scored: What `rv.connectivity` gives, one for each model over one text.
        path: Ends in .csv, .npz or .parquet.

    Raises:
        ImportError: If pyarrow is missing, for Parquet.
        OSError: If the file can't be written.
        ValueError: If the path ends in something else, there is nothing to write, or there is half
            of a surrogate pair in a text.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"a file of data ends in {', '.join(SUFFIXES)}; got {os.fspath(path)!r}")
    if not scored:
        raise ValueError("there are no scores to write; pass those of one model at least")
    for each in scored:
        check_texts(each)
    {".csv": _write_csv, ".npz": _write_npz, ".parquet": _write_parquet}[suffix](scored, path)


def metadata(scored: Sequence[Connectivity]) -> str:
    """What the numbers are, as JSON: all that is text, and how they came about."""
    return json.dumps(
        {
            "format": FORMAT,
            "rnnviz_widget": version("rnnviz-widget"),
            "text": scored[0].text,
            "share": _SHARE,
            "models": [
                {
                    "name": each.name,
                    "tokens": each.tokens,
                    "causal": each.causal,
                    "reads": each.reads.as_dict(),
                    "notes": each.notes,
                    "targets": each.targets,
                    "rivals": each.rivals,
                    "unit": each.unit,
                    "reasons": each.reasons,
                    # JSON has no NaN, which stands for a probability that is not known.
                    "predictions": [
                        [(name, p if p == p else None) for name, p in best]  # noqa: PLR0124
                        for best in each.predictions
                    ],
                    "measure": {"name": each.measure, "label": each.label},
                    "engine": each.engine,
                    "accuracy": vars(each.accuracy),
                }
                for each in scored
            ],
        }
    )


class Block(NamedTuple):
    """Some outputs' pairs: for each its output and input, score, share and scale."""

    output: npt.NDArray[np.int32]
    input: npt.NDArray[np.int32]
    score: Floats
    share: Floats
    scale: Floats


def count_pairs(scored: Connectivity) -> int:
    """How many pairs `blocks` gives in all."""
    return sum(int(_pairs_of(scored, *stretch).sum()) for stretch in _stretches(scored))


def _stretches(scored: Connectivity) -> Iterator[tuple[int, int]]:
    outputs, inputs = scored.scores.shape
    at_once = max(1, _PAIRS // inputs)
    for first in range(0, outputs, at_once):
        yield first, min(first + at_once, outputs)


def _pairs_of(scored: Connectivity, start: int, stop: int) -> npt.NDArray[np.bool_]:
    """Which inputs the outputs from start to below stop may depend on, (stop - start, T)."""
    pairs: npt.NDArray[np.bool_] = scored.reads.mask(start, stop)
    pairs |= scored.scores[start:stop] != 0
    return pairs


def blocks(scored: Connectivity) -> Iterator[Block]:
    """Lay out all pairs, some outputs at a time."""
    for first, stop in _stretches(scored):
        scores = scored.scores[first:stop]
        pairs = _pairs_of(scored, first, stop)
        magnitudes = np.where(pairs, np.abs(scores.astype(np.float64)), 0.0)
        scale = magnitudes.sum(axis=1)
        share = magnitudes / np.where(scale > 0, scale, 1.0)[:, None]
        s, t = np.nonzero(pairs)
        yield Block(
            (s + first).astype(np.int32), t.astype(np.int32), scores[s, t], share[s, t], scale[s]
        )


COLUMNS = (
    "model", "output", "output_token", "input", "input_token", "score", "share", "scale",
    "target", "target_probability", "target_rank", "reason", "measure", "engine",
)  # fmt: skip
RIVAL_COLUMNS = ("rival", "rival_probability", "rival_rank")
"""What comes behind them where classes are compared."""
VALUE_COLUMNS = ("value", "unit")
"""What comes behind them where a model gives one number."""


class RivalColumns(NamedTuple):
    """The classes that targets are compared with, as in `Connectivity`, but always there."""

    names: list[str]
    probabilities: Floats
    ranks: npt.NDArray[np.integer]


def columns_of(scored: Sequence[Connectivity]) -> tuple[str, ...]:
    """The columns that a table of these has."""
    columns: tuple[str, ...] = COLUMNS
    if any(each.rivals is not None for each in scored):
        columns += RIVAL_COLUMNS
    if any(each.values is not None for each in scored):
        columns += VALUE_COLUMNS
    return columns


def values_of(scored: Connectivity) -> Floats:
    """The number at each output, (S,); NaN of a model that has classes."""
    if scored.values is None:
        return np.full(len(scored.targets), np.nan, np.float32)
    return scored.values


def rivals_of(scored: Connectivity) -> RivalColumns:
    """The rivals at each output: "", NaN and 0 where nothing is compared."""
    names, odds, ranks = scored.rivals, scored.rival_probabilities, scored.rival_ranks
    if names is None or odds is None or ranks is None:
        size = len(scored.targets)
        return RivalColumns([""] * size, np.full(size, np.nan, np.float32), np.zeros(size, int))
    return RivalColumns(names, odds, ranks)


def _write_csv(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    with whole_file(path) as file:
        words = io.TextIOWrapper(file, encoding="utf-8", newline="")
        # All that is text in quotes: so nothing in it is a separator, a number or missing.
        writer = csv.writer(words, quoting=csv.QUOTE_NONNUMERIC)
        columns = columns_of(scored)
        writer.writerow(columns)
        for each in scored:
            for block in blocks(each):
                writer.writerows([line[name] for name in columns] for line in _lines(each, block))
        words.flush()
        words.detach()


def _lines(scored: Connectivity, block: Block) -> Iterator[dict[str, Any]]:
    tokens, rivals, values = scored.tokens, rivals_of(scored), values_of(scored)
    for s, t, score, share, scale in zip(*block, strict=True):
        yield {
            "model": scored.name,
            "output": s,
            "output_token": tokens[s],
            "input": t,
            "input_token": tokens[t],
            "score": score,
            "share": share,
            "scale": scale,
            "target": scored.targets[s],
            "target_probability": scored.target_probabilities[s],
            "target_rank": scored.target_ranks[s],
            "reason": scored.reasons[s],
            "measure": scored.measure,
            "engine": scored.engine,
            "rival": rivals.names[s],
            "rival_probability": rivals.probabilities[s],
            "rival_rank": rivals.ranks[s],
            "value": values[s],
            "unit": scored.unit or "",
        }


def _write_npz(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    # Texts are in the JSON: numpy's own would lose zero characters at their ends.
    arrays: dict[str, npt.NDArray[Any]] = {"metadata": np.array(metadata(scored))}
    for number, each in enumerate(scored):
        before = f"{number}/" if len(scored) > 1 else ""
        arrays |= {
            f"{before}scores": each.scores,
            f"{before}spans": np.array(each.spans, np.int32).reshape(-1, 2),
            f"{before}unknown": np.array(each.unknown, np.int32),
            f"{before}target_probabilities": each.target_probabilities,
            f"{before}target_ranks": each.target_ranks,
        }
        if each.values is not None:
            arrays[f"{before}values"] = each.values
        if each.rival_probabilities is not None and each.rival_ranks is not None:
            arrays[f"{before}rival_probabilities"] = each.rival_probabilities
            arrays[f"{before}rival_ranks"] = each.rival_ranks
    with whole_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _write_parquet(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    try:
        import pyarrow as pa  # type: ignore[import-untyped] # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "pyarrow":
            raise
        raise ImportError(
            "Parquet needs pyarrow, which is missing: pip install 'rnnviz-widget[parquet]'; "
            "or write .csv or .npz"
        ) from error

    def table(each: Connectivity, block: Block) -> Any:
        def spread(values: Sequence[Any], at: npt.NDArray[np.int32]) -> Any:
            return pa.array(values).take(pa.array(at))

        def same(word: str) -> Any:
            return pa.array([word]).take(pa.array(np.zeros(len(block.output), np.int32)))

        s, t, rivals = block.output, block.input, rivals_of(each)
        columns = {
            "model": same(each.name),
            "output": s,
            "output_token": spread(each.tokens, s),
            "input": t,
            "input_token": spread(each.tokens, t),
            "score": block.score.astype(np.float64),
            "share": block.share,
            "scale": block.scale,
            "target": spread(each.targets, s),
            "target_probability": each.target_probabilities.astype(np.float64)[s],
            "target_rank": each.target_ranks.astype(np.int32)[s],
            "reason": spread(each.reasons, s),
            "measure": same(each.measure),
            "engine": same(each.engine),
            "rival": spread(rivals.names, s),
            "rival_probability": rivals.probabilities.astype(np.float64)[s],
            "rival_rank": rivals.ranks.astype(np.int32)[s],
            "value": values_of(each).astype(np.float64)[s],
            "unit": same(each.unit or ""),
        }
        return pa.table({name: columns[name] for name in columns_of(scored)})

    tables = (table(each, block) for each in scored for block in blocks(each))
    first = next(tables)
    schema = first.schema.with_metadata({"rnnviz": metadata(scored)})
    with whole_file(path) as file, parquet.ParquetWriter(file, schema) as writer:
        writer.write_table(first)
        for each in tables:
            writer.write_table(each)


def check_texts(scored: Connectivity) -> None:
    """Refuse half of a surrogate pair.

    Raises:
        ValueError: If there is one, in which text and where.
    """
    texts = {
        "the text": [scored.text],
        "a model's name": [scored.name],
        "a target": [*scored.targets, *(scored.rivals or ())],
        "a unit": [scored.unit or ""],
        "a prediction": [name for best in scored.predictions for name, _ in best],
        "a reason": scored.reasons,
        "a note": scored.notes,
    }
    for what, words in texts.items():
        for each in words:
            check_surrogates(each, what)
