"""One text, several models: rows on demand, the rest in the background. Knows no widget."""

from .explorer import Explorer
from .fill import Progress
from .pending_rows import Answer, Failure, Outcome, Preview
from .row_cache import Part, RowCache
from .sources import ModelSource, ReadySource

__all__ = [
    "Answer",
    "Explorer",
    "Failure",
    "ModelSource",
    "Outcome",
    "Part",
    "Preview",
    "Progress",
    "ReadySource",
    "RowCache",
]
