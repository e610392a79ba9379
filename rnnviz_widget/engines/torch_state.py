"""Torch's settings while we compute, so that a caller's settings can't change the numbers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from .forks import FORKS
from .thread_count import THREADS
from .torch_calls import TorchCalls

# The devices that have autocast.
_DEVICES = ("cpu", "cuda", "mps", "xpu")


@contextlib.contextmanager
def clean_torch(*, one_thread: bool = False) -> Iterator[None]:
    """Compute as in a new interpreter, in this thread.

    The caller's settings are restored afterwards.

    Args:
        one_thread: Whether one thread computes, without finding out whether more would be faster;
            see `Network.small_steps`.

    A caller's cell and the background thread must give the same rows, but torch keeps these
    settings for each thread:

    - Inference mode is off and gradients are on. Otherwise every score would silently be zero.
    - Autocast is off: scores in half precision have errors of about 3e-3 of a row's largest. A
      module that turns it on in its own forward computes with it.
    - The default device is the CPU, from where ids are moved to the module's device. The module
      itself runs with the default device that was set when the user passed it; see
      `default_device`.
    - cuDNN computes in full single precision. By default its recurrent layers and convolutions
      round to TF32, with errors of about 1e-3. This is a setting of the whole process: a thread
      that trains meanwhile is more exact, and a bit slower.

    - As many threads compute as are fastest now, or one; see `thread_count`.

    Other settings of the whole process are left alone, since another thread may be training: the
    default dtype, on which none of our numbers depends, deterministic algorithms, anomaly
    detection.

    Never hold it around a `yield`: the caller's code would run with these settings.
    """
    FORKS.without_lost_threads()
    with torch.inference_mode(mode=False), contextlib.ExitStack() as stack:
        for device in _DEVICES:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        stack.enter_context(default_device(torch.device("cpu")))
        # Before torch has used a GPU there is nothing to set; a forked child can't use one.
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            stack.enter_context(_WITHOUT_TF32)
        stack.enter_context(THREADS.one() if one_thread else THREADS.chosen())
        yield


class _WithoutTF32:
    """Has cuDNN compute in full single precision as long as any thread is in here.

    The first thread to enter saves the setting, and the last one to leave restores it.
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
                    # The caller has set recurrent layers and convolutions separately, by torch's
                    # newer names, on purpose: leave that alone.
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
    """Create new tensors on this device, unless they say where."""
    if torch.get_default_device() == device:
        yield
        return
    with device:
        yield


class SingleConstants(TorchCalls):
    """Python numbers become tensors of at least single precision, whatever the default dtype.

    For other libraries' code, such as captum's, which makes tensors of its weights.
    """

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        is_half = func is torch.tensor and output.dtype in (torch.float16, torch.bfloat16)
        if is_half and not kwargs.get("dtype"):
            return func(*args, **{**kwargs, "dtype": torch.float32})
        return output
