"""Sequence models: a torch module with its symbols, and the models that ship."""

from .cells import CELLS
from .checkpoints import Checkpoints
from .input_predictions import InputPredictions, why_no_input_predictions
from .intervention import Intervention, SetTo
from .min_gru import MinGRU
from .nalu import NAC, NALU, MultiplicativeNAC
from .nested_lstm import NestedLSTM
from .nmu import NMU
from .pretrained import load_pretrained, pretrained_names, pretrained_results
from .sequence import SequenceModel
from .snapshots import renewed
from .sparsemax import Sparsemax
from .states import ModelStates
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
from .unit import Unit, for_target

__all__ = [
    "CELLS",
    "NAC",
    "NALU",
    "NMU",
    "TOP",
    "TRUTH",
    "CheckedTarget",
    "Checkpoints",
    "Choice",
    "Contrast",
    "InputPredictions",
    "Intervention",
    "MinGRU",
    "ModelStates",
    "MultiplicativeNAC",
    "NestedLSTM",
    "One",
    "SequenceModel",
    "SetTo",
    "Sparsemax",
    "Target",
    "Unit",
    "UnknownSymbolError",
    "as_target",
    "check_classes",
    "check_name",
    "choose_targets",
    "for_target",
    "has_contrast",
    "load_pretrained",
    "pretrained_names",
    "pretrained_results",
    "renewed",
    "target_from_json",
    "target_to_json",
    "why_no_input_predictions",
]
