"""The numbers: gradients of a logit with respect to every input, and scores made of them.

Shapes in this package: S outputs and T input tokens (S = T), V classes, D components of the
embedding, H hidden units, N rows of a query, B texts of a batch. `ids` are a text's token ids,
(T,), and `embedded` its embedded tokens, (T, D).
"""

from .choose import ENGINES, EngineName, choose_engine
from .engine import TOLERANCE, Accuracy, Engine, RowFill, worst
from .explained import ClassOrPair, Explained, classes_of
from .forks import FORKS
from .measures import MEASURES, Measure, in_vectors, measure_named
from .methods.available import measures_of, signed_measure
from .methods.engine import method_engine
from .methods.measure_names import AnyMeasure, Named, any_measure, title_of
from .methods.method import METHODS, Method, make_method
from .module.calling import Forward
from .module.embedding_points import GivenEmbedding
from .module.network import Network
from .module.probabilities import Returns
from .quantities import QUANTITIES, Quantity, quantities_of, quantity_for, quantity_named
from .reference import reference_row
from .rounding import agree
from .scan.scan_engine import look_for_loops
from .thread_count import THREADS, release_threads
from .torch_state import clean_torch

__all__ = [
    "ENGINES",
    "FORKS",
    "MEASURES",
    "METHODS",
    "QUANTITIES",
    "THREADS",
    "TOLERANCE",
    "Accuracy",
    "AnyMeasure",
    "ClassOrPair",
    "Engine",
    "EngineName",
    "Explained",
    "Forward",
    "GivenEmbedding",
    "Measure",
    "Method",
    "Named",
    "Network",
    "Quantity",
    "Returns",
    "RowFill",
    "agree",
    "any_measure",
    "choose_engine",
    "classes_of",
    "clean_torch",
    "in_vectors",
    "look_for_loops",
    "make_method",
    "measure_named",
    "measures_of",
    "method_engine",
    "quantities_of",
    "quantity_for",
    "quantity_named",
    "reference_row",
    "release_threads",
    "signed_measure",
    "title_of",
    "worst",
]
