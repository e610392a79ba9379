"""Writing scores to files of data: CSV, NPZ and Parquet.

CSV and Parquet have one line for each pair of an output and an input that it reads; in a causal
model there are none for later inputs. NPZ has the matrices. Every text can be read back unchanged.
Half of a surrogate pair is refused: Python strings can hold one, but no text file can.
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
"""The suffixes of the files that `save` writes."""

FORMAT = "rnnviz_widget scores 1"
_SHARE = "share = abs(score) / scale; scale is the sum of abs(score) over the output's inputs"


def save(scored: Sequence[Connectivity], path: str | os.PathLike[str]) -> None:
    """Write scores to a file, complete or not at all, in the format of its suffix.

    A line of CSV and Parquet has: model; output and input (indices from 0) with output_token and
    input_token; score, in the measure's unit; scale, the sum of abs(score) over the output's
    inputs; share = abs(score) / scale, which colour shows; target, the class explained, with
    target_probability, target_rank (1 is the best) and reason; measure, of (which number of the
    target is explained) and engine. Contrasts add rival, the class that the target is compared
    with, with rival_probability and rival_rank. A probability of NaN and a rank of 0 mean: not
    known, or none. Models that give one number add value, that number (NaN for other models), and
    its unit.

    An NPZ is opened by numpy.load without pickle. It has scores (R, T) and outputs (R,), the index
    of the output of each row; spans (S, 2), unknown, target_probabilities (S,) and target_ranks
    (S,), the same of rivals, and values (S,). With several models each name begins with the model's
    number and a slash, as in "0/scores". All text is in metadata, as JSON: the text, and for each
    model its tokens, targets, rivals, reasons, predictions, unit, measure, engine and accuracy.
    Parquet has this JSON under "rnnviz" in its schema's metadata.

    Args:
        scored: Results of `rv.connectivity`, one for each model, on one text.
        path: Ends in .csv, .npz or .parquet.

    Raises:
        ImportError: If pyarrow is not installed, for Parquet.
        OSError: If the file can't be written.
        ValueError: If the path ends in something else, there is nothing to write, or a text
            contains half of a surrogate pair.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"the file must end in {', '.join(SUFFIXES)}; got {os.fspath(path)!r}")
    if not scored:
        raise ValueError("there are no scores to write; pass those of at least one model")
    for each in scored:
        check_texts(each)
    {".csv": _write_csv, ".npz": _write_npz, ".parquet": _write_parquet}[suffix](scored, path)


def metadata(scored: Sequence[Connectivity]) -> str:
    """All text, and what the numbers are, as JSON."""
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
                    # JSON has no NaN: null stands for a probability that is not known.
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
        # All text is quoted, so that none of it reads as a separator, a number or a missing value.
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
    # Texts are in the JSON: numpy's strings lose NUL characters at their ends.
    arrays: dict[str, npt.NDArray[Any]] = {"metadata": np.array(metadata(scored))}
    for number, each in enumerate(scored):
        before = f"{number}/" if len(scored) > 1 else ""
        arrays |= {
            f"{before}scores": each.scores,
            f"{before}outputs": np.array(each.outputs, np.int32),
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
        # Dictionary-encoded: each text is stored once.
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
    """Refuse texts with half of a surrogate pair.

    Raises:
        ValueError: If there is one; the message says in which text and where.
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
