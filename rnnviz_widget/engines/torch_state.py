"""Torch's settings while we compute: whatever a caller has set, numbers are the model's own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from .forks import FORKS

# What torch has autocast for.
_DEVICES = ("cpu", "cuda", "mps", "xpu")


@contextlib.contextmanager
def clean_torch() -> Iterator[None]:
    """Compute as in a new interpreter, in this thread, and leave the caller's settings in place.

    A caller's cell and the fill's thread must give the same rows, and torch keeps these for each
    thread by itself:

    - Inference mode is off and gradients are on, or every score would silently be zero.
    - Autocast is off: scores in half precision would be off by some 3e-3 of a row's largest. A
      module that turns it on in its own forward computes with it.
    - The default device is the CPU, from where ids go to the module's. The module itself runs under
      the one that it was handed over under; see `default_device`.

    What torch keeps for all threads together is left alone, since another thread may be training:
    the default dtype, on which none of our numbers depends, deterministic algorithms, anomaly
    detection.

    Never hold it around a `yield` to whoever iterates: their settings are theirs.
    """
    FORKS.without_lost_threads()
    with torch.inference_mode(mode=False), contextlib.ExitStack() as stack:
        for device in _DEVICES:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        stack.enter_context(default_device(torch.device("cpu")))
        yield


@contextlib.contextmanager
def default_device(device: torch.device) -> Iterator[None]:
    """Let new tensors be on a device, unless they say where."""
    if torch.get_default_device() == device:
        yield
        return
    with device:
        yield


class SingleConstants(TorchFunctionMode):
    """Numbers that become tensors are of single precision at least, whatever the default dtype.

    For other people's code, such as captum's, which makes tensors of its weights.
    """

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        made = func(*args, **(kwargs or {}))
        is_half = func is torch.tensor and made.dtype in (torch.float16, torch.bfloat16)
        if is_half and not (kwargs or {}).get("dtype"):
            return func(*args, **{**(kwargs or {}), "dtype": torch.float32})
        return made
