"""Whether a gradient reaches every input that changes an output: tried once for each network.

A gradient of exactly 0 is right where an input is not read, or where the output is flat: a ReLU
that is off, a maximum taken elsewhere. It is wrong where the graph is cut (detach(), a function
without a backward pass) and tells nothing where the output moves in steps (rounding, argmax,
quantised layers). To tell these apart an input without a gradient is moved on a straight line to a
value that another input has. Of a continuous output there must be a gradient somewhere on the way,
if the output changes: the half of the line on which it changes more is halved again and again, so
that the mean slope on what is left never falls.
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
"""Reads embedded tokens, (T, D): logits, (T, V)."""

# A change of the outputs below this share of the largest of them is rounding.
_ROUNDING = {torch.float64: 1e-6, torch.float32: 1e-4}
_ROUNDING_IN_HALF = 0.03
# How often a line is halved, and how often inputs that a gradient was seen at are left out.
_HALVINGS = 10
_ROUNDS = 16
# So many columns are tried one by one to tell which of them it is.
_ONE_BY_ONE = 64


@dataclass(frozen=True)
class Unreached:
    """Inputs that change an output, and have no gradient.

    Attributes:
        every: Whether no input has a gradient at any output that was tried.
        output: The last output of which some have none; None: none is missing.
        inputs: These.
        tokens: How many inputs there were.
        width: How many numbers a vector has.
        columns: Which of these have none at any input, and change the outputs.
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
    """Compare the gradient of some outputs with what happens where inputs are changed.

    Args:
        run: The network. Where it fails on what is put in the place of inputs nothing is known.
        embedded: What it reads, (T, D).
        outputs: Which outputs to try.
        columns: Whether to try each column of numbers, too.
        others: Makes other texts of as many tokens, (T, D) each. Where no input has a gradient at
            all they are tried too, one after the other, until an output changes: one that moves
            in steps may stay where it is for a small change.

    Returns:
        What has no gradient and should have; None: nothing, or it can't be told.
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
    """A network, what it reads, and what it might read in its place.

    Args:
        run: The network.
        embedded: Shape (T, D).
        outputs: Which outputs are tried.
        invent: Whether what is the same throughout is tried with values that are not there.
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
        """Whether the network gives the same for the same: else every change means nothing."""
        return not self._moved(self._before, self._read(self._embedded), self.outputs)

    @property
    def any_gradient(self) -> bool:
        """Whether any input has a gradient at any output."""
        return any(bool(each.any()) for each in self._here.values())

    def inputs_without(self, output: int) -> list[int]:
        """The inputs that change an output, and have no gradient."""
        without = ~self._here[output].any(dim=1)
        return self._confirmed(without, 0, [output])

    def columns_without(self) -> list[int]:
        """The columns that change some of the outputs, and have no gradient at any of them."""
        without = ~torch.stack(list(self._here.values())).flatten(0, 1).any(dim=0)
        return self._confirmed(without, 1, self.outputs)

    def _confirmed(
        self,
        without: Tensor,
        axis: int,
        outputs: Sequence[int],
    ) -> list[int]:
        """Of inputs (axis 0) or columns (axis 1) those without a gradient that do change outputs.

        Args:
            without: Which have none where the network reads what it reads.
            axis: What they are.
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
        """The same by moving them to given values, (T, D)."""
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
        """Those that change the outputs: inputs before, at and after an output, or columns."""
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
        """Which of them have a gradient somewhere on the straight line from here to an end."""
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
        """The logits, and for some outputs together where their gradient is not 0, (T, D)."""
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
    """For each input, or each of its numbers, another one that occurs, as far as there is one near.

    Args:
        embedded: Shape (T, D).
        by_row: Whether whole inputs are taken, or numbers of the same column.
        invent: Whether to make up a value where all are the same, one that a code may have, too.
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
