"""One link over the checkpoints of a training: when did an input begin to move a prediction?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from rnnviz_widget.engines import Named
from rnnviz_widget.models import TRUTH, Checkpoints, SequenceModel, Target

from .compute import connectivity
from .row_source import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class LinkCurve:
    """One link, C[s, t], and the prediction that it belongs to, at each checkpoint.

    Attributes:
        name: The model's name.
        text: The text.
        output: s, the token at whose output the prediction is explained.
        input: t, the token of the link.
        target: What is explained at each checkpoint; "" where the model has no classes.
        labels: What each checkpoint is called.
        scores: C[s, t] at each checkpoint, (K,).
        shares: |C[s, t]| over the sum of |C[s, .]|, (K,); NaN where that is 0.
        probabilities: The probability of the target, (K,); NaN: not known.
        ranks: Its rank among all classes, (K,); 1 is the best, 0: not known.
        measure: What a score is, in words.
    """

    name: str
    text: str
    output: int
    input: int
    target: Sequence[str]
    labels: Sequence[str]
    scores: Floats
    shares: Floats
    probabilities: Floats
    ranks: Sequence[int]
    measure: str

    def table(self) -> dict[str, list[Any]]:
        """The curve as columns, for instance for `pandas.DataFrame`."""
        return {
            "checkpoint": list(self.labels),
            "score": self.scores.tolist(),
            "share": self.shares.tolist(),
            "target": list(self.target),
            "probability": self.probabilities.tolist(),
            "rank": list(self.ranks),
        }

    def plot(self, *, width: float = 6.5, theme: str = "light") -> Figure:
        """Draw the link's share of its row and the target's probability, as a matplotlib figure.

        Args:
            width: The width in inches, 2 to 200.
            theme: "light" (a white ground) or "dark".

        Raises:
            ImportError: If matplotlib is not installed.
            ValueError: If an argument is out of range.
        """
        from .link_curve_figure import figure_of  # noqa: PLC0415 - which needs this record

        return figure_of(self, width=width, theme=theme)


def link_curve(
    checkpoints: Checkpoints | Sequence[SequenceModel],
    text: str,
    s: int,
    t: int,
    *,
    target: Target = TRUTH,
    measure: Named | None = None,
    of: str | None = None,
    progress: bool = False,
) -> LinkCurve:
    """Compute one link, and the target's probability and rank, at each checkpoint of a model.

    Args:
        checkpoints: The checkpoints, or models that read the text alike.
        text: The text.
        s: The token at whose output a prediction is explained; from the end if negative.
        t: The token whose link to it is followed; likewise.
        target: What is explained; see `rv.connectivity`. With `rv.TOP` each checkpoint explains its
            own top prediction.
        measure: The measure; see `rv.connectivity`.
        of: Which number of the target is explained; likewise.
        progress: Whether a bar shows how far the computation is.

    Raises:
        IndexError: If there is no such token.
        ValueError: If a checkpoint can't be read, or there is none; and as `rv.connectivity`.
        TypeError, FloatingPointError: As `rv.connectivity`.
    """
    if not len(checkpoints):
        raise ValueError("there is no checkpoint")
    labels = (
        checkpoints.labels
        if isinstance(checkpoints, Checkpoints)
        else tuple(map(str, range(len(checkpoints))))
    )
    found = []
    # One at a time: the weights of all of them may not fit into memory.
    for k in tqdm(range(len(checkpoints)), unit=" checkpoints", leave=False, disable=not progress):
        model = checkpoints[k]
        found.append(connectivity(model, text, target=target, measure=measure, of=of, rows=[s]))
        tokens = len(found[0].tokens)
        if not -tokens <= t < tokens:
            raise IndexError(f"the text has tokens 0 to {tokens - 1}; got t={t}")
    first = found[0]
    output, at = first.outputs[0], t % len(first.tokens)
    scores = np.array([one.scores[0, at] for one in found])
    sums = np.array([np.abs(one.scores[0]).sum() for one in found])
    return LinkCurve(
        name=first.name,
        text=text,
        output=output,
        input=at,
        target=[one.targets[output] for one in found],
        labels=labels,
        scores=scores,
        shares=np.divide(np.abs(scores), sums, out=np.full(len(sums), np.nan), where=sums > 0),
        probabilities=np.array([one.target_probabilities[output] for one in found]),
        ranks=[int(one.target_ranks[output]) for one in found],
        measure=first.label,
    )
