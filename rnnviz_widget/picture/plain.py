"""A picture in words alone, for hosts that show neither colours nor pages."""

from __future__ import annotations

from .caption import legend_words, sentence
from .format import glyph
from .picture import Picture


def standing_text(picture: Picture) -> str:
    """The caption's sentence, what the numbers are, and the text; all in visible characters."""
    text = "".join(glyph(c) + ("\n" if c == "\n" else "") for c in picture.text)
    return f"{sentence(picture)}\n({legend_words(picture)})\n\n{text}"
