"""The prose of a step: *emphasis*, **strong**, `code` and {claims}; never markup."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rnnviz_widget.scene.story import ProseParagraph, ProseRun, ProseStyle
from rnnviz_widget.surrogates import check_surrogates

_MARKED = re.compile(
    r"(?P<open>\{\{)|(?P<close>\}\})|\{(?P<claim>[^{}]+)\}"
    r"|\*\*(?P<strong>[^\s*{}](?:[^*{}]*[^\s*{}])?)\*\*"
    r"|\*(?P<emphasis>[^\s*{}](?:[^*{}]*[^\s*{}])?)\*"
    r"|`(?P<code>[^`]+)`"
    r"|(?P<lone>[{}])"
)
_STYLES: tuple[ProseStyle, ...] = ("strong", "emphasis", "code")


def check_prose(prose: object, what: str) -> str:
    """The prose of a step, if it can be one.

    Raises:
        TypeError: If it is no string.
        ValueError: If it is empty, or has half of a surrogate pair or a brace that is not closed.
    """
    if not isinstance(prose, str):
        raise TypeError(f"{what} must be a string; got {type(prose).__name__}")
    check_surrogates(prose, what)
    if not prose.strip():
        raise ValueError(f"{what} is empty")
    claims_in(prose)
    return prose


def claims_in(prose: str) -> tuple[str, ...]:
    """The names of the claims that stand in braces, each once, in order.

    Raises:
        ValueError: If a brace is not closed.
    """
    found = [one["claim"] for one in _MARKED.finditer(prose) if one["claim"] or _lone(prose, one)]
    return tuple(dict.fromkeys(one_line(name) for name in found if name))


def _lone(prose: str, found: re.Match[str]) -> bool:
    if found["lone"] is not None:
        around = prose[max(0, found.start() - 20) : found.end() + 20]
        raise ValueError(
            f"the prose has a lone {found['lone']!r} in {around!r}: a claim stands in braces, "
            "{its name}, and a brace itself is doubled: {{ or }}"
        )
    return False


def paragraphs_of(prose: str, claims: Mapping[str, str]) -> list[ProseParagraph]:
    """The paragraphs of prose; empty lines part them.

    Args:
        prose: The prose, checked by `check_prose`.
        claims: By the name of each claim of the step its number as it is written, in order.
    """
    names = {name: (number, stated) for number, (name, stated) in enumerate(claims.items())}
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", prose.strip())]
    return [ProseParagraph(_runs(part, names)) for part in parts]


def runs_of(name: str) -> list[ProseRun]:
    """The name of a claim, which has no braces."""
    return _runs(one_line(name), {})


def one_line(words: str) -> str:
    """Words with single spaces between them."""
    return " ".join(words.split())


def _runs(text: str, claims: dict[str, tuple[int, str]]) -> list[ProseRun]:
    runs: list[ProseRun] = []
    at = 0
    plain = ""
    for found in _MARKED.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        run = _marked(found, claims)
        if run.style == "plain":
            plain += run.text
            continue
        if plain:
            runs.append(ProseRun(plain))
            plain = ""
        runs.append(run)
    plain += text[at:]
    return [*runs, ProseRun(plain)] if plain or not runs else runs


def _marked(found: re.Match[str], claims: dict[str, tuple[int, str]]) -> ProseRun:
    for style in _STYLES:
        if found[style] is not None:
            return ProseRun(found[style], style)
    if found["claim"] is not None:
        number, stated = claims[one_line(found["claim"])]
        return ProseRun(stated, "claim", number)
    return ProseRun({"{{": "{", "}}": "}"}.get(found[0], found[0]))
