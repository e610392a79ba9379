"""Notebooks that nobody would vouch for, written without running any."""

import json

import nbformat
from ipywidgets.embed import embed_data
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from small import LETTERS, recurrent

import rnnviz_widget as rv

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
TEXT = "a text that two models read"
# Where nobody listens.
ELSEWHERE = "http://127.0.0.1:9"

# What would set window.hit, ask for something, or lead elsewhere, in the ways that HTML has.
MARKDOWN = f"""<script>window.hit=1</script>

<img src="{ELSEWHERE}/x.png" alt="a chart">

![remote]({ELSEWHERE}/y.png)

<img src=x onerror="window.hit=2">

<meta http-equiv="refresh" content="0;url={ELSEWHERE}/away">

<svg><style><meta http-equiv="refresh" content="0;url={ELSEWHERE}/away"></style></svg>

<noscript><p title="</noscript><meta http-equiv=refresh content='0;url={ELSEWHERE}'>"></noscript>

<!--><meta http-equiv="refresh" content="0;url={ELSEWHERE}/away"><script>window.hit=3</script>-->

<iframe srcdoc="<script>top.hit=4</script>"></iframe>

<object data="data:text/html,<script>window.hit=5</script>"></object>

<details open ontoggle="window.hit=6">words</details>

<link rel="preconnect" href="{ELSEWHERE}"><base href="{ELSEWHERE}/">

<p style="background: url({ELSEWHERE}/z.png)">styled</p>

</div></div></main></body></html>

<body onload="window.hit=7">

[a link](javascript:window.hit=8)
"""
HTML = f"""<script>window.hit=11;fetch('{ELSEWHERE}/leak')</script>
<link rel=stylesheet href='{ELSEWHERE}/a.css'>
<style>@import url({ELSEWHERE}/b.css); td {{ background: url({ELSEWHERE}/c.png) }}</style>
<table style="color: red"><tr><td>a cell of a table</td></tr></table>
<video poster="{ELSEWHERE}/p.png" src="{ELSEWHERE}/v.mp4" autoplay></video>
<form action="{ELSEWHERE}/form"><button>press</button></form>"""
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hit=12'><script>hit=13</script></svg>"


def explored(**options):
    models = {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
    }
    return rv.explore(models, TEXT, **options)


def saved_state(widget):
    """What a notebook keeps of a widget."""
    manager = embed_data(views=[widget], drop_defaults=False)["manager_state"]
    return json.loads(json.dumps(manager["state"][widget.model_id]))


def box(*children):
    return {
        "model_name": "VBoxModel",
        "model_module": "@jupyter-widgets/controls",
        "model_module_version": "2.0.0",
        "state": {"children": [f"IPY_MODEL_{child}" for child in children]},
    }


def shows(model):
    """A cell whose output is the view of a widget."""
    view = {"model_id": model, "version_major": 2, "version_minor": 0}
    return new_code_cell("w", outputs=[display({VIEW: view, "text/plain": "beside it"})])


def display(data):
    return new_output("display_data", data=data)


def printed(*more):
    """A cell that was run, so that the notebook counts as one that was."""
    return new_code_cell("1", outputs=[new_output("stream", text="hi"), *more])


def write(folder, cells, states=None, name="notebook.ipynb"):
    metadata = {} if states is None else {"widgets": {STATE: {"state": states}}}
    path = folder / name
    path.write_text(json.dumps(new_notebook(cells=cells, metadata=metadata)), encoding="utf-8")
    nbformat.validate(nbformat.read(path, 4))
    return path


def hostile_cells(elsewhere=ELSEWHERE):
    """Cells with all of it, which ask that address; the last one shows the widget w."""
    cells = json.loads(json.dumps(_cells()).replace(ELSEWHERE, elsewhere))
    return [nbformat.from_dict(cell) for cell in cells]


def _cells():
    return [
        new_markdown_cell(MARKDOWN),
        printed(
            display({"text/html": HTML, "text/plain": "x"}),
            display({"image/svg+xml": SVG}),
            display({"application/javascript": "window.hit=14"}),
            display({"text/markdown": "<script>window.hit=15</script>\n\n*said*"}),
            display({"text/vnd.mermaid": "<script>window.hit=16</script>"}),
            display({"text/latex": "<script>window.hit=17</script>"}),
        ),
        shows("w"),
    ]
