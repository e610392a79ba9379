"""`Connectivity`: the scores of one model on one text, with the facts about them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import Accuracy
from rnnviz_widget.picture import Picture, check_position, facet_picture, plot, to_latex
from rnnviz_widget.scene.facet import Facet, Indices, Prediction
from rnnviz_widget.scene.reads import Reads

from .frames import to_frame
from .row_source import Floats
from .save_scored import save_scored

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame  # type: ignore[import-untyped]


# What `repr` shows.
_IN_REPR = ("measure", "of", "name", "text", "engine", "accuracy")


@dataclass(frozen=True, eq=False, repr=False)
class Connectivity:
    """How every output of one model depends on every input of one text.

    Attributes:
        facet: The facts about the model on the text; most attributes below are taken from it.
        scores: C, shape (S, T), float: [output s, input t]. For the measure "norm" the L2 norm
            of the gradient of the target's logit at s with respect to the one-hot input at t. Of
            some outputs only (R, T).
        outputs: The index s of each row of `scores`, in their order.
        tokens: The text of each token.
        targets: The class explained at each output; "" where ready-made rows have none.
        reasons: Why that class, in words: "the word being typed", "the top prediction, as ...".
        predictions: For each output (class, probability), best first, at most 10, if any.
        target_probabilities: The probability of each target, shape (S,); NaN: not known.
        target_ranks: Its rank among all classes, shape (S,); 1 is the best, 0: not known.
        one_output: Whether there is one output for the whole text, so that all rows are the same.
        values: The number that a model gives instead of classes, shape (S,), with its `unit`, "" if
            none was given. Probabilities are then NaN and ranks 0. None: it has classes.
        rivals: The class that each target is compared with, "" where it is not; None if there are
            no contrasts. `rival_probabilities` (NaN) and `rival_ranks` (0) likewise.
        measure: The measure's name, `of` which number of the target ("" if ready-made rows do not
            tell), what a score is in words (`label`), and whether it may be negative (`signed`).
        name, text: The model's name, and the text.
        engine: What computed the scores: "sweep" (the layers' own equations), "scan", "autograd",
            "captum", "occlusion" or "attention".
        accuracy: How exact they are: the tolerance that was used (0: exact to rounding), the
            largest error measured (for a method whose rows should have a known sum: how far they
            miss it), and the rank of the compression.
        spans, unknown: The characters [start, end) of each token; tokens read as unknown symbols.
        reads: Which tokens each output reads: `reads.causal`, whether no output reads a later
            token; `reads.mask()`, (S, T), whether output s reads token t.
        notes: Notes for the reader on the model.
    """

    facet: Facet
    scores: Floats
    outputs: Sequence[int]
    accuracy: Accuracy

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in _IN_REPR)
        return f"Connectivity({', '.join(fields)})"

    @property
    def name(self) -> str:
        """The model's name."""
        return self.facet.name

    @property
    def text(self) -> str:
        """The text."""
        return self.facet.text

    @property
    def tokens(self) -> list[str]:
        """The text of each token."""
        return self.facet.tokens.texts

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """The characters [start, end) of each token."""
        return self.facet.tokens.spans

    @property
    def unknown(self) -> Sequence[int]:
        """The indices of tokens that were replaced by the model's unknown symbol."""
        return self.facet.tokens.unknown

    @cached_property
    def targets(self) -> list[str]:
        """The class explained at each output; "" where ready-made rows have none."""
        return self._named(self.facet.explained.target)

    @property
    def reasons(self) -> Sequence[str]:
        """Why that class, in words."""
        return self.facet.explained.reasons

    @cached_property
    def predictions(self) -> list[list[Prediction]]:
        """For each output its best classes with their probabilities."""
        if self.unit is not None:
            return [[] for _ in self.reasons]
        return [list(self.facet.at(s).predictions) for s in range(len(self.facet))]

    @cached_property
    def target_probabilities(self) -> Floats:
        """The probability of each target, (S,)."""
        found = self.facet.explained.probability
        return found if self.unit is None else np.full_like(found, np.nan)

    @cached_property
    def target_ranks(self) -> npt.NDArray[np.integer]:
        """The rank of each target among all classes, (S,)."""
        found = np.asarray(self.facet.explained.rank)
        return found if self.unit is None else np.zeros_like(found)

    @property
    def values(self) -> Floats | None:
        """The number that the model gives at each output, (S,); None: it has classes."""
        return None if self.unit is None else self.facet.explained.probability

    @property
    def unit(self) -> str | None:
        """The unit of that number, "" if none was given; None: the model has classes."""
        return self.facet.unit

    @cached_property
    def rivals(self) -> list[str] | None:
        """The class that each target is compared with, "" where none is; None without contrasts."""
        found = self.facet.explained.rivals
        return None if found is None else self._named(found.target)

    @property
    def rival_probabilities(self) -> Floats | None:
        """The probability of each rival, (S,)."""
        found = self.facet.explained.rivals
        return None if found is None else found.probability

    @cached_property
    def rival_ranks(self) -> npt.NDArray[np.integer] | None:
        """The rank of each rival, (S,)."""
        found = self.facet.explained.rivals
        return None if found is None else np.asarray(found.rank)

    @property
    def one_output(self) -> bool:
        """Whether there is one output for the whole text."""
        return self.facet.one_output

    @property
    def measure(self) -> str:
        """The measure's name."""
        return self.facet.measure.name

    @property
    def of(self) -> str:
        """Which number of the target is explained."""
        return self.facet.measure.of or ""

    @property
    def label(self) -> str:
        """What a score is, in words."""
        return self.facet.measure.label

    @property
    def signed(self) -> bool:
        """Whether a score may be negative."""
        return self.facet.measure.signed

    @property
    def engine(self) -> str:
        """What computed the scores."""
        return self.facet.engine

    @property
    def notes(self) -> Sequence[str]:
        """Notes for the reader on the model."""
        return self.facet.notes

    @property
    def reads(self) -> Reads:
        """Which tokens each output reads."""
        return self.facet.reads

    @property
    def causal(self) -> bool:
        """Whether no output reads a later token than its own."""
        return self.reads.causal

    def _named(self, classes: Indices) -> list[str]:
        return [self.facet.classes[k] if k >= 0 else "" for k in classes]

    def row(self, output: int) -> Floats:
        """C[s, :], the scores of one output, (T,).

        Raises:
            ValueError: If its scores were not computed.
        """
        try:
            row: Floats = self.scores[self.outputs.index(output)]
        except ValueError:
            raise ValueError(
                f"the scores of output {output} were not computed: these are rows "
                f"{', '.join(map(str, self.outputs[:8]))}{' ...' if len(self.outputs) > 8 else ''}"
                " of rv.connectivity(..., rows=); leave rows= out, or add it there"
            ) from None
        return row

    def picture(self, position: int | None = None) -> Picture:
        """What the widget draws at a character, as plain values.

        Args:
            position: The character that is explained; default: the last.

        Raises:
            ValueError: If there is no such character.
        """
        at = len(self.text) - 1 if position is None else position
        check_position(at, self.text)
        s = self.facet.tokens.at(at)
        return Picture(at, (facet_picture(self.facet, s, self.row(s)),))

    def plot(
        self,
        position: int | None = None,
        *,
        width: float = 6.5,
        font_size: float = 8.0,
        theme: str = "light",
        fonts: Sequence[str] = (),
    ) -> Figure:
        """Draw what the widget draws at a character, as a matplotlib figure.

        Args:
            position: The character that is explained; default: the last.
            width: The width in inches, at least 2; the height follows from the text.
            font_size: The size of the text, in points.
            theme: "light" (a white ground) or "dark".
            fonts: Names of fonts for characters that matplotlib's own fonts lack.

        Returns:
            A figure that pyplot does not know, so that nothing pops up. A notebook shows it,
            `savefig` writes it, and TensorBoard's `add_figure` takes it.

        Raises:
            ImportError: If matplotlib is not installed.
            ValueError: If there is no such character, or an argument is out of range.
        """
        picture = self.picture(position)
        return plot(picture, width=width, font_size=font_size, theme=theme, fonts=fonts)

    def to_latex(self, position: int | None = None) -> str:
        r"""What the widget draws at a character, as LaTeX that needs `\usepackage{xcolor}`.

        Args:
            position: The character that is explained; default: the last.

        Raises:
            ValueError: If there is no such character.
        """
        return to_latex(self.picture(position))

    def to_frame(self) -> DataFrame:
        """All scores as one tidy pandas table; see `rnnviz_widget.reading.frames.to_frame`.

        Raises:
            ImportError: If pandas is not installed.
            ValueError: If a text contains half of a surrogate pair.
        """
        return to_frame([self])

    def save(self, path: str | os.PathLike[str], position: int | None = None, **look: Any) -> None:
        """Write a picture or the scores to a file, which is complete or not there at all.

        Args:
            path: Ends in .png, .svg, .pdf or .tex for a picture of one position; in .csv, .npz
                or .parquet for all scores, see `rnnviz_widget.reading.tables.save`.
            position: The character that a picture explains; default: the last.
            look: The arguments of `plot`, and `dpi`, the dots per inch of a PNG.

        Raises:
            ImportError: If matplotlib is not installed, or for Parquet, pyarrow.
            OSError: If the file can't be written.
            ValueError: If the path ends in something else, an argument does not go with that kind
                of file, or a text to be written as data contains half of a surrogate pair.
        """
        save_scored(self, path, position, look)
