"""Training: truncated backpropagation through time over contiguous streams, resumable."""

from __future__ import annotations

import json
import os
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from rnnviz_widget.models.autocomplete import NESTED, SYMBOLS, Autocomplete
from rnnviz_widget.models.checkpoint import Trained
from rnnviz_widget.training import state as checkpoints
from rnnviz_widget.training.evaluate import validation_loss
from rnnviz_widget.training.examples import Streams, generator
from rnnviz_widget.training.sampled import sampled_loss
from rnnviz_widget.training.settings import Settings
from rnnviz_widget.training.text8 import Corpus

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


def new_model(settings: Settings, corpus: Corpus) -> Autocomplete:
    """An untrained model whose head starts at the words' frequencies, ``log(count / total)``.

    Raises:
        ValueError: For an unknown cell, or a vocabulary larger than the corpus has words.
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
        if "lstm" in settings.cell:  # forget gates start open, or early text fades at once
            for name, bias in model.cell.named_parameters():
                if name.startswith("bias_ih"):
                    nn.init.ones_(bias[settings.units : 2 * settings.units])
    counts = corpus.counts[: settings.classes].astype(np.float64)
    # A position is a character: a word counts once for each of its letters and its space.
    counts *= [len(word) + 1 for word in corpus.vocabulary[: settings.classes]]
    with torch.no_grad():
        model.head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
    return model


def run_settings(folder: Path) -> Settings:
    """The settings that a run was last started with.

    Raises:
        FileNotFoundError: If the folder holds no run.
    """
    if not (folder / CHECKPOINT).is_file():
        raise FileNotFoundError(
            f"no training run with a checkpoint in {folder}: expected a folder that the train "
            f"command wrote"
        )
    content = checkpoints.read(folder / CHECKPOINT)
    names = {field.name for field in fields(Settings)}
    kept = {name: value for name, value in content["settings"].items() if name in names}
    return Settings(**kept, characters=content["characters"])


def keep(state: Any, fresh: np.ndarray[Any, Any]) -> Any:
    """The state (layers, B, units) for the next step: cut from the graph, zero where fresh."""
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(keep(part, fresh) for part in state)
    factor = torch.from_numpy(~fresh).to(state.dtype)
    return state.detach() * factor[:, None]


class Run:
    """One training run in a folder: its model, optimiser, place in the text and log.

    Made anew, or gone on with when the folder holds a checkpoint of the same settings.

    Args:
        settings: What to train. A larger or smaller budget than the checkpoint's is taken on.
        corpus: The prepared text.
        folder: Where checkpoint and log lie.

    Raises:
        ValueError: If the folder's checkpoint is cut off or of other settings.
    """

    def __init__(self, settings: Settings, corpus: Corpus, folder: Path) -> None:
        self.settings, self.corpus, self.folder = settings, corpus, folder
        torch.set_num_threads(settings.threads)
        self.model = new_model(settings, corpus)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.rate, fused=True)
        self.streams = Streams(
            corpus,
            settings.classes,
            streams=settings.streams,
            length=settings.length,
            forget=settings.forget,
            seed=settings.seed,
        )
        self.step = 0
        self.seconds = 0.0
        self.state: Any = None
        self.budgets = [(0, settings.characters)]
        self.log_bytes = 0
        if (folder / CHECKPOINT).exists():
            self._resume()
        self._mark = time.monotonic()

    def _identity(self) -> dict[str, Any]:
        text = f"{len(self.corpus.symbols)} characters, {len(self.corpus.vocabulary)} words"
        return self.settings.identity() | {"text": text}

    def _resume(self) -> None:
        path = self.folder / CHECKPOINT
        content = checkpoints.read(path)
        checkpoints.check_settings(path, content["settings"], self._identity())
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.seconds = content["step"], content["seconds"]
        self.state = content["state"]
        self.budgets = content.get("budgets", [(0, content["characters"])])
        if self.budgets[-1][1] != self.settings.characters:
            self.budgets.append((self.step, self.settings.characters))
        self.log_bytes = content["log_bytes"]

    def save(self) -> None:
        """Writes the checkpoint, in one piece."""
        log = self.folder / LOG
        now = time.monotonic()
        self.seconds += now - self._mark
        self._mark = now
        checkpoints.write(
            self.folder / CHECKPOINT,
            {
                "settings": self._identity(),
                "characters": self.settings.characters,
                "budgets": self.budgets,
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "state": self.state,
                "log_bytes": log.stat().st_size if log.exists() else 0,
            },
        )

    def trained(self) -> Trained:
        """The model as it stands, with its vocabulary and what it was trained on."""
        settings, training = self.settings, self.corpus.parts["training"][1]
        about = {
            "text": f"the first {training:,} characters of {self.corpus.name}",
            "characters": self.step * settings.streams * settings.length,
            "steps": self.step,
            "seconds": round(self.seconds),
            "settings": settings.as_dict(),
            "budgets": self.budgets,
            "torch": torch.__version__,
        }
        classes = self.corpus.classes(settings.classes)
        return Trained(self.model, SYMBOLS, classes, about)

    def advance(self) -> float:
        """One optimiser step; the loss before it, in nats."""
        settings = self.settings
        batch = self.streams.batch(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate_at(self.step)
        hidden, state = self.model.read(torch.from_numpy(batch.ids), keep(self.state, batch.fresh))
        rng = generator(settings.seed, self.step, 1)
        loss = sampled_loss(hidden, batch.targets, self.model.head, settings.candidates, rng)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip)
        self.optimizer.step()
        self.state = keep(state, np.zeros(settings.streams, dtype=bool))
        self.step += 1
        return float(loss.detach())

    def log(self, **values: float) -> None:
        """Appends a line to the log, with the step, the characters and the seconds so far."""
        characters = self.step * self.settings.streams * self.settings.length
        seconds = self.seconds + time.monotonic() - self._mark
        line = {"step": self.step, "characters": characters, "seconds": round(seconds, 1)}
        with (self.folder / LOG).open("a", encoding="ascii") as file:
            file.write(json.dumps(line | {k: round(v, 5) for k, v in values.items()}) + "\n")

    def train(
        self,
        *,
        minutes: float = float("inf"),
        checkpoint_every: int = 100,
        log_every: int = 20,
        validate_every: int = 400,
        progress: bool = True,
    ) -> bool:
        """Trains until the budget is spent, or for some minutes, whichever comes first.

        Args:
            minutes: When to stop; the run can be gone on with.
            checkpoint_every: Steps from checkpoint to checkpoint.
            log_every: Steps from line to line of the log.
            validate_every: Steps from validation to validation.
            progress: Whether to draw a bar.

        Returns:
            Whether the budget is spent.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        settings, steps = self.settings, self.settings.steps
        log = self.folder / LOG
        if log.exists():  # what was logged after the checkpoint will be logged again
            os.truncate(log, min(self.log_bytes, log.stat().st_size))
        per_step = settings.streams * settings.length
        stop = time.monotonic() + 60 * minutes
        losses: list[float] = []
        with tqdm(
            total=steps * per_step,
            initial=self.step * per_step,
            unit=" characters",
            unit_scale=True,
            smoothing=0.02,
            desc=settings.cell,
            disable=not progress,
        ) as bar:
            while self.step < steps and time.monotonic() < stop:
                losses.append(self.advance())
                bar.update(per_step)
                bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
                if self.step % log_every == 0 or self.step == steps:
                    rate = settings.rate_at(self.step - 1)
                    self.log(loss=float(np.mean(losses)), rate=rate)
                    losses.clear()
                if self.step % validate_every == 0 or self.step == steps:
                    loss, top_1 = validation_loss(self.model, self.corpus)
                    self.log(validation_loss=loss, validation_top_1=top_1)
                if self.step % checkpoint_every == 0:
                    self.save()
        self.save()
        return self.step >= steps
