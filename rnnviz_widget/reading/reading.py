"""One model's reading of one text: predictions and targets now, rows on demand."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from rnnviz_widget.engines import (
    TOLERANCE,
    Accuracy,
    AnyMeasure,
    Engine,
    EngineName,
    Explained,
    Method,
    Named,
    choose_engine,
    clean_torch,
    in_vectors,
    method_engine,
    worst,
)
from rnnviz_widget.models import TRUTH, CheckedTarget, SequenceModel, Tokens, choose_targets

from .finite import all_finite, check_finite, check_squares
from .read_as import read_as
from .row_source import Floats
from .target_statistics import (
    OUTPUTS_AT_ONCE,
    Blocks,
    TargetStatistics,
    blocks_of,
    measure_for,
    single,
    statistics_of_targets,
)

PREDICTIONS = 10
MATRIX_LIMIT = 100_000_000
"""How many scores are computed at once at most: of 10,000 tokens, 400 MB in single precision."""
_NUMBER = "the one number that it gives"
AHEAD = "It reads ahead: what it predicts depends on later characters too."
BACKWARD = (
    "It reads from right to left: what it predicts depends on later characters, and on no earlier "
    "ones."
)


class Reading:
    """One model's reading of one text: predictions and targets now, rows on demand.

    Making one runs the model forward once; rows then cost what their engine makes of it.

    Args:
        model: The model.
        text: The text.
        target: `TRUTH`, `TOP`, a class, a `Contrast`, or a list with one of these for each token.
        measure: A measure's or method's name, or a `Method`; the model's own, if it has one, goes
            before it. Default: "grad_x_input" for a contrast, else "norm".
        tolerance: How far a score of many rows may be off, as a share of the largest of its row;
            0 for exact ones. A row that is computed by itself is exact.
        engine: "auto", "sweep" or "autograd"; see `engines.choose_engine`.

    Attributes:
        model: The model with the weights that read the text, whatever is refreshed later.
        tokens: The text as the model reads it.
        reads: What each output reads, as found by experiment.
        notes: What a reader should know about this model, in words.
        one_output: Whether there is one output for the whole text, which stands at every token.
        unit: The unit of the model's one number, "" if it has none; what is called a probability
            here is then that number. None: it has classes.
        top: The best classes, best first, shape (S, K), and `top_probabilities` likewise.
        target: The class explained at each output, shape (S,), with `target_probability`,
            `target_log_probability` in nats, `target_rank` (1 = the best) and `reasons`, in words.
        rivals: What they are compared with, or None.
        explained: Both together: a class, or a pair, for each output.
        engine: What computes the rows: "sweep", "autograd", or a method's "captum", "occlusion"
            or "attention"; and `engine_reason`, why, or how.
        block: How many rows to ask of `fill` at a time, when the nearest are wanted first.
        accuracy: How exact the rows are that `fill` has given, the worst of them.

    Raises:
        TypeError, ValueError: If the text or target does not fit the model, or the engine can't
            serve it.
        FloatingPointError: If a logit is not finite.
    """

    def __init__(
        self,
        model: SequenceModel,
        text: str,
        target: CheckedTarget = TRUTH,
        measure: Named | None = None,
        *,
        tolerance: float = TOLERANCE,
        engine: EngineName = "auto",
    ) -> None:
        # Rows that are asked for later are of the weights that read the text.
        self.model = model = model.snapshot()
        self.measure: AnyMeasure = self.measure_for(target, measure)
        self.tokens: Tokens = model.tokens(text)
        self._answers = model.answers(self.tokens)
        self._tolerance = check_tolerance(tolerance)
        with clean_torch():
            self._ids = torch.tensor(self.tokens.ids)
            self._engine: Engine = choose_engine(model.network, self._ids, engine)
            logits = self._engine.logits
            parts: Iterable[Tensor] = Blocks(self._engine, len(self._ids))
            if len(logits):
                parts = torch.split(logits, OUTPUTS_AT_ONCE)
            self._predict(parts)
            self._explain(target, parts)
        self._engine.logits = self._engine.logits[:0].clone()  # let go of the others
        self.reads = self._engine.reads
        self.notes = [*model.network.notes, *model.notes, *self.tokens.notes]
        self.notes += read_as(model.network, self._ids, model.inputs)
        if not self.reads.causal and not model.network.capabilities.one_output:
            self.notes.append(BACKWARD if self.reads.backward else AHEAD)
        self.one_output = model.network.capabilities.one_output
        self._methods: dict[Method, Engine] = {}
        self._begin_rows()

    def _begin_rows(self) -> None:
        """What computes the rows, now that the measure is known."""
        engine, _ = self._computing(self.measure)
        self.engine, self.engine_reason = engine.name, engine.reason
        self.block = engine.block
        self.accuracy = Accuracy()

    def measure_for(self, target: CheckedTarget, name: Named | None) -> AnyMeasure:
        """The measure that goes with a target: the model's own, the one named, or the default.

        Raises:
            ValueError: See `target_statistics.measure_for`.
        """
        own = self.model.measure
        found = measure_for(target, name if own is None else own)
        if self.unit is not None:
            found = dataclasses.replace(found, label=found.label.replace("the logit", "the number"))
        if not self.model.network.capabilities.reads_vectors:
            return found
        return dataclasses.replace(found, label=in_vectors(found.label))

    def _computing(self, measure: AnyMeasure) -> tuple[Engine, AnyMeasure]:
        """What computes the rows of a measure, and the measure as that takes it.

        Raises:
            ImportError, ValueError: If a method can't serve the model.
        """
        if not isinstance(measure, Method):
            return self._engine, measure
        # What is compared stands in the label, and changes nothing of how it is computed.
        method = dataclasses.replace(measure, label="")
        if method not in self._methods:
            self._methods[method] = self._method_engine(measure)
        return self._methods[method], measure

    def _method_engine(self, method: Method) -> Engine:
        baseline = None
        if method.baseline is not None:
            if self.model.network.capabilities.reads_vectors:
                raise ValueError(
                    f"baseline={method.baseline!r} can't be had: {self.model.name} reads vectors, "
                    "in whose place zeros stand. Leave it out"
                )
            if method.baseline not in self.model.inputs:
                raise ValueError(
                    f"baseline={method.baseline!r} must be one of the input symbols of "
                    f"{self.model.name}; it is not. Leave it out for zeros"
                )
            baseline = self.model.inputs.index(method.baseline)
        network = self.model.network
        try:
            with clean_torch():
                return method_engine(network, self._ids, self._engine, method, baseline)
        except ValueError as error:
            name = method.name
            raise ValueError(f"{name} can't serve {self.model.name}: {error}") from error

    def _predict(self, parts: Iterable[Tensor]) -> None:
        best = [self._outlook(part, n) for n, part in enumerate(parts)]
        self.top = np.concatenate([each.indices.cpu().numpy() for each in best])
        self.top_probabilities = np.concatenate([each.values.cpu().numpy() for each in best])

    def _explain(self, target: CheckedTarget, logits: Iterable[Tensor]) -> None:
        found = self._weigh(logits, target, range(len(self._answers)))
        self.explained, self.reasons = found.explained, found.reasons
        self.target, self.rivals = found.target, found.rivals
        self.target_log_probability: Floats = found.logs[:, 0]
        self.target_probability: Floats = found.odds[:, 0]
        self.target_rank = found.ranks[:, 0]

    def _chosen(
        self, target: CheckedTarget, rows: Sequence[int]
    ) -> tuple[list[Explained], list[str]]:
        """What a target means at some outputs, and why."""
        best, second = self.top[list(rows), 0], self.top[list(rows)][:, :2][:, -1]
        answers = [self._answers[s] for s in rows]
        classes = self.model.classes
        chosen = choose_targets(target, answers, best.tolist(), classes, second.tolist())
        return chosen if self.unit is None else (chosen[0], [_NUMBER] * len(rows))

    def _weigh(
        self, logits: Iterable[Tensor], target: CheckedTarget, rows: Sequence[int]
    ) -> TargetStatistics:
        """What a target means at some outputs, and how likely it is."""
        logs = self.model.network.log_probabilities if self.unit is None else None
        return statistics_of_targets(logits, *self._chosen(target, rows), logs)

    def explaining(self, target: CheckedTarget, measure: Named | None = None) -> Reading:
        """The same reading with something else explained; the text is not read again.

        Args:
            target: See `Reading`.
            measure: See `Reading`.

        Raises:
            TypeError, ValueError: If there is no such measure, or the target does not fit.
        """
        other = copy.copy(self)
        other.measure = self.measure_for(target, measure)
        other._begin_rows()  # noqa: SLF001
        with clean_torch():
            other._explain(target, blocks_of(self._engine, range(len(self))))  # noqa: SLF001
        return other

    def statistics_of(self, row: int, target: CheckedTarget) -> TargetStatistics:
        """What a target that is no list means at one output, and how likely it is.

        Raises:
            TypeError, ValueError: If it does not fit.
        """
        with clean_torch():
            return self._weigh(blocks_of(self._engine, [row]), target, [row])

    def likeliest(self, row: int, prefix: str, most: int) -> list[tuple[str, float]]:
        """The classes at an output whose names begin so, with their probabilities, best first."""
        named = [k for k, name in enumerate(self.outputs) if name.startswith(prefix)]
        with clean_torch():
            odds = self._probabilities(self._engine.outputs([row])[0])[named]
            best = odds.topk(min(most, len(named)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [(self.outputs[named[n]], p) for n, p in found]

    def odds(self, row: int) -> Floats:
        """The probability of every class at an output, (V,), float32; nothing is read again."""
        with clean_torch():
            odds = self._probabilities(self._engine.outputs([row])[0]).float()
        numbers: Floats = odds.cpu().numpy()
        return numbers

    def _outlook(self, logits: Tensor, number: int) -> torch.return_types.topk:
        if not all_finite(logits):
            # A class that is masked has -inf, which is as good as any; but not all of them.
            masked = logits.isneginf()
            bad = ~(logits.isfinite() | masked).all(dim=1) | masked.all(dim=1)
            if bad.any():
                first = number * OUTPUTS_AT_ONCE + int(bad.nonzero()[0])
                what = (
                    "only logits of -inf" if masked[bad][0].all() else "logits that are not finite"
                )
                raise FloatingPointError(
                    f"{self.model.name} gives {what}, first at token {first} "
                    f"({self.tokens.texts[first]!r}); a class may be masked by -inf, but not all "
                    "of them, and NaN and +inf have no probabilities: check the weights for NaN"
                )
        odds = self._probabilities(logits)
        return odds.topk(min(PREDICTIONS, logits.shape[1]), dim=1)

    def _probabilities(self, logits: Tensor) -> Tensor:
        """The probabilities of the classes, from their logits (.., V); or the one number."""
        if self.unit is not None:
            return single(logits)
        return self.model.network.probabilities(single(logits))

    @property
    def unit(self) -> str | None:
        """The unit of the model's one number, "" if it has none; None: it has classes."""
        return self.model.unit

    @property
    def outputs(self) -> tuple[str, ...]:
        """All class names."""
        return self.model.outputs

    @property
    def truth(self) -> str | None:
        """What the right answer is, "word" or "next"; None: something else, or there is none."""
        truth = self.model.truth
        return truth if isinstance(truth, str) and truth in ("next", "word") else None

    def __len__(self) -> int:
        """The number of outputs S."""
        return len(self.target)

    def rows(self, rows: Sequence[int]) -> Floats:
        """Compute C[s, :] exactly for each s in `rows`, (N, T), in the model's own precision.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        return self._scores(rows, 0.0)[0]

    def matrix(self) -> tuple[Floats, Accuracy]:
        """Compute C, (S, T), within the tolerance; and how exact it is.

        Raises:
            FloatingPointError: If a score is not finite.
            ValueError: If there are more than `MATRIX_LIMIT` scores.
        """
        check_matrix(len(self), self._ids.shape[0])
        return self._scores(range(len(self)), self._tolerance)

    def _scores(self, rows: Sequence[int], tolerance: float) -> tuple[Floats, Accuracy]:
        targets = [self.explained[row] for row in rows]
        with clean_torch():
            engine, measure = self._computing(self.measure)
            scores, accuracy = engine.rows(rows, targets, measure, tolerance=tolerance)
            checked = self._checked(scores, rows, measure)
            if len(rows):
                peaks = single(scores).amax(dim=1)
                check_squares(peaks, rows, targets, self.model.name, engine, measure)
        return checked, accuracy

    def pieces(self, row: int) -> Iterator[tuple[int, Floats]]:
        """Compute one row exactly, from its nearest inputs backwards; see `Engine.pieces`.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        return self.pieces_of(row, self.explained[row], self.measure)

    def pieces_of(
        self, row: int, explained: Explained, measure: AnyMeasure
    ) -> Iterator[tuple[int, Floats]]:
        """The same of any class, or two compared; see `statistics_of` and `measure_for`.

        Raises:
            FloatingPointError: If a score is not finite.
        """
        with clean_torch():
            engine, taken = self._computing(measure)
            pieces = engine.pieces(row, explained, taken)
        peaks: list[Tensor] = []
        while True:
            with clean_torch():
                piece = next(pieces, None)
                if piece is None:
                    return
                start, scores = piece
                peaks.append(single(scores).amax())
                if start == 0:
                    peak = torch.stack(peaks).amax(dim=0, keepdim=True)
                    check_squares(peak, [row], [explained], self.model.name, engine, taken)
            yield start, self._checked(scores[None], [row], taken)[0]

    def fill(
        self, rows: Sequence[int], *, patience: float = float("inf")
    ) -> Iterator[tuple[float, list[tuple[int, Floats]]]]:
        """Compute many rows in parts, short enough to let a hover come in between.

        Args:
            rows: Output indices s, each once.
            patience: How many seconds a part may last, where a row is not itself longer.

        Yields:
            How much is done, 0 to 1, and the rows that have become ready: s and C[s, :].

        Raises:
            FloatingPointError: If a score is not finite.
        """
        targets = [self.explained[row] for row in rows]
        with clean_torch():
            engine, measure = self._computing(self.measure)
            fill = engine.fill(rows, targets, measure, tolerance=self._tolerance, patience=patience)
            parts = iter(fill)
        while True:
            # Not around the yield: what others do meanwhile has its own mode.
            with clean_torch():
                part = next(parts, None)
            if part is None:
                return
            if part:
                self.accuracy = worst(self.accuracy, fill.accuracy)
            found = [(s, self._checked(row[None], [s], measure)[0]) for s, row in part]
            if part:
                with clean_torch():
                    peaks = torch.stack([single(row).amax() for _, row in part])
                    some = [s for s, _ in part]
                    explained = [self.explained[s] for s in some]
                    check_squares(peaks, some, explained, self.model.name, engine, measure)
            yield fill.share, found

    def _checked(self, scores: Tensor, rows: Sequence[int], measure: AnyMeasure) -> Floats:
        scores = single(scores)
        check_finite(scores, rows, measure, self.model.name)
        numbers: Floats = scores.cpu().numpy()
        return numbers


