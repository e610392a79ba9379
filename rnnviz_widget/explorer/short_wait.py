"""Waiting for a background fill that will soon have ended."""

from __future__ import annotations

import time

from .background_fill import BackgroundFill

# Whether it will is looked at every so many seconds. What is expected then is not exact, so the
# wait ends only where it would take this many times as long as it may.
_LOOKED_AT_EVERY, _CLEARLY = 0.02, 2.0


def join_if_soon(background: BackgroundFill, seconds: float) -> bool:
    """Wait until the fill has ended, for so many seconds, unless it will clearly take longer.

    How long it will take is expected by how many rows have come since the first look.

    Args:
        background: The fill, which has just been started.
        seconds: The longest wait.

    Returns:
        Whether it has ended.
    """
    begun = time.monotonic()
    there: int | None = None
    while not background.join(_LOOKED_AT_EVERY):
        taken = time.monotonic() - begun
        if taken >= seconds:
            return False
        fill = background.under_way()
        if fill is None:
            continue
        progress = fill.progress()
        if there is None:
            there = progress.done
        elif progress.done > there:
            whole = taken * (progress.total - there) / (progress.done - there)
            if whole > _CLEARLY * seconds:
                return False
    return True
