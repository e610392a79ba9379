"""Makes the model that a training run begins with: an untrained one, or one from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from rnnviz_widget.models.autocomplete import NESTED, SYMBOLS, Autocomplete
from rnnviz_widget.models.checkpoint import Trained, load
from rnnviz_widget.models.pretrained import pretrained_file, pretrained_names
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


def further_trained(settings: Settings, corpus: Corpus) -> Trained:
    """The model whose weights a run begins with: that of `settings.initial`.

    Raises:
        FileNotFoundError: If there is neither such a file nor such a bundled model.
        ValueError: If the file is damaged, or its model has other sizes or other words than those
            of the run.
    """
    name = settings.initial
    if name in pretrained_names():
        path = pretrained_file(name)
    else:
        path = Path(name)
        if not path.is_file():
            known = ", ".join(pretrained_names())
            raise FileNotFoundError(
                f"no model at {name} to begin with: expected a model file that the export or "
                f"train command wrote, or the name of a bundled model ({known})"
            )
    trained = load(path)
    wanted = new_model(settings, corpus).config
    differing = [
        f"{key}: the file {trained.module.config.get(key)!r}, the run {wanted.get(key)!r}"
        for key in sorted(trained.module.config.keys() | wanted.keys())
        if trained.module.config.get(key) != wanted.get(key)
    ]
    if differing:
        raise ValueError(
            f"the model of {name} has other sizes than the run ({'; '.join(differing)}). Give the "
            f"run those of the file"
        )
    if trained.symbols != SYMBOLS or trained.classes != corpus.classes(settings.classes):
        raise ValueError(
            f"the model of {name} predicts other words than the run: expected the "
            f"{settings.classes:,} most frequent words of {corpus.name}, in that order. Prepare "
            f"the text that the model was trained on, or begin with random weights"
        )
    return trained
