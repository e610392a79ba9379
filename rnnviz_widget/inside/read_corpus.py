"""The states of many texts, computed in short steps, kept in memory or in a folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from rnnviz_widget.evaluation.tally import numbered

from .state_store import TYPES, StateStore, StateType, kept_as, stored_states
from .text_states import States, TextStates, checked_states

MEMORY_LIMIT = 4_000_000_000
"""The most bytes that states may take that are not kept in a folder."""


class TooLargeForMemoryError(ValueError):
    """States would take more memory than they may; in a folder they may still fit."""


ReadStates = Callable[[str], npt.NDArray[Any]]


def texts_of_file(path: str | os.PathLike[str], longest: int = 2_000) -> list[str]:
    """The lines of a file, those that are not empty, as texts.

    Args:
        path: The file, UTF-8.
        longest: Longer lines are cut into texts of at most so many characters, behind white space
            where there is some.

    Raises:
        OSError: If it can't be read.
        ValueError: If it is not UTF-8 or has no text, or `longest` is below 1.
    """
    if longest < 1:
        raise ValueError(f"longest must be at least 1 character; got {longest}")
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{os.fspath(path)} is not UTF-8: byte {error.start:,} can't be read. Save it as UTF-8"
        ) from error
    found = [text for line in lines for text in _cut(line, longest)]
    if not found:
        raise ValueError(f"{os.fspath(path)} has no text; give a file with at least one line")
    return found


def _cut(line: str, longest: int) -> Iterator[str]:
    start = 0
    while start < len(line):
        stop = min(start + longest, len(line))
        if stop < len(line):
            spaces = (at for at in range(stop, start, -1) if line[at - 1].isspace())
            stop = next(spaces, stop)
        yield line[start:stop]
        start = stop


def read_corpus(
    read: ReadStates,
    texts: Sequence[str],
    *,
    path: str | os.PathLike[str] | None = None,
    identity: Mapping[str, str] | None = None,
    dtype: StateType = "float32",
    memory_limit: int = MEMORY_LIMIT,
) -> Iterator[float | TextStates]:
    """Read texts one after the other, in steps between which others may compute.

    A folder is locked for other writers until the iterator ends, is closed or dropped.

    Args:
        read: Gives the states of a text, (T, H).
        texts: The texts.
        path: A folder that keeps the states, `StateStore`; what it already has of the same states
            is not computed again. None: they are kept in memory.
        identity: What the states are of but for the texts, such as the model's fingerprint and the
            layer; needed with `path`.
        dtype: The type in which they are kept: "float16" takes half as much as "float32".
        memory_limit: The most bytes that they may take in memory.

    Yields:
        How much is done, 0 to 1, after each text; at last the states.

    Raises:
        TooLargeForMemoryError: If they would take more memory than they may; after the first text.
        ValueError: If there is no text, a text has states that can't be taken, they would take more
            disk than there is, or the folder has something else.
        OSError: If the folder can't be written.
    """
    if not texts:
        raise ValueError("there are no texts; give at least one")
    if dtype not in TYPES:
        raise ValueError(f"dtype must be one of {', '.join(TYPES)}; got {dtype!r}")
    if path is None:
        yield from _in_memory(read, texts, dtype, memory_limit)
        return
    if identity is None:
        raise ValueError(
            "states in a folder need identity=, such as the model's fingerprint and the layer, so "
            "that those of another model are not taken for them"
        )
    digest = hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
    with StateStore(path, {**identity, "texts": digest}, len(texts), dtype) as store:
        done = _Progress(texts)
        for number, text in enumerate(texts):
            if number >= len(store):
                with numbered(number):
                    states = checked_states(read(text))
                done.computed(text, states, dtype)
                free = shutil.disk_usage(path).free
                if (needed := done.size(done.left)) > free:
                    advice = "Give a path on a disk with more space"
                    raise ValueError(done.too_large(done.left, needed, free, "on disk", advice))
                with numbered(number):
                    store.add(states)
            yield done.after(text)
    yield stored_states(path)


def _in_memory(
    read: ReadStates, texts: Sequence[str], dtype: StateType, memory_limit: int
) -> Iterator[float | TextStates]:
    found: list[States] = []
    done = _Progress(texts)
    for number, text in enumerate(texts):
        with numbered(number):
            states = checked_states(read(text))
            found.append(kept_as(states, TYPES[dtype]))
        done.computed(text, found[-1], dtype)
        if (needed := done.size(done.characters)) > memory_limit:
            of = done.characters, needed, memory_limit
            advice = "Keep them in a folder with path="
            raise TooLargeForMemoryError(done.too_large(*of, "in memory", advice))
        yield done.after(text)
    yield TextStates.of(*found)


class _Progress:
    """How many characters were read, and how much the states of those take that were computed."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.characters = max(1, sum(map(len, texts)))
        self.left = self.characters
        self._computed = 0
        self._bytes = 0

    def after(self, text: str) -> float:
        """The share of the characters that are read, with this text."""
        self.left -= len(text)
        return 1 - self.left / self.characters

    def computed(self, text: str, states: States, dtype: StateType) -> None:
        """Count the states of a text."""
        self._computed += len(text)
        self._bytes += states.size * int(TYPES[dtype][-1])

    def size(self, characters: int) -> float:
        """About how many bytes the states of so many characters take."""
        return self._bytes * characters / max(1, self._computed)

    def too_large(
        self, characters: int, needed: float, limit: float, where: str, advice: str
    ) -> str:
        """That the states of so many characters take more than there is, in words."""
        return (
            f"the states of {characters:,} characters take about {needed / 1e9:.2g} GB {where}, of "
            f"{limit / 1e9:.2g} GB at most. {advice}, give fewer texts, or dtype='float16'"
        )
