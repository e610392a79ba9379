"""Rows of several models on one text: on demand, the rest in the background. Knows no widget."""

from .changed_models import as_interventions
from .checked_position import CheckedPosition
from .explorer import Explorer
from .pending_rows import Answer, PreviewedRows
from .row_cache import RowCache
from .sources import ModelSource, ReadySource

__all__ = [
    "Answer",
    "CheckedPosition",
    "Explorer",
    "ModelSource",
    "PreviewedRows",
    "ReadySource",
    "RowCache",
    "as_interventions",
]
