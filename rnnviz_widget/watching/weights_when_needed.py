"""The checkpoints of a folder as state dicts whose files are read when they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from rnnviz_widget.models import Checkpoints, SequenceModel

from .checkpoint_folder import CheckpointFolder


class LastRead:
    """Reads weights from a folder, and keeps those that were read last."""

    def __init__(self, folder: CheckpointFolder) -> None:
        self._folder = folder
        self._read: tuple[int, dict[str, Tensor]] | None = None

    def weights(self, place: int) -> dict[str, Tensor]:
        """The weights of the checkpoint at a place; see `CheckpointFolder.weights`."""
        read = self._read
        if read is None or read[0] != place:
            read = self._read = (place, self._folder.weights(place))
        return read[1]


class WeightsWhenNeeded(Mapping[str, Tensor]):
    """The state dict of one checkpoint, read at its first use.

    Raises:
        CheckpointError: At its use, if it can't be read.
    """

    def __init__(self, read: LastRead, place: int) -> None:
        self._read, self._place = read, place

    def __getitem__(self, name: str) -> Tensor:
        return self._read.weights(self._place)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read.weights(self._place))

    def __len__(self) -> int:
        return len(self._read.weights(self._place))


def checkpoints_of(folder: CheckpointFolder, model: SequenceModel, most: int = 100) -> Checkpoints:
    """The checkpoints of a folder whose weights are there, for `rv.explore`; called by their steps.

    Args:
        folder: The folder.
        model: A model with the module's structure.
        most: The most that are taken; see `rv.Checkpoints`.

    Raises:
        ValueError: If there is none.
    """
    read = LastRead(folder)
    places = [place for place, one in enumerate(folder.checkpoints) if one.file]
    states = [WeightsWhenNeeded(read, place) for place in places]
    labels = [folder.checkpoints[place].step for place in places]
    return Checkpoints(model, states, labels=labels, most=most)
