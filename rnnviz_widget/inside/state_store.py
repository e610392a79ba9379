"""States of many texts in a folder: added text by text, resumed after a stop, mapped into memory.

A folder has three files: `about.json`, what the states are of; `texts.jsonl`, a line for each text
whose states are complete, with their checksum; and `states.bin`, the states of all texts, (T, H),
one after the other. A line is written after its states, so that whatever stops a run leaves the
texts before it whole.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from rnnviz_widget.evaluation.lock import lock_alone
from rnnviz_widget.files import write_whole

from .text_states import States, TextStates, blocks, checked_states, starts_of

StateType = Literal["float16", "float32", "float64"]
TYPES = {"float16": "<f2", "float32": "<f4", "float64": "<f8"}
_KIND = "rnnviz_widget states 1"
_ABOUT, _TEXTS, _STATES = "about.json", "texts.jsonl", "states.bin"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredText:
    """The states of one text in the folder: how many steps and units, and their checksum."""

    steps: int
    units: int
    crc32: int

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Parse a line of `texts.jsonl`.

        Raises:
            ValueError: If it is anything else.
        """
        record = json.loads(line)
        names = list(cls.__dataclass_fields__)
        if not isinstance(record, dict) or list(record) != names:
            raise ValueError(f"expected {', '.join(names)}")
        if not all(type(value) is int and value >= 0 for value in record.values()):
            raise ValueError("expected whole numbers, none below 0")
        return cls(**record)

    def size(self, kind: str) -> int:
        """Its size in bytes."""
        return self.steps * self.units * np.dtype(kind).itemsize


