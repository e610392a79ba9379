"""Stores tallies in a file, one line for each text, so that an evaluation can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import torch

from rnnviz_widget.evaluation.lock import lock_alone
from rnnviz_widget.evaluation.record import Expected
from rnnviz_widget.evaluation.tally import MemorySettings, Tally, numbered
from rnnviz_widget.models import SequenceModel

KIND = "rnnviz_widget evaluation 1"


def identity(
    model: SequenceModel, texts: Sequence[str], settings: MemorySettings | None
) -> dict[str, Any]:
    """Everything that must be equal for an evaluation to be resumed: model, texts and settings.

    Functions of the model, for tokens and the truth, are represented by their results.

    Raises:
        TypeError, ValueError: If the model can't read a text.
    """
    kinds = [(name, type(module).__name__) for name, module in model.network.module.named_modules()]
    digest = hashlib.sha256(repr((model.inputs, model.outputs, kinds)).encode())
    digest.update(model.network.fingerprint().encode())
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
    """The file of an evaluation: a line that identifies it, then a line for each text.

    An incomplete last line, left by a killed run, is dropped. The first line is written together
    with that of the first text. The file is locked for other writers until the `with` block ends.

    Args:
        path: The file.
        identity: Identifies the evaluation; see `identity`.
        expected: The form of its tallies.

    Attributes:
        tallies: The tallies in the file, by the index of their text.

    Raises:
        ValueError: If the file belongs to another evaluation, is none, or has a damaged line.
        BlockingIOError: If another evaluation is writing to it.
        OSError: If it can't be opened.
    """

    def __init__(self, path: Path, identity: dict[str, Any], expected: Expected) -> None:
        self.path = path
        self.tallies: dict[int, Tally] = {}
        self._expected = expected
        self._first = json.dumps(identity) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            lock_alone(self._file)
            self._begin(identity)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _begin(self, identity: dict[str, Any]) -> None:
        """Read the file, and drop its last line if that is incomplete."""
        self._file.seek(0)
        content = self._file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._empty = not whole
        if whole:
            self._read(whole, identity)
        elif not self._first.encode().startswith(content):  # not an incomplete first line
            raise ValueError(
                _another(self.path, "it is no evaluation, or the beginning of another")
            )
        if len(whole) < len(content):
            self._file.truncate(len(whole))

    def _read(self, content: bytes, identity: dict[str, Any]) -> None:
        first, *lines = content.removesuffix(b"\n").split(b"\n")
        try:
            stored = json.loads(first)
        except (ValueError, RecursionError) as error:
            raise ValueError(_another(self.path, "it can't be read")) from error
        if not isinstance(stored, dict) or stored.get("kind") != KIND:
            raise ValueError(_another(self.path, "it is no evaluation"))
        differing = [name for name in identity if stored.get(name) != identity[name]]
        if differing:
            raise ValueError(_another(self.path, f"it differs in: {', '.join(differing)}"))
        seen: dict[int, tuple[int, bytes]] = {}
        for number, line in enumerate(lines, start=2):
            try:
                text, tally = self._expected.read(line)
            except ValueError as error:
                raise ValueError(self._damaged(number, str(error))) from error
            self.tallies[text] = tally
            earlier, same = seen.setdefault(text, (number, line))
            if line != same:
                wrong = f"expected text {text} once; line {earlier} has other numbers for it"
                raise ValueError(self._damaged(number, wrong))

    def _damaged(self, number: int, wrong: str) -> str:
        return (
            f"{self.path}, line {number}: {wrong}. Delete this line to count its text again, or "
            "give another path, or delete the file to start over"
        )

    def adding(self, found: Iterable[tuple[int, Tally]]) -> Iterator[int]:
        """Writes each tally to the file when it arrives, and yields the index of its text."""
        for text, tally in found:
            line = json.dumps({"text": text, "tally": tally.as_dict()}) + "\n"
            self._file.write(((self._first if self._empty else "") + line).encode("ascii"))
            self._file.flush()
            self._empty = False
            self.tallies[text] = tally
            yield text


def _another(path: Path, why: str) -> str:
    return (
        f"{path} belongs to another evaluation ({why}). Expected one of the same model, texts and "
        "settings, or no file: give another path, or delete the file to start over"
    )
