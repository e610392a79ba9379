"""What a sequence model must offer, and the models that ship."""

from .pretrained import load_pretrained, pretrained_names
from .sequence import SequenceModel
from .symbols import Tokens
from .targets import TOP, TRUTH, Choice, Target, choose_targets

__all__ = [
    "TOP",
    "TRUTH",
    "Choice",
    "SequenceModel",
    "Target",
    "Tokens",
    "choose_targets",
    "load_pretrained",
    "pretrained_names",
]
