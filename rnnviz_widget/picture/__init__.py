"""What the page draws, drawn without it: standing HTML and text, figures, LaTeX. numpy only.

matplotlib is imported when a figure is asked for.
"""

from .content import CellStyle, cell_styles
from .export import SUFFIXES, plot, save
from .html import standing_html
from .lag_means import LagMeans
from .latex import to_latex
from .picture import (
    DEFAULT_OPTIONS,
    FacetPicture,
    Picture,
    check_position,
    facet_picture,
)
from .plain import standing_text
from .scales import DrawOptions
from .shared import SCALES as _SCALES

SCALES = tuple(_SCALES)
"""How numbers become colour: the names of the scales."""

__all__ = [
    "DEFAULT_OPTIONS",
    "SCALES",
    "SUFFIXES",
    "CellStyle",
    "DrawOptions",
    "FacetPicture",
    "LagMeans",
    "Picture",
    "cell_styles",
    "check_position",
    "facet_picture",
    "plot",
    "save",
    "standing_html",
    "standing_text",
    "to_latex",
]
