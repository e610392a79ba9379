"""A model and a text in; scores with their tokens, targets and predictions out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import TOLERANCE, Accuracy, EngineName, Named
from rnnviz_widget.models import TRUTH, SequenceModel, Target, as_target
from rnnviz_widget.picture import SUFFIXES as PICTURES
from rnnviz_widget.picture import (
    Picture,
    Rival,
    check_position,
    facet_picture,
    plot,
    save,
    to_latex,
    tokens_at,
)
from rnnviz_widget.picture import Target as Explained
from rnnviz_widget.reads import Reads

from . import tables
from .frames import to_frame
from .reading import Reading, check_matrix, check_model
from .row_source import Floats, RowSource

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame  # type: ignore[import-untyped]

Prediction = tuple[str, float]


@dataclass(frozen=True)
class Connectivity:
    """How every output of one model depends on every input of one text.

    Attributes:
        scores: C, shape (S, T), float: [output s, input t]. For the measure "norm" the L2 norm
            of the gradient of the target's logit at s with respect to the one-hot input at t.
        tokens: The text of each token.
        targets: The class explained at each output.
        reasons: Why that class, in words: "the word being typed", "the top prediction, as ...".
        predictions: For each output, a list of (class, probability), best first, 10 at most; empty
            of a model of one number.
        target_probabilities: The probability of each target, shape (S,). Of ready-made rows it may
            not be known, and is NaN; a target that is not told is "".
        target_ranks: Its rank among all classes, shape (S,); 1 is the best, 0: not known.
        one_output: Whether there is one output for the whole text: all rows are the same.
        values: The number that a model gives which has one and no classes, shape (S,), with its
            `unit`, "" where that was not given. Probabilities are then NaN and ranks 0. None: it
            has classes.
        rivals: The class that it is compared with at each output, "" where it is not; None where
            nothing is compared. `rival_probabilities` (NaN) and `rival_ranks` (0) likewise.
        measure: The measure's name, what a score is in words (`label`), and whether it is `signed`.
        name: The model's name.
        text: The text.
        engine: What computed the scores: "sweep" (the layers' own equations), "autograd",
            "captum", "occlusion" or "attention".
        accuracy: How exact they are: the tolerance that was used (0: exact to rounding), the
            largest error measured (of a method whose rows add up to a known difference: by how
            much they miss it), and the rank of the compression.
        spans: The characters [start, end) of each token.
        unknown: Tokens that were fed as the model's unknown symbol.
        reads: What each output reads: `reads.causal`, whether no output reads a later token;
            `reads.mask()`, (S, T), whether output s reads token t.
        notes: What a reader should know about the model, in words.
    """

    scores: Floats = field(repr=False)
    tokens: list[str] = field(repr=False)
    targets: list[str] = field(repr=False)
    reasons: list[str] = field(repr=False)
    predictions: list[list[Prediction]] = field(repr=False)
    target_probabilities: Floats = field(repr=False)
    target_ranks: npt.NDArray[np.integer] = field(repr=False)
    measure: str
    name: str
    text: str
    engine: str
    accuracy: Accuracy
    spans: list[tuple[int, int]] = field(repr=False)
    unknown: list[int] = field(repr=False)
    reads: Reads = field(repr=False)
    notes: list[str] = field(repr=False)
    label: str = field(repr=False)
    signed: bool = field(repr=False)
    rivals: list[str] | None = field(default=None, repr=False)
    rival_probabilities: Floats | None = field(default=None, repr=False)
    rival_ranks: npt.NDArray[np.integer] | None = field(default=None, repr=False)
    one_output: bool = field(default=False, repr=False)
    values: Floats | None = field(default=None, repr=False)
    unit: str | None = field(default=None, repr=False)

    @property
    def causal(self) -> bool:
        """Whether no output reads a later token than its own."""
        return self.reads.causal

    def picture(self, position: int | None = None) -> Picture:
        """What the widget draws at a character, as plain values.

        Args:
            position: The character that is explained; default: the last.

        Raises:
            ValueError: If there is no such character.
        """
        at = len(self.text) - 1 if position is None else position
        check_position(at, self.text)
        s = tokens_at(self.spans, len(self.text))[at]
        odds, rank, best = (
            self.target_probabilities,
            self.target_ranks[s],
            self.predictions[s],
        )
        if self.values is not None:
            odds, rank, best = self.values, 1, [(self.targets[s], float(self.values[s]))]
        told = Explained(
            self.targets[s],
            float(odds[s]),
            int(rank),
            self.reasons[s],
            self._rival(s),
        )
        facet = facet_picture(
            name=self.name,
            reads=self.reads,
            note=" ".join(self.notes) or None,
            text=self.text,
            spans=self.spans,
            unknown=self.unknown,
            token=s,
            predictions=best,
            unit=self.unit,
            one_output=self.one_output,
            # Ready-made rows need not tell what is explained.
            target=told if told.name or told.rank else None,
            scores=self.scores[s],
            signed=self.signed,
        )
        return Picture(self.text, at, self.measure, self.signed, self.label, (facet,))

    def _rival(self, s: int) -> Rival | None:
        if not self.rivals or self.rival_probabilities is None or self.rival_ranks is None:
            return None
        p, rank = float(self.rival_probabilities[s]), int(self.rival_ranks[s])
        return Rival(self.rivals[s], p, rank) if rank else None

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
            width: In inches, at least 2; the figure is as high as it must be.
            font_size: Of the text, in points.
            theme: "light" (a white ground) or "dark".
            fonts: Names of fonts for characters that matplotlib's own don't have.

        Returns:
            A figure of its own: no pyplot, nothing pops up. A notebook shows it, `savefig` writes
            it, TensorBoard's `add_figure` takes it.

        Raises:
            ImportError: If matplotlib is missing.
            ValueError: If there is no such character, or an argument is none of these.
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
            ImportError: If pandas is missing.
            ValueError: If there is half of a surrogate pair in a text.
        """
        return to_frame([self])

    def save(self, path: str | os.PathLike[str], position: int | None = None, **look: Any) -> None:
        """Write a picture or the data to a file, whole or not at all.

        Args:
            path: Ends in .png, .svg, .pdf or .tex for a picture of one position; in .csv, .npz
                or .parquet for all scores, see `rnnviz_widget.reading.tables.save`.
            position: The character that a picture explains; default: the last.
            look: What `plot` takes, and `dpi`, the dots per inch of a PNG.

        Raises:
            ImportError: If matplotlib is missing for a figure, or pyarrow for Parquet.
            OSError: If the file can't be written.
            ValueError: If the path ends in something else, an argument does not go with its kind,
                or a text that is to be written as data has half of a surrogate pair.
        """
        kind = Path(path).suffix.lower()
        if kind in tables.SUFFIXES:
            if look or position is not None:
                raise ValueError(f"{kind} holds all scores: leave out what is of a picture only")
            tables.save([self], path)
        elif kind in PICTURES:
            save(self.picture(position), path, **look)
        else:
            known = ", ".join((*PICTURES, *tables.SUFFIXES))
            raise ValueError(f"the file must end in one of {known}; got {os.fspath(path)!r}")


def connectivity(
    model: SequenceModel,
    text: str,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    tolerance: float = TOLERANCE,
    engine: EngineName = "auto",
) -> Connectivity:
    r"""Compute the connectivity of a model on a text.

    With x_t the one-hot input at t and y_s the logit of the target at s, C[s, t] is

        norm             ||dy_s/dx_t||_2
        squared          ||dy_s/dx_t||_2^2
        embedding_norm   ||dy_s/de_t||_2, e_t the embedded input
        grad_x_input     <dy_s/dx_t, x_t>, signed

    Of a contrast of two classes y_s is the logit of the first less that of the second. Of a module
    that returns probabilities y_s is the log probability, or the log-odds where each class is right
    or wrong by itself.

    Source: Madsen, "Visualizing memorization in RNNs", Distill, 2019: the formula is `norm`, its
    figure drew `squared`.

    Args:
        model: The model.
        text: The text, read as the model reads it.
        target: What is explained: `rv.TRUTH` (default), `rv.TOP`, an output class, two of these
            compared, `rv.Contrast(one, other)`, or a list with one of all these for each token.
            Where there is no truth, the top prediction; compared with another class, `rv.TOP` is
            the best one besides that.
        measure: One of these names, or "integrated_gradients", "smooth_grad", "deep_lift" (computed
            by captum), "occlusion", "attention" or "attention_rollout"; docs/methods.md has their
            formulas. The model's own, if it has one (`model.by`), goes before it. Default: "norm",
            and "grad_x_input" for a contrast: its sign tells which inputs speak for the one class
            and which for the other.
        tolerance: How far a score may be off, as a share of the largest of its row, where that
            makes a long text faster; 0 for exact scores. Short texts are always exact.
        engine: "auto" (default), "sweep" for the equations of recurrent layers, or "autograd".

    Returns:
        Scores of shape (S, T) in the module's own precision (single for half), with tokens,
        targets and predictions.

    Raises:
        TypeError: If `model` is no `SequenceModel`, or text or target of the wrong kind.
        ValueError: If the text is empty or has symbols the model does not know, or there is no
            such class, measure or engine, or measure or engine can't serve the model; or all
            scores are more than 100 million, as those of 10,000 tokens are.
        ImportError: If captum is needed and missing.
        FloatingPointError: If a logit or a gradient is not finite.
    """
    check_model(model)
    tokens = len(model.tokens(text).ids)
    check_matrix(tokens, tokens)
    reading = Reading(model, text, as_target(target), measure, tolerance=tolerance, engine=engine)
    return whole(reading, model.name)


def whole(source: RowSource, name: str, scores: Floats | None = None) -> Connectivity:
    """All rows of a model over a text.

    Args:
        source: What computes them, or has them.
        name: What the model is called.
        scores: All of them, where `source.fill` has given them already; default: computed now.

    Raises:
        FloatingPointError: If a score is not finite.
    """
    accuracy = source.accuracy
    if scores is None:
        scores, accuracy = source.matrix()
    names, rivals, number = source.outputs, source.rivals, source.unit is not None
    return Connectivity(
        scores=scores,
        tokens=source.tokens.texts,
        targets=[names[k] if k >= 0 else "" for k in source.target],
        reasons=source.reasons,
        predictions=[[] for _ in source.reasons]
        if number
        else [
            [(names[k], float(p)) for k, p in zip(ks, ps, strict=True) if k >= 0]
            for ks, ps in zip(source.top, source.top_probabilities, strict=True)
        ],
        target_probabilities=(
            np.full_like(source.target_probability, np.nan) if number else source.target_probability
        ),
        target_ranks=np.zeros_like(source.target_rank) if number else source.target_rank,
        values=source.target_probability if number else None,
        unit=source.unit,
        one_output=source.one_output,
        rivals=None if rivals is None else [names[k] if k >= 0 else "" for k in rivals.target],
        rival_probabilities=None if rivals is None else rivals.probability,
        rival_ranks=None if rivals is None else rivals.rank,
        measure=source.measure.name,
        name=name,
        text=source.tokens.text,
        engine=source.engine,
        accuracy=accuracy,
        spans=source.tokens.spans,
        unknown=source.tokens.unknown,
        reads=source.reads,
        notes=source.notes,
        label=source.measure.label,
        signed=source.measure.signed,
    )
