"""Pictures of what the page draws, made in Python: HTML and text, figures, LaTeX. numpy only.

matplotlib is imported only when a figure is drawn.
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
    with_units,
)
from .plain import standing_text
from .scales import DrawOptions
from .shared import SCALES as _SCALES

SCALES = tuple(_SCALES)
"""The names of the scales, which turn numbers into colour."""

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
    "with_units",
]