def check_matrix(outputs: int, inputs: int) -> None:
    """Refuse a matrix that would take the memory of the whole process.

    Raises:
        ValueError: If it has more than `MATRIX_LIMIT` scores; the message says what it would take.
    """
    scores = outputs * inputs
    if scores > MATRIX_LIMIT:
        raise ValueError(
            f"all scores of {outputs:,} outputs and {inputs:,} inputs are {scores:,}, about "
            f"{4 * scores / 1e9:.1f} GB in single precision, of {MATRIX_LIMIT:,} at most. Read a "
            "shorter text, or hover over this one with rv.explore, which reads single rows"
        )


def check_model(model: object) -> None:
    """Refuse what is no model, and say how to make one.

    Raises:
        TypeError: If `model` is not a `SequenceModel`.
    """
    if not isinstance(model, SequenceModel):
        raise TypeError(
            f"expected an rv.SequenceModel; got {type(model).__name__}. Wrap a torch module as "
            "rv.SequenceModel(module, inputs=symbols, outputs=classes)"
        )


def check_tolerance(tolerance: float) -> float:
    """Refuse what is no tolerance.

    Raises:
        ValueError: If it is not a number from 0 to below 1.
    """
    if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < 1:
        raise ValueError(
            "tolerance must be 0 (exact) or a share of a row's largest score below 1, such as "
            f"1e-4; got {tolerance!r}"
        )
    return float(tolerance)
