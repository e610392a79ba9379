"""A prepared text: memory-mapped arrays, the vocabulary and the three parts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnviz_widget.models.autocomplete import SYMBOLS

DATA = Path("runs/text8")
# Written last: its presence means that the other files are complete.
_LAST = "parts.json"
SHARE = 20
"""By default the validation part and the test part are each 1 / SHARE of the text."""

UNKNOWN_WORD = -1
"""A word that is not in the training part."""
NO_WORD = -2
"""No word: a space before another space, or a word that the edge of a part cuts."""


@dataclass(frozen=True)
class Corpus:
    """A prepared text.

    Attributes:
        symbols: The id of each character in `SYMBOLS`, (N,) uint8.
        words: The word of each character, (N,) int32: its rank by frequency in the training part,
            `UNKNOWN_WORD` or `NO_WORD`. A space belongs to the word after it.
        vocabulary: The words of the training part, most frequent first, ties alphabetically.
        counts: How often each of them occurs in the training part.
        parts: The start and end of "training", "validation" and "test", in characters.
        name: The text's name; "text8" only for text8 itself.
    """

    symbols: NDArray[np.uint8]
    words: NDArray[np.int32]
    vocabulary: list[str]
    counts: NDArray[np.int64]
    parts: dict[str, tuple[int, int]]
    name: str

    def part(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """The symbols and words of one part, as memory-mapped arrays.

        Raises:
            ValueError: If there is no part of this name.
        """
        if name not in self.parts:
            raise ValueError(f"unknown part {name!r}: expected one of {', '.join(self.parts)}")
        start, end = self.parts[name]
        return self.symbols[start:end], self.words[start:end]

    def classes(self, number: int) -> list[str]:
        """The `number` most frequent words.

        Raises:
            ValueError: If the training part has fewer different words.
        """
        if not 1 <= number <= len(self.vocabulary):
            raise ValueError(
                f"a vocabulary of {number:,} words was requested, but the training part has "
                f"{len(self.vocabulary):,} different words: use 1 to {len(self.vocabulary):,}"
            )
        return self.vocabulary[:number]


def _split(length: int, validation: int, test: int) -> dict[str, tuple[int, int]]:
    training = length - validation - test
    if min(validation, test) < 1 or training < validation + test:
        raise ValueError(
            f"the corpus is too short: {length:,} characters leave {training:,} for training "
            f"beside {validation:,} for validation and {test:,} for the test; expected at least "
            f"{2 * (validation + test):,} in all and one in each part. Use a longer text, or "
            f"other values of --validation and --test"
        )
    parts = {"training": (0, training), "validation": (training, training + validation)}
    return parts | {"test": (training + validation, length)}


def _places(symbols: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The ordinal of each character's word, or -1; a space belongs to the word after it."""
    letter = symbols != 0
    start = letter.copy()
    start[1:] &= ~letter[:-1]
    ordinal = np.cumsum(start, dtype=np.int32) - 1
    ordinal[~letter] = -1
    before = np.flatnonzero(~letter[:-1] & letter[1:])
    ordinal[before] = ordinal[before + 1]
    return ordinal


