"""The states of one layer of a model on a corpus, and when its units are on."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rnnviz_widget.evaluation.kept import digest_of_model
from rnnviz_widget.evaluation.tally import numbered
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.scene.unit_matches import SearchProgress

from .corpus import TextCorpus, folder_of
from .on_bits import OnBits
from .read_corpus import TooLargeForMemoryError, read_corpus
from .text_states import States, TextStates
from .thresholds import Thresholds, fixed_threshold, quantile_thresholds

# So many texts are looked at for symbols that the model does not know, in one step.
_CHECKED_AT_ONCE = 200


@dataclass(frozen=True)
class OnRule:
    """When a unit counts as on.

    Attributes:
        quantile: Beyond this quantile of its states, on either side.
        threshold: At or above this value instead, as LSTMVis has it; None: by the quantile.
    """

    quantile: float = 0.9
    threshold: float | None = None

    def thresholds(self, texts: TextStates) -> Thresholds:
        """What counts as on for each unit, by all of these texts."""
        if self.threshold is None:
            return quantile_thresholds(texts, self.quantile)
        return fixed_threshold(texts, self.threshold)

    def bits(self, texts: TextStates) -> OnBits:
        """When the units are on."""
        return OnBits.of(texts, self.thresholds(texts))


class TemporaryFolder:
    """A folder that is deleted when nothing refers to this object any more, at the latest at exit.

    Attributes:
        path: The folder.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="rnnviz-states-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(eq=False)
class CorpusLayer:
    """One layer of a model on a corpus.

    Attributes:
        corpus: The corpus.
        states: The states of its texts.
        rule: By which `on` is; None: it is not known yet.
        on: When the units are on.
    """

    corpus: TextCorpus
    states: TextStates
    _folder: TemporaryFolder | None
    rule: OnRule | None = None
    on: OnBits | None = field(default=None, repr=False)

    @classmethod
    def read(
        cls, model: SequenceModel, layer: str, corpus: TextCorpus
    ) -> Iterator[SearchProgress | Self]:
        """Read all texts, in steps between which others may compute.

        Args:
            model: The model.
            layer: The name of the states, as `str` of their place gives it.
            corpus: The texts.

        Yields:
            How far it is; at last the layer.

        Raises:
            ValueError: If the model can't read a text, which the message names, or as
                `read_corpus`.
        """
        yield from _check_texts(model, corpus)

        def states_of(text: str) -> States:
            found = model.states(text)
            return found[next(place for place in found if str(place) == layer)]

        identity = {"model": digest_of_model(model), "layer": layer}
        options = {"dtype": corpus.dtype, "memory_limit": corpus.memory_limit}
        path = folder_of(corpus, identity)
        folder: TemporaryFolder | None = None
        while True:
            steps = read_corpus(states_of, corpus.texts, path=path, identity=identity, **options)  # type: ignore[arg-type]
            try:
                for step in steps:
                    if isinstance(step, TextStates):
                        yield cls(corpus, step, folder)
                        return
                    yield SearchProgress(step, f"{model.name} reads {corpus.name}")
            except TooLargeForMemoryError:
                folder = TemporaryFolder()
                path = folder.path / "states"

    def find_on(self, rule: OnRule) -> Iterator[SearchProgress]:
        """Find out when the units are on, in steps; see `on`."""
        if self.rule == rule:
            return
        self.rule = self.on = None
        limit = self.corpus.memory_limit
        thresholds = rule.thresholds(self.states)
        bits = OnBits.in_steps(
            self.states, thresholds, memory_limit=limit, file=self._file_for_bits
        )
        for step in bits:
            if isinstance(step, OnBits):
                self.on, self.rule = step, rule
            else:
                yield SearchProgress(step, f"comparing states in {self.corpus.name}")

    def _file_for_bits(self) -> Path:
        """A file for bits that memory can't hold; they are found faster than they are checked."""
        if self._folder is None:
            self._folder = TemporaryFolder()
        return self._folder.path / "on.bits"


def _check_texts(model: SequenceModel, corpus: TextCorpus) -> Iterator[SearchProgress]:
    """See that the model knows all symbols, before hours are spent on the texts before."""
    for first in range(0, len(corpus), _CHECKED_AT_ONCE):
        for number, text in enumerate(corpus.texts[first : first + _CHECKED_AT_ONCE], first):
            try:
                with numbered(number):
                    model.tokens(text)
            except ValueError as error:
                raise ValueError(f"{corpus.name}, {error}") from error
        yield SearchProgress(0, f"looking through {corpus.name}")
