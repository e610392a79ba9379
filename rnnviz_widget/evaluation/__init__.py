"""Measures how well a model predicts texts, and how far back its predictions depend on them."""

from .estimate import Estimate
from .evaluation import Evaluation
from .run import evaluate
from .tally import KNOWN, TOPS, MemorySettings, Tally

__all__ = ["KNOWN", "TOPS", "Estimate", "Evaluation", "MemorySettings", "Tally", "evaluate"]
