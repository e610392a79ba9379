"""Pages that bring their models, to test and time what runs in them."""

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from widgets import explorer_of

import rnnviz_widget as rv
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.share import TRAITS
from rnnviz_widget.share.live import as_sent, live_message

JS = Path(__file__).parents[2] / "js"
TEXT = (
    " context the formal study of grammar is an important part of education from a young age"
    " through advanced learning though the rules taught in schools are not a grammar in the sense"
    " most linguists use the"
)[:198]
# What the models need beside a saved page's own policy: a worker, and WebAssembly in it.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'{wasm}; style-src 'unsafe-inline'; "
    "img-src data:{worker}"
)


def script():
    """The page's code, bundled; it needs what `make test` has put into js/node_modules."""
    done = subprocess.run(["node", "dev/live.mjs"], cwd=JS, capture_output=True, check=True)
    return done.stdout.decode()


def live_page(models, text=TEXT, *, precision="int8", wasm=True, worker=True):
    """A page with models by name, as HTML; without `wasm` or `worker` its policy forbids that."""
    widget = rv.explore(models, text)
    facets = [rows.facet for rows in explorer_of(widget).caches]
    state = {name: getattr(widget, name) for name in TRAITS}
    state["targets"] = [list(map(int, facet.explained.target)) for facet in facets]
    messages = [live_message(name, model, precision=precision) for name, model in models.items()]
    widget.close()
    held = json.dumps(as_text({"state": state, "messages": messages})).replace("<", "\\u003c")
    policy = POLICY.format(
        wasm=" 'wasm-unsafe-eval'" if wasm else "", worker="; worker-src blob:" if worker else ""
    )
    return (
        f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><body>'
        f'<script type="application/json">{held}</script><script>{script()}</script>'
    )


def numbers_of(page, index, length, step=1):
    """Logits (T, V) of a model of the page on its text, and every `step`th row up to the last."""
    found = page.evaluate("([i, step]) => numbersOf(i, step)", [index, step])
    raw = {name: np.frombuffer(base64.b64decode(text), "<f4") for name, text in found.items()}
    return raw["logits"].reshape(length, -1), raw["rows"].reshape(-1, length)


def errors_of(page, model, precision, step=1):
    """How far the page is from the kernel with the weights as sent: logits, and scores as shares
    of their row's largest."""
    logits, rows = numbers_of(page, 0, len(TEXT), step)
    sent = as_sent(model, precision)
    own = Reading(model, TEXT)
    kernel = Reading(sent, TEXT, [model.outputs[k] for k in own.facet.explained.target])
    right = sent.network.logits(torch.tensor(kernel.facet.tokens.ids)).detach().numpy()
    scores = np.tril(kernel.rows(range(len(TEXT))))[(len(TEXT) - 1) % step :: step]
    shares = np.abs(rows - scores).max(axis=1) / scores.max(axis=1)
    return float(np.abs(logits - right).max()), float(shares.max())
