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
    if isinstance(text, Path):
        data = source.read_text(text)
        known = source.is_text8(data)
        say(f"{text} is {'text8' if known else 'another text than text8'}, by its checksum")
        if known:
            return text8.prepare(data, Path(folder), name="text8", validation=validation, test=test)
        name = name or (f"{text.name!r} (not text8)" if "text8" in text.name else text.name)
        text, invalid = source.decode(data, text)
        if invalid:
            say(f"bytes that are not UTF-8: {invalid:,}; they count as spaces")
    cleaned = clean(text)
    if cleaned.changed:
        say(
            f"cleaned: {cleaned.changed:,} of {cleaned.total:,} characters were not a to z or "
            f"single spaces\n  before: {cleaned.before!r}\n  after:  {cleaned.after!r}"
        )
    name = name or "a text of the user's own"
    return text8.prepare(cleaned.text, Path(folder), name=name, validation=validation, test=test)
