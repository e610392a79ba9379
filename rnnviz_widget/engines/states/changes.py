"""What is done to units while a network reads: set to numbers, or held where they were."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.scene.states import StatePlace


@dataclass(frozen=True)
class UnitChange:
    """A change of some units of one place, at some steps.

    Attributes:
        place: Where the units are.
        units: Which.
        values: The number of each; None: they are held at what they were one step before, in the
            order of reading.
        first: The first step at which they are changed.
        until: The step from which on they are not; None: to the end.
    """

    place: StatePlace
    units: tuple[int, ...]
    values: tuple[float, ...] | None
    first: int = 0
    until: int | None = None

    def holds_at(self, step: int) -> bool:
        """Whether it changes a step."""
        return self.first <= step and (self.until is None or step < self.until)

    def mask(self, like: Tensor) -> Tensor:
        """Which units it changes, (H,)."""
        found = torch.zeros(self.place.units, dtype=torch.bool, device=like.device)
        found[list(self.units)] = True
        return found

    def numbers(self, like: Tensor) -> Tensor:
        """What the units are set to, (H,); zeros for the others."""
        found = like.new_zeros(self.place.units)
        if self.values is not None:
            found[list(self.units)] = torch.tensor(self.values, dtype=found.dtype).to(found)
        return found


class ChangedSteps:
    """Applies one change to the values of its place, step by step in the order of reading.

    Args:
        change: The change.
        before: The values of a state before the first step, (B, H); None: of a gate there are none.
    """

    def __init__(self, change: UnitChange, before: Tensor | None) -> None:
        self._change, self._before = change, before
        self._held: Tensor | None = None

    def value(self, step: int, value: Tensor) -> Tensor:
        """What is used in place of a value (B, H) at a step of the text.

        Raises:
            ValueError: If it is to be held where nothing was before.
        """
        change = self._change
        if not change.holds_at(step):
            self._before = value
            return value
        if change.values is not None:
            return torch.where(change.mask(value), change.numbers(value), value)
        if self._held is None:
            if self._before is None:
                raise ValueError(
                    f"the {change.place} can't be held from the first step that is read on: there "
                    "is nothing before it. Begin one step later"
                )
            self._held = self._before
        return torch.where(change.mask(value), self._held, value)
