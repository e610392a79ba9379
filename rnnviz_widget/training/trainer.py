"""Takes optimiser steps by truncated backpropagation through time."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from torch import nn

from rnnviz_widget.training.examples import Streams, generator
from rnnviz_widget.training.initial_model import new_model
from rnnviz_widget.training.sampled import full_loss, sampled_loss
from rnnviz_widget.training.settings import Settings
from rnnviz_widget.training.state import moved
from rnnviz_widget.training.text8 import Corpus


def carried_over(state: Any, fresh: np.ndarray[Any, Any]) -> Any:
    """The state (layers, B, units) for the next step: detached, and zero for fresh streams."""
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(carried_over(part, fresh) for part in state)
    factor = torch.from_numpy(~fresh).to(state)
    return state.detach() * factor[:, None]


class Trainer:
    """A model in training, with its optimiser and its place in the text.

    Args:
        settings: What to train; the budget determines the learning rate of each step.
        corpus: The prepared text.
        device: The device to train on.

    Attributes:
        model: The model that is being trained.
        step: The number of optimiser steps done.
        state: The hidden states of all streams after the last step; None before the first.
    """

    def __init__(self, settings: Settings, corpus: Corpus, device: torch.device) -> None:
        self.settings, self.device = settings, device
        self.model = new_model(settings, corpus).to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.rate, fused=True)
        self.streams = Streams(
            corpus,
            settings.classes,
            streams=settings.streams,
            length=settings.length,
            forget=settings.forget,
            seed=settings.seed,
            skip=settings.skip,
        )
        self.step = 0
        self.state: Any = None

    def checkpoint(self) -> dict[str, Any]:
        """The content of a checkpoint, for `restore`."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "state": self.state,
        }

    def restore(self, content: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step = content["step"]
        self.state = moved(content["state"], self.device)

    def advance(self) -> float:
        """Take one optimiser step, and return the loss before it in nats.

        Raises:
            RuntimeError: If the loss is not finite.
        """
        settings = self.settings
        batch = self.streams.batch(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate_at(self.step)
        ids = torch.from_numpy(batch.ids).to(self.device)
        hidden, state = self.model.read(ids, carried_over(self.state, batch.fresh))
        if settings.is_full_at(self.step):
            loss = full_loss(hidden, batch.targets, self.model.head)
        else:
            rng = generator(settings.seed, self.step, 1)
            loss = sampled_loss(hidden, batch.targets, self.model.head, settings.candidates, rng)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise RuntimeError(
                f"the loss is {value} at step {self.step:,}: the model has diverged. Start over in "
                f"another folder (--run) with a lower --rate or --clip"
            )
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip)
        self.optimizer.step()
        self.state = carried_over(state, np.zeros(settings.streams, dtype=bool))
        self.step += 1
        return value

    def seconds_per_step(self, at_least: float) -> float:
        """Train for some seconds and at least three steps, after two steps to warm up."""
        for _ in range(2):
            self.advance()
        start, first = time.monotonic(), self.step
        while self.step < first + 3 or time.monotonic() < start + at_least:
            self.advance()
        return (time.monotonic() - start) / (self.step - first)
