"""Types of traits with checks of their own, whose errors say what is allowed."""

from __future__ import annotations

from typing import Any, TypeVar

import traitlets

G = TypeVar("G")
S = TypeVar("S")

# Scores are sent with an error of up to 1/1000 of their row's largest; far below this sharpness
# only the largest keeps colour.
_SHARPEST = 1e6


class Sharpness(traitlets.Float[float, int | float]):
    """A number from 1 to 1,000,000: no NaN, and nothing that JSON can't write."""

    def validate(self, obj: Any, value: Any) -> float:
        """Convert it to a float, if it is in range."""
        # Checked before the conversion: an integer may be larger than any float.
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
            self.error(obj, value)
        if not 1 <= value <= _SHARPEST:
            raise traitlets.TraitError(
                f"sharpness must be a number from 1 to {_SHARPEST:,.0f}; got {value!s:.40}"
            )
        return float(value)


class _SetUnderLock(traitlets.TraitType[G, S]):
    """A trait that is checked and set under a lock, so that two threads can't set it at once."""

    def set(self, obj: Any, value: Any) -> None:
        """Check, set and notify under the lock, so that what was checked is what is shown."""
        with obj._link.lock:  # noqa: SLF001 - it is the widget's own
            super().set(obj, value)


class EpochValue(_SetUnderLock[Any, Any]):
    """Any value that begins an epoch when it is set."""


class EpochText(_SetUnderLock[str, str], traitlets.Unicode[str, str]):
    """A string that begins an epoch when it is set."""
