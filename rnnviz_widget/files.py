"""Writing files completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], *, alone: bool = False) -> Iterator[BinaryIO]:
    """Opens a file for writing; it replaces `path` only if the block ends without an error.

    The content goes to a temporary file beside `path`, which is then renamed. So a full disk, an
    error or a power cut leaves the previous file, or no file. A symbolic link is followed, and the
    permissions of a replaced file are kept.

    Args:
        path: The file.
        alone: Whether no other process writes it. The temporary file then has a fixed name, so that
            one left by a killed writer is overwritten.

    Raises:
        OSError: If it can't be written: the folder is missing or closed, or the disk full.
    """
    place = Path(os.path.realpath(path))
    mine = "" if alone else f".{secrets.token_hex(4)}"
    partial = place.with_name(f"{place.name}{mine}.part")
    try:
        _check(place)
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the new name with old content
        if place.exists():
            shutil.copymode(place, partial)
        partial.replace(place)
    except OSError as error:
        before = "What was there is untouched" if _is_there(place) else "Nothing was left behind"
        raise OSError(
            f"could not write {os.fspath(path)}: {error.strerror or error}. {before}; "
            f"{_advice(place)}"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write_whole(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Writes a file in one piece; text as UTF-8, with its line breaks as they are.

    Raises:
        OSError: As `whole_file`.
        UnicodeEncodeError: If text has half of a surrogate pair; nothing is written.
    """
    content = data.encode() if isinstance(data, str) else data
    with whole_file(path) as file:
        file.write(content)


def append_whole(path: str | os.PathLike[str], text: str) -> None:
    """Appends text, as UTF-8, to a file, which is created if it does not exist.

    Raises:
        OSError: If it can't be written; the file is then as it was.
    """
    place = Path(path)
    size = place.stat().st_size if _is_there(place) else None
    try:
        with place.open("ab") as file:
            file.write(text.encode())
    except OSError as error:
        with contextlib.suppress(OSError):
            if size is None:
                place.unlink(missing_ok=True)
            else:
                os.truncate(place, size)
        raise OSError(
            f"could not write to {os.fspath(path)}: {error.strerror or error}. What was there is "
            f"untouched; {_advice(place)}"
        ) from error


def _is_there(place: Path) -> bool:
    """Whether the file exists; False if its folder may not be read, since that can't be known."""
    try:
        return place.exists()
    except OSError:
        return False


def _check(place: Path) -> None:
    if place.exists() and not place.is_file():
        raise OSError(f"it is a {'folder' if place.is_dir() else 'device'}, not a file")


def _advice(place: Path) -> str:
    try:
        missing = not place.parent.is_dir()
    except OSError:
        missing = False  # It may not be looked into.
    if missing:
        return f"make the folder {place.parent} first"
    return "make room there, see that it may be written, or choose another path"
