"""`SequenceModel.from_transformers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.models.model_parts import Labels, ModelParts
from rnnviz_widget.models.truth import Truth

from .build import parts_of

if TYPE_CHECKING:
    from rnnviz_widget.models.sequence import SequenceModel


@suggest_arguments()
def from_transformers(
    cls: type[SequenceModel],
    model: nn.Module,
    tokenizer: Any,
    *,
    name: str | None = None,
    masked: bool = True,
    truth: Truth = None,
) -> SequenceModel:
    """Make a model of a Hugging Face transformers model and its tokenizer; see docs/models.md.

    Serves causal and masked language models, classifiers of tokens and of texts, and
    encoder-decoders. A token is shown as the text that it stands for. Several tokens of one
    character all span it; tokens that the tokenizer adds span nothing. An encoder-decoder reads a
    source and, after the last line break, a target; `text_for` makes such a text. Nothing is
    downloaded.

    Args:
        cls: `SequenceModel`.
        model: A model with a head, such as from `AutoModelForCausalLM.from_pretrained`.
        tokenizer: Its tokenizer, a fast one.
        name: What the page calls the model; default: the model's class.
        masked: Whether a masked language model reads the text once for each token, with this token
            masked, as in training. Else it reads the text once, and sees each token that it
            predicts.
        truth: As for `SequenceModel`; default: "next" for causal models and encoder-decoders,
            "same" for masked ones, "none" for classifiers.

    Raises:
        ImportError: If transformers is not installed.
        TypeError, ValueError: If model and tokenizer don't fit each other, or are of no known kind.
        RuntimeError: If the model can't be called; the cause is attached.
    """
    found = parts_of(model, tokenizer, masked=masked)
    chosen = found.truth if truth is None else truth
    labels = Labels.checked(model, tuple(found.reader.names), found.outputs, name, chosen)
    return cls.of_parts(
        ModelParts(
            labels,
            found.network,
            found.reader,
            "" if found.network.capabilities.one_number else None,
            tokenize=found.reader.triples,
            answering=found.answers if truth is None else None,
            notes=found.notes,
        )
    )
