"""Weights as a checkpoint's file has them: in half precision, or their changes in one byte each.

A file is in the safetensors format. Of each tensor it has one of

    full:NAME                in half precision; float32 where a number is out of range for that;
                             integers and booleans as they are
    delta:NAME, scale:NAME   whole numbers d, -127 to 127, and for each row of the tensor a scale s:
                             the weights are those of the base plus s d
    nothing                  the tensor is that of the base

The base is a file without deltas. Deltas are written only where their rounding is no larger than
that of half precision for the tensor's largest weight: |change| / 254 <= |w| / 2048.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

KIND = "rnnviz_widget checkpoint 1"

_FULL, _DELTA, _SCALE = "full:", "delta:", "scale:"
# The most that a row may change, as a share of the tensor's largest weight.
_SMALL_CHANGE = 254 / 2048
# A file whose tensors stored in full are more than this share of all weights has no base.
_MOSTLY_FULL = 0.5
_WIDE = (torch.float32, torch.float64)


class CheckpointError(ValueError):
    """A checkpoint's file can't be read; the message names it and says why."""


@dataclass(frozen=True, eq=False)
class StoredWeights:
    """What one file holds.

    Attributes:
        tensors: The tensors, by the names above.
        dtypes: The type of each of the module's tensors, by its name.
        base: The name of the file that deltas are against, "" if there are none.
        step: The step of the training.
    """

    tensors: Mapping[str, Tensor]
    dtypes: Mapping[str, str]
    base: str
    step: int

    @classmethod
    def of(
        cls,
        weights: Mapping[str, Tensor],
        step: int,
        base: tuple[str, Mapping[str, Tensor]] | None = None,
    ) -> StoredWeights:
        """Encode weights.

        Args:
            weights: The module's tensors on the CPU, by name.
            step: The step of the training.
            base: The name and the decoded tensors of the last file without deltas.
        """
        dtypes = {name: str(one.dtype).removeprefix("torch.") for name, one in weights.items()}
        whole = {_FULL + name: _narrow(one) for name, one in weights.items()}
        if base is None or base[1].keys() != weights.keys():
            return cls(whole, dtypes, "", step)
        changed: dict[str, Tensor] = {}
        full = 0
        for name, one in weights.items():
            before = base[1][name]
            # Of weights that are not trained only the rounding would be a change.
            if torch.equal(whole[_FULL + name], _narrow(before)):
                continue
            delta = _delta(one, before)
            if delta is None:
                full += one.numel()
                changed[_FULL + name] = whole[_FULL + name]
            else:
                changed[_DELTA + name], changed[_SCALE + name] = delta
        if full > _MOSTLY_FULL * sum(one.numel() for one in weights.values()):
            return cls(whole, dtypes, "", step)
        return cls(changed, dtypes, base[0], step)

    def decoded(self, base: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """The module's tensors by name, each in its own type.

        Raises:
            ValueError: If a tensor is missing here and in the base.
        """
        found = {}
        for name, dtype in self.dtypes.items():
            full = self.tensors.get(_FULL + name)
            if full is None:
                if base is None or name not in base:
                    raise ValueError(f"{name} is missing")
                full = base[name]
                if _DELTA + name in self.tensors:
                    change, scale = self.tensors[_DELTA + name], self.tensors[_SCALE + name]
                    full = (full.float() + _in_rows(change).float().mul(scale).view_as(full)).to(
                        full.dtype
                    )
            found[name] = full.to(getattr(torch, dtype))
        return found

    def to_bytes(self) -> bytes:
        """The file's content."""
        tensors = {name: one.contiguous() for name, one in self.tensors.items()}
        about = {
            "kind": KIND,
            "base": self.base,
            "step": str(self.step),
            "dtypes": json.dumps(dict(self.dtypes)),
            "checksum": _checksum(tensors),
        }
        return to_bytes(tensors, about)

    @classmethod
    def read(cls, path: Path) -> StoredWeights:
        """Read a file.

        Raises:
            CheckpointError: If it is missing, cut off, changed, or no checkpoint.
        """
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata() or {}
                if about.get("kind") != KIND:
                    raise ValueError(f"expected a file of the kind {KIND!r}")  # noqa: TRY301
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if about["checksum"] != _checksum(tensors):
                raise ValueError("its weights are not those that were written")  # noqa: TRY301
            return cls(tensors, json.loads(about["dtypes"]), about["base"], int(about["step"]))
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"{path.name} can't be read: {error}. It is cut off, damaged, or no checkpoint of "
                "rv.watch"
            ) from error


def _narrow(weights: Tensor) -> Tensor:
    """In half precision, if all numbers are in its range."""
    if weights.dtype not in _WIDE:
        return weights
    half = weights.half()
    if bool((half.isinf() & weights.isfinite()).any()):
        return weights.float()
    return half


def _in_rows(tensor: Tensor) -> Tensor:
    return tensor.reshape(tensor.shape[0] if tensor.dim() > 1 else 1, -1)


def _delta(weights: Tensor, before: Tensor) -> tuple[Tensor, Tensor] | None:
    """The change in whole numbers, and the scale of each row; None if it is too large for that."""
    if not weights.is_floating_point() or weights.shape != before.shape or not weights.numel():
        return None
    rows = _in_rows(weights).float()
    change = rows - _in_rows(before).float()
    peaks = change.abs().amax(dim=1, keepdim=True)
    # False for NaN, too.
    if not bool(peaks.max() <= _SMALL_CHANGE * rows.abs().max()):
        return None
    scale = peaks / 127
    whole = torch.where(scale > 0, change / scale, 0.0).round().to(torch.int8)
    return whole.view_as(weights), scale


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    found = 0
    for name in sorted(tensors):
        flat = tensors[name].contiguous().reshape(-1).view(torch.uint8)
        found = zlib.crc32(flat.numpy().tobytes(), zlib.crc32(name.encode(), found))
    return f"{found:08x}"
