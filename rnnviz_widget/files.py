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
        OSError: If it can't be written: the folder is missing or not writable, or the disk is full.
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
        before = "The previous file is unchanged" if _is_there(place) else "No file was left behind"
        raise OSError(
            f"could not write {os.fspath(path)}: {error.strerror or error}. {before}; "
            f"{_advice(place)}"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write_whole(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Writes a file completely or not at all; text as UTF-8 with unchanged line breaks.

    Raises:
        OSError: As `whole_file`.
        UnicodeEncodeError: If a text has half of a surrogate pair; nothing is written.
    """
    content = data.encode() if isinstance(data, str) else data
    with whole_file(path) as file:
        file.write(content)


def append_whole(path: str | os.PathLike[str], text: str) -> None:
    """Appends text, as UTF-8, to a file, which is created if it does not exist.

    Raises:
        OSError: If it can't be written; the file is then unchanged.
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
            f"could not write to {os.fspath(path)}: {error.strerror or error}. The file is "
            f"unchanged; {_advice(place)}"
        ) from error


def _is_there(place: Path) -> bool:
    """Whether the file exists; False also if its folder may not be searched."""
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
        missing = False  # The folder above may not be searched.
    if missing:
        return f"make the folder {place.parent} first"
    return "free some space, check the permissions, or choose another path"
