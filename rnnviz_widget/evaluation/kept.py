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

from rnnviz_widget.evaluation.tally import MemorySettings, Tally, numbered
from rnnviz_widget.models import SequenceModel

KIND = "rnnviz_widget evaluation 1"


def identity(
    model: SequenceModel, texts: Sequence[str], settings: MemorySettings | None
) -> dict[str, Any]:
    """What an evaluation must agree in to be gone on with: model, texts and what is counted.

    Functions that a model was given, for tokens or the truth, go in as what they answer.

    Raises:
        TypeError, ValueError: If the model can't read a text.
    """
    kinds = [(name, type(module).__name__) for name, module in model.network.module.named_modules()]
    digest = hashlib.sha256(repr((model.inputs, model.outputs, kinds)).encode())
    digest.update(model.network.told().encode())
    for tensor in model.network.weights():
        digest.update(str((tensor.dtype, tuple(tensor.shape))).encode())
        digest.update(
            tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
        )
    answers = hashlib.sha256()
    for number, text in enumerate(texts):
        with numbered(number):
            tokens = model.tokens(text)
            right = [(answer.target, answer.outside) for answer in model.answers(tokens)]
        answers.update(repr((tokens.ids, tokens.spans, right)).encode())
    counted = None if settings is None else {k: repr(v) for k, v in asdict(settings).items()}
    return {
        "kind": KIND,
        "model": digest.hexdigest(),
        "texts": hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest(),
        "tokens and truth": answers.hexdigest(),
        "memory": counted,
    }


class Kept:
    """The file of an evaluation: a line that says which one, then a line for each text.

    A line that a killed run left unfinished is dropped. The first line is written together with
    that of the first text.

    Args:
        path: The file.
        identity: Which evaluation it is; see `identity`.

    Raises:
        ValueError: If the file holds another evaluation, or something else.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self.path = path
        self.tallies: dict[int, Tally] = {}
        self._first = json.dumps(identity) + "\n"
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole:
            self._read(whole, identity)
            os.truncate(path, len(whole))
            self._mode = "a"
        elif self._first.encode().startswith(content):  # nothing, or a first line cut off
            path.parent.mkdir(parents=True, exist_ok=True)
            self._mode = "w"
        else:
            raise ValueError(_another(path, "it is no evaluation, or the beginning of another"))

    def _read(self, content: bytes, identity: dict[str, Any]) -> None:
        unreadable = _another(self.path, "it can't be read")
        try:
            first, *lines = map(json.loads, content.splitlines())
        except ValueError as error:  # not JSON, or not even text
            raise ValueError(unreadable) from error
        if not isinstance(first, dict) or first.get("kind") != KIND:
            raise ValueError(_another(self.path, "it is no evaluation"))
        differing = [name for name in identity if first.get(name) != identity[name]]
        if differing:
            raise ValueError(_another(self.path, f"it differs in: {', '.join(differing)}"))
        try:
            self.tallies = {line["text"]: Tally.from_dict(line["tally"]) for line in lines}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(unreadable) from error

    def missing(self, number: int) -> list[int]:
        """The texts among so many that have no tally yet."""
        return [text for text in range(number) if text not in self.tallies]

    def adding(self, found: Iterable[tuple[int, Tally]]) -> Iterator[int]:
        """Writes each tally down as it comes; yields the number of its text."""
        with self.path.open(self._mode, encoding="ascii") as file:
            for text, tally in found:
                if self._mode == "w":
                    file.write(self._first)
                    self._mode = "a"
                file.write(json.dumps({"text": text, "tally": tally.as_dict()}) + "\n")
                file.flush()
                self.tallies[text] = tally
                yield text


def _another(path: Path, why: str) -> str:
    return (
        f"{path} is not the evaluation that is asked for ({why}). Expected one of the same model, "
        "texts and settings, or no file: give another path, or delete it to start afresh"
    )
