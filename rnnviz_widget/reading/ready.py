"""Ready-made rows, served like a model's reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rnnviz_widget.engines import Accuracy, measure_named
from rnnviz_widget.scene.facet import ExplainedClasses, Facet, MeasureInfo
from rnnviz_widget.scene.reads import Bound, Reads
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.surrogates import check_surrogates

from .formats import Table
from .row_source import Floats

OWN_LABEL = "the author's own number"
# How many scores are handed out at a time.
_AT_ONCE = 1_000_000


GIVEN = "given"
"""The measure's name if the numbers are none of our measures."""


class ReadyReading:
    """One model's ready-made rows on a text; see `RowSource`.

    If all scores after each row's own token are zero, the model counts as causal; if all before it
    are zero, as one that reads from right to left.
    """

    def __init__(self, name: str, table: Table, measure: MeasureInfo) -> None:
        self._scores = table.scores
        self.facet = _facet_of(name, table, measure)
        self.accuracy = Accuracy()
        self.block = max(1, _AT_ONCE // len(table.spans))

    def __len__(self) -> int:
        """The number of outputs, S."""
        return len(self.facet)

    def matrix(self) -> tuple[Floats, Accuracy]:
        """C, shape (S, T), as it was given, and exact."""
        return self._scores.copy(), self.accuracy

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """One row, as a single piece."""
        scores = self._scores[row]
        yield 0, scores[: row + 1] if self.facet.reads.causal else scores

    def fill(
        self, rows: Sequence[int], *, patience: float = float("inf")
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Many rows, in a single step."""
        del patience
        yield 1.0, [(s, self._scores[s]) for s in rows]


def _facet_of(name: str, table: Table, measure: MeasureInfo) -> Facet:
    said = [name for best in table.predictions for name, _ in best]
    classes = list(dict.fromkeys([*said, *(t for t in table.targets if t is not None)]))
    number = {name: k for k, name in enumerate(classes)}
    size, most = len(table.spans), max(map(len, table.predictions))
    top, odds = np.full((size, most), -1), np.full((size, most), np.nan)
    probability, rank = np.full(size, np.nan), np.zeros(size, np.int64)
    for s, (best, target) in enumerate(zip(table.predictions, table.targets, strict=True)):
        names = [name for name, _ in best]
        top[s, : len(best)] = [number[name] for name in names]
        odds[s, : len(best)] = [p for _, p in best]
        if target in names:
            rank[s] = names.index(target) + 1
            probability[s] = best[names.index(target)][1]
    return Facet(
        name=name,
        # No ids and symbols: there is no model to read them.
        tokens=Tokens(table.text, (), (), table.spans, []),
        reads=_read_by(table.scores),
        measure=measure,
        classes=classes,
        top=top,
        top_probabilities=odds,
        explained=ExplainedClasses(
            [-1 if target is None else number[target] for target in table.targets],
            probability,
            rank,
            ["" if target is None else "the target in the data" for target in table.targets],
        ),
        engine="given",
        engine_words="given: ready-made rows, nothing was computed here",
    )


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
    """Make readings of tables, once it is clear what their numbers are; see `rv.from_rows`.

    Raises:
        TypeError: If `label` is no string.
        ValueError: If the arguments do not fit the data, or a score is negative that can't be.
    """
    if label is not None:
        if not isinstance(label, str):
            raise TypeError(f"label must be a string; got {label!r}")
        check_surrogates(label, "label")
    squares = {table.squares for table in tables.values()}
    if len(squares) > 1:
        raise ValueError(
            "the article's numbers are squares of a norm, others are not: they can't share a "
            "scale. Show them in two widgets, or pass the others' scores as an entry's connectivity"
        )
    published = squares == {True}
    if (published or measure is not None) and (label is not None or signed):
        raise ValueError(
            "label and signed are for numbers that are none of our measures; leave them out: "
            + (
                "what the article's numbers are is known"
                if published
                else f"measure={measure!r} says it"
            )
        )
    kind = MeasureInfo(GIVEN, signed, OWN_LABEL if label is None else label)
    if published and measure not in (None, "squared", "norm"):
        raise ValueError(
            "the article's numbers are squares of the L2 norm: measure must be 'squared', or "
            f"'norm' for their roots; got {measure!r}"
        )
    if published or measure is not None:
        found = measure_named(measure or "squared")
        kind = MeasureInfo(found.name, found.signed, found.label)
    for name, table in tables.items():
        _check_sign(table, name, kind)
    if published and measure == "norm":
        tables = {n: each._replace(scores=np.sqrt(each.scores)) for n, each in tables.items()}
    return {name: ReadyReading(name, table, kind) for name, table in tables.items()}


def _check_sign(table: Table, name: str, measure: MeasureInfo) -> None:
    if measure.signed or not (table.scores < 0).any():
        return
    s, t = np.argwhere(table.scores < 0)[0].tolist()
    advice = "pass signed=True" if measure.name == GIVEN else "pass another measure"
    raise ValueError(
        f"{name!r}, row {s}: {measure.label} can't be negative; got {table.scores[s, t]:g} at "
        f"input {t}. If it may be, {advice}"
    )
