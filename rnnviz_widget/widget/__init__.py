"""What Jupyter shows: the explorer's widget."""

from .explore import explore
from .explorer_widget import ExplorerWidget
from .sharing import save_html

__all__ = ["ExplorerWidget", "explore", "save_html"]
