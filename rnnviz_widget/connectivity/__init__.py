"""rv.connectivity: how every output of a model depends on every input of a text."""

from . import tables
from .reading import PREDICTIONS, Floats, Reading, check_model, check_tolerance
from .result import Connectivity, Prediction, connectivity, whole

__all__ = [
    "PREDICTIONS",
    "Connectivity",
    "Floats",
    "Prediction",
    "Reading",
    "check_model",
    "check_tolerance",
    "connectivity",
    "tables",
    "whole",
]
