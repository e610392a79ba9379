"""The explorer as a Jupyter widget."""

from .copy_aside import copy_aside
from .explore import explore
from .explorer_widget import ExplorerWidget
from .from_rows import from_rows
from .sharing import save_html

__all__ = ["ExplorerWidget", "copy_aside", "explore", "from_rows", "save_html"]
