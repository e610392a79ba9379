"""The numbers: gradients of one logit with respect to every input, and measures of them."""

from .autograd import AutogradEngine, Engine
from .measures import MEASURES, Measure, measure_named
from .network import Network
from .reference import reference_row

__all__ = [
    "MEASURES",
    "AutogradEngine",
    "Engine",
    "Measure",
    "Network",
    "measure_named",
    "reference_row",
]
