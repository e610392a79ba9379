"""Tensors that a module turned around, to read them from the other end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from rnnviz_widget.engines.torch_calls import TorchCalls

from .squashing import version


@dataclass(frozen=True)
class Flip:
    """A flip of a tensor along one axis.

    Attributes:
        read: What was flipped.
        made: What came out.
        axis: Along which axis.
        versions: The versions of both then, which show whether one was changed in place.
    """

    read: Tensor
    made: Tensor
    axis: int
    versions: tuple[int, int]

    def gave(self, made: Tensor, read: Tensor, axis: int) -> bool:
        """Whether it made this of that along this axis, and neither was changed since."""
        same = self.made is made and self.read is read and self.axis == axis
        return same and self.versions == (version(read), version(made))


class Flips(TorchCalls):
    """Records the flips along one axis that a module computes.

    Attributes:
        made: These, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Flip] = []

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        if getattr(func, "__name__", "") == "flip" and isinstance(output, Tensor):
            read, *given = [*args] or [kwargs.get("input")]
            axes = kwargs.get("dims", given[0] if len(given) == 1 else given)
            (axis,) = axes if isinstance(axes, Sequence) and len(axes) == 1 else (axes,)
            if isinstance(read, Tensor) and isinstance(axis, int):
                versions = version(read), version(output)
                self.made.append(Flip(read, output, axis % read.ndim, versions))
        return output
