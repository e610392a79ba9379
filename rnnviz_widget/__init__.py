"""Hover a character and see which earlier characters moved your model's prediction."""

from importlib.metadata import version

from .connectivity import Connectivity, connectivity
from .models import TOP, TRUTH, NestedLSTM, SequenceModel, load_pretrained
from .widget import ExplorerWidget, explore

__version__ = version("rnnviz-widget")

__all__ = [
    "TOP",
    "TRUTH",
    "Connectivity",
    "ExplorerWidget",
    "NestedLSTM",
    "SequenceModel",
    "connectivity",
    "explore",
    "load_pretrained",
]
