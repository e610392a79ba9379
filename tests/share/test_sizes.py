"""What sharing takes: 198 characters, the models that ship, scores true to a thousandth."""

import copy
import json
import zlib

import nbformat
import numpy as np
import pytest
from share.executed import bundles, execute
from share.test_state import revived

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.scene.rows import Quantised, scores_of
from rnnviz_widget.share.page import script

TEXT = (
    " context the formal study of grammar is an important part of education from a young age"
    " through advanced learning though the rules taught in schools are not a grammar in the sense"
    " most linguists"
)[:198]
THREE = ("gru", "lstm", "nested-lstm")
STATE = "application/vnd.jupyter.widget-state+json"


def size(notebook):
    return len(nbformat.writes(notebook).encode())


def growth(notebook):
    """How many bytes outputs and widget state add, beyond the code and what cells print.

    A slow machine prints progress bars, a quick one none.
    """
    bare = copy.deepcopy(notebook)
    bare.metadata.pop("widgets")
    for cell in bare.cells:
        cell.outputs = [one for one in cell.outputs if one.output_type == "stream"]
    states = notebook.metadata.widgets[STATE]["state"].values()
    code = [state["state"].get(name, "") for state in states for name in ("_esm", "_css")]
    pages = [data["text/html"] for data in bundles(notebook)]
    code += [script() for page in pages if page.endswith(script())]
    return size(notebook) - size(bare) - sum(len(json.dumps(text)) for text in code)


@pytest.mark.parametrize(
    ("names", "last", "most"),
    [(("lstm",), "w.bake()", 45_000), (THREE, "w.bake()", 100_000), (THREE, "w.freeze()", 100_000)],
)
def test_a_notebook_grows_by_little(names, last, most):
    models = f"{{name: rv.load_pretrained(name) for name in {names!r}}}"
    notebook = execute(f"w = rv.explore({models}, {TEXT!r}, position=106)\nw", f"{last}\nNone")
    added = growth(notebook)
    assert most / 4 < added <= most
    bar = nbformat.v4.new_output("stream", name="stderr", text="rows: 100%|" + 1000 * "█")
    notebook.cells[-1].outputs.append(bar)
    assert abs(growth(notebook) - added) < 10  # commas and line breaks between two outputs


def test_a_page_of_three_models_stays_small_and_true(tmp_path):
    models = {name: rv.load_pretrained(name) for name in THREE}
    widget = rv.explore(models, TEXT, position=106)
    widget.save_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size <= 250_000
    state = revived(share.to_json(widget.shared().state))
    for packed, (name, model) in zip(state["_rows"]["facets"], models.items(), strict=True):
        scores = rv.connectivity(model, TEXT).scores
        rows = rows_of(packed, len(TEXT))
        assert len(rows) == len(TEXT)
        for s, row in rows.items():
            true = scores[s, : s + 1]
            assert np.abs(row - true).max() <= 1.001e-3 * true.max(), (name, s)
    widget.close()


def rows_of(packed, outputs):
    """Rows of connectivity out of a facet's part of `_rows`."""
    known = np.unpackbits(np.frombuffer(packed["known"], np.uint8), bitorder="little")[:outputs]
    planes = np.frombuffer(zlib.decompress(packed["data"]), np.uint8).astype(np.uint16)
    values = planes[: len(planes) // 2] + 256 * planes[len(planes) // 2 :]
    peaks = np.frombuffer(packed["peak"], "<f4")
    rows, start = {}, 0
    for s, peak in zip(np.flatnonzero(known), peaks, strict=True):
        row = Quantised(float(peak), 0.0, values[start : start + s + 1])
        rows[int(s)] = scores_of(row, signed=False)
        start += s + 1
    return rows
