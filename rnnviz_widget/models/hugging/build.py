"""Making the parts of a `SequenceModel` of a transformers model and its tokenizer."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines import Network
from rnnviz_widget.models.truth import Answering

from .calls import CausalCall, PairCall
from .kinds import Kind, kind_of
from .readers import PairReader, TextReader
from .vocabulary import check_tokenizer, names_of

MASKED = (
    "Each output predicts its own token, which is masked: every row is about a text of its own, in "
    "which the mask stands at this place."
)
UNMASKED = "Nothing is masked: it reads each token that it predicts."
PAIR = (
    "It reads a source and, after the last line break, a target. At the source its output is the "
    "prediction of the target's first token."
)


@dataclass(frozen=True)
class TransformerParts:
    """The parts of a `SequenceModel`.

    Attributes:
        reader: Maps texts to tokens.
        outputs: The names of the classes.
        truth: What the right answer is, unless the user says otherwise.
        answers: Finds the right answers, if `truth` does not say all.
        notes: Notes for the reader.
        network: Runs the model.
    """

    reader: TextReader
    outputs: tuple[str, ...]
    truth: str
    answers: Answering | None
    notes: list[str]
    network: Network


def parts_of(model: Any, tokenizer: Any, *, masked: bool) -> TransformerParts:
    """Make the parts of a `SequenceModel` of a model and its tokenizer.

    Raises:
        ImportError: If transformers is not installed.
        TypeError, ValueError: If model and tokenizer don't fit, or are of no known kind.
        RuntimeError: If the model can't be called; the cause is attached.
    """
    kind = kind_of(model)
    check_tokenizer(tokenizer)
    name = type(model).__name__
    embedded = _embedded(model, tokenizer)
    names = names_of(tokenizer, embedded)
    notes = []
    if len(tokenizer) > embedded:
        notes.append(
            f"Its tokenizer has {len(tokenizer)} tokens, of which it embeds {embedded}: a text "
            "with one of the others is refused."
        )
    reader, read = TextReader(tokenizer, names, name), CausalCall(_takes(model))
    truth, mask, answers = "none", None, None
    if kind is Kind.NEXT:
        truth = "next"
    elif kind is Kind.MASKED:
        truth = "same"
        mask = _mask(model, tokenizer, embedded) if masked else None
        notes.append(MASKED if masked else UNMASKED)
    elif kind is Kind.PAIR:
        start = _start(model)
        pair = PairReader(tokenizer, names, name, start=start)
        reader, read, answers, truth = pair, PairCall(read.takes, start), pair.answers, "next"
        notes.append(PAIR)
    notes += _added(reader)
    outputs = _labels(model) if kind in (Kind.LABEL, Kind.LABELS) else _classes(model, tokenizer)
    several = getattr(model.config, "problem_type", None) == "multi_label_classification"
    example = _example(reader, embedded)
    try:
        network = Network(
            model,
            embedded,
            len(outputs),
            forward=read,
            example=example,
            mask=mask,
            returns="log_odds" if several else "logits",
        )
    except RuntimeError as error:
        cause = error if error.__cause__ is None else error.__cause__
        raise RuntimeError(
            f"{name} can't be called with input_ids of one text alone: {type(cause).__name__}: "
            f"{cause}. Pass its module to rv.SequenceModel, with forward= to say how it is called"
        ) from cause
    return TransformerParts(
        replace(reader, limit=network.capabilities.max_tokens),
        outputs,
        truth,
        answers,
        notes,
        network,
    )


def _embedded(model: Any, tokenizer: Any) -> int:
    """How many tokens a model embeds.

    Raises:
        ValueError: If its tokenizer's vocabulary is larger.
    """
    embedding = model.get_input_embeddings()
    count = getattr(embedding, "num_embeddings", None)
    if count is None:
        count = len(embedding.weight)
    # Tokens added to the vocabulary may never occur in a text; those of the vocabulary do.
    if tokenizer.vocab_size > count:
        raise ValueError(
            f"the tokenizer's vocabulary must fit the model: {type(model).__name__} embeds "
            f"{count} tokens, and the tokenizer has {tokenizer.vocab_size}. Pass the tokenizer "
            "that the model was trained with, or call "
            "model.resize_token_embeddings(len(tokenizer))"
        )
    return int(count)


def _takes(model: Any) -> tuple[str, ...]:
    named = inspect.signature(model.forward).parameters
    return tuple(name for name in ("attention_mask", "use_cache") if name in named)


def _mask(model: Any, tokenizer: Any, embedded: int) -> int:
    mask = tokenizer.mask_token_id
    if mask is None or mask >= embedded:
        got = "it has none" if mask is None else f"its id is {mask}, of {embedded} embedded"
        raise ValueError(
            f"masked=True needs a tokenizer with a mask token that {type(model).__name__} reads; "
            f"{got}. Set tokenizer.mask_token, or pass masked=False"
        )
    return int(mask)


def _start(model: Any) -> int:
    for config in (model.config, getattr(model, "generation_config", None)):
        start = getattr(config, "decoder_start_token_id", None)
        if start is not None:
            return int(start)
    raise ValueError(
        f"{type(model).__name__} does not say with which token its decoder starts; set "
        "model.config.decoder_start_token_id"
    )


def _labels(model: Any) -> tuple[str, ...]:
    labels = model.config.id2label
    return tuple(str(labels[number]) for number in sorted(labels))


def _classes(model: Any, tokenizer: Any) -> tuple[str, ...]:
    """Names for the logits of a language model."""
    head = model.get_output_embeddings()
    weight = getattr(head, "weight", None)
    count = len(weight) if isinstance(weight, (Tensor, nn.Parameter)) else model.config.vocab_size
    return names_of(tokenizer, int(count))


def _added(reader: TextReader) -> list[str]:
    """A note on tokens that stand for no characters, if there are any."""
    names = reader.added()
    if isinstance(reader, PairReader):
        names.append(reader.names[reader.start])
    if not names:
        return []
    named = ", ".join(dict.fromkeys(names))
    note = (
        f"It also reads tokens that stand for no character ({named}): their scores are not shown "
        "on any."
    )
    return [note]


def _example(reader: TextReader, symbols: int) -> Tensor | None:
    """Ids to try an encoder-decoder on, with the token that starts the decoder among them."""
    if not isinstance(reader, PairReader):
        return None
    one, other = [n for n in range(symbols - 1, -1, -1) if n != reader.start][:2]
    return torch.tensor([one, other, one, one, reader.start, other, one, other])
