"""What became of a claim: the number that was written, and what the models give now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CheckedClaim:
    """A claim, computed anew; `Story.check` returns one for each.

    Attributes:
        step: The number of its step, from 1.
        name: Its name.
        stated: The number or the text that the prose states.
        found: What the models give now; None: it can't be computed, `trouble` says why.
        tolerance: By how much a number may differ, in its own unit.
        holds: Whether |found - stated| <= tolerance, or the texts are the same.
        trouble: Why it can't be computed, or None.
    """

    step: int
    name: str
    stated: float | str
    found: float | str | None
    tolerance: float
    holds: bool
    trouble: str | None = None
