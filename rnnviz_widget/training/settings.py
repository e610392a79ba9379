"""Everything that decides what a training run does."""

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
    """A training run. Equal settings give equal weights on a CPU with equal `threads`.

    Attributes:
        cell: A name in `rnnviz_widget.models.CELLS`.
        units: Size of each recurrent layer.
        layers: Number of recurrent layers.
        depth: Levels of each layer of a nested LSTM; the other cells have none.
        embedding_size: Size of the input embedding.
        classes: Size of the vocabulary, words.
        characters: Budget, over which the learning rate runs out. A resumed run may change it.
        streams: Places of the text that are read side by side, B.
        length: Characters that each is read on by at a step, and gradients reach back, T.
        forget: Probability that a stream starts from an empty state at a step.
        softmax: "full" over all words, or "sampled" over the batch's own and some drawn ones.
        candidates: Drawn classes of the sampled softmax, K; the full one has no use for it.
        full_from: Share of the budget after which the softmax is full: the sampled one is quick
            to learn words from, but seldom draws those that a prefix leaves.
        rate: Adam's learning rate at its highest.
        warmup: Share of the budget over which the rate rises linearly.
        floor: The rate at the end, as a share of the highest.
        clip: Gradients longer than this are shortened to it.
        seed: For the initial weights, the drawn classes and the fresh starts.
        threads: Threads that torch may use.
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
    forget: float = 0.05
    softmax: str = "sampled"
    candidates: int = 1024
    full_from: float = 1.0
    rate: float = 2e-3
    warmup: float = 0.02
    floor: float = 0.01
    clip: float = 1.0
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuses what could not train.

        Raises:
            ValueError: With the setting, what it may be and what came.
        """
        if self.cell not in CELLS:
            known = ", ".join(sorted(CELLS))
            raise ValueError(f"unknown cell {self.cell!r}: expected one of {known}")
        if self.softmax not in SOFTMAXES:
            raise ValueError(f"softmax must be one of {SOFTMAXES}, got {self.softmax!r}")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}")
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
        """Optimiser steps that the budget takes, the last one whole."""
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
        """All settings that play a part: depth is there for a nested LSTM only."""
        return {n: v for n, v in asdict(self).items() if n != "depth" or self.cell == NESTED}

    def identity(self) -> dict[str, Any]:
        """What a checkpoint must agree in to be gone on from: all but the budget."""
        identity = self.as_dict()
        del identity["characters"]
        return identity
