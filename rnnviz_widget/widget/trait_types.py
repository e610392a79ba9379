"""Types of traits with checks of their own, whose errors say what is allowed."""

from __future__ import annotations

from typing import Any, TypeVar

import traitlets

from rnnviz_widget.models import TRUTH, target_from_json, target_to_json

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


class CharacterSpan(traitlets.Tuple):
    """The characters [start, end) as two integers, or None."""

    def __init__(self) -> None:
        super().__init__(traitlets.Int(), traitlets.Int(), default_value=None, allow_none=True)


class _SetUnderLock(traitlets.TraitType[G, S]):
    """A trait that is checked and set under a lock, so that two threads can't set it at once."""

    def set(self, obj: Any, value: Any) -> None:
        """Check, set and notify under the lock, so that what was checked is what is shown."""
        with obj._link.lock:  # noqa: SLF001 - it is the widget's own
            super().set(obj, value)


class EpochTarget(_SetUnderLock[Any, Any]):
    """A target, which begins an epoch when it is set; it travels as targets do on the wire."""

    def __init__(self) -> None:
        super().__init__(TRUTH)
        self.tag(
            to_json=lambda target, _: target_to_json(target),
            from_json=lambda message, _: target_from_json(message),
        )


class EpochText(_SetUnderLock[str, str], traitlets.Unicode[str, str]):
    """A string that begins an epoch when it is set."""


class EpochUnits(_SetUnderLock[Any, Any]):
    """Interventions by model, which begin an epoch when they are set; they are not sent."""

    def __init__(self) -> None:
        super().__init__({})


class ByModel(traitlets.Any):
    """Values by the names of models; None is checked as others are, and stands for none."""

    allow_none = False


class EpochNumber(_SetUnderLock[int, int], traitlets.Int[int, int]):
    """An integer that begins an epoch when it is set."""