class StateStore:
    """Adds the states of texts to a folder, in the order of the texts.

    A folder of the same states is gone on with: `len` tells how many texts it has. It is locked for
    other writers until the `with` block ends.

    Args:
        path: The folder; it is made if it is not there.
        identity: What the states are of, such as the model's fingerprint, the texts and the layer:
            everything that must be equal to go on.
        texts: The number of texts.
        dtype: The type in which they are kept.

    Raises:
        ValueError: If the folder has something else, or is damaged; the message says what.
        BlockingIOError: If another process writes to it.
        OSError: If it can't be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        identity: Mapping[str, str],
        texts: int,
        dtype: StateType = "float32",
    ) -> None:
        self.path = Path(path)
        self._kind = TYPES[dtype]
        about = {"kind": _KIND, "identity": dict(identity), "texts": texts, "dtype": self._kind}
        _begin(self.path, about)
        self._lines = (self.path / _TEXTS).open("a+b", buffering=0)
        try:
            lock_alone(self._lines, "computation of states")
            self._stored = self._resume()
            self._states = (self.path / _STATES).open("ab", buffering=0)
        except BaseException:
            self._lines.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lines, self._states:
            for file in (self._states, self._lines):
                os.fsync(file.fileno())

    def __len__(self) -> int:
        """The number of texts that are complete."""
        return len(self._stored)

    def _resume(self) -> list[StoredText]:
        """What is complete; what is not is cut off."""
        stored, whole = _read_lines(self.path)
        states = self.path / _STATES
        states.touch()
        size, kept = states.stat().st_size, 0
        for number, text in enumerate(stored):
            kept += text.size(self._kind)
            if kept > size:
                _log.warning("%s: the states of text %d are incomplete", self.path, number)
                kept -= text.size(self._kind)
                stored = stored[:number]
                whole = b"".join(_line(each) for each in stored)
                break
        _check_sums(self.path, stored, self._kind)
        self._lines.truncate(len(whole))
        os.truncate(states, kept)
        return stored

    def add(self, states: States) -> None:
        """Add the states of the next text, (T, H).

        Raises:
            ValueError: If they are not finite in the type in which they are kept, or of another
                number of units than those before.
            OSError: If they can't be written; the folder keeps the texts before.
        """
        checked = checked_states(states)
        units = self._stored[0].units if self._stored else checked.shape[1]
        if checked.shape[1] != units:
            raise ValueError(f"expected {units:,} units, as before; got {checked.shape[1]:,}")
        content = kept_as(checked, self._kind).tobytes()
        text = StoredText(len(checked), units, zlib.crc32(content))
        starts = [file.seek(0, os.SEEK_END) for file in (self._states, self._lines)]
        try:
            _write(self._states, content)
            _write(self._lines, _line(text))
        except OSError as error:
            self._states.truncate(starts[0])
            self._lines.truncate(starts[1])
            raise OSError(
                f"could not write {self.path}: {error.strerror or error}. The {len(self):,} texts "
                "before are kept: free some space and call again, which goes on from there"
            ) from error
        self._stored.append(text)


def _write(file: FileIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]


def kept_as(states: States, kind: str) -> States:
    """States in the type in which they are kept.

    Raises:
        ValueError: If it can't hold them.
    """
    with np.errstate(over="ignore"):
        found: States = np.ascontiguousarray(states, np.dtype(kind))
    if not np.isfinite(found).all():
        raise ValueError(
            f"a state of {float(np.abs(states).max()):.3g} is too large for {found.dtype.name}, "
            f"which ends at {np.finfo(found.dtype).max:.3g}: pass dtype='float32' or 'float64'"
        )
    return found


def stored_states(path: str | os.PathLike[str], *, unfinished: bool = False) -> TextStates:
    """The states in a folder, mapped from the file: they are read when they are looked at.

    Args:
        path: The folder.
        unfinished: Whether a folder is taken that does not have all of its texts.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it is no folder of states, damaged, or does not have all of its texts.
    """
    folder = Path(path)
    about = _read_about(folder)
    stored, _ = _read_lines(folder)
    if not stored or (len(stored) < about["texts"] and not unfinished):
        raise ValueError(
            f"{folder} is unfinished: it has the states of {len(stored):,} of {about['texts']:,} "
            "texts. Compute the rest, which goes on from there"
            + ("" if not stored else ", or pass unfinished=True to take those that are there")
        )
    _check_sums(folder, stored, about["dtype"])
    shape = sum(text.steps for text in stored), stored[0].units
    states = np.memmap(folder / _STATES, np.dtype(about["dtype"]), mode="r", shape=shape)
    return TextStates(states, starts_of([text.steps for text in stored]))


def _begin(folder: Path, about: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if all(file.name.startswith(_ABOUT + ".") for file in folder.iterdir()):  # of a killed run
        write_whole(folder / _ABOUT, json.dumps(about))
        return
    there = _read_about(folder)
    differing = [name for name in about if name != "identity" and there[name] != about[name]]
    identity, own = there["identity"], about["identity"]
    differing += [name for name in {**own, **identity} if identity.get(name) != own.get(name)]
    if differing:
        raise ValueError(
            f"{folder} has other states: it differs in {', '.join(dict.fromkeys(differing))}. Give "
            "another path, or delete the folder to start over"
        )


def _read_about(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}; give one that has states")
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        whole = about["kind"] == _KIND and about["dtype"] in TYPES.values()
        whole = whole and type(about["texts"]) is int and type(about["identity"]) is dict
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise ValueError(
            f"{folder} is no folder of states: expected one with {_ABOUT}, as it was written. Give "
            "another path"
        )
    return dict(about)


def _read_lines(folder: Path) -> tuple[list[StoredText], bytes]:
    """The texts, and the bytes of their lines; an incomplete last line is no text."""
    lines = folder / _TEXTS
    content = lines.read_bytes() if lines.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    stored: list[StoredText] = []
    for number, line in enumerate(whole.splitlines()):
        try:
            text = StoredText.read(line)
            if stored and text.units != stored[0].units:
                raise ValueError(f"expected {stored[0].units} units")  # noqa: TRY301
        except (ValueError, RecursionError) as error:
            raise ValueError(_damaged(folder, f"{_TEXTS}, line {number + 1}, {error}")) from error
        stored.append(text)
    return stored, whole


def _check_sums(folder: Path, stored: list[StoredText], kind: str) -> None:
    if not stored:
        return
    with (folder / _STATES).open("rb") as file:
        for number, text in enumerate(stored):
            found = 0
            for part in _parts(text.size(kind)):
                found = zlib.crc32(file.read(part), found)
            if found != text.crc32:
                what = f"the states of text {number} are not those that were written"
                raise ValueError(_damaged(folder, what))


def _parts(size: int) -> Iterator[int]:
    for part in blocks(size, 1, 1):
        yield part.stop - part.start


def _line(text: StoredText) -> bytes:
    return (json.dumps(asdict(text)) + "\n").encode("ascii")


def _damaged(folder: Path, what: str) -> str:
    return f"{folder} is damaged: {what}. Delete the folder to compute the states again"
