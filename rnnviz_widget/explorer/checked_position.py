"""What running the models again shows at one character, for Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnnviz_widget.picture.check_words import check_sentences, drawn_sentence
from rnnviz_widget.reading.frames import pandas_module
from rnnviz_widget.scene.output_check import OutputCheck
from rnnviz_widget.scene.rows import Failure

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]


@dataclass(frozen=True, eq=False)
class CheckedPosition:
    """What each model predicts at one character when inputs are exchanged and it is run again.

    Printed, it says in a sentence a model what is left without the strongest inputs, and finally
    what took their place.

    Attributes:
        position: The character.
        outputs: By the model's name what was found, or why nothing was. The numbers of inputs that
            are exchanged (`counts`), and for each of these what is left without so many of the
            `strongest`, the `nearest` and `random` inputs, mean over draws, with standard errors.
    """

    position: int
    outputs: dict[str, OutputCheck | Failure]

    def __repr__(self) -> str:
        said = [s for name, output in self.outputs.items() for s in _sentences(name, output)]
        checks = [each for each in self.outputs.values() if isinstance(each, OutputCheck)]
        return "\n".join([*said, *dict.fromkeys(map(drawn_sentence, checks))])

    def to_frame(self) -> DataFrame:
        """All numbers as a pandas table: a line for each model, order of inputs and count.

        Columns: model, position, explained, rival, order ("strongest", "nearest", "random"),
        exchanged (how many inputs), left (the probability, or the model's one number), error (its
        standard error), before (as the text is), nothing (with all inputs exchanged).

        Raises:
            ImportError: If pandas is not installed.
        """
        lines = [
            line
            for name, output in self.outputs.items()
            if isinstance(output, OutputCheck)
            for line in _lines(name, self.position, output)
        ]
        return pandas_module().DataFrame(lines, columns=_COLUMNS)


_COLUMNS = [
    *("model", "position", "explained", "rival", "order"),
    *("exchanged", "left", "error", "before", "nothing"),
]


def _lines(name: str, position: int, output: OutputCheck) -> list[tuple[object, ...]]:
    curves = {
        "strongest": output.strongest,
        "nearest": output.nearest,
        "random": output.random,
    }
    return [
        (
            *(name, position, output.name, output.rival, order),
            *(count, mean, error, output.before, output.nothing),
        )
        for order, curve in curves.items()
        for count, mean, error in zip(output.counts, curve.mean, curve.error, strict=True)
    ]


def _sentences(name: str, output: OutputCheck | Failure) -> Sequence[str]:
    if isinstance(output, Failure):
        return [f"{name}: {output.error}."]
    return check_sentences(name, output)
