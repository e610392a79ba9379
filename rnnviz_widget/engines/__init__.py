"""The numbers: gradients of one logit with respect to every input, and measures of them."""

from .calling import Forward
from .choose import ENGINES, EngineName, choose_engine
from .engine import TOLERANCE, Accuracy, Engine, Fill
from .entry import Given
from .explained import Explained
from .measures import MEASURES, Measure, measure_named, of_vectors
from .network import Network
from .passes import agree
from .reference import reference_row

__all__ = [
    "ENGINES",
    "MEASURES",
    "TOLERANCE",
    "Accuracy",
    "Engine",
    "EngineName",
    "Explained",
    "Fill",
    "Forward",
    "Given",
    "Measure",
    "Network",
    "agree",
    "choose_engine",
    "measure_named",
    "of_vectors",
    "reference_row",
]
