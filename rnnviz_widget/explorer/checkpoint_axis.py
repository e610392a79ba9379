"""Models at several points of their training: one of them is shown, and any other can be."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from rnnviz_widget.models import Checkpoints, SequenceModel
from rnnviz_widget.scene.checkpoints import ListedCheckpoint, ShownCheckpoint

from .epoch import Epoch
from .names import named
from .row_cache import RowCache
from .sources import Source, model_readings

# The most that is kept of checkpoints that are not shown: of those that were and of those that were
# only read each so many, and bytes of weights in all.
_MOST_EPOCHS = 64
_MOST_BYTES = 1 << 30


class CheckpointAxis:
    """The checkpoints of some models, the same one shown of all of them.

    What was read of a checkpoint, whether it was shown or not, is kept with its rows until the
    text, the question or the weights of the other models change.

    Args:
        series: The checkpoints by the name of the model; as many of each.
        first: The checkpoint that is shown first; from the end if negative.

    Attributes:
        first: The same, from the beginning.
        labels: What each checkpoint is called: of the first model.
        names: The models that have checkpoints.
        kept: The epochs of the checkpoints that were shown, the one shown last.
        forgotten: How often the weights have changed.

    Raises:
        ValueError: If there are not as many of each.
    """

    def __init__(self, series: Mapping[str, Checkpoints], first: int = -1) -> None:
        lengths = {name: len(one) for name, one in series.items()}
        if len(set(lengths.values())) > 1:
            words = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise ValueError(
                f"models that are shown at checkpoints need as many of each; {words}. Choose by "
                "most=, or pass lists of the same length"
            )
        self._series = dict(series)
        self.labels = next(iter(series.values())).labels
        self.first = range(len(self.labels))[first]
        self.names = tuple(series)
        self.kept: dict[int, Epoch] = {}
        self.forgotten = 0
        # Those that were read and not shown: epochs without a number, replaced as a whole, since
        # the fill's thread reads too.
        self._read: dict[int, Epoch] = {}

    def copy(self, first: int) -> CheckpointAxis:
        """An axis of its own that begins with what was read so far.

        Args:
            first: The checkpoint that is shown first.
        """
        other = copy.copy(self)
        other.first = first
        other.kept, other._read = _copied(self.kept), _copied(self._read)  # noqa: SLF001
        return other

    def models_at(self, checkpoint: int) -> dict[str, SequenceModel]:
        """The models at a checkpoint, by name.

        Raises:
            ValueError: If there is no such checkpoint, or its weights can't be read; the message
                names the model.
        """
        if not 0 <= checkpoint < len(self.labels):
            raise ValueError(f"there are checkpoints 0 to {len(self.labels) - 1}; got {checkpoint}")
        found = {}
        for name, one in self._series.items():
            with named(name):
                found[name] = one[checkpoint]
        return found

    def read_at(self, checkpoint: int, now: Epoch, source: Source) -> dict[str, RowCache]:
        """The models at a checkpoint, by name, as they have read the text that is shown.

        Raises:
            ValueError: As `models_at`.
            RuntimeError, FloatingPointError: If a model fails.
        """
        found = self.kept.get(checkpoint) or self._read.get(checkpoint)
        if found is None or not _reads_as(found, now):
            to = replace(now, caches=[], checkpoint=checkpoint)
            found = source.read_by(self.models_at(checkpoint), to)
            self._read = self._within_limits({**self._read, checkpoint: found})
        return {cache.name: cache for cache in found.caches if cache.name in self._series}

    def epoch_at(self, checkpoint: int, now: Epoch, source: Source) -> Epoch:
        """The text and the question that are shown at another checkpoint.

        An epoch that was kept comes back with its number; another one has that of `now`.
        """
        if checkpoint in self.kept:
            return self.kept[checkpoint]
        read = self.read_at(checkpoint, now, source)
        plain = [read.get(one.name, one) for one in now.caches if one.name in source.models]
        to = replace(now, caches=plain, checkpoint=checkpoint)
        return source.intervene(to, now.interventions)

    def keep(self, shown: Epoch, source: Source) -> None:
        """Note that an epoch is shown, and let its models be those of the source."""
        if any(_asked(kept) != _asked(shown) for kept in self.kept.values()):
            self.kept.clear()
        self.kept.pop(shown.checkpoint, None)
        self.kept[shown.checkpoint] = shown
        given = {name: reading.given for name, reading in model_readings(shown.caches).items()}
        source.models.update({name: given[name] for name in self._series if name in given})
        while len(self.kept) > 1 and self._too_many(self.kept.values()):
            del self.kept[next(iter(self.kept))]
        read = {k: one for k, one in self._read.items() if k not in self.kept}
        self._read = self._within_limits(
            {k: one for k, one in read.items() if _reads_as(one, shown)}
        )

    def _within_limits(self, read: dict[int, Epoch]) -> dict[int, Epoch]:
        """Of epochs that were not shown those read last, as many as may stay beside those shown."""
        shown = list(self.kept.values())
        while len(read) > _MOST_EPOCHS or (
            read and self._size([*shown, *read.values()]) > _MOST_BYTES
        ):
            read.pop(next(iter(read)))
        return read

    def shown(self, now: Epoch) -> ShownCheckpoint:
        """Which checkpoint is shown, as a page is told."""
        listed = [
            ListedCheckpoint(label, self.kept[k].number if k in self.kept else 0)
            for k, label in enumerate(self.labels)
        ]
        return ShownCheckpoint(now.number, now.checkpoint, listed)

    def forget(self) -> None:
        """Keep nothing: the weights of other models have changed."""
        self.kept.clear()
        self._read = {}
        self.forgotten += 1

    def _too_many(self, epochs: Collection[Epoch]) -> bool:
        return len(epochs) > _MOST_EPOCHS or self._size(epochs) > _MOST_BYTES

    def _size(self, epochs: Iterable[Epoch]) -> int:
        """How many bytes the weights of the checkpoints of some epochs take."""
        readings = [model_readings(epoch.caches).items() for epoch in epochs]
        own = (one for each in readings for name, one in each if name in self._series)
        parameters = (p for one in own for p in one.given.network.module.parameters())
        return sum(p.numel() * p.element_size() for p in parameters)


def _copied(epochs: Mapping[int, Epoch]) -> dict[int, Epoch]:
    """The epochs with rows of their own, but for those whose outputs' reads are still assumed.

    Who finds these out tells only its own listener.
    """
    return {k: one.with_copied_rows() for k, one in epochs.items() if one.reads_known}


def _asked(epoch: Epoch) -> tuple[object, ...]:
    """What an epoch shows, whatever the checkpoint."""
    return epoch.text, epoch.question, dict(epoch.interventions)


def _reads_as(epoch: Epoch, now: Epoch) -> bool:
    """Whether an epoch is of the same text and question, whatever is done to units."""
    return (epoch.text, epoch.question) == (now.text, now.question)
