"""A prepared text: arrays that can be mapped into memory, its words and its parts."""

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
# It says that the rest is whole.
_LAST = "parts.json"
SHARE = 20
"""By default validation and test part are one in so many characters: of text8 5,000,000 each."""

UNKNOWN_WORD = -1
"""A word that the training part does not have."""
NO_WORD = -2
"""No word: two spaces in a row, or a word that an edge cuts."""


@dataclass(frozen=True)
class Corpus:
    """A prepared text.

    Attributes:
        symbols: (N,) uint8, the id of each character in `SYMBOLS`.
        words: (N,) int32, the word that each character, or the space before it, belongs to: its
            rank by frequency in the training part, `UNKNOWN_WORD` or `NO_WORD`.
        vocabulary: The words of the training part, most frequent first, ties alphabetically.
        counts: How often each of them stands in the training part.
        parts: Start and end of "training", "validation" and "test", in characters.
        name: What the text is called, "text8" only if it is that.
    """

    symbols: NDArray[np.uint8]
    words: NDArray[np.int32]
    vocabulary: list[str]
    counts: NDArray[np.int64]
    parts: dict[str, tuple[int, int]]
    name: str

    def part(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Symbols and words of one part, still mapped from disk.

        Raises:
            ValueError: For a part that there is not.
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
                f"asked for a vocabulary of {number:,} words, but the training part has "
                f"{len(self.vocabulary):,} different ones: ask for 1 to {len(self.vocabulary):,}"
            )
        return self.vocabulary[:number]


def _split(length: int, validation: int, test: int) -> dict[str, tuple[int, int]]:
    training = length - validation - test
    if min(validation, test) < 1 or training < validation + test:
        raise ValueError(
            f"the corpus is too short: {length:,} characters leave {training:,} for training "
            f"beside {validation:,} for validation and {test:,} for the test; expected at least "
            f"{2 * (validation + test):,} in all and one in each part. Give a longer text, or "
            f"other --validation and --test"
        )
    parts = {"training": (0, training), "validation": (training, training + validation)}
    return parts | {"test": (training + validation, length)}


def _places(symbols: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The ordinal of the word at each character, or at the space before it; -1 for none."""
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
    """Numbers the characters and words of a clean text, and writes the arrays to a folder.

    The test part is the end of the text, the validation part stands before it, and what comes
    first is the training part, which alone decides the vocabulary. A word that the edge of a part
    cuts is in none.

    Args:
        text: Of a to z and spaces.
        folder: Where the arrays go.
        name: What the text is called.
        validation: Characters of that part; by default a twentieth of the text.
        test: Characters of that part; by default a twentieth.

    Raises:
        ValueError: If the text is too short for its parts, has no word or other characters.
    """
    others = set(text) - set(SYMBOLS.encode())
    if others:
        shown = ", ".join(repr(chr(code)) for code in sorted(others)[:5])
        raise ValueError(f"expected text of a to z and spaces, got {shown} too: clean it first")
    validation, test = (len(text) // SHARE if n is None else n for n in (validation, test))
    parts = _split(len(text), validation, test)
    table = np.zeros(256, dtype=np.uint8)
    table[np.frombuffer(SYMBOLS.encode(), dtype=np.uint8)] = np.arange(len(SYMBOLS))
    symbols = table[np.frombuffer(text, dtype=np.uint8)]
    ordinal = _places(symbols)
    spelled = text.split()
    # At an edge, a word is cut if it stands on both sides; at the end, if no space follows it.
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
    words = np.append(ids, np.int32(NO_WORD))[ordinal]  # -1, no word, picks the last
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
    """A folder to write a prepared text's files to, which take their place when all are whole.

    They are new files: a run that has the old ones mapped keeps these.

    Raises:
        OSError: If they can't be written; what was prepared in the folder before is untouched.
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
        # numpy tells how much it wrote and not why no more.
        why = error.strerror or f"{error} (is the disk full?)"
        raise OSError(
            f"could not write the prepared text to {folder}: {why}. What was "
            "prepared there before is untouched; make room there, see that it may be written, or "
            "give another folder with --data"
        ) from error
    finally:
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)


def load(folder: Path | str = DATA) -> Corpus:
    """Maps a prepared corpus into memory.

    Raises:
        FileNotFoundError: If nothing was prepared there.
        ValueError: If a file of it is missing or cut off.
    """
    folder = Path(folder)
    if not (folder / "parts.json").is_file():
        raise FileNotFoundError(
            f"no prepared text in {folder}: run python -m rnnviz_widget.training prepare first, "
            f"or say with --data where it lies"
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
