"""Computing rows of one model on one text, by any measure, and checking that they are finite."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines import (
    Accuracy,
    AnyMeasure,
    Engine,
    Explained,
    Method,
    clean_torch,
    method_engine,
)
from rnnviz_widget.engines.sweep.changed_inputs import ReadStack
from rnnviz_widget.models import InputPredictions, SequenceModel, why_no_input_predictions

from .finite import check_finite, check_squares
from .row_source import Floats
from .target_statistics import single


class Filled(NamedTuple):
    """A step of a fill.

    Attributes:
        share: How much is done, 0 to 1.
        rows: The rows that have become ready: s and C[s, :].
        accuracy: How exact they are; None if there are none.
    """

    share: float
    rows: list[tuple[int, Floats]]
    accuracy: Accuracy | None


class RowComputer:
    """Computes rows of a model on a text, once an engine has read that.

    Its methods raise `FloatingPointError` if a score is not finite.
    """

    def __init__(self, model: SequenceModel, ids: Tensor, engine: Engine) -> None:
        self._model, self._ids, self._engine = model, ids, engine
        self._methods: dict[Method, Engine] = {}

    @property
    def read_stack(self) -> ReadStack | None:
        """See `Engine.read_stack`."""
        return self._engine.read_stack

    def engine_of(self, measure: AnyMeasure) -> tuple[Engine, AnyMeasure]:
        """The engine for a measure, and the measure as the engine takes it.

        Raises:
            ImportError, ValueError: If a method can't serve the model.
        """
        if not isinstance(measure, Method):
            return self._engine, measure
        # Labels name the classes of a contrast, but do not change how a method computes.
        method = dataclasses.replace(measure, label="")
        if method not in self._methods:
            for _ in self._engine.find_reads():
                pass  # A method asks what each output reads.
            self._methods[method] = self._method_engine(measure)
        return self._methods[method], measure

    def _method_engine(self, method: Method) -> Engine:
        baseline, name = None, self._model.name
        if method.baseline is not None:
            if self._model.network.capabilities.reads_vectors:
                raise ValueError(
                    f"baseline={method.baseline!r} is a symbol, but {name} reads vectors, whose "
                    "baseline is zeros. Leave it out"
                )
            if method.baseline not in self._model.inputs:
                raise ValueError(
                    f"baseline={method.baseline!r} must be one of the input symbols of {name}, and "
                    "is not. Leave it out for zeros"
                )
            baseline = self._model.inputs.index(method.baseline)
        frequencies = self.frequencies(method)
        likely = self._likely() if method.name == "plausible_exchange" else None
        network, beside = self._model.network, self._engine
        try:
            with clean_torch():
                return method_engine(
                    network,
                    self._ids,
                    beside,
                    method,
                    baseline=baseline,
                    frequencies=frequencies,
                    likely=likely,
                )
        except ValueError as error:
            raise ValueError(f"{method.name} can't serve {name}: {error}") from error

    def _likely(self) -> Callable[[int], Tensor | None]:
        """How likely the model itself finds each symbol as input t; None: it does not say."""
        why = why_no_input_predictions(self._model)
        if why is not None:
            raise ValueError(
                f"plausible_exchange draws inputs from a model's own predictions, and "
                f"{self._model.name} {why}. Use exchange"
            )
        own = InputPredictions(self._model, self._ids.tolist(), self._engine.reads)

        def likely(t: int) -> Tensor | None:
            try:
                return self.likely(own, t)
            except ValueError:
                return None

        return likely

    def likely(self, own: InputPredictions, t: int) -> Tensor:
        """How likely the model finds each symbol as input t; a ValueError if it does not say."""
        logits = single(self._engine.outputs([own.output(t)])[0])
        return own.shares(t, self._model.network.probabilities(logits.double()))

    def frequencies(self, method: Method) -> list[float] | None:
        """How frequent each input symbol is by a method, where it says so."""
        given, inputs = method.frequencies, self._model.inputs
        if given is None:
            return None
        numbers = [each for each in given if not isinstance(each, tuple)]
        named = dict(each for each in given if isinstance(each, tuple))
        unknown = [symbol for symbol in named if symbol not in inputs]
        if unknown:
            raise ValueError(
                f"frequencies must be of input symbols of {self._model.name}; {unknown[0]!r} is "
                "none of them"
            )
        if numbers and len(numbers) != len(inputs):
            raise ValueError(
                f"frequencies must be one for each of the {len(inputs):,} input symbols of "
                f"{self._model.name}, in their order, or a mapping; got {len(numbers):,}"
            )
        return numbers or [named.get(symbol, 0.0) for symbol in inputs]

    def rows(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: AnyMeasure,
        tolerance: float,
    ) -> tuple[Floats, Accuracy]:
        """Compute C[s, :] for each s in `rows`, (N, T), within a tolerance, and how exact it is."""
        with clean_torch():
            engine, taken = self.engine_of(measure)
            scores, accuracy = engine.rows(rows, targets, taken, tolerance=tolerance)
            checked = self._checked(scores, rows, taken)
            if len(rows):
                peaks = single(scores).amax(dim=1)
                check_squares(peaks, rows, targets, self._model.name, engine, taken)
        return checked, accuracy

    def pieces(
        self, row: int, target: Explained, measure: AnyMeasure
    ) -> Iterator[tuple[int, Floats]]:
        """Compute one row exactly, the inputs nearest to s first; see `Engine.pieces`."""
        # Methods compute more than one gradient at a time.
        small = not isinstance(measure, Method) and self._model.network.small_steps
        with clean_torch(one_thread=small):
            engine, taken = self.engine_of(measure)
            pieces = engine.pieces(row, target, taken)
        peaks: list[Tensor] = []
        while True:
            # Not around the yield: the caller's code must run with its own settings.
            with clean_torch(one_thread=small):
                piece = next(pieces, None)
                if piece is None:
                    return
                start, scores = piece
                if len(scores):
                    peaks.append(single(scores).amax())
                if start == 0:
                    peak = torch.stack(peaks).amax(dim=0, keepdim=True)
                    check_squares(peak, [row], [target], self._model.name, engine, taken)
            if len(scores):
                yield start, self._checked(scores[None], [row], taken)[0]
            else:
                yield start, single(scores).cpu().numpy()

    def fill(
        self,
        rows: Sequence[int],
        targets: Sequence[Explained],
        measure: AnyMeasure,
        *,
        tolerance: float,
        patience: float,
    ) -> Iterator[Filled]:
        """Compute many rows in short steps, between which a hovered row may come.

        See `Engine.fill`.
        """
        explained = dict(zip(rows, targets, strict=True))
        with clean_torch():
            engine, taken = self.engine_of(measure)
            fill = engine.fill(rows, targets, taken, tolerance=tolerance, patience=patience)
            parts = iter(fill)
        while True:
            # Not around the yield: the caller's code must run with its own settings.
            with clean_torch():
                part = next(parts, None)
            if part is None:
                return
            found = [(s, self._checked(row[None], [s], taken)[0]) for s, row in part]
            if part:
                some = [s for s, _ in part]
                with clean_torch():
                    peaks = torch.stack([single(row).amax() for _, row in part])
                    name, targets_of = self._model.name, [explained[s] for s in some]
                    check_squares(peaks, some, targets_of, name, engine, taken)
            yield Filled(fill.share, found, fill.accuracy if part else None)

    def _checked(self, scores: Tensor, rows: Sequence[int], measure: AnyMeasure) -> Floats:
        scores = single(scores)
        check_finite(scores, rows, measure, self._model.name)
        numbers: Floats = scores.cpu().numpy()
        return numbers
