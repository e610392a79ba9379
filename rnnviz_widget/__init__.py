"""Hover a character and see which earlier characters moved your model's prediction."""

from importlib.metadata import version

from . import memory, recurrences
from .evaluation import Check, Estimate, Evaluation, check, evaluate
from .inside.intervention_effect import InterventionEffect, intervention_effect
from .inside.lens import Lens, lens
from .inside.model_memory import unit_memory
from .inside.route import Route, route
from .inside.unit_memory import UnitMemory
from .models import (
    NAC,
    NALU,
    NMU,
    TOP,
    TRUTH,
    Contrast,
    Intervention,
    MinGRU,
    ModelStates,
    MultiplicativeNAC,
    NestedLSTM,
    SequenceModel,
    Sparsemax,
    Unit,
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
    "Intervention",
    "InterventionEffect",
    "Lens",
    "MinGRU",
    "ModelStates",
    "MultiplicativeNAC",
    "NestedLSTM",
    "RandomisedConnectivity",
    "Route",
    "SequenceModel",
    "Sparsemax",
    "StepGradients",
    "Unit",
    "UnitCheck",
    "UnitMemory",
    "check",
    "check_unit",
    "connectivity",
    "evaluate",
    "explore",
    "from_rows",
    "gradients_by_step",
    "intervention_effect",
    "lens",
    "load_pretrained",
    "memory",
    "pretrained_names",
    "pretrained_results",
    "randomised",
    "recurrences",
    "route",
    "save_html",
    "unit_memory",
]
