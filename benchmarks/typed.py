"""How long the kernel takes with a text that is typed: until its row at the last letter is there.

All models read one text, each round another one: its last letter changes. Ours is told apart: the
reading (all predictions), the first row, whole, and a letter typed into a widget that is shown, its
fill at work, until everything that the page draws first is packed: there a row that takes long is
answered in part. The rival is what one would do without it: `rv.explore` anew for each text. The
way to the page and back is not counted; see hover.py.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Iterator
from functools import partial

from bench import Subject, alternate, begin, case, parser, seconds, spread, subjects

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource

READ, ROW, TYPED, ANEW = "read", "first row, whole", "typed, fill at work", "rv.explore anew"
NAMES = ("bundled-gru", "bundled-lstm", "bundled-nested-lstm")


class Typing:
    """One text after another, in all ways.

    Args:
        models: The models by name.
        text: The text that is changed.
    """

    def __init__(self, models: dict[str, rv.SequenceModel], text: str) -> None:
        self._models = models
        self._last = len(text) - 1
        self._texts = self._changed(text)
        self._explorer = Explorer(ModelSource(models, text))
        self._shown = rv.explore(models, text)
        self._serials = itertools.count(1)
        self.jobs = {
            READ: self.read,
            ROW: partial(seconds, self.row),
            TYPED: self.typed,
            ANEW: self.anew,
        }

    def _changed(self, text: str) -> Iterator[str]:
        for number in itertools.count():
            yield text[:-1] + chr(ord("a") + number % 26)

    def read(self) -> float:
        """Predictions of another text."""
        return seconds(partial(self._explorer.changes.read, next(self._texts)))

    def row(self) -> None:
        """The row that is looked at first."""
        self._explorer.rows_at(self._last)

    def typed(self) -> float:
        """A letter, in a widget that is shown."""
        asked = {"text": next(self._texts), "position": self._last, "serial": next(self._serials)}
        taken = seconds(partial(self._shown.set_state, {"_ask": {"text": asked}}))
        assert self._shown.text == asked["text"]
        return taken

    def anew(self) -> float:
        """The rival: a widget for each text."""
        made: list[rv.ExplorerWidget] = []
        text = next(self._texts)
        taken = seconds(lambda: made.append(rv.explore(self._models, text)))
        made[0].close()
        return taken

    def close(self) -> None:
        """Let go of everything."""
        self._explorer.close()
        self._shown.close()


def report(several: list[Subject], length: int, options: argparse.Namespace) -> None:
    models = {subject.title: subject.model for subject in several}
    typing = Typing(models, case(several[0], length, options).text)
    print(f"\n{len(models)} models: {'; '.join(models)}; T = {length:,}", flush=True)
    alternate(typing.jobs, 2)
    times = alternate(typing.jobs, options.rounds)
    typing.close()
    rival = statistics.median(times[ANEW])
    times["read and first row"] = [a + b for a, b in zip(times[READ], times[ROW], strict=True)]
    for name, taken in times.items():
        print(f"  {name:<22}{spread(taken)}{rival / statistics.median(taken):9.2f}x")


def main() -> None:
    options = parser(__doc__ or "", NAMES, (200,), 15).parse_args()
    begin(options)
    print("x: rv.explore anew / it")
    several = subjects(options)
    for length in options.lengths:
        report(several, length, options)


if __name__ == "__main__":
    main()
