"""Tallies on disk, one line a text, so that an interrupted evaluation goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from rnnviz_widget.evaluation.tally import MemorySettings, Tally
from rnnviz_widget.models import SequenceModel

KIND = "rnnviz_widget evaluation 1"
_START = b'{"kind"'  # of the first line, also of a cut-off one


def identity(
    model: SequenceModel, texts: Sequence[str], settings: MemorySettings | None
) -> dict[str, Any]:
    """What an evaluation must agree in to be gone on with: model, texts and what is counted."""
    digest = hashlib.sha256(repr((model.inputs, model.outputs)).encode())
    for tensor in model.network.weights():
        digest.update(str((tensor.dtype, tuple(tensor.shape))).encode())
        digest.update(
            tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
        )
    counted = None if settings is None else {k: repr(v) for k, v in asdict(settings).items()}
    return {
        "kind": KIND,
        "model": digest.hexdigest(),
        "texts": hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest(),
        "memory": counted,
    }


class Kept:
    """The file of an evaluation: a line that says which one, then a line for each text.

    A line that a killed run left unfinished is dropped.

    Args:
        path: The file; made if it is not there.
        identity: Which evaluation it is; see `identity`.

    Raises:
        ValueError: If the file holds another evaluation, or something else.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self.path = path
        self.tallies: dict[int, Tally] = {}
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole:
            self._read(whole, identity)
            os.truncate(path, len(whole))
        elif content and not content.startswith(_START):
            raise ValueError(_another(path, "it is no evaluation"))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(identity) + "\n", encoding="ascii")

    def _read(self, content: bytes, identity: dict[str, Any]) -> None:
        try:
            first, *lines = map(json.loads, content.splitlines())
            if not isinstance(first, dict) or first.get("kind") != KIND:
                raise ValueError(_another(self.path, "it is no evaluation"))
            differing = [name for name in identity if first.get(name) != identity[name]]
            if differing:
                raise ValueError(_another(self.path, f"it differs in: {', '.join(differing)}"))
            self.tallies = {line["text"]: Tally.from_dict(line["tally"]) for line in lines}
        except (KeyError, TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(_another(self.path, "it can't be read")) from error

    def missing(self, number: int) -> list[int]:
        """The texts among so many that have no tally yet."""
        return [text for text in range(number) if text not in self.tallies]

    def adding(self, found: Iterable[tuple[int, Tally]]) -> Iterator[int]:
        """Writes each tally down as it comes; yields the number of its text."""
        with self.path.open("a", encoding="ascii") as file:
            for text, tally in found:
                file.write(json.dumps({"text": text, "tally": tally.as_dict()}) + "\n")
                file.flush()
                self.tallies[text] = tally
                yield text


def _another(path: Path, why: str) -> str:
    return (
        f"{path} is not the evaluation that is asked for ({why}). Expected one of the same model, "
        "texts and settings, or no file: give another path, or delete it to start afresh"
    )
