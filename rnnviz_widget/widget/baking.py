"""Waiting for all rows, with size, time and progress where it takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from tqdm import tqdm

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.scene.replies import Progress

# Seconds of work before the time left is estimated, and the shortest time left that is reported.
_TRIAL = 1.0
_WORTH_TELLING = 2.0
_TICK = 0.1
# The bytes that a score takes in a notebook: packed to half a byte to a byte, then base64.
_BYTES_A_SCORE = 0.9


class Baked(NamedTuple):
    """The rows that a widget has: `rows` of `of`, over all models, in `size` bytes when saved."""

    rows: int
    of: int
    size: int


def bake(explorer: Explorer, position: int, progress: Callable[[], Progress]) -> None:
    """Compute as many rows as may be kept, nearest to a character first, and wait for them.

    Raises:
        KeyboardInterrupt: If interrupted; the rows computed so far are kept and published.
    """
    started = time.monotonic()
    try:
        explorer.find_reads()
        explorer.background.fill_around(position)
        if explorer.join(_TRIAL):
            return
        now = progress()
        left = max(1, now.total - now.done)
        seconds = (time.monotonic() - started) * left / max(1, now.done)
        if seconds < _WORTH_TELLING and explorer.join(2 * _WORTH_TELLING):
            return
        models = len(explorer.caches)
        size = size_words(explorer.background.size() * _BYTES_A_SCORE)
        tqdm.write(
            f"Computing {now.total:,} rows of {models} model{'s' if models > 1 else ''}: "
            f"about {_duration(seconds)}, about {size} in the notebook. "
            "Interrupt to keep those that are done by then."
        )
        with tqdm(total=now.total, initial=now.done, unit=" rows", leave=False) as bar:
            while not explorer.join(_TICK):
                # A step that was counted may fail, but the bar must not run backwards.
                bar.update(max(0, progress().done - bar.n))
    except KeyboardInterrupt:
        explorer.background.pause()
        raise


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def size_words(size: float) -> str:
    """A number of bytes: "12 KB", "3.4 MB"."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
