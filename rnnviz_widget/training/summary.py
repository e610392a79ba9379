"""Results of a trained model as text: percentages with intervals, tables and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnviz_widget.training.baselines import PREFIX, PREVIOUS

_SUMMARY = """\
# {name}

{characters:,} characters of the {part} part of {corpus}; in parentheses: 95 % intervals.

Accuracy, %, where the word is in the vocabulary:

{inside}

Accuracy, %, at all positions:

{everywhere}

- Cross entropy, nats, in vocabulary: {loss}
- Mean reach, characters: {reach}
- Effective characters: {effective}
- Connectivity before the current word, %: {before}"""


def percent(figure: Mapping[str, Any]) -> str:
    """A share as a percentage with its interval, such as ``56.8 (56.1 to 57.5)``."""
    return interval(figure, 1, 100)


def interval(figure: Mapping[str, Any], digits: int, times: float = 1) -> str:
    """A number with its interval; "?" in place of a missing number."""
    value, low, high = (
        "?" if figure[key] is None else f"{times * figure[key]:.{digits}f}"
        for key in ("value", "low", "high")
    )
    return f"{value} ({low} to {high})"


def accuracy_table(results: Mapping[str, Any], kind: str) -> str:
    """The top-1 to top-3 accuracy of a model and both lookups as a Markdown table.

    Args:
        results: The results of `measure`.
        kind: "in vocabulary" or "all".
    """
    lines = ["| | top 1 | top 2 | top 3 |", "|---|---|---|---|"]
    rows = {results["name"]: results["model"], PREFIX: results[PREFIX], PREVIOUS: results[PREVIOUS]}
    for label, found in rows.items():
        cells = [percent(found["accuracy"][kind][f"top {top}"]) for top in (1, 2, 3)]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(results: Mapping[str, Any]) -> str:
    """The text that the evaluate command prints."""
    found, memory = results["model"], results["memory"]
    return _SUMMARY.format(
        **{key: results[key] for key in ("name", "part", "corpus")},
        characters=found["characters"],
        inside=accuracy_table(results, "in vocabulary"),
        everywhere=accuracy_table(results, "all"),
        loss=interval(found["cross entropy"], 3),
        reach=interval(memory["reach"], 1),
        effective=interval(memory["effective characters"], 1),
        before=percent(memory["share before word"]),
    )


_SEED_COLUMNS = (
    ("top 1", "top 1, %, words in the vocabulary", 1, 100),
    ("cross entropy", "cross entropy, nats", 3, 1),
    ("reach", "mean reach, characters", 1, 1),
    ("effective characters", "effective characters", 1, 1),
    ("share before word", "connectivity before the current word, %", 1, 100),
)


def seeds_summary(results: Mapping[str, Any], shown: Mapping[str, str] | None = None) -> str:
    """Two Markdown tables of what `compare_seeds` found: means over seeds, and differences.

    Args:
        results: The results of `compare_seeds`.
        shown: The names to show of the units; default: their own.
    """
    return f"{seed_means(results, shown)}\n\n{seed_differences(results, shown)}"


def seed_means(results: Mapping[str, Any], shown: Mapping[str, str] | None = None) -> str:
    """Each unit's means over its seeds, with Student's intervals; see `seeds_summary`."""
    lines = _table_head(["mean over seeds (95 % interval)", "seeds", *_seed_heads()])
    for name, unit in results["units"].items():
        means = [
            interval(unit["figures"][figure]["mean"], digits, times)
            for figure, _, digits, times in _SEED_COLUMNS
        ]
        lines.append(_row([_shown(name, shown), len(unit["seeds"]), *means]))
    return "\n".join(lines)


def seed_differences(results: Mapping[str, Any], shown: Mapping[str, str] | None = None) -> str:
    """How each pair of units differs by seed, with p of the paired test; see `seeds_summary`."""
    lines = _table_head(["difference by seed (95 % interval; p)", *_seed_heads()])
    for rows in zip(*results["differences"].values(), strict=True):
        pair = " - ".join(_shown(name, shown) for name in rows[0]["units"])
        found = dict(zip(results["differences"], rows, strict=True))
        cells = [
            f"{interval(found[figure], digits, times)}; {_p_in_words(found[figure]['p'])}"
            for figure, _, digits, times in _SEED_COLUMNS
        ]
        lines.append(_row([pair, *cells]))
    return "\n".join(lines)


def _seed_heads() -> list[str]:
    return [head for _, head, _, _ in _SEED_COLUMNS]


def _shown(name: str, shown: Mapping[str, str] | None) -> str:
    return (shown or {}).get(name, name)


def _p_in_words(p: float | None) -> str:
    if p is None:
        return "?"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _table_head(names: Sequence[str]) -> list[str]:
    return [_row(names), "|---" * len(names) + "|"]


def _row(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
