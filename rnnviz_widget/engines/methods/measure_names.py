"""Finding a measure by its name: a gradient measure or a method."""

from __future__ import annotations

from rnnviz_widget.calls import check_choice
from rnnviz_widget.engines.measures import MEASURES, Measure

from .method import METHODS, Method

AnyMeasure = Measure | Method
Named = str | Method
"""What a user passes as `measure=`: a name, or a method with options."""


TITLES = {
    "norm": "gradient norm",
    "squared": "squared gradient norm",
    "embedding_norm": "embedding gradient norm",
    "grad_x_input": "gradient × input",  # noqa: RUF001 (times)
    "smooth_grad": "SmoothGrad",
    "deep_lift": "DeepLift",
}
"""Short titles of measures whose names would not read well."""


def title_of(measure: Named) -> str:
    """A measure's short title, as a reader would write it."""
    name = measure if isinstance(measure, str) else measure.name
    return TITLES.get(name, name.replace("_", " "))


def any_measure(measure: Named) -> AnyMeasure:
    """Find a measure or a method by its name; a method with options is returned as it is.

    Raises:
        ValueError: If there is none; the message lists the names.
    """
    if isinstance(measure, Method):
        return measure
    every: dict[str, AnyMeasure] = {**MEASURES, **METHODS}
    check_choice("measure", measure, every)
    return every[measure]
