"""The article's connectivity as one small file: what made distill.npz, and what reads it.

    python tests/evaluation/distill.py FOLDER

FOLDER has connectivity_gru.json, connectivity_lstm.json and connectivity_nlstm.json, as they were
published with "Visualizing memorization in RNNs" (Andreas Madsen, Distill, 2019; MIT licence). Each
has an entry for every output s of one text: `char`, `target`, `predict` and `probability` (three),
and `connectivity`, whose [t] is the square of the L2 norm of a gradient. The file that is made
holds `text`, `targets` and, for each model, the lower triangle of the norms (their square roots)
row by row, in single precision, and the predictions.
"""

import json
import sys
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "distill.npz"
MODELS = {"GRU": "gru", "LSTM": "lstm", "Nested LSTM": "nlstm"}


def pack(folder: Path, to: Path = FILE) -> None:
    found = {}
    for short in MODELS.values():
        entries = json.loads((folder / f"connectivity_{short}.json").read_text(encoding="utf-8"))
        scores = np.sqrt([entry["connectivity"] for entry in entries])
        if np.triu(scores, 1).any():
            raise ValueError(f"{short}: expected zeros above the diagonal")
        found["text"] = np.array("".join(entry["char"] for entry in entries))
        found["targets"] = np.array([entry["target"] for entry in entries])
        found[short] = scores[np.tril_indices(len(scores))].astype(np.float32)
        found[f"{short}_predict"] = np.array([entry["predict"] for entry in entries])
        odds = np.array([entry["probability"] for entry in entries])
        found[f"{short}_probability"] = odds.astype(np.float32)
    np.savez_compressed(to, **found)


def read(short: str) -> tuple[str, list[str], np.ndarray]:
    """The text, the target of each output, and C, shape (S, S)."""
    with np.load(FILE) as found:
        text = str(found["text"])
        scores = np.zeros((len(text), len(text)))
        scores[np.tril_indices(len(text))] = found[short]
        return text, found["targets"].tolist(), scores


def published(short: str) -> list[dict]:
    """A model's JSON as the article has it."""
    text, targets, scores = read(short)
    with np.load(FILE) as found:
        said, odds = found[f"{short}_predict"], found[f"{short}_probability"]
    return [
        {
            "char": text[s],
            "target": targets[s],
            "predict": said[s].tolist(),
            "probability": odds[s].tolist(),
            "connectivity": (scores[s] ** 2).tolist(),
        }
        for s in range(len(text))
    ]


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
