"""Loggers of experiments: numbers, an image and words, each by the logger's own calls."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


class Writer(Protocol):
    """What is written to; `tag` names what it is."""

    def numbers(self, numbers: dict[str, float], step: int | None) -> None:
        """Write numbers by their tags."""
        ...

    def picture(self, tag: str, image: Image, words: str, step: int | None) -> None:
        """Write an image, (height, width, 3), and what it shows in words."""
        ...

    def words(self, tag: str, words: str, step: int | None) -> None:
        """Write words; they are no markup."""
        ...


@dataclass(frozen=True)
class SummaryWriting:
    """A `SummaryWriter` of torch or tensorboardX, or what has its methods."""

    writer: Any

    def numbers(self, numbers: dict[str, float], step: int | None) -> None:
        """Write numbers by their tags."""
        for tag, number in numbers.items():
            self.writer.add_scalar(tag, number, step)

    def picture(self, tag: str, image: Image, words: str, step: int | None) -> None:
        """Write an image; the words are written by themselves."""
        del words
        self.writer.add_image(tag, image, step, dataformats="HWC")

    def words(self, tag: str, words: str, step: int | None) -> None:
        """Write words, as a block of code, since TensorBoard reads Markdown."""
        block = "\n".join(f"    {line}" for line in words.splitlines())
        self.writer.add_text(tag, block, step)


@dataclass(frozen=True)
class MLflowWriting:
    """The module `mlflow` with an active run, or what has its functions."""

    writer: Any

    def numbers(self, numbers: dict[str, float], step: int | None) -> None:
        """Write numbers by their tags."""
        for tag, number in numbers.items():
            self.writer.log_metric(tag, number, step=step)

    def picture(self, tag: str, image: Image, words: str, step: int | None) -> None:
        """Write an image as a file."""
        del words
        self.writer.log_image(image, f"{_file(tag, step)}.png")

    def words(self, tag: str, words: str, step: int | None) -> None:
        """Write words as a file."""
        self.writer.log_text(words, f"{_file(tag, step)}.txt")


@dataclass(frozen=True)
class DictWriting:
    """A run of Weights & Biases, or what has its method `log`, which takes a dictionary."""

    writer: Any

    def numbers(self, numbers: dict[str, float], step: int | None) -> None:
        """Write numbers by their tags."""
        self.writer.log(dict(numbers), step=step)

    def picture(self, tag: str, image: Image, words: str, step: int | None) -> None:
        """Write an image with the words as its caption."""
        wandb = sys.modules.get("wandb")
        made = image if wandb is None else wandb.Image(image, caption=words)
        self.writer.log({tag: made}, step=step)

    def words(self, tag: str, words: str, step: int | None) -> None:
        """Write words."""
        self.writer.log({tag: words}, step=step)


def _file(tag: str, step: int | None) -> str:
    return tag if step is None else f"{tag}-{step:08d}"


def writer_of(writer: Any) -> Writer:
    """How a logger is written to.

    Raises:
        TypeError: If it has none of the methods that are known.
    """
    if _can(writer, "add_scalar", "add_image", "add_text"):
        return SummaryWriting(writer)
    if _can(writer, "log_metric", "log_image", "log_text"):
        return MLflowWriting(writer)
    if _can(writer, "log"):
        return DictWriting(writer)
    if hasattr(writer, "experiment"):  # A logger of Lightning.
        return writer_of(writer.experiment)
    raise TypeError(
        f"don't know how to log to {type(writer).__name__}: expected a SummaryWriter (add_scalar, "
        "add_image, add_text), mlflow (log_metric, log_image, log_text), a run of Weights & Biases "
        "(log), or a logger of Lightning that has one of these"
    )


def _can(writer: Any, *methods: str) -> bool:
    return all(callable(getattr(writer, name, None)) for name in methods)
