"""What a sequence model must offer, and the models that ship."""

from . import nested_cells  # noqa: F401 - lets the sweep serve NestedLSTM
from .nested_lstm import NestedLSTM
from .pretrained import load_pretrained, pretrained_names, pretrained_results
from .sequence import SequenceModel
from .symbols import Tokens
from .targets import TOP, TRUTH, Choice, Target, choose_targets

__all__ = [
    "TOP",
    "TRUTH",
    "Choice",
    "NestedLSTM",
    "SequenceModel",
    "Target",
    "Tokens",
    "choose_targets",
    "load_pretrained",
    "pretrained_names",
    "pretrained_results",
]
