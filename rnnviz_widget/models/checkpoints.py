"""One model at several points of its training: its weights are read when they are needed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import torch
from torch import Tensor, nn

from rnnviz_widget.calls import suggest_arguments

from .weight_files import SUFFIXES, read_weights

if TYPE_CHECKING:
    from .sequence import SequenceModel

State = nn.Module | Mapping[str, Tensor] | str | os.PathLike[str]
"""Where weights come from: a module, a state dict, or the path of a file."""


class Checkpoints(Sequence["SequenceModel"]):
    """One model at several points of its training, first to last.

    `checkpoints[k]` is a `SequenceModel` with the weights of checkpoint k, read from its file then;
    the model that is given, and its module, stay as they are.

    Args:
        model: The model, whose module has the structure. Its symbols, classes and name are those of
            all checkpoints.
        states: A folder, whose files that end in .safetensors, .pt, .pth or .bin are taken in the
            order of the numbers in their names; or a list of such files, state dicts or modules. A
            file may hold a state dict, or a mapping with one in "state_dict", "model_state_dict" or
            "model".
        labels: What each is called; default: the last number in the name of its file, such as its
            step; without files 0, 1, ...
        most: The most checkpoints that are taken. Of more, as many are taken evenly, the first and
            the last among them.

    Attributes:
        model: The model as it was given.
        labels: What each checkpoint is called.
        left_out: How many checkpoints there are beside these.

    Raises:
        TypeError: If something is no model or state.
        ValueError: If there is no checkpoint, there are not as many labels, or `most` is below 2.
        NotADirectoryError: If a path is no folder.

    Example:
        >>> w = rv.explore(rv.Checkpoints(model, "runs/gru"), text)  # doctest: +SKIP
        >>> w.checkpoint = 3  # doctest: +SKIP
    """

    @suggest_arguments(folder="states", files="states")
    def __init__(
        self,
        model: SequenceModel,
        states: str | os.PathLike[str] | Sequence[State],
        *,
        labels: Sequence[object] | None = None,
        most: int = 100,
    ) -> None:
        if not hasattr(model, "network"):
            raise TypeError(
                f"checkpoints are of a SequenceModel, which has their module's structure; got "
                f"{type(model).__name__}"
            )
        if isinstance(most, bool) or not isinstance(most, int) or most < 2:
            raise ValueError(f"most must be an integer, 2 at least; got {most!r}")
        found = _files_in(states) if isinstance(states, (str, os.PathLike)) else list(states)
        if not found:
            raise ValueError("there is no checkpoint; pass a folder with some, or a list")
        for each in found:
            if not isinstance(each, (nn.Module, Mapping, str, os.PathLike)):
                raise TypeError(
                    "a checkpoint is a module, a state dict, or the path of a file; got "
                    f"{type(each).__name__}"
                )
        names = [str(name) for name in labels] if labels is not None else _labels_of(found)
        if len(names) != len(found):
            raise ValueError(f"{len(found)} checkpoints need as many labels; got {len(names)}")
        taken = _evenly(len(found), most)
        self.model = model
        self.labels = tuple(names[k] for k in taken)
        self.left_out = len(found) - len(taken)
        self._states = [found[k] for k in taken]

    def __len__(self) -> int:
        """The number of checkpoints."""
        return len(self._states)

    def __repr__(self) -> str:
        return (
            f"Checkpoints({self.model.name!r}, {len(self)}: {self.labels[0]} to {self.labels[-1]})"
        )

    @overload
    def __getitem__(self, index: int) -> SequenceModel: ...

    @overload
    def __getitem__(self, index: slice) -> list[SequenceModel]: ...

    def __getitem__(self, index: int | slice) -> SequenceModel | list[SequenceModel]:
        """The model at a checkpoint.

        Raises:
            IndexError: If there is no such checkpoint.
            ValueError: If its file can't be read, or its weights do not fit the module; the message
                names the checkpoint and says what differs.
        """
        if isinstance(index, slice):
            return [self._model_at(k) for k in range(*index.indices(len(self)))]
        return self._model_at(range(len(self))[index])

    def _model_at(self, k: int) -> SequenceModel:
        try:
            network = self.model.network.with_weights(self._weights(k))
        except (ValueError, OSError) as error:
            raise ValueError(f"checkpoint {self.labels[k]} can't be shown: {error}") from error
        return self.model.snapshot(network)

    def _weights(self, k: int) -> Mapping[str, Tensor]:
        state = self._states[k]
        if isinstance(state, nn.Module):
            return state.state_dict()
        if isinstance(state, Mapping):
            return state
        return read_weights(Path(state))


def _files_in(folder: str | os.PathLike[str]) -> list[State]:
    """The checkpoints in a folder, in the order of the numbers in their names.

    Raises:
        NotADirectoryError: If it is no folder.
        ValueError: If it has none.
    """
    path = Path(folder)
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is no folder; pass a folder of checkpoints, or a list")
    files = [file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file()]
    if not files:
        raise ValueError(f"{path} has no checkpoints: expected files in {', '.join(SUFFIXES)}")
    return [*sorted(files, key=_numbers_of)]


def _numbers_of(file: Path) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d+", file.stem)], file.name


def _labels_of(states: Sequence[Any]) -> list[str]:
    """The last number in the name of each file, if all are files with different ones."""
    if all(isinstance(state, (str, os.PathLike)) for state in states):
        numbers = [_numbers_of(Path(state))[0] for state in states]
        last = [str(each[-1]) for each in numbers if each]
        if len(set(last)) == len(states):
            return last
    return [str(k) for k in range(len(states))]


def _evenly(count: int, most: int) -> list[int]:
    """So many of 0 to count - 1 as may be taken, evenly, with both ends."""
    if count <= most:
        return list(range(count))
    return torch.linspace(0, count - 1, most, dtype=torch.float64).round().long().tolist()
