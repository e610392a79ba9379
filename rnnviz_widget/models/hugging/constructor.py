"""`SequenceModel.from_transformers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from rnnviz_widget.models.model_parts import Labels, ModelParts
from rnnviz_widget.models.truth import Truth

from .build import parts_of

if TYPE_CHECKING:
    from rnnviz_widget.models.sequence import SequenceModel


def from_transformers(
    cls: type[SequenceModel],
    model: nn.Module,
    tokenizer: Any,
    *,
    name: str | None = None,
    masked: bool = True,
    truth: Truth = None,
) -> SequenceModel:
    """A model of Hugging Face transformers, with its tokenizer; see docs/models.md.

    Causal and masked language models, classifiers of tokens and of texts, encoder-decoders.
    Tokens are shown as the text that they stand for; the pieces of one character all stand
    there, those that the tokenizer adds nowhere. An encoder-decoder reads a source and, after
    the last line break, a target; `text_for` makes such a text. Nothing is fetched.

    Args:
        cls: `SequenceModel`.
        model: With a head, as `AutoModelForCausalLM.from_pretrained` gives it, say.
        tokenizer: Its tokenizer, a fast one.
        name: What the page calls it; default: the model's class.
        masked: Whether a masked language model reads the text once for each token, with this
            one masked, as it was trained to; else once, and sees each token that it predicts.
        truth: As of `SequenceModel`; default: "next" of a causal one and of a target, "same"
            of a masked one, "none" of a classifier.

    Raises:
        ImportError: If transformers is not installed.
        TypeError, ValueError: If model and tokenizer don't fit each other, or are of no kind
            that can be read.
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
