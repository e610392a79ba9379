"""Reads the weights of a module from files as trainings write them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
_WITHIN = ("state_dict", "model_state_dict", "model")


def read_weights(path: Path) -> Mapping[str, Tensor]:
    """The state dict in a file, on the CPU.

    Pickled files are read without running code (`weights_only`).

    Raises:
        ValueError: If the file is of another kind, damaged, or holds no state dict.
        OSError: If it can't be opened.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path} is no file of weights: expected {', '.join(SUFFIXES)}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, RuntimeError, EOFError, pickle.UnpicklingError, KeyError) as error:
        first = str(error).strip().partition("\n")[0]
        raise ValueError(f"{path} can't be read as weights; it may be cut off ({first})") from error
    return _state_dict_in(path, content)


def _state_dict_in(path: Path, content: Any) -> Mapping[str, Tensor]:
    candidates = [content]
    if isinstance(content, Mapping):
        candidates += [content[name] for name in _WITHIN if name in content]
    for each in candidates:
        if isinstance(each, Mapping) and each and all(isinstance(v, Tensor) for v in each.values()):
            return each
    came = type(content).__name__
    if isinstance(content, Mapping):
        came = f"a mapping with {', '.join(map(str, list(content)[:6])) or 'nothing'}"
    raise ValueError(
        f"{path} holds no state dict: expected tensors by name, by themselves or in one of "
        f"{', '.join(_WITHIN)}; got {came}"
    )
