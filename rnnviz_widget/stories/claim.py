"""A claim: a named number in a step's prose, with what computes it and how far it may move."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from rnnviz_widget.picture.format import is_number, percent, quantity, round_percent, visible
from rnnviz_widget.scene.story import ClaimInWords
from rnnviz_widget.surrogates import check_surrogates
from rnnviz_widget.widget import ExplorerWidget

from .checked_claim import CheckedClaim
from .prose import one_line, runs_of
from .quantities import ClaimedQuantity, Value


@dataclass(frozen=True)
class Claim:
    """A claim of a step.

    Attributes:
        name: Its name, which may have *emphasis*.
        quantity: Takes the widget as the step shows it, and returns the number or the text.
        value: The number or the text that the prose states.
        tolerance: By how much the number may differ, in its own unit.
    """

    name: str
    quantity: Callable[[ExplorerWidget], Value]
    value: Value
    tolerance: float

    def check(self, widget: ExplorerWidget, step: int) -> CheckedClaim:
        """Compute the quantity on a widget that shows the step, and compare."""
        try:
            found = checked_value(self.quantity(widget), self.name)
        except (TypeError, ValueError) as error:
            return self._checked(step, None, str(error))
        return self._checked(step, found, None)

    def _checked(self, step: int, found: Value | None, trouble: str | None) -> CheckedClaim:
        return CheckedClaim(
            step=step,
            name=self.name,
            stated=self.value,
            found=found,
            tolerance=self.tolerance,
            holds=found is not None and self._holds(found),
            trouble=trouble,
        )

    def _holds(self, found: Value) -> bool:
        if isinstance(found, str) or isinstance(self.value, str):
            return found == self.value
        # What is written as 0.25 with a tolerance of 0.02 holds at 0.27, too.
        return abs(found - self.value) <= self.tolerance + 1e-12

    @property
    def _is_share(self) -> bool:
        return isinstance(self.quantity, ClaimedQuantity) and self.quantity.kind == "share"

    @property
    def stated(self) -> str:
        """The value as the prose has it."""
        return self._written(self.value, round_percent)

    def in_words(self, checked: CheckedClaim) -> ClaimInWords:
        """The claim as the page has it."""
        is_text = isinstance(self.value, str)
        return ClaimInWords(
            name=runs_of(self.name),
            stated=self.stated,
            within="" if is_text else self._written(self.tolerance, round_percent),
            now=self._now(checked),
            holds=checked.holds,
        )

    def _now(self, checked: CheckedClaim) -> str:
        if checked.found is None:
            return f"not known now: {one_line(checked.trouble or '')}"
        found = self._written(checked.found, round_percent)
        if not checked.holds and found == self.stated:
            found = self._written(checked.found, percent)
        return f"now {found}"

    def _written(self, value: Value, as_percentage: Callable[[float], str]) -> str:
        if isinstance(value, str):
            return visible(value)
        return as_percentage(value) if self._is_share else quantity(value)


def checked_value(value: object, name: str) -> Value:
    """What a quantity returned, if it is a finite number or a text.

    Raises:
        TypeError: If it is something else.
        ValueError: If the number is not finite.
    """
    if isinstance(value, str):
        return value
    if is_number(value):
        return float(value)  # type: ignore[arg-type]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name!r} is {value}, which is no number that prose can claim")
    raise TypeError(f"{name!r} must be a number or a text; got {value!r:.80}")


def check_name(name: object) -> str:
    """The name of a claim, on one line.

    Raises:
        TypeError: If it is no string.
        ValueError: If it is empty, or has braces or half of a surrogate pair.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a claim must be a string; got {type(name).__name__}")
    check_surrogates(name, "the name of a claim")
    if not name.strip() or "{" in name or "}" in name:
        raise ValueError(f"a claim needs a name without braces; got {name!r}")
    return one_line(name)
