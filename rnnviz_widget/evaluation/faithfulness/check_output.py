"""Checks one output while the reader waits: exchanges its inputs and runs the model again.

The model runs 80 times: with 1, 2, 4, 8 and 16 inputs exchanged, in three orders (the strongest of
the row first, the nearest first, at random), five draws each, and five times with all of them
exchanged. A draw's symbols are the same in all three orders, so that these differ by nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from rnnviz_widget.engines import ClassOrPair, clean_torch
from rnnviz_widget.engines.sweep.changed_inputs import ReadStack
from rnnviz_widget.engines.sweep.changed_texts import ChangedTexts
from rnnviz_widget.models import SequenceModel
from rnnviz_widget.reading import Floats as Scores
from rnnviz_widget.reading import Reading
from rnnviz_widget.reading.other_classes import class_or_pair
from rnnviz_widget.reading.rerun import Rerunner, check_numbers, numbers_of_targets
from rnnviz_widget.scene.output_check import Drawn, ExchangeCurve, InputKind, OutputCheck
from rnnviz_widget.scene.tokens import Tokens

from .drawn_symbols import DrawnSymbols, drawn_symbols_of, exchangeable
from .exchanged_texts import NEAREST, RANDOM, STRONGEST, ExchangedTexts
from .text import places_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# How many seconds a step may take, unless one run takes longer.
_STEP = 0.02
# The most logits at a time.
_LOGITS = 2**22
# Two runs of the same text that differ by no more, in nats or as a share, count as the same.
_SAME = 1e-3
# An order counts as worse than another if it falls short by this share of what it could differ.
_MARGIN = 0.2
# 1 - p of a class that is certain.
_CERTAIN = 1e-300


def check_output(reading: Reading, row: int, scores: Scores) -> Generator[None, None, OutputCheck]:
    """Check an output, in short steps, between which others may compute.

    Args:
        reading: The model's reading of the text.
        row: The output.
        scores: Its row, (T,), or of a causal model its first inputs.

    Returns:
        The check.

    Raises:
        ValueError: If it reads no two inputs that can be exchanged, or there is nothing to exchange
            them for.
        FloatingPointError: If the model gives NaN for a changed text.
        RuntimeError: If the module fails on a changed text; the cause is attached.
    """
    model, facet = reading.model, reading.facet
    tokens = facet.tokens
    if model.network.capabilities.one_output:
        row = len(tokens) - 1
    places = places_of(reading, row, exchangeable(tokens))
    if len(places) < 2:
        inputs = "1 input" if len(places) == 1 else "no input"
        raise ValueError(
            f"it reads {inputs} here that can be exchanged: there is none to compare it with"
        )
    symbols, drawn = _symbols(model, tokens)
    ids = np.array(tokens.ids, np.int64)
    signed = facet.measure.signed
    exchanged = ExchangedTexts.drawn(
        ids,
        places,
        abs(places - row),
        scores=scores[places].astype(np.float64),
        symbols=symbols,
        signed=signed,
        seed=row,
    )
    output = CheckedOutput(reading, row, class_or_pair(reading, row))
    # The text as it is comes first.
    texts = np.concatenate([ids[None], exchanged.texts.reshape(-1, len(ids))])
    different, which = np.unique(texts, axis=0, return_inverse=True)
    found = yield from output.explained(different)
    again, *rest = found[which.reshape(-1)]
    each = np.array(rest).reshape(exchanged.texts.shape[:2])
    curves = [output.curve(each[:, some]) for some in exchanged.orders]
    before, once_more = output.before(again), float(output.chance(np.array(again)))
    explained = facet.explained.at(row, facet.classes)
    assert explained is not None
    return OutputCheck(
        row=row,
        name=explained.name,
        rival=None if explained.rival is None else explained.rival.name,
        unit=model.unit,
        before=before,
        again=None if abs(once_more - before) <= _SAME * max(1, abs(before)) else once_more,
        counts=exchanged.counts,
        strongest=curves[STRONGEST],
        nearest=curves[NEAREST],
        random=curves[RANDOM],
        nothing=float(output.chance(each[:, -1]).mean()),
        draws=len(each),
        drawn=drawn,
        of=_kind_of(reading),
        signed=signed,
        flagged=output.is_flagged(again, [each[:, some] for some in exchanged.orders]),
    )


def _symbols(model: SequenceModel, tokens: Tokens) -> tuple[DrawnSymbols, Drawn]:
    """What may take the place of an input."""
    if model.network.capabilities.reads_vectors:
        return drawn_symbols_of(model, [tokens], None), "steps"
    if len(set(np.array(tokens.ids)[exchangeable(tokens)].tolist())) > 1:
        return drawn_symbols_of(model, [tokens], None), "text"
    count = len(model.inputs)
    if count < 2:
        raise ValueError("it knows one symbol only: there is nothing to exchange an input for")
    return DrawnSymbols(np.arange(count), np.full(count, 1 / count), ""), "all"


def _kind_of(reading: Reading) -> InputKind:
    if reading.model.network.capabilities.reads_vectors:
        return "step"
    spans = reading.facet.tokens.spans
    return "token" if any(end - start > 1 for start, end in spans) else "character"


@dataclass(frozen=True, eq=False)
class CheckedOutput:
    """One output of a model on changed texts.

    `Rerunner` says what the explained number is.

    Attributes:
        reading: The model's reading of the text.
        row: The output.
        target: The class that is explained there, or the two that are compared.
    """

    reading: Reading
    row: int
    target: ClassOrPair

    def explained(self, texts: Integers) -> Generator[None, None, Floats]:
        """The explained number in each of B texts, (B,)."""
        reader = self._reader()
        if reader is None:
            return (yield from self._run_again(texts))
        return (yield from self._read_on(*reader, texts))

    def _reader(self) -> tuple[ReadStack, torch.Tensor] | None:
        """What can read on from a changed input, and what it reads for each id; None: nothing."""
        reading = self.reading
        stack, network = reading.read_stack, reading.model.network
        if stack is None:
            return None
        ids = torch.tensor(reading.facet.tokens.ids)
        with network.computing(), torch.no_grad():
            if not torch.equal(network.looked_up(ids).read.cpu(), ids):
                return None
            by_step = network.capabilities.reads_vectors
            vectors = network.embed(ids) if by_step else network.embedding_matrix()
            same = torch.equal(vectors[ids.to(vectors.device)], stack.embedded)
            return (stack, vectors) if same and stack.reads_as_before() else None

    def _read_on(
        self, stack: ReadStack, vectors: torch.Tensor, texts: Integers
    ) -> Generator[None, None, Floats]:
        """Recurrent layers read each text on from its first exchanged input."""
        model = self.reading.model
        ids = torch.tensor(self.reading.facet.tokens.ids)
        changed = ChangedTexts(stack, ids, torch.from_numpy(texts), vectors, self.row)
        steps = changed.steps()
        while _go_on(steps):
            yield
        parts = []
        at_once = max(1, _LOGITS // model.network.capabilities.classes)
        for top in torch.split(changed.top, at_once):
            with clean_torch(), torch.no_grad():
                logits = stack.readout.logits(top)[:, None]
                parts.append(numbers_of_targets(model, logits, [self.target]))
            yield
        numbers = np.concatenate(parts)
        check_numbers(numbers, [self.row], model.name)
        found: Floats = numbers[:, 0]
        return found

    def _run_again(self, texts: Integers) -> Generator[None, None, Floats]:
        """The model reads whole texts, in batches that take about as long as a step."""
        runner = Rerunner(self.reading.model, self.reading.facet.tokens.ids)
        yield
        parts, done, size = [], 0, 1
        while done < len(texts):
            begun = time.monotonic()
            some = texts[done : done + size]
            parts.append(runner.explained(some, [self.row], [self.target])[:, 0])
            took = time.monotonic() - begun
            done += size
            size = max(1, min(2 * size, int(size * _STEP / max(took, 1e-9))))
            yield
        return np.concatenate(parts)

    @property
    def _number(self) -> bool:
        return self.reading.model.unit is not None

    def chance(self, explained: Floats) -> Floats:
        """The explained number as a probability: of the class, or of the first of just two."""
        if self._number:
            return explained
        with np.errstate(over="ignore"):
            if isinstance(self.target, tuple):
                return 1 / (1 + np.exp(-explained))
            return np.exp(explained)

    def curve(self, explained: Floats) -> ExchangeCurve:
        """The curve of an order, from the explained numbers of its texts, (D, K)."""
        some = self.chance(explained)
        errors = some.std(axis=0, ddof=1) / np.sqrt(len(some))
        return ExchangeCurve(some.mean(axis=0).tolist(), errors.tolist())

    def before(self, again: float) -> float:
        """The probability when the text was read at first.

        Args:
            again: The explained number now, for two classes that were both impossible.
        """
        explained = self.reading.facet.explained
        first = float(explained.probability[self.row])
        if explained.rivals is None or not isinstance(self.target, tuple):
            return first
        both = first + float(explained.rivals.probability[self.row])
        return first / both if both > 0 else float(self.chance(np.array(again)))

    def is_flagged(self, again: float, orders: Sequence[Floats]) -> bool:
        """Whether the strongest inputs matter less than the nearest, or than random ones.

        What counts is how far the log odds of what is explained (or a model's one number) move,
        mean over draws and counts; for a measure with a sign, how far they fall. The strongest
        inputs are flagged if they fall short of the better of the two others by more than a fifth
        of what these two differ by: a shuffled row does, and few rows of a trained model do.

        Args:
            again: The explained number, as the text is.
            orders: With inputs exchanged in each order, (D, K).
        """
        falls = [self._odds(np.array(again)) - self._odds(each) for each in orders]
        signed = self.reading.facet.measure.signed
        strongest, nearest, random = (
            float((each if signed else abs(each)).mean()) for each in falls
        )
        return strongest < max(nearest, random) - _MARGIN * abs(nearest - random)

    def _odds(self, explained: Floats) -> Floats:
        """The log odds of what is explained; of a model of one number that."""
        if self._number or isinstance(self.target, tuple):
            return explained
        odds: Floats = explained - np.log(np.maximum(-np.expm1(explained), _CERTAIN))
        return odds


def _go_on(steps: Iterator[None]) -> bool:
    """Go on for a while; returns whether there is more to do."""
    late = time.monotonic() + _STEP
    with clean_torch():
        for _ in steps:
            if time.monotonic() > late:
                return True
    return False
