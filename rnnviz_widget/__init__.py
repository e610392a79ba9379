"""Hover a character and see which earlier characters moved your model's prediction."""

from importlib.metadata import version

from . import memory
from .evaluation import Check, Estimate, Evaluation, check, evaluate
from .inside.intervention_effect import InterventionEffect, intervention_effect
from .inside.lens import Lens, lens
from .inside.route import Route, route
from .models import (
    NAC,
    NALU,
    TOP,
    TRUTH,
    Contrast,
    Intervention,
    MinGRU,
    ModelStates,
    NestedLSTM,
    SequenceModel,
    Sparsemax,
    Unit,
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
    "Intervention",
    "InterventionEffect",
    "Lens",
    "MinGRU",
    "ModelStates",
    "NestedLSTM",
    "RandomisedConnectivity",
    "Route",
    "SequenceModel",
    "Sparsemax",
    "Unit",
    "check",
    "connectivity",
    "evaluate",
    "explore",
    "from_rows",
    "intervention_effect",
    "lens",
    "load_pretrained",
    "memory",
    "pretrained_names",
    "pretrained_results",
    "randomised",
    "route",
    "save_html",
]
