"""One text, several models: rows on demand, the rest in the background. Knows no widget."""

from .explorer import Explorer
from .kept_rows import KeptRows
from .pending_rows import Answer, Look
from .ready import ReadyExplorer

__all__ = [
    "Answer",
    "Explorer",
    "KeptRows",
    "Look",
    "ReadyExplorer",
]
