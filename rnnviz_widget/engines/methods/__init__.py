"""Measures that are more than one gradient: captum's, occlusion, attention."""

from .capabilities import measures_of
from .engine import MethodEngine
from .method import METHODS, Method, make_method
from .named import AnyMeasure, Named, any_measure, title_of

__all__ = [
    "METHODS",
    "AnyMeasure",
    "Method",
    "MethodEngine",
    "Named",
    "any_measure",
    "make_method",
    "measures_of",
    "title_of",
]
