"""Finding out in short steps what each output reads, after the text is shown.

The experiment takes about ten backward passes and as many forward. Of a large module that is
seconds, in which a reader would wait for predictions that are known. It is then put off: until it
is done what short texts showed is assumed, and the page says that it is being checked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.scene.reads import Reads

from .bounds import Probe
from .experiment import find_reads

T = TypeVar("T")

PUT_OFF_FROM = 1_000_000_000
"""From so many weights times tokens on it is put off: a forward pass then takes some 20 ms."""

# How many passes the experiment takes on the first text of a module, to tell how far it is.
_PASSES = 12


class _StepDoneError(BaseException):
    """One pass was made; not an `Exception`, which `find_reads` takes for a failing module."""


class ReadsSearch:
    """`experiment.find_reads`, one pass at a time.

    `find_reads` is run anew in each step, on a probe that remembers what it has found: only what it
    asks for next is computed. The rest of it takes no time.

    Args:
        probe: The network on the text.
        module: See `find_reads`.
        seems_causal: Whether on short texts no output had a gradient at a later input.

    Attributes:
        assumed: What is assumed meanwhile.
    """

    def __init__(self, probe: Probe, module: nn.Module | None, *, seems_causal: bool) -> None:
        plain = Reads.up_to_own if seems_causal else Reads.everything
        self.assumed = plain(probe.tokens)
        self._probe = _RememberingProbe(probe)
        self._module = module

    def step(self) -> Reads | None:
        """Make one more pass; what each output reads once that is known, else None."""
        self._probe.passes_left = 1
        try:
            return find_reads(self._probe, self._module)
        except _StepDoneError:
            return None

    @property
    def share(self) -> float:
        """About how much is done, 0 to 1."""
        return min(1.0, self._probe.passes / _PASSES)


class _RememberingProbe:
    """A `Probe` that makes a given number of passes, and remembers what they showed."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.tokens: int = probe.tokens
        self.dtype: torch.dtype = probe.dtype
        self._found: dict[Hashable, Tensor] = {}
        self.passes_left = 0

    @property
    def passes(self) -> int:
        """How many passes were made."""
        return len(self._found)

    def gradient(self, outputs: Sequence[int]) -> Tensor:
        """See `Probe`."""
        return self._once(("gradient", *outputs), partial(self._probe.gradient, outputs))

    def changed(self, places: Sequence[Sequence[int]], seed: int = 0) -> list[Tensor]:
        """See `Probe`. One text at a time, so that a hover waits for no more than one."""
        return [
            self._once(("changed", draw, *some), partial(self._changed, some, draw))
            for draw, some in enumerate(places, seed)
        ]

    def _changed(self, some: Sequence[int], draw: int) -> Tensor:
        (found,) = self._probe.changed([some], draw)
        return found

    def _once(self, key: Hashable, compute: Callable[[], Tensor]) -> Tensor:
        if key not in self._found:
            if not self.passes_left:
                raise _StepDoneError
            self.passes_left -= 1
            self._found[key] = compute()
        return self._found[key]


def put_off(network: Network, tokens: int) -> bool:
    """Whether a network is so large that what its outputs read is found out later."""
    return network.work(tokens) >= PUT_OFF_FROM and not network.capabilities.one_output
