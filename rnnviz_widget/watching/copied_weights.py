"""A copy of a module's weights, taken between two steps of its training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class CopiedWeights:
    """A copy of a module's tensors, on their own device until `on_cpu` is called.

    Attributes:
        step: The step of the training after which it was taken.
        when: When, in seconds since 1970.
        tensors: The parameters and buffers of `module.state_dict()`, by name.
        copied: On a GPU, what is over once they are copied; None: they are.
    """

    step: int
    when: float
    tensors: Mapping[str, Tensor]
    copied: Any = None

    @classmethod
    def of(cls, module: nn.Module, step: int, when: float) -> CopiedWeights:
        """Copy a module's weights. On a GPU that is only begun: nothing waits for it."""
        with torch.no_grad():
            tensors = {
                name: one.detach().clone()
                for name, one in module.state_dict().items()
                if isinstance(one, Tensor)
            }
            copied = None
            if any(one.is_cuda for one in tensors.values()):
                copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
                copied.record()
        return cls(step, when, tensors, copied)

    def on_cpu(self) -> dict[str, Tensor]:
        """The tensors on the CPU; waits for a copy that was only begun."""
        if self.copied is not None:
            self.copied.synchronize()
        return {name: one.cpu() for name, one in self.tensors.items()}


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, list[Any]]:
    """The shape and the type of each tensor, by name, as JSON holds them."""
    return {
        name: [list(one.shape), str(one.dtype).removeprefix("torch.")]
        for name, one in tensors.items()
    }


def not_finite(tensors: Mapping[str, Tensor]) -> str:
    """In words the first tensor with NaN or infinity; "" if there is none."""
    for name, one in tensors.items():
        if not one.is_floating_point():
            continue
        bad = int((~torch.isfinite(one)).sum())
        if bad:
            return f"{bad:,} of {one.numel():,} numbers in {name} are NaN or infinite"
    return ""
