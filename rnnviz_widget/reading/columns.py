"""The columns of a table of scores, defined once for CSV, Parquet and pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .row_source import Floats

if TYPE_CHECKING:
    from .result import Connectivity

PAIRS_AT_ONCE = 100_000
"""How many pairs are converted at a time."""


class Block(NamedTuple):
    """The pairs of some outputs: output, input, score, share and scale of each pair."""

    output: npt.NDArray[np.int32]
    input: npt.NDArray[np.int32]
    score: Floats
    share: Floats
    scale: Floats


_NONE: npt.NDArray[np.int32] = np.zeros(0, np.int32)
NO_PAIRS = Block(_NONE, _NONE, _NONE.astype(float), _NONE.astype(float), _NONE.astype(float))


@dataclass(frozen=True)
class Column:
    """A column of a table with a line for each pair of an output and an input.

    Attributes:
        name: Its name.
        kind: "text", or the type of its numbers: "int", "float" in the scores' own precision, or
            "probability".
        of: Whether it has one value for each model, output, input or pair.
        values: Computes this value or these values; of pairs, from a block.
        optional: Whether a model has such values; the column is left out if no model has.
        missing: The value for models that have none.
    """

    name: str
    kind: Literal["text", "int", "float", "probability"]
    of: Literal["model", "output", "input", "pair"]
    values: Callable[[Connectivity, Block], Any]
    optional: Callable[[Connectivity], bool] = lambda _: True
    missing: Any = None

    def found(self, scored: Connectivity, block: Block) -> Any:
        """The value of a model, or the values of its outputs, its inputs or a block's pairs."""
        if self.optional(scored):
            return self.values(scored, block)
        return self.missing if self.of == "model" else [self.missing] * len(scored.tokens)

    def at(self, scored: Connectivity, block: Block) -> Any:
        """The value of each pair of a block; text as an array of objects."""
        found = self.found(scored, block)
        if self.of == "pair":
            return found
        # As objects: numpy's strings lose NUL characters at their ends.
        kind = object if self.kind == "text" else None
        if self.of == "model":
            return np.array([found], kind)[np.zeros_like(block.output)]
        return np.asarray(found, kind)[block.output if self.of == "output" else block.input]


def _compares(scored: Connectivity) -> bool:
    return scored.rivals is not None


def _gives_number(scored: Connectivity) -> bool:
    return scored.values is not None


COLUMNS = (
    Column("model", "text", "model", lambda c, _: c.name),
    Column("output", "int", "pair", lambda _, b: b.output),
    Column("output_token", "text", "output", lambda c, _: c.tokens),
    Column("input", "int", "pair", lambda _, b: b.input),
    Column("input_token", "text", "input", lambda c, _: c.tokens),
    Column("score", "float", "pair", lambda _, b: b.score),
    Column("share", "float", "pair", lambda _, b: b.share),
    Column("scale", "float", "pair", lambda _, b: b.scale),
    Column("target", "text", "output", lambda c, _: c.targets),
    Column("target_probability", "probability", "output", lambda c, _: c.target_probabilities),
    Column("target_rank", "int", "output", lambda c, _: c.target_ranks),
    Column("reason", "text", "output", lambda c, _: c.reasons),
    Column("measure", "text", "model", lambda c, _: c.measure),
    Column("of", "text", "model", lambda c, _: c.of),
    Column("engine", "text", "model", lambda c, _: c.engine),
    Column("rival", "text", "output", lambda c, _: c.rivals, _compares, ""),
    Column(
        "rival_probability",
        "probability",
        "output",
        lambda c, _: c.rival_probabilities,
        _compares,
        np.nan,
    ),
    Column("rival_rank", "int", "output", lambda c, _: c.rival_ranks, _compares, 0),
    Column("value", "float", "output", lambda c, _: c.values, _gives_number, np.nan),
    Column("unit", "text", "model", lambda c, _: c.unit, _gives_number, ""),
)


def columns_of(scored: Sequence[Connectivity]) -> list[Column]:
    """The columns of a table with these models."""
    return [column for column in COLUMNS if any(map(column.optional, scored))]


def count_pairs(scored: Connectivity) -> int:
    """The number of pairs that `blocks` yields in all."""
    return sum(int(_pairs_of(scored, *stretch).sum()) for stretch in _stretches(scored))


def _stretches(scored: Connectivity) -> Iterator[tuple[int, int]]:
    rows, inputs = scored.scores.shape
    at_once = max(1, PAIRS_AT_ONCE // inputs)
    for first in range(0, rows, at_once):
        yield first, min(first + at_once, rows)


def _pairs_of(scored: Connectivity, start: int, stop: int) -> npt.NDArray[np.bool_]:
    """Which inputs the rows from `start` to below `stop` may depend on, (stop - start, T)."""
    each = [scored.reads.mask(s, s + 1) for s in scored.outputs[start:stop]]
    pairs: npt.NDArray[np.bool_] = np.concatenate(each)
    pairs |= scored.scores[start:stop] != 0
    return pairs


def blocks(scored: Connectivity) -> Iterator[Block]:
    """Yield all pairs, those of some rows at a time."""
    for first, stop in _stretches(scored):
        scores = scored.scores[first:stop]
        pairs = _pairs_of(scored, first, stop)
        magnitudes = np.where(pairs, np.abs(scores.astype(np.float64)), 0.0)
        scale = magnitudes.sum(axis=1)
        share = magnitudes / np.where(scale > 0, scale, 1.0)[:, None]
        row, t = np.nonzero(pairs)
        s = np.array(scored.outputs[first:stop], np.int32)[row]
        yield Block(s, t.astype(np.int32), scores[row, t], share[row, t], scale[row])
