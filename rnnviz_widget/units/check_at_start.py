"""Checking a unit at the start: over draws of its weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz_widget.evaluation.estimate import Estimate

from .along_time import memory_steps, run_forward
from .arithmetic import expected_gradients, expected_moments
from .calling import UnitCall
from .changes import Change, best_change, chrono_change
from .estimates import over_draws
from .findings import (
    along_time_findings,
    feed_forward_findings,
    gate_findings,
    parameter_findings,
    variance_findings,
)
from .mean_field import MeanField, mean_field, mean_of
from .measured import Measured, measure_feed_forward, measure_recurrent
from .parameters import ParameterFigures, ParameterTotals, parameter_gradients
from .summary import (
    exponent_estimate,
    gate_figures,
    memory_estimate,
    moments_of,
    norm_estimates,
    overflow_findings,
)
from .unit_check import TriedChange, UnitCheck
from .weight_draws import WeightDraws

# The steps after which parameters' gradients are taken, and the mean of the inputs there: of inputs
# of mean 0 the expected gradient of many weights would be zero.
_GRADIENT_STEPS = 16
_GRADIENT_MEAN = 0.5
# The inputs of a feed-forward unit, and how many times more draws it gets.
_INPUTS = 64
# Of so many draws mean-field theory is asked.
_THEORY_DRAWS = 4
# By this factor an exponent must come closer to 0, or a change is not spoken of.
_BETTER = 1.2
# If so much is left of a gradient after all lags, no change is tried.
_KEPT = (0.1, 1e3)
_MORE_DRAWS = 64


@dataclass(frozen=True)
class DrawSettings:
    """The arguments of `check_unit` that say what is drawn."""

    steps: int
    sequences: int
    draws: int
    mean: float
    std: float
    seed: int
    changes: bool

    @property
    def lags(self) -> int:
        """How many steps gradients are taken back."""
        return self.steps * 3 // 4

    @property
    def input_square(self) -> float:
        """E[x^2]."""
        return self.std**2 + self.mean**2


@dataclass(frozen=True, eq=False)
class UnitAtStart:
    """A unit with draws of its first weights."""

    name: str
    call: UnitCall
    weights: WeightDraws
    settings: DrawSettings

    @property
    def _recurrent(self) -> bool:
        return self.call.kind != "feed-forward"

    @property
    def _redrawn(self) -> bool:
        return self.weights.why_not is None

    def check(self) -> UnitCheck:
        """Check it; `check_unit` describes that.

        Raises:
            FloatingPointError: If it gives NaN or infinity at its first step, in every draw.
        """
        first, settings = self.weights.drawn(0), self.settings
        measured, parameters = self._measured()
        finite = [each for each in measured if self._recurrent is (each.logs is not None)]
        if all(each.overflow == 1 for each in measured):
            raise FloatingPointError(
                f"{self.name} gives NaN or infinity at its first step, in each of {len(measured)} "
                "draws of its weights"
            )
        theory = self._theory(self.weights.drawn) if self._recurrent else None
        known = expected_moments(first, settings.mean, settings.std**2)
        exponent = exponent_estimate(finite) if self._recurrent else None
        memory = None if exponent is None else memory_estimate(exponent)
        norms = norm_estimates(finite) if self._recurrent else []
        forward, backward = (None, None) if self._recurrent else self._ratios(measured)
        moments = moments_of(finite, theory, known, first)
        gates = gate_figures(finite, theory, known)
        tried = self._tried_changes(exponent, norms)
        expected = None if theory is None else theory.exponent
        return UnitCheck(
            name=self.name,
            call=self.call.words,
            drawn=self._drawn_in_words(len(measured)),
            norms=norms,
            exponent=exponent,
            expected_exponent=expected,
            memory=memory,
            forward=forward,
            backward=backward,
            moments=moments,
            gates=gates,
            parameters=parameters,
            changes=tried,
            findings=[
                *overflow_findings(measured),
                *along_time_findings(norms, exponent, memory, expected, tried),
                *feed_forward_findings(first, forward, backward, moments, settings.std**2),
                *parameter_findings(parameters),
                *gate_findings(gates),
                *(variance_findings(parameters) if self._redrawn else ()),
            ],
            notes=[*filter(None, [self.weights.why_not, self._differs_in_steps(first)])],
        )

    def _measured(self) -> tuple[list[Measured], list[ParameterFigures]]:
        """What is measured of each draw, and of the parameters over all."""
        call, settings = self.call, self.settings
        first = self.weights.drawn(0)
        hidden = call.shapes[0][-1] if self._recurrent else None
        totals, measured = ParameterTotals(hidden, expected_gradients(first)), []
        for number in range(settings.draws * (1 if self._recurrent else _MORE_DRAWS)):
            module, inputs = self.weights.drawn(number), self._inputs(number)
            shifted = inputs[:_GRADIENT_STEPS] + (_GRADIENT_MEAN - settings.mean)
            totals.add(module, parameter_gradients(call, module, shifted))
            if self._recurrent:
                measured.append(self._measured_draw(module, number))
            else:
                seed, mean = settings.seed + number, settings.mean
                measured.append(measure_feed_forward(call, module, inputs, seed, mean))
        return measured, totals.figures(redrawn=self._redrawn)

    def _measured_draw(self, module: nn.Module, number: int, probes: int = 16) -> Measured:
        run = run_forward(self.call, module, self._inputs(number))
        seed = self.settings.seed + number
        lags = self.settings.lags
        return measure_recurrent(self.call, module, run, lags=lags, seed=seed, probes=probes)

    def _inputs(self, number: int) -> Tensor:
        """Normal inputs of one draw, (T, B, D); (1, B, D) for a feed-forward unit."""
        settings = self.settings
        generator = torch.Generator().manual_seed(1_000_003 * (settings.seed + 1) + number)
        shape = (settings.steps, settings.sequences) if self._recurrent else (1, _INPUTS)
        size = self.call.input_size
        drawn = torch.randn(*shape, size, generator=generator, dtype=torch.float64)
        place = self.weights.place
        return (settings.mean + settings.std * drawn).to(place.device, place.dtype)

    def _drawn_in_words(self, draws: int) -> str:
        settings = self.settings
        what = f"{draws} draws of its weights" if self._redrawn else "its own weights as they are"
        read = f"{settings.sequences} sequences of {settings.steps} inputs"
        if not self._recurrent:
            read = f"{_INPUTS} inputs"
        if not self._redrawn:
            read = f"{draws} times {read}"
        normal = f"mean {settings.mean:g} and standard deviation {settings.std:g}"
        return f"{what}, {'each ' if self._redrawn else ''}on {read}, normal with {normal}"

    def _theory(self, drawn: Callable[[int], nn.Module]) -> MeanField | None:
        """The prediction by mean-field theory, mean over a few draws."""
        count = min(self.settings.draws, _THEORY_DRAWS) if self._redrawn else 1
        found = [mean_field(drawn(k), self.settings.input_square) for k in range(count)]
        return mean_of([each for each in found if each is not None])

    def _ratios(self, measured: Sequence[Measured]) -> tuple[Estimate, Estimate]:
        """Var z / Var x, and the factor of the variance of gradients."""
        second = np.array([each.output.square for each in measured])
        mean = np.array([each.output.mean for each in measured]).mean()
        forward = (second - mean**2) / (self.settings.std**2 or math.nan)
        return over_draws(forward), over_draws([each.backward or 0.0 for each in measured])

    def _differs_in_steps(self, module: nn.Module) -> str | None:
        """Whether a layer keeps more from step to step than the state that it returns."""
        call = self.call
        if call.kind != "layer" or call.forward is not None or call.zeros is not None:
            return None
        x = self._inputs(0)[:6]
        run = run_forward(call, module, x)
        if run.overflow is not None:
            return None
        with torch.no_grad():
            whole = module(x.transpose(0, 1) if call.batch_first else x)[0]
        whole = whole.transpose(0, 1) if call.batch_first else whole
        if torch.allclose(whole, torch.stack(run.outputs), rtol=1e-3, atol=1e-5):
            return None
        return (
            "the layer keeps more from step to step than the state that it returns, such as a "
            "delay: it gives other outputs for a whole sequence than step by step. What is said of "
            "gradients along time is of the state that it returns alone"
        )

    def _tried_changes(
        self, exponent: Estimate | None, norms: Sequence[Estimate]
    ) -> list[TriedChange]:
        """What changes of the weights do, where gradients do not come through as they are."""
        settings = self.settings
        if not settings.changes or exponent is None or not norms:
            return []
        if _KEPT[0] <= norms[-1].value <= _KEPT[1] or math.isinf(exponent.value):
            return []
        first = self.weights.drawn(0)
        changes = [best_change(self.call, first, self._inputs(0), settings.seed)]
        if exponent.value < -1 / settings.lags:
            changes.append(chrono_change(first, settings.lags, settings.seed))
        tried = [self._tried(change, exponent) for change in changes if change is not None]
        return [each for each in tried if each is not None]

    def _tried(self, change: Change, before: Estimate) -> TriedChange | None:
        """What a change does in all draws; None: it does not help."""
        measured = [
            self._measured_draw(change.on(self.weights.drawn(number)), number, probes=8)
            for number in range(self.settings.draws)
        ]
        after = exponent_estimate(measured)
        if not abs(after.value) * _BETTER < abs(before.value):
            return None
        theory = self._theory(lambda number: change.on(self.weights.drawn(number)))
        return TriedChange(
            change=change.words,
            before=memory_estimate(before),
            after=memory_estimate(after),
            exponents=(before, after),
            expected=None if theory is None else memory_steps(theory.exponent),
        )
