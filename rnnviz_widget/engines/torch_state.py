"""Torch's settings while we compute: whatever a caller has set, numbers are the model's own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from .forks import FORKS
from .torch_calls import TorchCalls

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
    - cuDNN computes in full single precision: by torch's default its recurrent layers and
      convolutions round what they multiply to TF32, which is off by some 1e-3. Torch keeps this for
      all threads together; one that trains meanwhile is more exact, and a bit slower.

    What else torch keeps for all threads together is left alone, since another thread may be
    training: the default dtype, on which none of our numbers depends, deterministic algorithms,
    anomaly detection.

    Never hold it around a `yield` to whoever iterates: their settings are theirs.
    """
    FORKS.without_lost_threads()
    with torch.inference_mode(mode=False), contextlib.ExitStack() as stack:
        for device in _DEVICES:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        stack.enter_context(default_device(torch.device("cpu")))
        # Nothing is on a GPU as long as torch has not begun to use one; in a forked child none is.
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            stack.enter_context(_WITHOUT_TF32)
        yield


class _WithoutTF32:
    """Has cuDNN compute in full single precision for as long as any thread is in here.

    The first to come in keeps what was set, and the last to leave puts it back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._kept = True

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                try:
                    self._kept = torch.backends.cudnn.allow_tf32
                except RuntimeError:
                    # Recurrent layers and convolutions are set apart by torch's newer names, which
                    # is done by who looked at it: theirs stays.
                    self._kept = False
                if self._kept:
                    torch.backends.cudnn.allow_tf32 = False
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._kept:
                torch.backends.cudnn.allow_tf32 = True


_WITHOUT_TF32 = _WithoutTF32()


@contextlib.contextmanager
def default_device(device: torch.device) -> Iterator[None]:
    """Let new tensors be on a device, unless they say where."""
    if torch.get_default_device() == device:
        yield
        return
    with device:
        yield


class SingleConstants(TorchCalls):
    """Numbers that become tensors are of single precision at least, whatever the default dtype.

    For other people's code, such as captum's, which makes tensors of its weights.
    """

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        is_half = func is torch.tensor and output.dtype in (torch.float16, torch.bfloat16)
        if is_half and not kwargs.get("dtype"):
            return func(*args, **{**kwargs, "dtype": torch.float32})
        return output
