"""Hover a character and see which earlier characters moved your model's prediction."""

from importlib.metadata import version

from . import memory
from .evaluation import Check, Estimate, Evaluation, check, evaluate
from .models import (
    NAC,
    NALU,
    NMU,
    TOP,
    TRUTH,
    Contrast,
    MinGRU,
    MultiplicativeNAC,
    NestedLSTM,
    SequenceModel,
    Sparsemax,
    load_pretrained,
    pretrained_names,
    pretrained_results,
)
from .reading import Connectivity, RandomisedConnectivity, connectivity, randomised
from .units import StepGradients, UnitCheck, check_unit, gradients_by_step
from .widget import ExplorerWidget, explore, from_rows, save_html

__version__ = version("rnnviz-widget")

__all__ = [
    "NAC",
    "NALU",
    "NMU",
    "TOP",
    "TRUTH",
    "Check",
    "Connectivity",
    "Contrast",
    "Estimate",
    "Evaluation",
    "ExplorerWidget",
    "MinGRU",
    "MultiplicativeNAC",
    "NestedLSTM",
    "RandomisedConnectivity",
    "SequenceModel",
    "Sparsemax",
    "StepGradients",
    "UnitCheck",
    "check",
    "check_unit",
    "connectivity",
    "evaluate",
    "explore",
    "from_rows",
    "gradients_by_step",
    "load_pretrained",
    "memory",
    "pretrained_names",
    "pretrained_results",
    "randomised",
    "save_html",
]
