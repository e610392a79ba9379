"""The numbers: gradients of a logit with respect to every input, and scores made of them.

Shapes in this package: S outputs and T input tokens (S = T), V classes, D components of the
embedding, H hidden units, N rows of a query, B texts of a batch. `ids` are a text's token ids,
(T,), and `embedded` its embedded tokens, (T, D).
"""

from .choose import ENGINES, EngineName, choose_engine
from .engine import TOLERANCE, Accuracy, Engine, RowFill, worst
from .explained import Explained
from .forks import FORKS
from .measures import MEASURES, Measure, in_vectors, measure_named
from .methods.available import measures_of
from .methods.engine import method_engine
from .methods.measure_names import AnyMeasure, Named, any_measure, title_of
from .methods.method import METHODS, Method, make_method
from .module.calling import Forward
from .module.embedding_points import GivenEmbedding
from .module.network import Network
from .module.probabilities import Returns
from .reference import reference_row
from .rounding import agree
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
    "Forward",
    "GivenEmbedding",
    "Measure",
    "Method",
    "Named",
    "Network",
    "Returns",
    "RowFill",
    "agree",
    "any_measure",
    "choose_engine",
    "clean_torch",
    "in_vectors",
    "make_method",
    "measure_named",
    "measures_of",
    "method_engine",
    "reference_row",
    "title_of",
    "worst",
]
