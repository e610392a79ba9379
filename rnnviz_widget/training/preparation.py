"""Reads, cleans and prepares any text for training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rnnviz_widget.training import source, text8
from rnnviz_widget.training.clean import clean
from rnnviz_widget.training.text8 import Corpus


def prepare(
    text: str | Path,
    folder: Path | str,
    *,
    name: str | None = None,
    validation: int | None = None,
    test: int | None = None,
    say: Callable[[str], object] = print,
) -> Corpus:
    """Prepare a text for `Run`, and write it to a folder from which `load` reads it.

    A text that is not in the form of text8 is cleaned first (see `clean`), and a message says what
    was changed.

    Args:
        text: The text as a string, or the Path of a file in UTF-8, plain or zipped.
        folder: The folder for the arrays; a text prepared there before is replaced.
        name: The text's name on cards; default: the file's name.
        validation: Characters of the validation part; default: a twentieth of the text.
        test: Characters of the test part; default: a twentieth of the text.
        say: Called with each message for the user.

    Returns:
        The prepared text.

    Raises:
        FileNotFoundError: If there is no such file.
        OSError: If the folder can't be written to.
        ValueError: If the file is no text, has no letter or digit, or is too short for its parts.
    """
    folder = Path(folder)
    if isinstance(text, Path):
        data, called = _read(text, say)
    else:
        data, called = _cleaned(text, say), "a text of the user's own"
    if (folder / "parts.json").exists():
        say(f"this replaces the text that was prepared in {folder} before")
    return text8.prepare(data, folder, name=name or called, validation=validation, test=test)


def _read(path: Path, say: Callable[[str], object]) -> tuple[bytes, str]:
    """A file's text, cleaned, and its name."""
    data = source.read_text(path)
    if source.is_text8(data):
        say(f"{path} is text8, by its checksum")
        return data, "text8"
    say(f"{path} is not text8, by its checksum")
    text, invalid = source.decode(data, path)
    if invalid:
        say(f"bytes that are not UTF-8: {invalid:,}; they count as spaces")
    called = f"{path.name!r} (not text8)" if "text8" in path.name else path.name
    return _cleaned(text, say), called


def _cleaned(text: str, say: Callable[[str], object]) -> bytes:
    cleaned = clean(text)
    if cleaned.changed:
        say(
            f"cleaned: {cleaned.changed:,} of {cleaned.total:,} characters were not a to z or "
            f"single spaces\n  before: {cleaned.before!r}\n  after:  {cleaned.after!r}"
        )
    return cleaned.text
