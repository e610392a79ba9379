"""What the page draws, drawn without it: standing HTML and text, figures, LaTeX. numpy only.

matplotlib is imported when a figure is asked for.
"""

from .html import standing_html
from .picture import FacetPicture, Guess, Picture, Target, check_position, facet_picture
from .plain import standing_text

__all__ = [
    "FacetPicture",
    "Guess",
    "Picture",
    "Target",
    "check_position",
    "facet_picture",
    "standing_html",
    "standing_text",
]
