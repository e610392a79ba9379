"""Notebooks executed without a browser, as `jupyter execute` does it."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

TESTS = Path(__file__).parents[1]
SETUP = """import sys
sys.path.insert(0, {tests!r})
import rnnviz_widget as rv
from small import LETTERS, recurrent
text = "a text that two models read"
models = {{
    "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
    "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
}}"""
SHOW = "w = rv.explore(models, text, position=9)\nw"


def notebook_of(*sources):
    """A notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def execute(*sources):
    """Run cells after a setup that makes two small models; returns the notebook with outputs."""
    notebook = notebook_of(SETUP.format(tests=str(TESTS)), *sources)
    run(notebook)
    return notebook


def run(notebook, folder=TESTS):
    """Execute a notebook in place."""
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.execute(env=os.environ | {"OMP_NUM_THREADS": "1"})


def bundles(notebook):
    """The data of every output that has some, in order."""
    return [
        output["data"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
