"""The repository's notebooks in a JupyterLab, which has them in a folder laid out as it is."""

import nbformat
from browser.notebook import Notebook
from notebook_files import FOLDER as COMMITTED

# Where the notebooks are, in the folder that the JupyterLab serves.
FOLDER = "repository/notebooks"


def open_in(lab, page, notebook, name):
    """Write a notebook into the folder that a JupyterLab serves, and open it."""
    folder = lab.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for beside in ("tools", "benchmarks"):
        if not (folder.parent / beside).exists():
            (folder.parent / beside).symlink_to(COMMITTED.parent / beside)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return Notebook(page, lab, f"{FOLDER}/{name}.ipynb")
