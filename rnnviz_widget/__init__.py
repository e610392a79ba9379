"""Hover a character and see which earlier characters moved your model's prediction."""

from importlib.metadata import version

from . import inside, memory, recurrences, stories
from .evaluation import Check, Estimate, Evaluation, check, evaluate
from .inside import (
    InterventionEffect,
    Lens,
    Route,
    UnitMemory,
    intervention_effect,
    lens,
    route,
    unit_memory,
)
from .inside.corpus import TextCorpus
from .inside.map_region import MapRegion
from .inside.span_selection import Selection
from .models import (
    NAC,
    NALU,
    NMU,
    TOP,
    TRUTH,
    Checkpoints,
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
from .reading import (
    Connectivity,
    LinkCurve,
    RandomisedConnectivity,
    connectivity,
    link_curve,
    randomised,
)
from .stories import Story, story
from .units import StepGradients, UnitCheck, check_unit, gradients_by_step
from .watching import TrainingWatch, log, watch
from .widget import ExplorerWidget, explore, from_rows, save_html

__version__ = version("rnnviz-widget")

__all__ = [
    "NAC",
    "NALU",
    "NMU",
    "TOP",
    "TRUTH",
    "Check",
    "Checkpoints",
    "Connectivity",
    "Contrast",
    "Estimate",
    "Evaluation",
    "ExplorerWidget",
    "Intervention",
    "InterventionEffect",
    "Lens",
    "LinkCurve",
    "MapRegion",
    "MinGRU",
    "ModelStates",
    "MultiplicativeNAC",
    "NestedLSTM",
    "RandomisedConnectivity",
    "Route",
    "Selection",
    "SequenceModel",
    "Sparsemax",
    "StepGradients",
    "Story",
    "TextCorpus",
    "TrainingWatch",
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
    "inside",
    "intervention_effect",
    "lens",
    "link_curve",
    "load_pretrained",
    "log",
    "memory",
    "pretrained_names",
    "pretrained_results",
    "randomised",
    "recurrences",
    "route",
    "save_html",
    "stories",
    "story",
    "unit_memory",
    "watch",
]
