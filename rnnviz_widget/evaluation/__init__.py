"""Measures how well a model predicts texts, how far back it looks, and how true measures are."""

from .estimate import Estimate
from .evaluation import Evaluation
from .faithfulness import Check, check
from .run import evaluate
from .tally import KNOWN, TOPS, MemorySettings, Tally

__all__ = [
    "KNOWN",
    "TOPS",
    "Check",
    "Estimate",
    "Evaluation",
    "MemorySettings",
    "Tally",
    "check",
    "evaluate",
]
