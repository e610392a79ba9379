"""What the page draws, drawn without it: standing HTML and text, figures, LaTeX. numpy only.

matplotlib is imported when a figure is asked for.
"""

from .export import SUFFIXES, plot, save
from .html import standing_html
from .latex import to_latex
from .picture import (
    PLAIN,
    FacetPicture,
    Picture,
    check_position,
    facet_picture,
)
from .plain import standing_text
from .scales import Options

__all__ = [
    "PLAIN",
    "SUFFIXES",
    "FacetPicture",
    "Options",
    "Picture",
    "check_position",
    "facet_picture",
    "plot",
    "save",
    "standing_html",
    "standing_text",
    "to_latex",
]
