"""rv.connectivity: how every output of a model depends on every input of a text."""

from . import tables
from .reading import PREDICTIONS, Reading, check_model, check_tolerance
from .result import Connectivity, Prediction, connectivity, whole
from .source import Floats, Source

__all__ = [
    "PREDICTIONS",
    "Connectivity",
    "Floats",
    "Prediction",
    "Reading",
    "Source",
    "check_model",
    "check_tolerance",
    "connectivity",
    "tables",
    "whole",
]
