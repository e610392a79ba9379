"""What a new user does first, in the environment of the wheel alone; `try_wheel.py` runs it.

Takes the environment's folder, in which the package must lie. A warning that the package causes is
an error. Uses nothing of the repository, and of other packages only those that the wheel asks for.
"""

from __future__ import annotations

import json
import re
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

START = time.monotonic()
warnings.filterwarnings("error", module="rnnviz_widget")

import rnnviz_widget as rv  # noqa: E402 - after the filter

TEXT = " context the formal study of grammar is an important part of education"
SYMBOLS = "abcdefghijklmnopqrstuvwxyz "


class Own(nn.Module):
    """A module as users have them: an embedding, a recurrent layer and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(27, 8), nn.Linear(16, 27)
        self.cell = nn.GRU(8, 16, batch_first=True)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits (1, T, 27) of ids (1, T)."""
        return self.head(self.cell(self.embedding(ids))[0])


def main() -> None:
    """See above."""
    environment = Path(sys.argv[1]).resolve()
    assert environment in Path(rv.__file__).resolve().parents, rv.__file__
    _told("import")

    gru, lstm = rv.load_pretrained("gru"), rv.load_pretrained("lstm")
    widget = rv.explore({"GRU": gru, "LSTM": lstm}, TEXT)
    _told("first three lines")
    scores = widget.connectivity("GRU").scores
    assert scores.shape == (len(TEXT), len(TEXT))
    # Plain autograd, row by row, is what connectivity is defined by.
    defined = rv.connectivity(gru, TEXT, rows=[40], engine="autograd").row(40)
    assert np.allclose(scores[40], defined, atol=1e-4 * defined.max())
    _told("scores, and a row by autograd")

    own = rv.SequenceModel(Own(), inputs=SYMBOLS, name="own")
    assert rv.connectivity(own, "the cat").scores[-1].all()
    _told("a module of one's own")

    widget.save_html("saved.html")
    assert _models_on("saved.html") == ["GRU", "LSTM"]
    matrix = [[0, 0, 0], [1, 0, 0], [0.5, 0.5, 0]]
    rows = rv.from_rows({"mine": ("abc", matrix)})
    assert rows.connectivity("mine").scores.tolist() == matrix
    rows.save_html("rows.html")
    assert _models_on("rows.html") == ["mine"]
    _told("two pages saved")


def _models_on(page: str) -> list[str]:
    """The models that a saved page shows; it must hold all their rows, and ask for nothing else."""
    text = Path(page).read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', text), f"{page} is not whole by itself"
    state = json.loads(re.findall('<script type="application/json">(.*?)</script>', text)[0])
    assert state["_rows"]["complete"]
    return [facet["name"] for facet in state["_scene"]["facets"]]


def _told(what: str) -> None:
    sys.stderr.write(f"  {time.monotonic() - START:5.1f} s  {what}\n")


if __name__ == "__main__":
    main()
