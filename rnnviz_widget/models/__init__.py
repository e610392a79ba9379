"""Sequence models: a torch module with its symbols, and the models that ship."""

from .cells import CELLS
from .input_predictions import InputPredictions, why_no_input_predictions
from .min_gru import MinGRU
from .nalu import NAC, NALU, MultiplicativeNAC
from .nested_lstm import NestedLSTM
from .nmu import NMU
from .pretrained import load_pretrained, pretrained_names, pretrained_results
from .sequence import SequenceModel
from .snapshots import renewed
from .sparsemax import Sparsemax
from .symbols import UnknownSymbolError, check_name
from .targets import (
    TOP,
    TRUTH,
    CheckedTarget,
    Choice,
    Contrast,
    One,
    Target,
    as_target,
    check_classes,
    choose_targets,
    has_contrast,
    target_from_json,
    target_to_json,
)

__all__ = [
    "CELLS",
    "NAC",
    "NALU",
    "NMU",
    "TOP",
    "TRUTH",
    "CheckedTarget",
    "Choice",
    "Contrast",
    "InputPredictions",
    "MinGRU",
    "MultiplicativeNAC",
    "NestedLSTM",
    "One",
    "SequenceModel",
    "Sparsemax",
    "Target",
    "UnknownSymbolError",
    "as_target",
    "check_classes",
    "check_name",
    "choose_targets",
    "has_contrast",
    "load_pretrained",
    "pretrained_names",
    "pretrained_results",
    "renewed",
    "target_from_json",
    "target_to_json",
    "why_no_input_predictions",
]
