"""Texts to evaluate on, cut from a part of a corpus at whole words."""

from __future__ import annotations

from rnnviz_widget.models.autocomplete import SYMBOLS
from rnnviz_widget.training.text8 import Corpus


def last_texts(corpus: Corpus, part: str, number: int, length: int) -> list[str]:
    """Cuts the end of a part into texts that begin at a space and end with a whole word.

    Args:
        corpus: The prepared text.
        part: "training", "validation" or "test".
        number: How many texts.
        length: Characters that each is cut to; what an edge leaves of a word is then taken off.

    Returns:
        The texts, in their order.

    Raises:
        ValueError: If the part is shorter, or a text has no whole word.
    """
    symbols, _ = corpus.part(part)
    if length < 1:
        raise ValueError(f"a text needs at least 1 character; got a length of {length:,}")
    most = len(symbols) // length
    if not 1 <= number <= most:
        raise ValueError(
            f"asked for {number:,} texts of {length:,} characters: the {part} part has "
            f"{len(symbols):,} characters, which is room for {most:,} such texts. Ask for fewer or "
            "shorter ones"
        )
    every = "".join(SYMBOLS[symbol] for symbol in symbols[-number * length :])
    texts = []
    for start in range(0, len(every), length):
        text = every[start : start + length]
        first, last = text.find(" "), text.rfind(" ")
        if not text[first:last].strip():
            raise ValueError(
                f"a text of {length:,} characters has no whole word ({text[:40]!r}): ask for "
                "longer texts"
            )
        texts.append(text[first:last].rstrip())
    return texts
