"""What the explorer asks of one model's rows over one text, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import Accuracy
from rnnviz_widget.models import Tokens
from rnnviz_widget.picture import Rival
from rnnviz_widget.reads import Reads

Floats = npt.NDArray[np.floating]


class MeasureInfo(Protocol):
    """What a score is: see `engines.Measure`."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def signed(self) -> bool:
        """Whether scores may be negative."""
        ...

    @property
    def label(self) -> str:
        """What the number is, in words."""
        ...


@dataclass(frozen=True)
class Rivals:
    """The classes that those explained are compared with, (S,).

    Attributes:
        target: The class; -1 where nothing is compared.
        probability: Its probability; NaN there.
        rank: Its rank among all classes, 1 is the best; 0 there.
    """

    target: list[int]
    probability: Floats
    rank: npt.NDArray[np.integer]

    def at(self, s: int, names: Sequence[str]) -> Rival | None:
        """That of an output, with its name; None where nothing is compared."""
        if self.target[s] < 0:
            return None
        return Rival(names[self.target[s]], float(self.probability[s]), int(self.rank[s]))


class RowSource(Protocol):
    """Rows of one model over one text: a `Reading` computes them, a `ReadyReading` has them.

    Attributes:
        tokens: The text in tokens.
        outputs: All class names.
        measure: What a score is.
        reads: What each output reads; of a causal model a row has the numbers up to its own.
        notes: What a reader should know, in words.
        one_output: Whether there is one output for the whole text, which stands at every token.
        unit: The unit of the model's one number, "" if it has none; what is called a probability
            here is then that number. None: it has classes.
        top: The best classes, best first, shape (S, K), with `top_probabilities`; -1: none.
        target: The class explained at each output, shape (S,), with `target_probability`,
            `target_rank` (1 = the best) and `reasons`. A probability is NaN and a rank 0 where it
            is not known; a class is -1 where it is not told what is explained.
        rivals: What they are compared with, where two classes are; None: nowhere.
        engine: What computes the rows, and `engine_reason`, why that.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
        accuracy: How exact the rows are that `fill` has given, the worst of them.
    """

    tokens: Tokens
    reads: Reads
    notes: list[str]
    one_output: bool
    top: npt.NDArray[np.integer]
    top_probabilities: Floats
    target: list[int]
    target_probability: Floats
    target_rank: npt.NDArray[np.integer]
    reasons: list[str]
    rivals: Rivals | None
    engine: str
    engine_reason: str
    block: int
    accuracy: Accuracy

    @property
    def outputs(self) -> Sequence[str]:
        """All class names."""
        ...

    @property
    def measure(self) -> MeasureInfo:
        """What a score is."""
        ...

    @property
    def unit(self) -> str | None:
        """The unit of the model's one number; see above."""
        ...

    @property
    def truth(self) -> str | None:
        """What the right answer is, "word" or "next"; None: something else, or not known."""
        ...

    def __len__(self) -> int: ...

    def matrix(self) -> tuple[Floats, Accuracy]:
        """C, shape (S, T), and how exact it is."""
        ...

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """One row from its nearest inputs backwards: each piece's first input, and its scores."""
        ...

    def fill(
        self, rows: Sequence[int], *, patience: float = ...
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Many rows in parts: how much is done, and the rows that have become ready."""
        ...
