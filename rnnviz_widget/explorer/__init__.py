"""One text, several models: rows on demand, the rest in the background. Knows no widget."""

from .explorer import Answer, Explorer, Failure, Outcome
from .facet import Facet, Part
from .fill import Progress
from .ready import ReadyExplorer

__all__ = ["Answer", "Explorer", "Facet", "Failure", "Outcome", "Part", "Progress", "ReadyExplorer"]
