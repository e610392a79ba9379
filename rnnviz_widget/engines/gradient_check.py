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

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Run = Callable[[Tensor], Tensor]
"""Reads embedded tokens, (T, D): logits, (T, V)."""

# A change of the outputs below this share of the largest of them is rounding.
_ROUNDING = {torch.float64: 1e-6, torch.float32: 1e-4}
_ROUNDING_IN_HALF = 0.03
# How often a line is halved, and how often inputs that a gradient was seen at are left out.
_HALVINGS = 10
_ROUNDS = 16
# So many inputs or columns are tried one by one to tell which of them it is.
_ONE_BY_ONE = 64


@dataclass(frozen=True)
class Unreached:
    """Inputs that change an output, and have no gradient.

    Attributes:
        every: Whether no input has a gradient at any output that was tried.
        output: The last output of which some have none; None: none is missing.
        inputs: These.
        tokens: How many inputs there were.
        columns: Which numbers of the vectors have none at any input, and change the outputs.
        width: How many numbers a vector has.
    """

    every: bool
    output: int | None
    inputs: list[int]
    tokens: int
    columns: list[int]
    width: int


def unreached(
    run: Run, embedded: Tensor, *, outputs: Sequence[int], columns: bool = False
) -> Unreached | None:
    """Compare the gradient of some outputs with what happens where inputs are changed.

    Args:
        run: The network. Where it fails on what is put in the place of inputs nothing is known.
        embedded: What it reads, (T, D).
        outputs: Which outputs to try.
        columns: Whether to try each column of numbers, too.

    Returns:
        What has no gradient and should have; None: nothing, or it can't be told.
    """
    try:
        probe = _Probe(run, embedded)
        if not probe.repeats:
            return None
        missing = {s: probe.inputs_without(s) for s in outputs}
        cut = [s for s in outputs if missing[s]]
        found = probe.columns_without(outputs) if columns else []
        if not (cut or found):
            return None
        every = bool(cut) and not probe.any_gradient(outputs)
    except Exception:  # noqa: BLE001 - whatever a module raises at what it never read
        return None
    last = cut[-1] if cut else None
    some = [] if last is None else missing[last]
    return Unreached(every, last, some, len(embedded), found, embedded.shape[1])


class _Probe:
    """A network, what it reads, and what it might read in its place.

    Args:
        run: The network.
        embedded: Shape (T, D).

    Attributes:
        repeats: Whether it gives the same for the same.
    """

    def __init__(self, run: Run, embedded: Tensor) -> None:
        self._run = run
        self._embedded = embedded.detach()
        self._before = self._read(self._embedded)
        self._weights = (
            torch.rand(
                self._before.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64
            ).to(self._before)
            + 0.5
        )
        everything = range(len(self._before))
        self.repeats = not self._moved(self._before, self._read(self._embedded), everything)
        self._gradients: dict[tuple[int, ...], Tensor] = {}

    def any_gradient(self, outputs: Sequence[int]) -> bool:
        """Whether any input has a gradient at any of these outputs."""
        return any(bool(self._gradient_here([s]).any()) for s in outputs)

    def inputs_without(self, output: int) -> list[int]:
        """The inputs that change an output, and have no gradient."""
        without = ~self._gradient_here([output]).any(dim=1)
        return self._confirmed(without, 0, [output], _other_rows(self._embedded))

    def columns_without(self, outputs: Sequence[int]) -> list[int]:
        """The columns that change some of the outputs, and have no gradient at any of them."""
        without = ~self._gradient_here(outputs).any(dim=0)
        return self._confirmed(without, 1, outputs, _other_values(self._embedded))

    def _confirmed(
        self, without: Tensor, axis: int, outputs: Sequence[int], others: Tensor
    ) -> list[int]:
        """Of inputs (axis 0) or columns (axis 1) those without a gradient that do change outputs.

        Args:
            without: Which have none where the network reads what it reads.
            axis: What they are.
            outputs: The outputs.
            others: What to put in their place, (T, D).
        """
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
        """Those that change the outputs by themselves, as far as they are tried one by one."""
        places: list[int] = without.nonzero()[:, 0].tolist()
        if len(places) > _ONE_BY_ONE:
            return places
        alone = []
        for place in places:
            one = torch.zeros_like(without)
            one[place] = True
            if self._moved(self._before, self._read(self._with(one, axis, others)), outputs):
                alone.append(place)
        return alone or places

    def _on_the_way(
        self, without: Tensor, axis: int, end: Tensor, after: Tensor, outputs: Sequence[int]
    ) -> Tensor:
        """Which of them have a gradient somewhere on the straight line from here to an end."""
        low, high, first, last = 0.0, 1.0, self._before, after
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            between = self._embedded + middle * (end - self._embedded)
            logits, gradient = self._gradient(between, outputs)
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

    def _gradient_here(self, outputs: Sequence[int]) -> Tensor:
        key = tuple(outputs)
        if key not in self._gradients:
            self._gradients[key] = self._gradient(self._embedded, outputs)[1]
        return self._gradients[key]

    def _gradient(self, embedded: Tensor, outputs: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The logits, and whether the gradient of any of some outputs is not 0, (T, D)."""
        with torch.enable_grad():
            leaf = embedded.clone().requires_grad_()
            logits = self._run(leaf)
            some = logits[list(outputs)]
            total = torch.where(some.isfinite(), some * self._weights[list(outputs)], 0).sum()
            if not total.requires_grad:
                return logits.detach(), torch.zeros_like(embedded, dtype=torch.bool)
            (gradient,) = torch.autograd.grad(
                total, leaf, allow_unused=True, materialize_grads=True
            )
        return logits.detach(), gradient != 0

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


def _other_rows(embedded: Tensor) -> Tensor:
    """For each input one that differs from it, as far as there is one near."""
    others = embedded
    for shift in _shifts(len(embedded)):
        same = (others == embedded).all(dim=1, keepdim=True)
        others = torch.where(same, embedded.roll(shift, 0), others)
    # All are the same: another one is not known.
    return embedded + 1 if torch.equal(others, embedded) else others


def _other_values(embedded: Tensor) -> Tensor:
    """For each number one of its own column that differs, as far as there is one near."""
    others = embedded
    for shift in _shifts(len(embedded)):
        others = torch.where(others == embedded, embedded.roll(shift, 0), others)
    return others


def _shifts(tokens: int) -> Sequence[int]:
    return [shift for shift in (1, 2, 3, 5, tokens // 2) if 0 < shift < tokens]
