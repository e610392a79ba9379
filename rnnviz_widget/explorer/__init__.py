"""One text, several models: rows on demand, the rest in the background. Knows no widget."""

from .explorer import Explorer
from .facet import Facet, Part
from .fill import Progress
from .pending_rows import Answer, Failure, Look, Outcome
from .ready import ReadyExplorer

__all__ = [
    "Answer",
    "Explorer",
    "Facet",
    "Failure",
    "Look",
    "Outcome",
    "Part",
    "Progress",
    "ReadyExplorer",
]
