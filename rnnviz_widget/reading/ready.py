"""Rows that somebody has computed already, in the place of a model's reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import Accuracy, measure_named
from rnnviz_widget.models import Tokens
from rnnviz_widget.reads import Bound, Reads
from rnnviz_widget.surrogates import check_surrogates

from .formats import Table
from .row_source import Floats, MeasureInfo, Rivals

OWN_LABEL = "the author's own number"
# How many scores are handed out at a time.
_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Own:
    """A number that is none of our measures; see `engines.Measure`."""

    signed: bool
    label: str
    name: str = "given"


class ReadyReading:
    """One model's rows over a text, all of them there; see `RowSource`.

    Rows with nothing but zeros after their own token are of what reads no later ones; with nothing
    but zeros before it, of what reads from right to left.

    Args:
        table: The rows.
        measure: What a score is.
    """

    def __init__(self, table: Table, measure: MeasureInfo) -> None:
        scores, size = table.scores, len(table.spans)
        self._scores = scores
        self.measure = measure
        texts = [table.text[start:end] for start, end in table.spans]
        # Nothing is fed to a model: the ids only count.
        self.tokens = Tokens(table.text, list(range(size)), texts, table.spans, [])
        self.reads = _read_by(scores)
        self.truth: str | None = None
        self.unit: str | None = None
        self.one_output = False
        self.notes: list[str] = []
        self.engine, self.engine_reason = "given", "ready-made rows, nothing was computed here"
        self.accuracy = Accuracy()
        self.block = max(1, _AT_ONCE // size)
        self._predict(table)

    def _predict(self, table: Table) -> None:
        said = [name for best in table.predictions for name, _ in best]
        classes = list(dict.fromkeys([*said, *(t for t in table.targets if t is not None)]))
        number = {name: k for k, name in enumerate(classes)}
        size, most = len(table.spans), max(map(len, table.predictions))
        self.outputs: Sequence[str] = classes
        self.top: npt.NDArray[np.integer] = np.full((size, most), -1)
        self.top_probabilities: Floats = np.full((size, most), np.nan)
        self.target = [-1 if target is None else number[target] for target in table.targets]
        self.target_probability: Floats = np.full(size, np.nan)
        self.target_rank: npt.NDArray[np.integer] = np.zeros(size, np.int64)
        self.rivals: Rivals | None = None
        self.reasons = [
            "" if target is None else "the target in the data" for target in table.targets
        ]
        for s, (best, target) in enumerate(zip(table.predictions, table.targets, strict=True)):
            names = [name for name, _ in best]
            self.top[s, : len(best)] = [number[name] for name in names]
            self.top_probabilities[s, : len(best)] = [p for _, p in best]
            if target in names:
                self.target_rank[s] = names.index(target) + 1
                self.target_probability[s] = best[names.index(target)][1]

    def __len__(self) -> int:
        """The number of outputs S."""
        return len(self.target)

    def matrix(self) -> tuple[Floats, Accuracy]:
        """C, shape (S, T), and how exact it is: as it was given."""
        return self._scores.copy(), self.accuracy

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """One row, whole."""
        scores = self._scores[row]
        yield 0, scores[: row + 1] if self.reads.causal else scores

    def fill(
        self, rows: Sequence[int], *, patience: float = float("inf")
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Many rows, at once."""
        del patience
        yield 1.0, [(s, self._scores[s]) for s in rows]


def _read_by(scores: Floats) -> Reads:
    size = len(scores)
    if not any(row[s + 1 :].any() for s, row in enumerate(scores)):
        return Reads.up_to_own(size)
    everything = Reads.everything(size)
    if not any(row[:s].any() for s, row in enumerate(scores)):
        return Reads(size, Bound(0, 0, size - 1), everything.last)
    return everything


def ready_readings(
    tables: Mapping[str, Table],
    *,
    measure: str | None = None,
    label: str | None = None,
    signed: bool = False,
) -> dict[str, ReadyReading]:
    """Say what the numbers are.

    Args:
        tables: The models' rows by name.
        measure: The name of one of our measures. The article's numbers are "squared" (default);
            of "norm" their roots are taken. Others are believed to be what is named.
        label: What they are in words, where they are none of these.
        signed: Whether they may be negative, likewise.

    Raises:
        TypeError: If `label` is no string.
        ValueError: If that does not fit the data, or a score is negative that can't be.
    """
    if label is not None:
        if not isinstance(label, str):
            raise TypeError(f"label must be a string; got {label!r}")
        check_surrogates(label, "label")
    squares = {table.squares for table in tables.values()}
    if len(squares) > 1:
        raise ValueError(
            "the article's numbers are squares of a norm, others are not: one scale can't show "
            "both. Show them apart, or pass the others' scores as an entry's connectivity"
        )
    published = squares == {True}
    if (published or measure is not None) and (label is not None or signed):
        raise ValueError(
            "label and signed are for numbers that are none of our measures; leave them out: "
            + ("the article's data is known" if published else f"measure={measure!r} tells")
        )
    kind: MeasureInfo = Own(signed, OWN_LABEL if label is None else label)
    if published and measure not in (None, "squared", "norm"):
        raise ValueError(
            "the article's numbers are squares of the L2 norm: measure must be 'squared', or "
            f"'norm' for their roots; got {measure!r}"
        )
    if published or measure is not None:
        kind = measure_named(measure or "squared")
    for name, table in tables.items():
        _check_sign(table, name, kind)
    if published and measure == "norm":
        tables = {n: each._replace(scores=np.sqrt(each.scores)) for n, each in tables.items()}
    return {name: ReadyReading(table, kind) for name, table in tables.items()}


def _check_sign(table: Table, name: str, measure: MeasureInfo) -> None:
    if measure.signed or not (table.scores < 0).any():
        return
    s, t = np.argwhere(table.scores < 0)[0].tolist()
    advice = "pass signed=True" if isinstance(measure, Own) else "pass another measure"
    raise ValueError(
        f"{name!r}, row {s}: {measure.label} can't be negative; got {table.scores[s, t]:g} at "
        f"input {t}. If it may be, {advice}"
    )
