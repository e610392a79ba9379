"""The numbers: gradients of one logit with respect to every input, and measures of them."""

from .calling import Forward
from .choose import ENGINES, EngineName, choose_engine
from .embedding_points import Given
from .engine import TOLERANCE, Accuracy, Engine, Fill
from .explained import Explained
from .forks import FORKS
from .measures import MEASURES, Measure, in_vectors, measure_named
from .methods import (
    METHODS,
    AnyMeasure,
    Method,
    MethodEngine,
    Named,
    any_measure,
    make_method,
    measures_of,
    title_of,
)
from .network import Network
from .passes import agree
from .probabilities import Returns
from .reference import reference_row
from .torch_state import clean_torch

__all__ = [
    "ENGINES",
    "FORKS",
    "MEASURES",
    "METHODS",
    "TOLERANCE",
    "Accuracy",
    "AnyMeasure",
    "Engine",
    "EngineName",
    "Explained",
    "Fill",
    "Forward",
    "Given",
    "Measure",
    "Method",
    "MethodEngine",
    "Named",
    "Network",
    "Returns",
    "agree",
    "any_measure",
    "choose_engine",
    "clean_torch",
    "in_vectors",
    "make_method",
    "measure_named",
    "measures_of",
    "reference_row",
    "title_of",
]
