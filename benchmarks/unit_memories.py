"""How long all units of the bundled models remember: a row for each layer, as in docs/inside.md.

Half-lives by gates beside the reach that connectivity measures, on texts of text8's test part.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import rnnviz_widget as rv
from rnnviz_widget.reading.rank_correlation import spearman

SAMPLE = Path(__file__).parents[1] / "tests" / "engines" / "text8-test.txt"
TEXTS = 8
MODELS = ("gru", "lstm", "nested-lstm")
HEADS = (
    "model, layer",
    "half-life, steps (0.1, 0.5, 0.9 quantile)",
    "longest",
    "reach, characters (the same)",
    "farthest",
    "rank correlation",
)


def texts() -> list[str]:
    """The first texts of the sample, 300 characters each."""
    return SAMPLE.read_text(encoding="utf-8").splitlines()[:TEXTS]


def row(name: str, layer: int) -> str:
    """The row of a layer."""
    found = rv.unit_memory(rv.load_pretrained(name), texts(), layer=layer, reach=True)
    half, reach = found.half_lives, found.reach
    longest, farthest = int(np.argmax(half)), int(np.argmax(reach))
    cells = [
        f"{name}, {layer}",
        _quantiles(half),
        f"unit {longest}: {half[longest]:.3g}",
        _quantiles(reach),
        f"unit {farthest}: {reach[farthest]:.3g}",
        f"{spearman(half, reach):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _quantiles(values: np.ndarray) -> str:
    return ", ".join(f"{each:.3g}" for each in np.quantile(values, [0.1, 0.5, 0.9]))


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print(f"| {' | '.join(HEADS)} |")
    print("|---" * len(HEADS) + "|")
    for name in MODELS:
        model = rv.load_pretrained(name)
        layers = {(place.module, place.layer) for place in model.states("ab")}
        for layer in range(len(layers)):
            print(row(name, layer), flush=True)


if __name__ == "__main__":
    main()
