"""rv.connectivity: how every output of a model depends on every input of a text."""

from . import tables
from .formats import read_tables
from .frames import to_frame
from .reading import PREDICTIONS, Reading, check_model, check_tolerance
from .ready import ReadyReading, ready_readings
from .result import Connectivity, Prediction, connectivity, whole
from .row_source import Floats, MeasureInfo, Rivals, RowSource
from .strips import CELLS, Strip, strip_of
from .target_statistics import measure_for

__all__ = [
    "CELLS",
    "PREDICTIONS",
    "Connectivity",
    "Floats",
    "MeasureInfo",
    "Prediction",
    "Reading",
    "ReadyReading",
    "Rivals",
    "RowSource",
    "Strip",
    "check_model",
    "check_tolerance",
    "connectivity",
    "measure_for",
    "read_tables",
    "ready_readings",
    "strip_of",
    "tables",
    "to_frame",
    "whole",
]
