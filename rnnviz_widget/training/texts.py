"""Cuts texts for evaluation from a part of a corpus, at whole words."""

from __future__ import annotations

from rnnviz_widget.models.autocomplete import SYMBOLS
from rnnviz_widget.training.text8 import Corpus


def last_texts(corpus: Corpus, part: str, number: int, length: int) -> list[str]:
    """Cut the end of a part into texts that begin with a space and end with a whole word.

    Args:
        corpus: The prepared text.
        part: "training", "validation" or "test".
        number: The number of texts.
        length: The characters of each text before incomplete words at its edges are removed.

    Returns:
        The texts, in their order.

    Raises:
        ValueError: If the part is too short, or a text has no whole word.
    """
    symbols, _ = corpus.part(part)
    if length < 1:
        raise ValueError(f"a text needs at least 1 character; got a length of {length:,}")
    most = len(symbols) // length
    if not 1 <= number <= most:
        raise ValueError(
            f"{number:,} texts of {length:,} characters were requested, but the {part} part has "
            f"{len(symbols):,} characters, enough for {most:,} such texts. Use fewer or shorter "
            "ones"
        )
    every = "".join(SYMBOLS[symbol] for symbol in symbols[-number * length :])
    texts = []
    for start in range(0, len(every), length):
        text = every[start : start + length]
        first, last = text.find(" "), text.rfind(" ")
        if not text[first:last].strip():
            raise ValueError(
                f"a text of {length:,} characters has no whole word ({text[:40]!r}): use longer "
                "texts"
            )
        texts.append(text[first:last].rstrip())
    return texts
