"""A training run in a folder: it writes checkpoints and a log, and can be resumed."""

from __future__ import annotations

import copy
import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm.auto import tqdm

from rnnviz_widget.files import append_whole
from rnnviz_widget.models import checkpoint as models
from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete
from rnnviz_widget.models.checkpoint import Trained
from rnnviz_widget.training import state as checkpoints
from rnnviz_widget.training.device import find, repeatable
from rnnviz_widget.training.initial_model import further_trained
from rnnviz_widget.training.log import columns, with_earlier
from rnnviz_widget.training.settings import Settings
from rnnviz_widget.training.text8 import Corpus
from rnnviz_widget.training.trainer import Trainer
from rnnviz_widget.training.validate import validation_loss

LOG = "log.jsonl"
KEPT = "model-step-{:06d}.safetensors"


class Run:
    """One training run in a folder, by truncated backpropagation through time.

    If the folder contains a checkpoint of the same settings, the run is resumed from it.

    Args:
        settings: What to train. The budget may differ from the checkpoint's.
        corpus: The prepared text.
        folder: The folder of checkpoint and log.
        device: The device, such as "cpu", "cuda", "cuda:1" or "mps". A run may be resumed on
            another device.
        budget_minutes: A budget in minutes instead of ``settings.characters``. Some steps are timed
            and undone, and the characters that can be read in the rest of the time become the
            budget. The checkpoint stores it, so a resumed run has the same budget.

    Attributes:
        settings: As given; with `budget_minutes`, with the resulting number of characters.
        trainer: The model with its optimiser and its place in the text.
        before: How the model that the run began with was trained; None for random weights.

    Raises:
        ValueError: If the folder's checkpoint is damaged or of other settings, torch lacks the
            device, the corpus has too few words or characters, or the model to begin with does not
            fit the settings.
        FileNotFoundError: If there is no model to begin with.

    Example:
        >>> run = Run(Settings(units=100, classes=2000), load(folder), Path("runs/small"))
        >>> run.train(pause_after_minutes=5)
        >>> trained = run.trained()
    """

    def __init__(
        self,
        settings: Settings,
        corpus: Corpus,
        folder: Path,
        *,
        device: str = "cpu",
        budget_minutes: float | None = None,
    ) -> None:
        if budget_minutes is not None and not 0 < budget_minutes < math.inf:
            raise ValueError(f"a budget in minutes must be above 0, got {budget_minutes}")
        self.settings, self.corpus, self.folder = settings, corpus, folder
        self.device, self.budget_minutes = find(device), budget_minutes
        path = folder / checkpoints.CHECKPOINT
        content = checkpoints.read(path) if path.exists() else None
        if content is not None:
            theirs = content["settings"]
            defaults = checkpoints.settings_of(content).identity()
            checkpoints.check_settings(path, defaults | theirs, self._identity())
        if budget_minutes is not None:
            self.settings = replace(settings, characters=self._fix_budget(budget_minutes, content))
        self.trainer = Trainer(self.settings, corpus, self.device)
        self.seconds = 0.0
        self.log_bytes = 0
        self.losses: list[float] = []  # since the last line of the log
        self.budgets = [(0, self.settings.characters)]
        self.before: dict[str, Any] | None = None
        if content is not None:
            self._resume(content)
        elif self.settings.initial:
            self._begin_with(further_trained(self.settings, corpus))
        self._mark = time.monotonic()

    @property
    def model(self) -> Autocomplete:
        """The model that is being trained."""
        return self.trainer.model

    @property
    def step(self) -> int:
        """The number of optimiser steps done."""
        return self.trainer.step

    def _fix_budget(self, minutes: float, content: dict[str, Any] | None) -> int:
        """How many characters can be read in some minutes, in whole steps, by a measured speed."""
        if content is not None and content.get("budget_minutes") == minutes:
            return int(content["characters"])
        if content is not None and content["step"]:
            seconds, left = content["seconds"] / content["step"], 60 * minutes
        else:
            start = time.monotonic()
            with repeatable(self.settings.threads):
                timed = Trainer(self.settings, self.corpus, self.device)
                seconds = timed.seconds_per_step(min(5, 3 * minutes))
            left = 60 * minutes - (time.monotonic() - start)
        return max(1, int(left / seconds)) * self.settings.streams * self.settings.length

    def _identity(self) -> dict[str, Any]:
        text = f"{len(self.corpus.symbols)} characters, {len(self.corpus.vocabulary)} words"
        return self.settings.identity() | {"text": text}

    def _begin_with(self, trained: Trained) -> None:
        self.model.load_state_dict(trained.module.state_dict())
        self.before = trained.about

    def _resume(self, content: dict[str, Any]) -> None:
        self.trainer.restore(content)
        self.before = content.get("before")
        self.seconds = content["seconds"]
        self.losses = content.get("losses", [])
        self.log_bytes = content["log_bytes"]
        if self.budget_minutes is None and content["characters"] == self.settings.characters:
            self.budget_minutes = content.get("budget_minutes")
        self.budgets = content.get("budgets", [(0, content["characters"])])
        if self.budgets[-1][1] != self.settings.characters:
            # A budget with which no step was trained is dropped.
            self.budgets = [budget for budget in self.budgets if budget[0] < self.step]
            self.budgets.append((self.step, self.settings.characters))

    def save(self) -> None:
        """Write the checkpoint, completely or not at all.

        Raises:
            OSError: If it can't be written; the previous checkpoint is then unchanged.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(
                f"the run folder {self.folder} can't be created: {error}. Pass another with --run"
            ) from error
        log = self.folder / LOG
        now = time.monotonic()
        self.seconds += now - self._mark
        self._mark = now
        checkpoints.write(
            self.folder / checkpoints.CHECKPOINT,
            {
                **self.trainer.checkpoint(),
                "settings": self._identity(),
                "characters": self.settings.characters,
                "budget_minutes": self.budget_minutes,
                "budgets": self.budgets,
                "before": self.before,
                "seconds": self.seconds,
                "losses": self.losses,
                "log_bytes": log.stat().st_size if log.exists() else 0,
            },
        )

    def trained(self) -> Trained:
        """A copy of the current model on the CPU, with its words and how it was trained.

        If the run began with another model's weights, what that read and took is counted, too.
        """
        settings, training = self.settings, self.corpus.parts["training"][1]
        about = {
            "text": f"the first {training:,} characters of {self.corpus.name}",
            "characters": self.step * settings.streams * settings.length,
            "steps": self.step,
            "seconds": round(self.seconds),
            "settings": settings.as_dict(),
            "budgets": self.budgets,
            "device": str(self.device),
            "torch": torch.__version__,
            "log": columns(self.folder / LOG, self.step),
        }
        if self.before is not None:
            about = with_earlier(about, self.before)
        classes = self.corpus.classes(settings.classes)
        return Trained(copy.deepcopy(self.model).cpu().eval(), SYMBOLS, classes, about)

    def log(self, **values: float) -> None:
        """Append values to the log, with the step, characters and seconds so far."""
        characters = self.step * self.settings.streams * self.settings.length
        seconds = self.seconds + time.monotonic() - self._mark
        line = {"step": self.step, "characters": characters, "seconds": round(seconds, 1)}
        rounded = {k: round(v, 5) if math.isfinite(v) else None for k, v in values.items()}
        append_whole(self.folder / LOG, json.dumps(line | rounded) + "\n")

    def train(
        self,
        *,
        pause_after_minutes: float = math.inf,
        checkpoint_every: int = 100,
        log_every: int = 20,
        validate_every: int = 400,
        keep_at: Sequence[float] = (),
        progress: bool = True,
    ) -> bool:
        """Train until the budget is spent, or pause after some minutes.

        Args:
            pause_after_minutes: When to pause. This leaves the budget and the learning rate's
                schedule unchanged; another call continues the run.
            checkpoint_every: Steps between checkpoints.
            log_every: Steps between lines of the log.
            validate_every: Steps between validations.
            keep_at: Shares of the budget, above 0 and up to 1. At each the model is also written to
                the folder, as ``model-step-000470.safetensors`` for step 470.
            progress: Whether to show a progress bar.

        Returns:
            Whether the budget is spent.

        Raises:
            ValueError: If a number of steps is below 1, or a share is not between 0 and 1.
            OSError: If the folder can't be written to.
            RuntimeError: If the loss is not finite, or another process is training in the folder.
        """
        for every in (checkpoint_every, log_every, validate_every):
            if every < 1:
                raise ValueError(f"an interval must be at least 1 step, got {every}")
        kept = kept_steps(keep_at, self.settings.steps)
        if not (self.folder / checkpoints.CHECKPOINT).exists():
            self.save()  # Fail now, and not after an hour, if the folder can't be written to.
        stop = time.monotonic() + 60 * pause_after_minutes
        per_step = self.settings.streams * self.settings.length
        with (
            checkpoints.alone(self.folder),
            repeatable(self.settings.threads),
            tqdm(
                total=self.settings.steps * per_step,
                initial=self.step * per_step,
                unit=" characters",
                unit_scale=True,
                smoothing=0.02,
                desc=self.settings.cell,
                disable=not progress,
            ) as bar,
        ):
            log = self.folder / LOG
            if log.exists():  # Lines after the checkpoint are logged again.
                os.truncate(log, min(self.log_bytes, log.stat().st_size))
            while self.step < self.settings.steps and time.monotonic() < stop:
                loss = self.trainer.advance()
                bar.update(per_step)
                bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
                self._note(loss, log_every, validate_every)
                if self.step in kept:
                    models.save(self.folder / KEPT.format(self.step), self.trained())
                if self.step % checkpoint_every == 0:
                    self.save()
            self.save()
        return self.step >= self.settings.steps

    def _note(self, loss: float, log_every: int, validate_every: int) -> None:
        """Log the step that was just done, if it is one of those to log."""
        last = self.step == self.settings.steps
        self.losses.append(loss)
        if self.step % log_every == 0 or last:
            rate = self.settings.rate_at(self.step - 1)
            self.log(loss=float(np.mean(self.losses)), rate=rate)
            self.losses.clear()
        if self.step % validate_every == 0 or last:
            nats, top_1 = validation_loss(self.model, self.corpus)
            self.log(validation_loss=nats, validation_top_1=top_1)


def kept_steps(shares: Sequence[float], steps: int) -> set[int]:
    """The steps after which the model is written to the folder, from shares of all steps.

    Raises:
        ValueError: If a share is not above 0 and at most 1.
    """
    for share in shares:
        if not 0 < share <= 1:
            raise ValueError(f"a share of the budget must be above 0 and at most 1, got {share}")
    return {max(1, round(share * steps)) for share in shares}
