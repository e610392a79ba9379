"""Evaluates a model on the validation part during training."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from rnnviz_widget.models.autocomplete import Autocomplete
from rnnviz_widget.training.examples import mask_first_word, targets_of
from rnnviz_widget.training.sampled import NOT_COUNTED
from rnnviz_widget.training.text8 import Corpus


def validation_loss(
    model: Autocomplete, corpus: Corpus, *, streams: int = 32, length: int = 2000, chunk: int = 100
) -> tuple[float, float]:
    """The cross entropy (full softmax) and top-1 accuracy on places of the validation part.

    Args:
        model: The model, on any device.
        corpus: The prepared text.
        streams: How many evenly spread places are read in parallel; fewer if the part is too short
            to give each a chunk.
        length: How many characters each stream reads from an empty state; fewer if there are
            fewer.
        chunk: How many characters are read at a time.

    Returns:
        The cross entropy in nats and the accuracy, averaged over the positions whose word is in
        the vocabulary; NaN if there is none.
    """
    symbols, words = corpus.part("validation")
    streams = min(streams, max(1, len(symbols) // chunk))
    length = min(length, len(symbols) // streams)
    starts = np.arange(streams)[:, None] * (len(symbols) // streams)
    ids = symbols[starts + np.arange(length)].astype(np.int64)
    targets = targets_of(words[starts + np.arange(length)], model.head.out_features)
    mask_first_word(ids, targets)
    device = model.head.weight.device
    state: Any = None
    loss = correct = 0.0
    with torch.inference_mode():
        for start in range(0, length, chunk):
            end = start + chunk
            hidden, state = model.read(torch.from_numpy(ids[:, start:end]).to(device), state)
            wanted = torch.from_numpy(targets[:, start:end]).to(device)
            counted = wanted >= 0
            logits = model.head(hidden[counted])
            loss += float(functional.cross_entropy(logits, wanted[counted], reduction="sum"))
            correct += int((logits.argmax(-1) == wanted[counted]).sum())
    number = int((targets != NOT_COUNTED).sum())
    return (loss / number, correct / number) if number else (float("nan"), float("nan"))
