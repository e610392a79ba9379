"""The weights that a unit begins with, drawn anew, in a copy that is ours."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from rnnviz_widget.engines.module.frozen_copy import frozen_copy
from rnnviz_widget.models.reset_parameters import reset_parameters

Made = nn.Module | Callable[[], nn.Module]
"""A module, or a function without arguments that makes one."""


@dataclass(frozen=True)
class DeviceAndDtype:
    """The device and the dtype in which a unit is computed with; None: its own."""

    device: torch.device | None = None
    dtype: torch.dtype | None = None

    def of(self, module: nn.Module) -> nn.Module:
        """The module, moved there."""
        return module.to(self.device, self.dtype)


class WeightDraws:
    """Copies of a unit with weights of their own, each seeded.

    Args:
        unit: A module, whose layers draw their weights by `reset_parameters`, or a function that
            makes one.
        seed: Of the first draw; draw k has this seed plus k.

    Attributes:
        place: The device and the dtype that copies are moved to.
        own: A copy of the module as it is, or as the first call made it.
        why_not: Why no other weights can be drawn, in words; None: they can.

    Raises:
        TypeError: If the unit is, or the function makes, no module.
        ValueError: If it can't be copied.
    """

    def __init__(self, unit: Made, seed: int) -> None:
        self._unit, self._seed = unit, seed
        self.place = DeviceAndDtype()
        self.why_not: str | None = None
        if isinstance(unit, nn.Module):
            self.own = _copy_of(unit)
            stays = self._stays(unit)
            if stays:
                self.why_not = (
                    f"{', '.join(stays[:4])}{' and others' if len(stays) > 4 else ''} can't be "
                    "drawn anew, since no layer with reset_parameters has them; pass a function "
                    "that makes the unit, as lambda: MyCell(16, 32)"
                )
        elif callable(unit) and not isinstance(unit, type):
            self.own = self.drawn(0)
        else:
            raise TypeError(
                "the unit must be a torch.nn.Module, as nn.LSTM(16, 32), or a function without "
                "arguments that makes one, as lambda: MyCell(16, 32); got "
                + (f"the class {unit.__name__}" if isinstance(unit, type) else type(unit).__name__)
            )

    def _stays(self, unit: nn.Module) -> list[str]:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            stays = reset_parameters(_copy_of(unit))
        large = {name for name, p in unit.named_parameters() if p.numel() > 1}
        return [name for name in stays if name in large]

    def drawn(self, number: int) -> nn.Module:
        """A copy with the weights of one draw; the module's own where none can be drawn."""
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(self._seed + number)
            if isinstance(self._unit, nn.Module):
                module = copy.deepcopy(self.own)
                if self.why_not is None:
                    reset_parameters(module)
                return self.place.of(module)
            with torch.enable_grad():
                made = self._unit()
        if not isinstance(made, nn.Module):
            raise TypeError(
                "the unit must be a torch.nn.Module, or a function without arguments that makes "
                f"one; the function returned {type(made).__name__}"
            )
        return self.place.of(_copy_of(made))


def _copy_of(module: nn.Module) -> nn.Module:
    try:
        return frozen_copy(getattr(module, "_orig_mod", module))
    except Exception as error:
        raise ValueError(
            f"{type(module).__name__} can't be copied ({type(error).__name__}: {error}); give it a "
            "__deepcopy__ method"
        ) from error
