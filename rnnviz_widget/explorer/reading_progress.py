"""Saying which model reads the text, where that takes long."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from rnnviz_widget.models import SequenceModel
from rnnviz_widget.scene.replies import Progress

LONG = 5_000_000_000
"""From so many weights times characters on it is said: a pass then takes some 100 ms."""

_READS = "{name} reads the text"
_OF = "{name} reads the text, model {number} of {count}"


class ReadingProgress:
    """Which of some models reads the text, told as it begins to.

    Attributes:
        tell: Called with that; with None when it is over, whether it succeeded or not. Set by
            whoever can show it.
    """

    def __init__(self) -> None:
        self.tell: Callable[[Progress | None], object] = lambda _: None
        self._shown = False

    @contextlib.contextmanager
    def closing(self) -> Iterator[None]:
        """Say that it is over at the end."""
        try:
            yield
        finally:
            if self._shown:
                self._shown = False
                self.tell(None)

    def begins(self, model: SequenceModel, name: str, names: Sequence[str], text: str) -> None:
        """A model begins to read a text.

        Args:
            model: The model.
            name: Its name on the page.
            names: The names of all models that read it, in order.
            text: The text.
        """
        # What is no text is refused by whoever reads it.
        if not isinstance(text, str) or model.network.work(len(text)) < LONG:
            return
        self._shown = True
        done = names.index(name)
        words = _OF if len(names) > 1 else _READS
        said = words.format(name=name, number=done + 1, count=len(names))
        self.tell(Progress(done, len(names), "filling", said))
