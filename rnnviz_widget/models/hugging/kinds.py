"""What a transformers model predicts, and whether it is supported."""

from __future__ import annotations

import enum
import importlib
from typing import Any

from torch import nn

_INSTALL = (
    "SequenceModel.from_transformers needs the package transformers, which is not installed here; "
    "install it with: pip install 'rnnviz-widget[transformers]'"
)
_OTHERWISE = (
    "For another model pass its module to rv.SequenceModel, with forward= to say how it is called"
)


class Kind(enum.Enum):
    """What a model predicts, which the end of its class's name says."""

    NEXT = "the next token"
    MASKED = "each token itself"
    LABELS = "a label for each token"
    LABEL = "one label for the text"
    PAIR = "the next token of a target, given a source"


_ENDS = {
    "ForCausalLM": Kind.NEXT,
    "LMHeadModel": Kind.NEXT,
    "ForMaskedLM": Kind.MASKED,
    "ForTokenClassification": Kind.LABELS,
    "ForSequenceClassification": Kind.LABEL,
    "ForConditionalGeneration": Kind.PAIR,
    "MTModel": Kind.PAIR,
}


def library() -> Any:
    """Import the package transformers, or raise an ImportError that says how to install it."""
    try:
        return importlib.import_module("transformers")
    except ImportError as error:
        raise ImportError(_INSTALL) from error


def kind_of(model: Any) -> Kind:
    """What a model predicts, by the name of its class or of a base class.

    Raises:
        ImportError: If transformers is not installed.
        TypeError: If it is no transformers model.
        ValueError: If its head is not supported, or its inputs are no tokens.
    """
    if not isinstance(model, library().PreTrainedModel):
        hint = "pass a model such as AutoModelForCausalLM.from_pretrained returns"
        if isinstance(model, nn.Module) and hasattr(model, "get_base_model"):
            hint = "pass the model under the adapters: model.merge_and_unload()"
        raise TypeError(
            f"model must be a transformers.PreTrainedModel; got {type(model).__name__}; {hint}. "
            f"{_OTHERWISE}"
        )
    read = getattr(model, "main_input_name", "input_ids")
    if read != "input_ids":
        raise ValueError(
            f"{type(model).__name__} must read tokens, input_ids; it reads {read}. For sounds, "
            "images and other vectors use SequenceModel.from_vectors"
        )
    names = [each.__name__ for each in type(model).__mro__]
    for name in names:
        for end, kind in _ENDS.items():
            if name.endswith(end):
                several = kind is Kind.PAIR and not model.config.is_encoder_decoder
                return Kind.NEXT if several else kind
    raise ValueError(
        f"{type(model).__name__} has no supported head; the name of its class, or of a base class, "
        f"should end with {', '.join(_ENDS)}. Load it with AutoModelForCausalLM, "
        f"AutoModelForMaskedLM or the like. {_OTHERWISE}"
    )
