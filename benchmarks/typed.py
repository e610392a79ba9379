"""How long the kernel takes with a text that is typed: until its row at the last letter is there.

All models read one text, each round another one: a letter at its end comes or goes, or one in its
middle changes. Ours is told apart: the reading (all predictions), beside the same text read whole;
the first row, whole; and a letter typed into a widget that is shown, its fill at work, until
everything that the page draws first is packed: there a row that takes long is answered in part. The
rival is what one would do without it: `rv.explore` anew for each text. The way to the page and back
is not counted; see letters.py.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from functools import partial

from bench import Subject, alternate, begin, case, parser, seconds, spread, subjects

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.reading import Reading

READ, MIDDLE, WHOLE = "read on at the end", "... from the middle on", "read whole"
ROW, TYPED, ANEW = "first row, whole", "typed, fill at work", "rv.explore anew"
NAMES = ("bundled-gru", "bundled-lstm", "bundled-nested-lstm")


class Typing:
    """One text after another, in all ways.

    Args:
        models: The models by name.
        text: The text that is changed.
    """

    def __init__(self, models: dict[str, rv.SequenceModel], text: str) -> None:
        self._models = models
        self._text = text
        self._numbers = itertools.count()
        self._explorer = Explorer(ModelSource(models, text))
        self._shown = rv.explore(models, text)
        self._serials = itertools.count(1)
        self.jobs = {
            READ: self.read,
            MIDDLE: self.read_from_middle,
            WHOLE: self.read_whole,
            ROW: partial(seconds, self.row),
            TYPED: self.typed,
            ANEW: self.anew,
        }

    def _changed(self, at: int) -> str:
        """The text, but for one letter."""
        letter = chr(ord("a") + next(self._numbers) % 26)
        return self._text[:at] + letter + self._text[at + 1 :]

    def read(self) -> float:
        """Predictions of a text whose last letter is another."""
        self._explorer.changes.read(self._text[:-1])
        return seconds(partial(self._explorer.changes.read, self._changed(len(self._text) - 1)))

    def read_from_middle(self) -> float:
        """Predictions of a text with another letter in its middle."""
        return seconds(partial(self._explorer.changes.read, self._changed(len(self._text) // 2)))

    def read_whole(self) -> float:
        """Predictions by models that have kept nothing of the text before."""
        text = self._changed(len(self._text) - 1)
        return sum(seconds(partial(Reading, model, text)) for model in self._models.values())

    def row(self) -> None:
        """The row that is looked at first."""
        self._explorer.rows_at(len(self._text) - 1)

    def typed(self) -> float:
        """A letter, in a widget that is shown."""
        last = len(self._text) - 1
        asked = {"text": self._changed(last), "position": last, "serial": next(self._serials)}
        taken = seconds(partial(self._shown.set_state, {"_ask": {"text": asked}}))
        assert self._shown.text == asked["text"]
        return taken

    def anew(self) -> float:
        """The rival: a widget for each text."""
        made: list[rv.ExplorerWidget] = []
        text = self._changed(len(self._text) - 1)
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
