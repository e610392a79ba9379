"""Makes the untrained model of a training run."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from rnnviz_widget.models.autocomplete import NESTED, Autocomplete
from rnnviz_widget.training.settings import Settings
from rnnviz_widget.training.text8 import Corpus


def new_model(settings: Settings, corpus: Corpus) -> Autocomplete:
    """An untrained model whose head's biases are the words' log frequencies.

    Raises:
        ValueError: If the vocabulary is larger than that of the corpus.
    """
    corpus.classes(settings.classes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = Autocomplete(
            cell=settings.cell,
            units=settings.units,
            layers=settings.layers,
            classes=settings.classes,
            embedding_size=settings.embedding_size,
            depth=settings.depth if settings.cell == NESTED else None,
        )
        nn.init.normal_(model.embedding.weight, std=0.1)
        nn.init.normal_(model.head.weight, std=0.02)
        if (
            "lstm" in settings.cell
        ):  # Forget gates start open; otherwise the state decays within a few steps.
            for name, bias in model.cell.named_parameters():
                if name.startswith("bias_ih"):
                    nn.init.ones_(bias[settings.units : 2 * settings.units])
    counts = corpus.counts[: settings.classes].astype(np.float64)
    # A word is the truth at each of its letters and at its space, so it counts that often.
    counts *= [len(word) + 1 for word in corpus.vocabulary[: settings.classes]]
    with torch.no_grad():
        model.head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
    return model
