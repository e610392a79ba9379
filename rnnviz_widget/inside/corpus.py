"""Texts to be searched for places like one: from a file, a list, or a folder that keeps states."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rnnviz_widget.files import write_whole
from rnnviz_widget.surrogates import check_surrogates

from .read_corpus import texts_of_file
from .state_store import StateType

_TEXTS = "corpus.json"
_MEMORY_LIMIT = 1_000_000_000


class TextCorpus:
    """Texts to be searched by their models' states.

    Each text is a unit: nothing runs over its end. States are computed when they are first needed,
    for one layer of one model at a time.

    Args:
        source: The path of a UTF-8 file, whose lines are the texts (longer ones are cut behind
            white space into texts of at most 2,000 characters); a list of texts; or a folder that
            an earlier `keep` has made.
        keep: A folder that keeps texts and states, so that they are not computed again: states take
            4 bytes for each step and unit of each layer that was searched ("float16": 2). None:
            they are dropped with the corpus.
        dtype: The type in which states are kept: "float16", "float32" or "float64".
        memory_limit: The most bytes of memory that states, and the bits that are searched, may
            take each. What takes more is on disk: in `keep`, or else in a temporary folder.

    Attributes:
        texts: The texts.
        name: What readers are told it is.
        keep: The folder; None: nothing is kept.

    Raises:
        TypeError: If `source` is none of these.
        OSError: If a file can't be read, or the folder not written.
        ValueError: If a file is not UTF-8 or there is no text; or if the folder keeps other texts.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Sequence[str],
        *,
        keep: str | os.PathLike[str] | None = None,
        dtype: StateType = "float32",
        memory_limit: int = _MEMORY_LIMIT,
    ) -> None:
        self.dtype, self.memory_limit = dtype, memory_limit
        self.keep = None if keep is None else Path(keep)
        if isinstance(source, (str, os.PathLike)):
            path = Path(source)
            self.name = path.name
            self.texts = self._of_path(path)
        else:
            self.texts = _of_list(source)
            self.name = "the corpus"
        if self.keep is not None:
            _keep_texts(self.keep, self.texts, self.name)

    def _of_path(self, path: Path) -> list[str]:
        if path.is_dir():
            self.keep = self.keep or path
            return _kept_texts(path)
        if not path.exists():
            raise FileNotFoundError(
                f"there is no file {os.fspath(path)!r}; give the path of a text file, a folder "
                "that keeps a corpus, or a list of texts"
            )
        return texts_of_file(path)

    def __repr__(self) -> str:
        kept = "" if self.keep is None else f", kept in {self.keep}"
        return f"TextCorpus({self.name}: {len(self):,} texts, {self.characters:,} characters{kept})"

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.texts)

    @cached_property
    def characters(self) -> int:
        """The number of characters of all texts."""
        return sum(map(len, self.texts))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each text; of equal ones the first."""
        return {text: n for n, text in reversed(list(enumerate(self.texts)))}


def as_corpus(source: Any) -> TextCorpus:
    """A corpus, or what one is made of; see `TextCorpus`."""
    return source if isinstance(source, TextCorpus) else TextCorpus(source)


def _of_list(source: object) -> list[str]:
    if not isinstance(source, (list, tuple)):
        raise TypeError(
            "a corpus is the path of a text file, a folder that keeps one, or a list of texts; got "
            f"{type(source).__name__}"
        )
    for n, text in enumerate(source):
        if not isinstance(text, str):
            raise TypeError(f"text {n} must be a string; got {text!r:.80}")
        if not text:
            raise ValueError(f"text {n} is empty; leave it out")
        check_surrogates(text, f"text {n}")
    if not source:
        raise ValueError("the corpus has no text; give at least one")
    return list(source)


def _keep_texts(folder: Path, texts: Sequence[str], name: str) -> None:
    """Write the texts into a folder, or see that it has the same.

    Raises:
        ValueError: If it has others.
    """
    if (folder / _TEXTS).exists():
        kept = _kept_texts(folder)
        if kept != list(texts):
            pairs = enumerate(zip(kept, texts, strict=False))
            other = next((n for n, (one, now) in pairs if one != now), None)
            counts = f"it had {len(kept):,} texts and has {len(texts):,}"
            raise ValueError(
                f"{name} has changed since its states were kept in {folder}: "
                f"{counts if other is None else f'text {other} is another'}. Give another folder, "
                "or delete this one to compute the states again"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _TEXTS, json.dumps(list(texts)))


def _kept_texts(folder: Path) -> list[str]:
    try:
        return _of_list(json.loads((folder / _TEXTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(
            f"the folder {folder} keeps no corpus: expected one with {_TEXTS}, as "
            "rv.TextCorpus(..., keep=...) writes it. Give a text file, a list of texts, or such "
            "a folder"
        ) from error


def folder_of(corpus: TextCorpus, identity: dict[str, str]) -> Path | None:
    """Where a corpus keeps the states of one layer of one model; None: nowhere."""
    if corpus.keep is None:
        return None
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return corpus.keep / digest[:16]
