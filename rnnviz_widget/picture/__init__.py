"""What the page draws, drawn without it: standing HTML and text, figures, LaTeX. numpy only.

matplotlib is imported when a figure is asked for.
"""

from .export import SUFFIXES, plot, save
from .html import standing_html
from .latex import to_latex
from .picture import (
    PLAIN,
    FacetPicture,
    Guess,
    Measured,
    Picture,
    Rival,
    Target,
    check_position,
    facet_picture,
)
from .plain import standing_text
from .scales import SCALES, Options
from .shares import tokens_at

__all__ = [
    "PLAIN",
    "SCALES",
    "SUFFIXES",
    "FacetPicture",
    "Guess",
    "Measured",
    "Options",
    "Picture",
    "Rival",
    "Target",
    "check_position",
    "facet_picture",
    "plot",
    "save",
    "standing_html",
    "standing_text",
    "to_latex",
    "tokens_at",
]
