"""What Jupyter shows: the explorer's widget."""

from .explore import explore
from .explorer_widget import ExplorerWidget

__all__ = ["ExplorerWidget", "explore"]
