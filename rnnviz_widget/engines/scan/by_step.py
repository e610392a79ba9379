"""Tensors of a text as one row of numbers a step, whatever axis the time is."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class ByStep(NamedTuple):
    """How a tensor of a text is read as (T, F): F numbers at each of T steps.

    Attributes:
        shape: The tensor's.
        axis: Which of its axes is the time.
        shift: The step of its first place; below zero if places before the text were added to it.
        length: T.
    """

    shape: torch.Size
    axis: int
    shift: int
    length: int

    @property
    def width(self) -> int:
        """F."""
        return self.shape.numel() // self.shape[self.axis]

    def read(self, tensor: Tensor) -> Tensor:
        """The numbers of a tensor, (T, F); zeros at steps that it does not have.

        Raises:
            ValueError: If there is anything but zeros at places that are no steps.
        """
        places = tensor.movedim(self.axis, 0).reshape(self.shape[self.axis], -1)
        steps, some = self._common()
        if places[: some.start].any() or places[some.stop :].any():
            raise ValueError("something was made of places outside of the text")
        if steps == slice(0, self.length):
            return places[some]
        found = places.new_zeros(self.length, self.width)
        found[steps] = places[some]
        return found

    def written(self, numbers: Tensor) -> Tensor:
        """A tensor of numbers (T, F), with zeros at places that are no steps."""
        steps, some = self._common()
        places = numbers.new_zeros(self.shape[self.axis], self.width)
        places[some] = numbers[steps]
        sizes = list(self.shape)
        sizes.insert(0, sizes.pop(self.axis))
        return places.reshape(sizes).movedim(0, self.axis)

    def _common(self) -> tuple[slice, slice]:
        first = max(0, self.shift)
        last = min(self.length, self.shape[self.axis] + self.shift)
        return slice(first, last), slice(first - self.shift, last - self.shift)


def by_step(tensor: Tensor, length: int, axis: int, shift: int = 0) -> ByStep:
    """How a tensor is read whose time is expected at an axis; else at the only one of T places.

    Raises:
        ValueError: If no axis can be the time.
    """
    axis %= tensor.ndim
    if not shift and tensor.shape[axis] != length:
        fitting = [each for each, size in enumerate(tensor.shape) if size == length]
        if len(fitting) != 1:
            raise ValueError(f"no axis of {tuple(tensor.shape)} is the text's, {length} tokens")
        (axis,) = fitting
    return ByStep(tensor.shape, axis, shift, length)
