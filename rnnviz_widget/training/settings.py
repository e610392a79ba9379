"""The settings of a training run."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from rnnviz_widget.models import CELLS
from rnnviz_widget.models.autocomplete import NESTED

SOFTMAXES = ("sampled", "full")
_COUNTS = (
    "units",
    "layers",
    "depth",
    "embedding_size",
    "classes",
    "characters",
    "streams",
    "length",
    "candidates",
    "threads",
)


@dataclass(frozen=True)
class Settings:
    """The settings of a training run. On a CPU, equal settings give equal weights.

    Attributes:
        cell: A name in `rnnviz_widget.models.CELLS`.
        units: The size of each recurrent layer.
        layers: The number of recurrent layers.
        depth: The levels of each layer of a nested LSTM; other cells have none.
        embedding_size: The size of the input embedding.
        classes: The size of the vocabulary, in words.
        characters: The budget: how many characters to read. The learning rate decays over it. A
            resumed run may change it.
        streams: How many places of the text are read in parallel, B.
        length: How many characters each stream reads in a step, T. Gradients reach back to the
            start of the step.
        skip: How many characters each stream passes over at its beginning, such as those that the
            run which gave the initial weights has read.
        forget: The probability that a stream starts a step from an empty state.
        softmax: "full": over all words; "sampled": over the batch's own words and some drawn ones.
        candidates: How many classes the sampled softmax draws, K.
        full_from: The share of the budget after which the softmax is full. The sampled softmax is
            faster, but seldom draws the words that share a prefix, which the model must tell apart.
        rate: Adam's highest learning rate.
        warmup: The share of the budget over which the rate rises linearly.
        floor: The last learning rate, as a share of the highest.
        clip: The largest norm of a gradient; longer gradients are scaled down to it.
        initial: A model file, or the name of a bundled model, whose weights the run begins with; ""
            for random ones.
        seed: Of random initial weights, the drawn classes and the starts from an empty state.
        threads: How many threads torch uses.
    """

    cell: str = "gru"
    units: int = 320
    layers: int = 2
    depth: int = 2
    embedding_size: int = 32
    classes: int = 8192
    characters: int = 17_000_000
    streams: int = 64
    length: int = 96
    skip: int = 0
    forget: float = 0.05
    softmax: str = "sampled"
    candidates: int = 1024
    full_from: float = 1.0
    rate: float = 2e-3
    warmup: float = 0.02
    floor: float = 0.01
    clip: float = 1.0
    initial: str = ""
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            ValueError: If a setting is impossible; the message names it and what it may be.
        """
        if self.cell not in CELLS:
            known = ", ".join(sorted(CELLS))
            raise ValueError(f"unknown cell {self.cell!r}: expected one of {known}")
        if self.softmax not in SOFTMAXES:
            raise ValueError(f"softmax must be one of {SOFTMAXES}, got {self.softmax!r}")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("seed", "skip"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        for name in ("forget", "full_from", "warmup", "floor"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {getattr(self, name)}")
        for name in ("rate", "clip"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.cell != NESTED and self.depth != type(self).depth:
            raise ValueError(f"depth is for the cell {NESTED!r}; {self.cell!r} has none")

    @property
    def steps(self) -> int:
        """How many optimiser steps the budget takes, rounded up."""
        return math.ceil(self.characters / (self.streams * self.length))

    def is_full_at(self, step: int) -> bool:
        """Whether the softmax of a step runs over all words."""
        return self.softmax == "full" or step >= self.full_from * self.steps

    def rate_at(self, step: int) -> float:
        """The learning rate of a step: a linear rise, then half a cosine down to the floor."""
        warm = max(1.0, self.warmup * self.steps) if self.warmup else 0.0
        if step < warm:
            return self.rate * (step + 1) / (warm + 1)
        along = min(1.0, (step - warm) / max(1.0, self.steps - warm))
        return self.rate * (self.floor + (1 - self.floor) * (1 + math.cos(math.pi * along)) / 2)

    def as_dict(self) -> dict[str, Any]:
        """All settings that apply to the cell: `depth` only for a nested LSTM."""
        return {n: v for n, v in asdict(self).items() if n != "depth" or self.cell == NESTED}

    def identity(self) -> dict[str, Any]:
        """The settings that must equal those of a checkpoint to resume it: all but the budget."""
        identity = self.as_dict()
        del identity["characters"]
        return identity
