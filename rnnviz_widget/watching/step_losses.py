"""By how much steps of a loop are longer while the background computes."""

from __future__ import annotations

# Of so many steps that the background left alone the mean is taken, the last ones counting most.
_UNDISTURBED = 100
# How much less each disturbed step counts with every one after it.
_FORGETS = 0.995
# A step that is so many times as long as the mean is a pause of the loop, such as a validation.
_PAUSE = 3.0
# Before steps tell, a second in the background counts as so many; as if that had been seen for so
# many seconds.
_PRIOR = 1.25
_PRIOR_SECONDS = 0.2
_MOST = 4.0


class StepLosses:
    """Compares steps during which the background computed with the others.

    Attributes:
        factor: How many seconds the loop loses for each second in the background, at least 1.
    """

    def __init__(self) -> None:
        self._mean = 0.0
        self._seen = 0
        self._lost = _PRIOR * _PRIOR_SECONDS
        self._computed = _PRIOR_SECONDS

    @property
    def factor(self) -> float:
        """How many seconds the loop loses for each second in the background, at least 1."""
        return min(_MOST, max(1.0, self._lost / self._computed))

    def step(self, seconds: float, in_background: float) -> None:
        """Take a step.

        Args:
            seconds: How long it took.
            in_background: For how many of these the background computed.
        """
        if self._seen and seconds > _PAUSE * self._mean + in_background:
            return
        if in_background <= 0:
            self._seen = min(self._seen + 1, _UNDISTURBED)
            self._mean += (seconds - self._mean) / self._seen
        elif self._seen:
            self._lost = _FORGETS * self._lost + seconds - self._mean
            self._computed = _FORGETS * self._computed + in_background
