"""Reading a text with a model: `rv.connectivity` and its result, and rows for the explorer."""

from . import tables
from .checks import check_model, check_tolerance
from .compute import connectivity, whole
from .formats import read_tables
from .frames import to_frame
from .link_curve import LinkCurve, link_curve
from .outputs_at import outputs_at
from .predictions import PREDICTIONS
from .question import Question, Scoring
from .randomised_result import RandomisedConnectivity, randomised
from .reading import Reading
from .ready import ReadyReading, ready_readings
from .result import Connectivity
from .row_source import Floats, RowSource
from .strips import CELLS, strip_of

__all__ = [
    "CELLS",
    "PREDICTIONS",
    "Connectivity",
    "Floats",
    "LinkCurve",
    "Question",
    "RandomisedConnectivity",
    "Reading",
    "ReadyReading",
    "RowSource",
    "Scoring",
    "check_model",
    "check_tolerance",
    "connectivity",
    "link_curve",
    "outputs_at",
    "randomised",
    "read_tables",
    "ready_readings",
    "strip_of",
    "tables",
    "to_frame",
    "whole",
]
