"""What a claim can be about: numbers of a widget, as functions that take it.

Any function that takes the widget and returns a number or a text can be a quantity; these are the
usual ones. Each takes the character that the widget shows, and one model of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rnnviz_widget.reading import Connectivity
from rnnviz_widget.widget import ExplorerWidget

Value = float | str


@dataclass(frozen=True)
class ClaimedQuantity:
    """A quantity of a widget, which `share`, `probability`, `rank` and `prediction` make.

    Attributes:
        compute: Takes the widget, and returns the number or the text.
        kind: How it is written: "share" as a percentage, "number", or "text".
    """

    compute: Callable[[ExplorerWidget], Value]
    kind: Literal["share", "number", "text"]

    def __call__(self, widget: ExplorerWidget) -> Value:
        """The quantity in what the widget shows now."""
        return self.compute(widget)


def share(of: str | tuple[int, int] | None = None, *, model: str | None = None) -> ClaimedQuantity:
    """The share of the row of the character shown that lies on some of the characters read.

    sum over the tokens t there of |C[s, t]|, divided by the sum over all t: what the page says of
    brushed characters. A token that lies there in part counts in proportion to its characters.

    Args:
        of: The characters: (start, end), or a text, whose last place up to the character shown is
            meant; default: what is brushed.
        model: The model's name; not needed if there is only one.

    Returns:
        The quantity. Computed on a widget, it raises a ValueError if there is no such text, no such
        model, or nothing is brushed.
    """

    def compute(widget: ExplorerWidget) -> float:
        start, end = _characters(widget, of)
        row = widget.connectivity(model).picture(widget.shown).facets[0].row
        if row is None:
            raise ValueError("the row of the character shown is not known")
        return row.on(start, end)

    return ClaimedQuantity(compute, "share")


def probability(of: str | None = None, *, model: str | None = None) -> ClaimedQuantity:
    """The probability of a class at the character shown.

    Args:
        of: The class, one of the ten that the model finds likeliest there; default: the class that
            is explained.
        model: The model's name; not needed if there is only one.

    Returns:
        The quantity. Computed on a widget, it raises a ValueError if the class is not among them.
    """

    def compute(widget: ExplorerWidget) -> float:
        found, output = _output(widget, model)
        if of is None:
            return float(found.target_probabilities[output])
        likeliest = {name: float(p) for name, p in found.predictions[output]}
        if of not in likeliest:
            names = ", ".join(map(repr, likeliest))
            raise ValueError(f"{of!r} is not among the likeliest classes there, {names}")
        return likeliest[of]

    return ClaimedQuantity(compute, "share")


def rank(*, model: str | None = None) -> ClaimedQuantity:
    """The rank of the class that is explained at the character shown; 1 is the likeliest.

    Args:
        model: The model's name; not needed if there is only one.
    """

    def compute(widget: ExplorerWidget) -> float:
        found, output = _output(widget, model)
        return float(found.target_ranks[output])

    return ClaimedQuantity(compute, "number")


def prediction(*, model: str | None = None) -> ClaimedQuantity:
    """The class that a model finds likeliest at the character shown, a text.

    Args:
        model: The model's name; not needed if there is only one.

    Returns:
        The quantity. Computed on a widget, it raises a ValueError if the model has no classes.
    """

    def compute(widget: ExplorerWidget) -> str:
        found, output = _output(widget, model)
        if not found.predictions[output]:
            raise ValueError(f"{found.name} predicts no classes")
        return found.predictions[output][0][0]

    return ClaimedQuantity(compute, "text")


def _output(widget: ExplorerWidget, model: str | None) -> tuple[Connectivity, int]:
    found = widget.connectivity(model)
    return found, found.facet.tokens.at(widget.shown)


def _characters(widget: ExplorerWidget, of: str | tuple[int, int] | None) -> tuple[int, int]:
    if of is None:
        if widget.brush is None:
            raise ValueError(
                "nothing is brushed; name the characters, as in rv.stories.share('advanced'), or "
                "set w.brush before the step is added"
            )
        start, end = widget.brush
        return start, end
    text = widget.text
    if isinstance(of, str):
        start = text.rfind(of, 0, widget.shown + 1)
        if not of or start < 0:
            raise ValueError(f"{of!r} is not in the text up to the character shown")
        return start, start + len(of)
    start, end = of
    if not 0 <= start < end <= len(text):
        raise ValueError(f"characters must be (start, end) within {len(text)}; got {of!r}")
    return start, end
