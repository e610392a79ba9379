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
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rnnviz_widget.files import whole_file
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.surrogates import check_surrogates

from .columns import Block, Column, blocks, columns_of

if TYPE_CHECKING:
    from .result import Connectivity

SUFFIXES = (".csv", ".npz", ".parquet")
"""The kinds of files that `save` writes."""

FORMAT = "rnnviz_widget scores 1"
_SHARE = "share = abs(score) / scale; scale is the sum of abs(score) over the output's inputs"


def save(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    """Write scores to a file, whole or not at all, of the kind that its name ends in.

    A line of CSV and Parquet has: model; output and input (indices from 0) with output_token and
    input_token; score, in the measure's unit; scale, the sum of abs(score) over the output's
    inputs; share = abs(score) / scale, which colour shows; target, the class explained, with
    target_probability, target_rank (1 is the best) and reason; measure, of (which number of the
    target is explained) and engine. Where classes
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
                    "reads": pack(each.reads),
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
                    "measure": {"name": each.measure, "of": each.of, "label": each.label},
                    "engine": each.engine,
                    "accuracy": vars(each.accuracy),
                }
                for each in scored
            ],
        }
    )


def _write_csv(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    with whole_file(path) as file:
        words = io.TextIOWrapper(file, encoding="utf-8", newline="")
        # All that is text in quotes: so nothing in it is a separator, a number or missing.
        writer = csv.writer(words, quoting=csv.QUOTE_NONNUMERIC)
        columns = columns_of(scored)
        writer.writerow([column.name for column in columns])
        for each in scored:
            for block in blocks(each):
                values = [column.at(each, block) for column in columns]
                writer.writerows(zip(*values, strict=True))
        words.flush()
        words.detach()


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

    columns = columns_of(scored)

    def values(column: Column, each: Connectivity, block: Block) -> Any:
        found = column.found(each, block)
        if column.kind != "text":
            kind = np.int32 if column.kind == "int" else np.float64
            return np.asarray(column.at(each, block)).astype(kind)
        # Each text once, and where it stands.
        if column.of == "model":
            return pa.array([found]).take(pa.array(np.zeros(len(block.output), np.int32)))
        return pa.array(found).take(
            pa.array(block.output if column.of == "output" else block.input)
        )

    def table(each: Connectivity, block: Block) -> Any:
        return pa.table({column.name: values(column, each, block) for column in columns})

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
