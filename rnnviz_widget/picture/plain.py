"""A picture in words alone, for hosts that show neither colours nor HTML."""

from __future__ import annotations

from .caption import sentence
from .format import glyphs
from .legend import legend_of
from .picture import Picture


def standing_text(picture: Picture) -> str:
    """The sentence, what the numbers are, and the text, all in visible characters."""
    return f"{sentence(picture)}\n({legend_of(picture).words})\n\n{glyphs(picture.text)}"
