"""A unit check as tables: plain text, and HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from rnnviz_widget.evaluation.estimate import Estimate

from .along_time import memory_steps
from .numbers_in_words import interval, number, with_interval
from .parameters import ParameterFigures
from .unit_check import Moments, UnitCheck

_HEAD = ("figure", "sample", "95 %", "predicted", "by")
_PARAMETER_HEAD = (
    "parameter",
    "shape",
    "variance",
    "Glorot",
    "He",
    "gradient",
    "agreement",
    "zero",
)
_CHANGE_HEAD = ("change tried", "memory before", "memory after", "predicted")


# Tables that a reader opens.
_FOLDED = {_PARAMETER_HEAD: "parameters", _CHANGE_HEAD: "changes tried"}


@dataclass(frozen=True)
class FigureRow:
    """A line of the table.

    Attributes:
        name: What it is.
        sample: What was sampled.
        predicted: What was predicted; None: nothing.
        rule: By which rule.
    """

    name: str
    sample: Estimate
    predicted: float | None = None
    rule: str = ""


def figure_rows(check: UnitCheck) -> list[FigureRow]:
    """The lines of the first table."""
    return list(_rows(check))


def _rows(check: UnitCheck) -> Iterator[FigureRow]:
    rule = "mean field" if check.expected_exponent is not None else ""
    if check.exponent is not None:
        yield FigureRow("exponent, nats a step", check.exponent, check.expected_exponent, rule)
    if check.memory is not None:
        expected = None
        if check.expected_exponent is not None:
            expected = memory_steps(check.expected_exponent)
        yield FigureRow("memory, steps", check.memory, expected, rule)
    lag = 1
    while lag < len(check.norms):
        yield FigureRow(f"norm of dh_t/dh_s, lag {lag}", check.norms[lag])
        lag *= 2
    if check.forward is not None:
        yield FigureRow("Var z / Var x", check.forward)
    if check.backward is not None:
        yield FigureRow("|dz/dx|^2 / D", check.backward)
    for moments in check.moments:
        yield from _moment_rows(moments)
    for gate in check.gates:
        yield from _moment_rows(gate.moments)
        for what, share in {
            "low": gate.low,
            "high": gate.high,
            "units stuck": gate.stuck,
        }.items():
            if share.value > 0:
                yield FigureRow(f"{gate.moments.name}, share {what}", share)


def _moment_rows(moments: Moments) -> Iterator[FigureRow]:
    for what, sample, predicted in (
        ("mean", moments.mean, moments.expected_mean),
        ("variance", moments.variance, moments.expected_variance),
    ):
        rule = "" if predicted is None else moments.rule
        yield FigureRow(f"{moments.name}, {what}", sample, predicted, rule)


def _figure_cells(check: UnitCheck) -> list[tuple[str, ...]]:
    return [
        (
            row.name,
            number(row.sample.value),
            interval(row.sample),
            number(row.predicted),
            row.rule,
        )
        for row in figure_rows(check)
    ]


def _parameter_cells(parameters: Sequence[ParameterFigures]) -> list[tuple[str, ...]]:
    return [
        (
            each.name,
            " x ".join(map(str, each.shape)) or "1",
            number(each.variance.value),
            number(each.glorot),
            number(each.he),
            number(each.gradient.value),
            "" if each.agreement is None else with_interval(each.agreement),
            f"{100 * each.zero:.0f} %" if each.zero else "",
        )
        for each in parameters
    ]


def _change_cells(check: UnitCheck) -> list[tuple[str, ...]]:
    return [
        (
            each.change,
            with_interval(each.before),
            with_interval(each.after),
            number(each.expected),
        )
        for each in check.changes
    ]


def _tables(check: UnitCheck) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    every = [
        (_HEAD, _figure_cells(check)),
        (_PARAMETER_HEAD, _parameter_cells(check.parameters)),
        (_CHANGE_HEAD, _change_cells(check)),
    ]
    return [(head, rows) for head, rows in every if rows]


def as_text(check: UnitCheck) -> str:
    """What was found, in words, and the tables, in plain text."""
    lines = [f"{check.name}, called as {check.call}", check.drawn, ""]
    lines += [f"- {finding.words}" for finding in check.findings]
    for head, rows in _tables(check):
        every = [head, *rows]
        widths = [max(len(row[column]) for row in every) for column in range(len(head))]
        lines.append("")
        for row in every:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  ".join(cells).rstrip())
    if check.notes:
        lines += ["", *(f"note: {note}" for note in check.notes)]
    return "\n".join(lines)


# Colours are the notebook's own, so that it is readable on a light and on a dark ground.
_CELL = "text-align:left;padding:2px 12px 2px 0;background:transparent;color:inherit"
_RULE = "border-bottom:1px solid rgba(128,128,128,0.35)"
_QUIET = "opacity:0.7"


def as_html(check: UnitCheck) -> str:
    """The same as HTML, with the colours of the notebook; all text is escaped."""
    parts = [
        (
            f"<div><b>{escape(check.name)}</b> "
            f'<span style="{_QUIET}">{escape(check.call)}; {escape(check.drawn)}</span></div>'
        )
    ]
    if check.findings:
        said = "".join(f"<li>{escape(finding.words)}</li>" for finding in check.findings)
        parts.append(f'<ul style="margin:6px 0;padding-left:18px">{said}</ul>')
    for head, rows in _tables(check):
        table = _html_table(head, rows)
        if head in _FOLDED:
            name = escape(_FOLDED[head])
            table = f'<details><summary style="{_QUIET}">{name}</summary>{table}</details>'
        parts.append(table)
    parts += [f'<div style="{_QUIET}">note: {escape(note)}</div>' for note in check.notes]
    style = "font-family:sans-serif;font-size:13px;line-height:1.5;color:inherit"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _html_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    heads = "".join(
        f'<th style="{_CELL};{_RULE};{_QUIET};font-weight:normal">{escape(h)}</th>' for h in head
    )
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    style = "border-collapse:collapse;font-size:12px;margin:6px 0;color:inherit"
    return f'<table style="{style}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
