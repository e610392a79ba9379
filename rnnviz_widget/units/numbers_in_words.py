"""Numbers of a unit check as words."""

from __future__ import annotations

import math

from rnnviz_widget.evaluation.estimate import Estimate


def number(value: float | None) -> str:
    """Three digits of a number; "" for none, "–" for NaN, "∞" for infinity."""  # noqa: RUF002
    if value is None:
        return ""
    if math.isnan(value):
        return "–"  # noqa: RUF001
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"  # noqa: RUF001
    said = f"{value:.3g}"
    return said.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def interval(found: Estimate) -> str:
    """The interval: "1.2 to 1.4"; "" if there is none."""
    if math.isnan(found.low) or math.isnan(found.high):
        return ""
    return f"{number(found.low)} to {number(found.high)}"


def with_interval(found: Estimate) -> str:
    """The number and its interval: "1.3 (1.2 to 1.4)"."""
    ends = interval(found)
    return f"{number(found.value)} ({ends})" if ends else number(found.value)


def steps(value: float) -> str:
    """A memory length: "1.9 steps"; "without end" if it is infinite."""
    if math.isinf(value):
        return "without end"
    return f"{number(value)} step{'' if number(value) == '1' else 's'}"
