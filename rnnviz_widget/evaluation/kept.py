"""Stores tallies in a file, one line for each text, so that an evaluation can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import torch

from rnnviz_widget.evaluation.lock import lock_alone
from rnnviz_widget.evaluation.tally import MemorySettings, numbered
from rnnviz_widget.models import SequenceModel

KIND = "rnnviz_widget evaluation 1"


class Record(Protocol):
    """The record of one text."""

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        ...


R = TypeVar("R", bound=Record)
R_co = TypeVar("R_co", bound=Record, covariant=True)


class Reader(Protocol[R_co]):
    """Parses the lines of a file of records."""

    def read(self, line: bytes) -> tuple[int, R_co]:
        """Parse a line into the index of its text and the record.

        Raises:
            ValueError: If the line is anything else; the message says what was expected and found.
        """
        ...


def identity(
    model: SequenceModel, texts: Sequence[str], settings: MemorySettings | None
) -> dict[str, Any]:
    """Everything that must be equal for an evaluation to be resumed: model, texts and settings.

    Raises:
        TypeError, ValueError: If the model can't read a text.
    """
    counted = None if settings is None else {k: repr(v) for k, v in asdict(settings).items()}
    return {"kind": KIND, **model_and_texts(model, texts), "memory": counted}


def digest_of_model(model: SequenceModel) -> str:
    """A digest of all that a model computes with: symbols, modules, how it is called, weights."""
    kinds = [(name, type(module).__name__) for name, module in model.network.module.named_modules()]
    digest = hashlib.sha256(repr((model.inputs, model.outputs, kinds)).encode())
    digest.update(model.network.fingerprint().encode())
    for tensor in model.network.weights():
        digest.update(str((tensor.dtype, tuple(tensor.shape))).encode())
        digest.update(
            tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
        )
    return digest.hexdigest()


def model_and_texts(model: SequenceModel, texts: Sequence[str]) -> dict[str, Any]:
    """What must be equal of a model and texts for work on them to be resumed.

    Functions of the model, for tokens and the truth, are represented by their results.

    Raises:
        TypeError, ValueError: If the model can't read a text.
    """
    answers = hashlib.sha256()
    for number, text in enumerate(texts):
        with numbered(number):
            tokens = model.tokens(text)
            right = [(answer.target, answer.outside) for answer in model.answers(tokens)]
        answers.update(repr((tokens.ids, tokens.spans, right)).encode())
    return {
        "model": digest_of_model(model),
        "texts": hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest(),
        "tokens and truth": answers.hexdigest(),
    }


class Kept(Generic[R]):
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

    def __init__(self, path: Path, identity: dict[str, Any], expected: Reader[R]) -> None:
        self.path = path
        self.tallies: dict[int, R] = {}
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
        if not isinstance(stored, dict) or stored.get("kind") != identity["kind"]:
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

    def adding(self, found: Iterable[tuple[int, R]]) -> Iterator[int]:
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
