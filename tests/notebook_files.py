"""The notebooks that are committed, and how tests make one of them quicker to run."""

import re
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]


def read(name, **replaced):
    """A notebook, as it is committed.

    `replaced` sets settings: ``characters="10"`` puts 10 where ``characters=...,`` stands.
    """
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", 4)
    for key, value in replaced.items():
        pattern = rf"\b{key}=[^,]*,"
        [cell] = [cell for cell in notebook.cells if re.search(pattern, cell.source)]
        cell.source = re.sub(pattern, f"{key}={value},", cell.source)
    return notebook
