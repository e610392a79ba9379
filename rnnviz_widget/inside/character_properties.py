"""What may be said of each character of a text, true or false, for units to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from rnnviz_widget.words import Words, is_white_space

Truth = npt.NDArray[np.bool_]
Property = Callable[[str], Truth]

_OPENING, _CLOSING = "([{", ")]}"


def _each(holds: Callable[[str], bool]) -> Property:
    """A property that each character has by itself."""

    def found(text: str) -> Truth:
        return np.fromiter(map(holds, text), bool, len(text))

    return found


def _letter(lowest: int, highest: int | None = None) -> Property:
    """Whether it is such a letter of its word, from 1 on."""

    def found(text: str) -> Truth:
        known = Words.of(text).known
        most = len(text) if highest is None else highest
        return np.asarray((known >= lowest) & (known <= most))

    return found


def _last_letter(text: str) -> Truth:
    """Whether white space follows, or nothing; false of white space."""
    space = _each(is_white_space)(text)
    found: Truth = np.concatenate([space[1:], [True]])[: len(text)] & ~space
    return found


def _in_quotes(text: str) -> Truth:
    """Whether it stands between straight double quotes, or curly ones; false of the quotes."""
    straight = np.array([c == '"' for c in text], bool)
    inside = (np.cumsum(straight) % 2 == 1) & ~straight
    found: Truth = inside | _depth(text, "\u201c", "\u201d")
    return found


def _in_brackets(text: str) -> Truth:
    """Whether a bracket before it is not closed yet; false of the outermost brackets."""
    return _depth(text, _OPENING, _CLOSING)


def _depth(text: str, opening: str, closing: str) -> Truth:
    depth, found = 0, np.zeros(len(text), bool)
    for at, character in enumerate(text):
        if character in closing:
            depth = max(0, depth - 1)
        found[at] = depth > 0
        if character in opening:
            depth += 1
    return found


PROPERTIES: Mapping[str, Property] = {
    "white space": _each(is_white_space),
    "first letter of a word": _letter(1, 1),
    "second letter of a word": _letter(2, 2),
    "third letter of a word": _letter(3, 3),
    "fourth or later letter of a word": _letter(4),
    "eighth or later letter of a word": _letter(8),
    "last letter of a word": _last_letter,
    "vowel": _each(lambda c: c.lower() in set("aeiou")),
    "consonant": _each(lambda c: c.lower() in set("bcdfghjklmnpqrstvwxyz")),
    "digit": _each(str.isdigit),
    "capital": _each(str.isupper),
    "punctuation": _each(lambda c: not (c.isalnum() or is_white_space(c))),
    "inside quotes": _in_quotes,
    "inside brackets": _in_brackets,
}
"""Properties by their names; each gives the truth for each character of a text, (N,)."""


def at_tokens(truth: Truth, spans: npt.NDArray[np.integer]) -> Truth:
    """A property at each token: that of its last character; false of a token without any.

    Args:
        truth: For each character, (N,).
        spans: The characters [start, end) of each token, (T, 2).

    Raises:
        ValueError: If a token has characters that are not there.
    """
    starts, ends = np.asarray(spans).reshape(-1, 2).T
    if len(ends) and not 0 <= ends.min() <= ends.max() <= len(truth):
        last = f"{ends.max():,}, but the text has {len(truth):,} characters"
        raise ValueError(f"tokens end at {last}: pass the spans of the same text")
    found: Truth = (ends > starts) & np.append(truth, False)[ends - 1]
    return found


def properties_of(
    texts: Sequence[str], properties: Mapping[str, Property] = PROPERTIES
) -> dict[str, Truth]:
    """Properties of all characters of texts that follow one another, (T,) each.

    For a model that reads one character a step; else join what `at_tokens` gives for each text.
    """
    return {
        name: np.concatenate([np.zeros(0, bool), *map(found, texts)])
        for name, found in properties.items()
    }
