"""A text of whatever kind, read, cleaned and laid out for training."""

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
    """Lays a text out in a folder, for `Run` and `load`.

    What is not written as text8 is, is cleaned first (see `clean`), and said.

    Args:
        text: The text itself; or, as a Path, a file of it in UTF-8, plain or zipped.
        folder: Where the arrays go; what was prepared there before is replaced.
        name: What cards call the text; by default the file's name.
        validation: Characters of the validation part; by default a twentieth of the text.
        test: Characters of the test part; by default a twentieth.
        say: Is called with a line about each thing that the user might want to know.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no text, nothing is left of it, or it is too short for its parts.
    """
    folder = Path(folder)
    if isinstance(text, Path):
        data, called = _read(text, say)
    else:
        data, called = _cleaned(text, say), "a text of the user's own"
    if (folder / "parts.json").exists():
        say(f"this takes the place of the text that was prepared in {folder} before")
    return text8.prepare(data, folder, name=name or called, validation=validation, test=test)


def _read(path: Path, say: Callable[[str], object]) -> tuple[bytes, str]:
    """A file's text, clean, and what it is called."""
    data = source.read_text(path)
    if source.is_text8(data):
        say(f"{path} is text8, by its checksum")
        return data, "text8"
    say(f"{path} is another text than text8, by its checksum")
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
