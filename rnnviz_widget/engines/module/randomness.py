"""Modules that draw random numbers: found out, and given the same numbers every time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# Torch tags these as random, but without dropout, as in eval mode, they are not.
_RANDOM_ONLY_WITH_DROPOUT = ("_cudnn_rnn", "scaled_dot_product")

DRAWS = (
    "The module draws random numbers in eval mode, too: they are held fixed, so that this picture "
    "shows one draw of many."
)
CHANGES = (
    "The module gives other logits each time it reads the same {reads}, though it draws no random "
    "numbers from torch: it keeps something between calls, or draws numbers elsewhere. This "
    "picture shows one pass; pass forward= with a call that resets the module."
)


class DrawsRandomNumbersError(Exception):
    """A forward pass reached a random operator."""


class RandomGuard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Stops a forward pass before its first random operator."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags and not any(
            name in str(func) for name in _RANDOM_ONLY_WITH_DROPOUT
        ):
            # In inference mode a whole layer comes as one operator: look at its parts.
            with self:
                found = func.decompose(*args, **(kwargs or {}))
            if found is not NotImplemented:
                return found
            raise DrawsRandomNumbersError
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def fixed(device: torch.device) -> Iterator[None]:
    """Draw the same random numbers every time in here; the caller's own continue undisturbed.

    Seeds the CPU's generator and the given device's. `torch.manual_seed` would reseed other
    devices, too, whose numbers are the caller's.
    """
    on_gpu = device.type == "cuda"
    with torch.random.fork_rng([device] if on_gpu else []):
        torch.default_generator.manual_seed(0)
        if on_gpu:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(0)
        yield


def alike(one: Tensor, other: Tensor) -> bool:
    """Whether two passes gave the same, but for the order in which threads add."""
    if one.shape != other.shape:
        return False
    limit = 1e-3 if one.dtype in (torch.float32, torch.float64) else 0.03
    return torch.allclose(one, other, rtol=limit, atol=limit * 1e-2, equal_nan=True)