def prepare(
    text: bytes,
    folder: Path = DATA,
    *,
    name: str = "a text of the user's own",
    validation: int | None = None,
    test: int | None = None,
) -> Corpus:
    """Number the characters and words of a clean text, and write the arrays to a folder.

    The parts are consecutive: training, validation, test. The vocabulary consists of the training
    part's words. A word that the edge of a part cuts belongs to no part.

    Args:
        text: The text, of a to z and spaces.
        folder: The folder for the arrays.
        name: The text's name.
        validation: Characters of the validation part; default: a twentieth of the text.
        test: Characters of the test part; default: a twentieth of the text.

    Raises:
        OSError: If the folder can't be written to.
        ValueError: If the text is too short for its parts, has no word, or has other characters.
    """
    others = set(text) - set(SYMBOLS.encode())
    if others:
        shown = ", ".join(repr(chr(code)) for code in sorted(others)[:5])
        raise ValueError(f"expected text of a to z and spaces, got also {shown}: clean it first")
    validation, test = (len(text) // SHARE if n is None else n for n in (validation, test))
    parts = _split(len(text), validation, test)
    table = np.zeros(256, dtype=np.uint8)
    table[np.frombuffer(SYMBOLS.encode(), dtype=np.uint8)] = np.arange(len(SYMBOLS))
    symbols = table[np.frombuffer(text, dtype=np.uint8)]
    ordinal = _places(symbols)
    spelled = text.split()
    # An edge cuts a word that has letters on both sides of it; the end one that no space follows.
    cut = {int(ordinal[end - 1]) for _, end in parts.values() if end == len(text)}
    for _, end in list(parts.values())[:-1]:
        if ordinal[end - 1] == ordinal[end]:
            cut.add(int(ordinal[end]))
    cut.discard(-1)
    seen = int(ordinal[: parts["training"][1]].max()) + 1
    frequency = Counter(spelled[:seen])
    for place in cut:
        if place < seen:
            frequency[spelled[place]] -= 1
    ranked = sorted((-count, word) for word, count in frequency.items() if count > 0)
    if not ranked:
        raise ValueError("the training part has no word: expected text of a to z and spaces")
    rank = {word: place for place, (_, word) in enumerate(ranked)}
    ids = np.fromiter((rank.get(word, UNKNOWN_WORD) for word in spelled), np.int32, len(spelled))
    ids[list(cut)] = NO_WORD
    words = np.append(ids, np.int32(NO_WORD))[ordinal]  # Ordinal -1 selects the last entry.
    lines = "".join(f"{word.decode()} {-count}\n" for count, word in ranked)
    about = {"name": name, "words": len(ranked), "parts": parts}
    with _all_or_none(folder) as new:
        for array, file_name in ((symbols, "symbols.npy"), (words, "words.npy")):
            with (new / file_name).open("wb") as file:
                np.save(file, array)
        (new / "vocabulary.txt").write_text(lines, encoding="ascii")
        (new / _LAST).write_text(json.dumps(about), encoding="ascii")
    return load(folder)


@contextlib.contextmanager
def _all_or_none(folder: Path) -> Iterator[Path]:
    """A temporary folder, whose files replace those in `folder` when the block ends.

    A run that has memory-mapped the previous files keeps them.

    Raises:
        OSError: If a file can't be written; the text that was prepared before is then unchanged.
    """
    new = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        yield new
        for path in new.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # else a power cut may leave the new name with old content
        (folder / _LAST).unlink(missing_ok=True)
        for path in sorted(new.iterdir(), key=lambda path: path.name == _LAST):
            path.replace(folder / path.name)
    except OSError as error:
        # numpy's error has no reason, only how much was written.
        why = error.strerror or f"{error} (is the disk full?)"
        raise OSError(
            f"could not write the prepared text to {folder}: {why}. A text prepared there before "
            "is unchanged; free some space, check the permissions, or pass another folder with "
            "--data"
        ) from error
    finally:
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)


def load(folder: Path | str = DATA) -> Corpus:
    """Load a prepared text; its arrays are memory-mapped.

    Raises:
        FileNotFoundError: If no text was prepared in the folder.
        ValueError: If one of its files is missing or damaged.
    """
    folder = Path(folder)
    if not (folder / "parts.json").is_file():
        raise FileNotFoundError(
            f"no prepared text in {folder}: run python -m rnnviz_widget.training prepare first, "
            f"or pass the folder of one with --data"
        )
    try:
        about = json.loads((folder / "parts.json").read_text(encoding="ascii"))
        lines = (folder / "vocabulary.txt").read_text("ascii").splitlines()
        ranked = [(word, int(count)) for word, count in map(str.split, lines)]
        whole = len(ranked) == about.get("words", len(ranked))
        corpus = Corpus(
            symbols=np.load(folder / "symbols.npy", mmap_mode="r"),
            words=np.load(folder / "words.npy", mmap_mode="r"),
            vocabulary=[word for word, _ in ranked],
            counts=np.array([count for _, count in ranked], dtype=np.int64),
            parts={name: (start, end) for name, (start, end) in about["parts"].items()},
            name=about["name"],
        )
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise ValueError(
            f"the prepared text in {folder} is damaged ({error}): prepare it again"
        ) from error
    if not whole:
        raise ValueError(
            f"the prepared text in {folder} is damaged ({len(ranked):,} words, expected "
            f"{about['words']:,}): prepare it again"
        )
    return corpus
