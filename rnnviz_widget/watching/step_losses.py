"""By how much steps of a loop are longer while the background computes."""

from __future__ import annotations

import math

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
# Where more steps than this share are disturbed, the others are those that happened to be short.
_MOST_DISTURBED = 0.5


class StepLosses:
    """Compares steps during which the background computed with those that it left alone.

    With x the length of a step that was left alone, a moment falls into one of the mean length E[x
    x] / E[x], since it falls into long ones more often; a step that lies within a piece as a whole
    has the mean length E[x]. What is longer than that is lost.
    """

    def __init__(self) -> None:
        # Of steps that were left alone: the mean, and that of squares.
        self._mean = 0.0
        self._squares = 0.0
        self._seen = 0
        # Of disturbed steps: their share, the seconds lost and computed, the variance of the first.
        self._share = 0.0
        self._lost = _PRIOR * _PRIOR_SECONDS
        self._computed = _PRIOR_SECONDS
        self._variance = 0.0

    @property
    def factor(self) -> float:
        """How many seconds the loop loses for each in the background: 1 or more, as far as sure."""
        sure = self._lost - math.sqrt(self._variance)
        return min(_MOST, max(1.0, sure / self._computed))

    def step(self, seconds: float, in_background: float) -> None:
        """Take a step.

        Args:
            seconds: How long it took.
            in_background: For how many of these the background computed.
        """
        if self._seen and seconds > _PAUSE * self._mean + _MOST * in_background:
            return
        disturbed = in_background > 0
        self._share += (disturbed - self._share) / _UNDISTURBED
        if not disturbed:
            self._seen = min(self._seen + 1, _UNDISTURBED)
            self._mean += (seconds - self._mean) / self._seen
            self._squares += (seconds * seconds - self._squares) / self._seen
        elif self._mean > 0 and self._share < _MOST_DISTURBED:
            variance = max(0.0, self._squares - self._mean**2)
            outside = 1 - min(1.0, in_background / seconds)
            expected = self._mean + outside * variance / self._mean
            self._lost = _FORGETS * self._lost + seconds - expected
            self._computed = _FORGETS * self._computed + in_background
            self._variance = _FORGETS**2 * self._variance + variance
