"""Hover a character and see which earlier characters moved your model's prediction."""

from importlib.metadata import version

from . import memory, recurrences
from .evaluation import Check, Estimate, Evaluation, check, evaluate
from .models import (
    NAC,
    NALU,
    TOP,
    TRUTH,
    Contrast,
    MinGRU,
    NestedLSTM,
    SequenceModel,
    Sparsemax,
    load_pretrained,
    pretrained_names,
    pretrained_results,
)
from .reading import Connectivity, RandomisedConnectivity, connectivity, randomised
from .widget import ExplorerWidget, explore, from_rows, save_html

__version__ = version("rnnviz-widget")

__all__ = [
    "NAC",
    "NALU",
    "TOP",
    "TRUTH",
    "Check",
    "Connectivity",
    "Contrast",
    "Estimate",
    "Evaluation",
    "ExplorerWidget",
    "MinGRU",
    "NestedLSTM",
    "RandomisedConnectivity",
    "SequenceModel",
    "Sparsemax",
    "check",
    "connectivity",
    "evaluate",
    "explore",
    "from_rows",
    "load_pretrained",
    "memory",
    "pretrained_names",
    "pretrained_results",
    "randomised",
    "recurrences",
    "save_html",
]
