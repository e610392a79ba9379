"""The device that a model is trained on, and torch's settings for reproducible training."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def available() -> list[str]:
    """The names of the devices that this torch can train on."""
    names = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    return [*names, "mps"] if torch.backends.mps.is_available() else names


def find(name: str) -> torch.device:
    """Find a device by its name, such as "cpu", "cuda", "cuda:0" or "mps".

    Raises:
        ValueError: If torch doesn't have it; the message lists the devices that it has.
    """
    there = available()
    if name not in there and not (name == "cuda" and "cuda:0" in there):
        raise ValueError(f"torch {torch.__version__} has no device {name!r}: it has {there}")
    return torch.device(name)


@contextmanager
def repeatable(threads: int) -> Iterator[None]:
    """Limit torch to some threads and to deterministic algorithms while the block runs."""
    # cuBLAS is deterministic only with a workspace of a fixed size, and torch checks this variable.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.get_num_threads()
    strict = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(strict, warn_only=warn_only)
        torch.set_num_threads(before)
