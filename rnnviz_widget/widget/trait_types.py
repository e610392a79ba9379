"""Traits with a rule of their own: what they refuse they refuse in words."""

from __future__ import annotations

from typing import Any, TypeVar

import traitlets

G = TypeVar("G")
S = TypeVar("S")

# Numbers are true to 1/1000 of their row's largest: from far below this on only that is left.
_SHARPEST = 1e6


class Sharpness(traitlets.Float[float, int | float]):
    """A number from 1 to 1,000,000: no NaN, and none that JSON has no way to write."""

    def validate(self, obj: Any, value: Any) -> float:
        """A float of it, if it is one."""
        # NaN is in no range, and an integer may be larger than any float.
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
            self.error(obj, value)
        if not 1 <= value <= _SHARPEST:
            raise traitlets.TraitError(
                f"sharpness must be a number from 1 to {_SHARPEST:,.0f}; got {value!s:.40}"
            )
        return float(value)


class CharacterSpan(traitlets.Tuple):
    """The characters [start, end) as two integers, or None."""

    def __init__(self) -> None:
        super().__init__(traitlets.Int(), traitlets.Int(), default_value=None, allow_none=True)


class _SetUnderLock(traitlets.TraitType[G, S]):
    """A trait that is tried where it is set; of two threads that set it, one waits."""

    def set(self, obj: Any, value: Any) -> None:
        """Check, set and notify, all under the lock: what was tried is what is shown then."""
        with obj._link.lock:  # noqa: SLF001 - it is the widget's own
            super().set(obj, value)


class EpochValue(_SetUnderLock[Any, Any]):
    """Any value that begins an epoch when it is set."""


class EpochText(_SetUnderLock[str, str], traitlets.Unicode[str, str]):
    """A string that begins an epoch when it is set."""
