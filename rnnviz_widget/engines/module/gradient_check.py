"""Whether a gradient reaches every input that changes an output; checked once for each network.

A gradient of exactly 0 is right where an input is not read or the output is flat: a ReLU that is
off, a maximum taken elsewhere. It is wrong where the graph is cut (detach(), a function without a
backward pass), and it says nothing where the output moves in steps (rounding, argmax, quantised
layers). To tell these apart, an input without a gradient is moved in a straight line to the value
of another input. If the output is continuous and changes, there must be a gradient somewhere on
that line. It is searched by bisection: the half on which the output changes more is kept, so that
the mean slope never falls.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.explained import gradient_of

_log = logging.getLogger(__name__)

Run = Callable[[Tensor], Tensor]
"""Maps embedded tokens, (T, D), to logits, (T, V)."""

# A change of the outputs below this share of the largest of them is rounding.
_ROUNDING = {torch.float64: 1e-6, torch.float32: 1e-4}
_ROUNDING_IN_HALF = 0.03
# The most bisections of a line, and the most rounds in which inputs with a gradient are left out.
_HALVINGS = 10
_ROUNDS = 16
# Up to so many columns are tried one by one, to find which of them matter.
_ONE_BY_ONE = 64


@dataclass(frozen=True)
class Unreached:
    """Inputs that change an output though no gradient reaches them.

    Attributes:
        every: Whether no input has a gradient at any output that was tried.
        output: The last output at which inputs have no gradient; None: there is none.
        inputs: These inputs.
        tokens: How many inputs there were.
        width: How many numbers a vector has.
        columns: Columns of the vectors that change outputs and have no gradient at any input.
    """

    every: bool
    output: int | None
    inputs: list[int]
    tokens: int
    width: int
    columns: list[int]


def unreached(
    run: Run,
    embedded: Tensor,
    *,
    outputs: Sequence[int],
    columns: bool = False,
    others: Callable[[], Sequence[Tensor]] = tuple,
) -> Unreached | None:
    """Compare gradients of some outputs with what happens when inputs change.

    Args:
        run: The network. If it fails on changed inputs, nothing is known.
        embedded: The embedded tokens, (T, D).
        outputs: Which outputs to try.
        columns: Whether to try each column of the vectors, too.
        others: Makes other texts of the same length, (T, D) each. If no input has a gradient at
            all, these are tried, too, until an output changes: one that moves in steps may not
            react to a small change.

    Returns:
        What changes an output without a gradient; None: nothing, or that can't be found out.
    """
    for invent in (True, False):
        try:
            probe = _Probe(run, embedded, outputs, invent=invent, others=others)
            return _unreached(probe, columns=columns)
        except Exception as error:  # noqa: BLE001 - whatever a module raises at what it never read
            _log.info("whether a gradient reaches all inputs can't be told: %s", error)
    return None


def _unreached(probe: _Probe, *, columns: bool) -> Unreached | None:
    missing = {s: probe.inputs_without(s) for s in probe.outputs}
    found = probe.columns_without() if columns else []
    cut = [s for s in probe.outputs if missing[s]]
    if not (cut or found) or not probe.repeats():
        return None
    last = cut[-1] if cut else None
    some = [] if last is None else missing[last]
    every = bool(cut) and not probe.any_gradient
    return Unreached(every, last, some, probe.tokens, probe.width, found)


class _Probe:
    """A network, its input, and values to put in the input's place.

    Args:
        run: The network.
        embedded: Shape (T, D).
        outputs: Which outputs are tried.
        invent: Whether to make up another value where all inputs have the same.
        others: Makes other texts, (T, D) each; see `unreached`.
    """

    def __init__(
        self,
        run: Run,
        embedded: Tensor,
        outputs: Sequence[int],
        *,
        invent: bool,
        others: Callable[[], Sequence[Tensor]],
    ) -> None:
        self._run = run
        self._embedded = embedded.detach()
        self.outputs = outputs
        self.tokens, self.width = embedded.shape
        self._invent = invent
        self._others = others
        # One pass for all outputs.
        self._before, here = self._gradients(self._embedded, [[s] for s in outputs])
        self._here = dict(zip(outputs, here, strict=True))

    def repeats(self) -> bool:
        """Whether reading the same input twice gives the same; if not, changes show nothing."""
        return not self._moved(self._before, self._read(self._embedded), self.outputs)

    @property
    def any_gradient(self) -> bool:
        """Whether any input has a gradient at any output."""
        return any(bool(each.any()) for each in self._here.values())

    def inputs_without(self, output: int) -> list[int]:
        """The inputs that change an output and have no gradient."""
        without = ~self._here[output].any(dim=1)
        return self._confirmed(without, 0, [output])

    def columns_without(self) -> list[int]:
        """The columns that change some outputs and have no gradient at any of them."""
        without = ~torch.stack(list(self._here.values())).flatten(0, 1).any(dim=0)
        return self._confirmed(without, 1, self.outputs)

    def _confirmed(
        self,
        without: Tensor,
        axis: int,
        outputs: Sequence[int],
    ) -> list[int]:
        """Those of the inputs (axis 0) or columns (axis 1) without a gradient that change outputs.

        Args:
            without: Which of them have no gradient at the network's own input.
            axis: 0 for inputs, 1 for columns.
            outputs: The outputs.
        """
        if not without.any():
            return []
        ends = [_other_values(self._embedded, by_row=axis == 0, invent=self._invent)]
        if not self.any_gradient:
            ends += self._others()
        for others in ends:
            end = self._with(without, axis, others)
            if self._moved(self._before, self._read(end), outputs):
                return self._confirmed_by(without, axis, others, outputs)
        return []

    def _confirmed_by(
        self, without: Tensor, axis: int, others: Tensor, outputs: Sequence[int]
    ) -> list[int]:
        """Like `_confirmed`, by moving them to the given values, (T, D)."""
        for _ in range(_ROUNDS):
            if not without.any():
                return []
            end = self._with(without, axis, others)
            after = self._read(end)
            if not self._moved(self._before, after, outputs):
                return []
            reached = self._on_the_way(without, axis, end, after, outputs)
            if not reached.any():
                return self._each(without, axis, others, outputs)
            without = without & ~reached
        return []

    def _each(
        self, without: Tensor, axis: int, others: Tensor, outputs: Sequence[int]
    ) -> list[int]:
        """Those that change the outputs: columns, or the inputs before, at and after an output."""
        places: list[int] = without.nonzero()[:, 0].tolist()
        if axis == 0:
            (s,) = outputs
            sides = [[t for t in places if (t > s) - (t < s) == side] for side in (-1, 0, 1)]
        elif len(places) <= _ONE_BY_ONE:
            sides = [[place] for place in places]
        else:
            sides = [places]
        found = []
        for side in filter(None, sides):
            one = torch.zeros_like(without)
            one[side] = True
            if self._moved(self._before, self._read(self._with(one, axis, others)), outputs):
                found += side
        return found or places

    def _on_the_way(
        self, without: Tensor, axis: int, end: Tensor, after: Tensor, outputs: Sequence[int]
    ) -> Tensor:
        """Which of them have a gradient somewhere on the straight line to `end`."""
        low, high, first, last = 0.0, 1.0, self._before, after
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            between = self._embedded + middle * (end - self._embedded)
            logits, (gradient,) = self._gradients(between, [outputs])
            reached = gradient.any(dim=1 - axis) & without
            if reached.any():
                return reached
            if self._distance(first, logits, outputs) >= self._distance(logits, last, outputs):
                high, last = middle, logits
            else:
                low, first = middle, logits
        return torch.zeros_like(without)

    def _with(self, places: Tensor, axis: int, others: Tensor) -> Tensor:
        return torch.where(places.unsqueeze(1 - axis), others, self._embedded)

    def _gradients(
        self, embedded: Tensor, each: Sequence[Sequence[int]]
    ) -> tuple[Tensor, list[Tensor]]:
        """The logits, and for each set of outputs where its gradient is not 0, (T, D)."""
        with torch.enable_grad():
            leaf = embedded.clone().requires_grad_()
            logits = self._run(leaf)
            found = [self._is_there(logits[list(outputs)], leaf) for outputs in each]
        return logits.detach(), found

    def _is_there(self, logits: Tensor, leaf: Tensor) -> Tensor:
        weights = torch.rand(logits.shape[-1], generator=torch.Generator().manual_seed(0)) + 0.5
        total = torch.where(logits.isfinite(), logits * weights.to(logits), 0).sum()
        return gradient_of(total, leaf) != 0

    def _read(self, embedded: Tensor) -> Tensor:
        with torch.no_grad():
            return self._run(embedded.clone()).detach()

    def _moved(self, one: Tensor, other: Tensor, outputs: Sequence[int]) -> bool:
        least = _ROUNDING.get(one.dtype, _ROUNDING_IN_HALF)
        finite = one[one.isfinite()]
        scale = float(finite.abs().max()) if len(finite) else 0.0
        return self._distance(one, other, outputs) > least * scale

    def _distance(self, one: Tensor, other: Tensor, outputs: Sequence[int]) -> float:
        some, others = one[list(outputs)], other[list(outputs)]
        apart = torch.where(some == others, 0, (some - others).abs())
        return float(apart.nan_to_num(posinf=torch.finfo(apart.dtype).max).max())


def _other_values(embedded: Tensor, *, by_row: bool, invent: bool) -> Tensor:
    """For each input, or each number in it, another value that occurs near it in the text.

    Args:
        embedded: Shape (T, D).
        by_row: Whether to take whole inputs; else numbers of the same column.
        invent: Whether to make up a value where all are the same, one that a code could have.
    """

    def same() -> Tensor:
        equal = others == embedded
        return equal.all(dim=1, keepdim=True) if by_row else equal

    others = embedded
    for shift in _shifts(len(embedded)):
        others = torch.where(same(), embedded.roll(shift, 0), others)
    constant = same().all(dim=0, keepdim=True)
    made = torch.where(embedded >= 1, embedded - 1, embedded + 1)
    return torch.where(constant, made, others) if invent else others


def _shifts(tokens: int) -> Sequence[int]:
    return [shift for shift in (1, 2, 3, 5, tokens // 2) if 0 < shift < tokens]
