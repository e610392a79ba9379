"""The explained number of one output with each of some symbols in the place of one input."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnviz_widget.engines import ClassOrPair, Engine, Explained, classes_of, clean_torch
from rnnviz_widget.engines.explained import Normalized, Normalizer
from rnnviz_widget.engines.swapped_input import (
    embedded_symbols,
    gradients_at,
    gradients_read_back,
    logits_read_on,
)
from rnnviz_widget.engines.sweep.changed_inputs import ReadStack
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.scene.swaps import SwapKind

from .rerun import Rerunner, numbers_of_targets
from .target_statistics import single

Numbers = npt.NDArray[np.float64]

# For so many seconds a step holds up a hover, about.
_STEP = 0.03
# The log probabilities of so many texts are worked out at a time.
_TEXTS = 16


@dataclass(frozen=True, eq=False)
class SwappedNumbers:
    """The probability of a class, the difference of two log probabilities, or a model's one number.

    Attributes:
        model: The model, with the weights that read the text.
        ids: The token ids of the text, T of them.
        engine: What read the text.
        explained: What is explained at the output.
        s: The output.
        t: The input.
    """

    model: SequenceModel
    ids: Sequence[int]
    engine: Engine
    explained: Explained
    s: int
    t: int

    @property
    def kind(self) -> SwapKind:
        """Which of the three it is."""
        if self.model.unit is not None:
            return "number"
        return "probability" if classes_of(self.explained)[1] is None else "difference"

    def steps(self, chosen: list[int]) -> Iterator[float | Numbers]:
        """The explained number with each symbol; before that how much is done."""
        stack = self._stack
        yield from self._read_again(chosen) if stack is None else self._read_on(stack, chosen)

    @cached_property
    def _stack(self) -> ReadStack | None:
        """What can read on from the input, and back to it, by the layers' equations."""
        stack = self.engine.read_stack
        with self.model.network.computing():
            return stack if stack is not None and stack.reads_as_before() else None

    def _read_on(self, stack: ReadStack, chosen: list[int]) -> Iterator[float | Numbers]:
        network = self.model.network
        with network.computing():
            others = embedded_symbols(network, torch.tensor(self.ids))[chosen]
        work = logits_read_on(stack, others, self.t, self.s)
        late, steps = time.monotonic() + _STEP, 0
        logits = None
        while logits is None:
            with network.computing():
                while logits is None and time.monotonic() < late:
                    logits = next(work)
                    steps += 1
            if logits is None:
                yield steps / (self.s - self.t + 2)
            late = time.monotonic() + _STEP
        with clean_torch():
            numbers = np.concatenate(
                [self._of_logits(part) for part in torch.split(logits, _TEXTS)]
            )
        if np.isnan(numbers).any():
            bad = self.model.inputs[chosen[int(np.isnan(numbers).argmax())]]
            raise FloatingPointError(f"{self.model.name} gives NaN with “{bad}” there")
        yield numbers

    @property
    def _target(self) -> ClassOrPair:
        k, rival = classes_of(self.explained)
        return k if rival is None else (k, rival)

    def _of_logits(self, logits: Tensor) -> Numbers:
        found = numbers_of_targets(self.model, single(logits)[:, None], [self._target])[:, 0]
        return np.exp(found) if self.kind == "probability" else found

    def _read_again(self, chosen: list[int]) -> Iterator[float | Numbers]:
        """Read whole texts, as many at a time as a step has time for."""
        texts = np.repeat(np.array([self.ids], np.int64), len(chosen), axis=0)
        texts[:, self.t] = chosen
        rerunner = Rerunner(self.model, self.ids)
        found, size = np.empty(0), 1
        while len(found) < len(chosen):
            begun = time.monotonic()
            part = texts[len(found) : len(found) + size]
            found = np.concatenate(
                [found, rerunner.explained(part, [self.s], [self._target])[:, 0]]
            )
            each = (time.monotonic() - begun) / len(part)
            size = max(1, min(2 * size, int(_STEP / max(each, 1e-9))))
            yield len(found) / len(chosen)
        yield np.exp(found) if self.kind == "probability" else found

    def predicted(self, chosen: list[int], own: float) -> Numbers:
        """What the gradient predicts of the explained number, to first order; NaN: nothing."""
        network, ids = self.model.network, torch.tensor(self.ids)
        with network.computing():
            vectors = network.capabilities.reads_vectors
            if not vectors and not torch.equal(network.looked_up(ids).read.cpu(), ids):
                return np.full(len(chosen), np.nan)
        by_itself = network.capabilities.independent_classes
        logs = Normalizer.SIGMOID if by_itself else Normalizer.SOFTMAX
        k, rival = classes_of(self.explained)
        what: list[Explained] = [k] if self.kind == "number" else [Normalized(k, logs)]
        if rival is not None:
            what.append(Normalized(rival, logs))
        if self._stack is None:
            gradients = gradients_at(network, ids, self.s, self.t, what).double()
        else:
            with network.computing():
                gradients = gradients_read_back(self._stack, self.s, self.t, what).double()
        gradient = gradients[0] - gradients[1] if len(what) > 1 else gradients[0]
        with network.computing():
            embedded = embedded_symbols(network, ids)[chosen].double()
        change = ((embedded - embedded[0]) @ gradient).cpu().numpy()
        if self.kind != "probability":
            return own + change
        if not 0 < own < 1:
            return np.full(len(chosen), own)
        # The log-odds have the gradient of the log probability by 1 - p.
        odds = np.log(own) - np.log1p(-own) + change / (1 - own)
        found: Numbers = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
        return found
