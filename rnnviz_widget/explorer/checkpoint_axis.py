"""Models at several points of their training: one of them is shown, and any other can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnviz_widget.models import Checkpoints, SequenceModel
from rnnviz_widget.scene.checkpoints import ListedCheckpoint, ShownCheckpoint

from .epoch import Epoch
from .names import named
from .sources import Source, model_readings, snapshots

# The most that is kept of checkpoints that are not shown: epochs, and bytes of weights.
_MOST_EPOCHS = 64
_MOST_BYTES = 1 << 30


class CheckpointAxis:
    """The checkpoints of some models, the same one shown of all of them.

    What was read of a checkpoint is kept with its rows, until the text, the question or the weights
    of the other models change.

    Args:
        series: The checkpoints by the name of the model; as many of each.
        first: The checkpoint that is shown first; from the end if negative.

    Attributes:
        first: The same, from the beginning.
        labels: What each checkpoint is called: of the first model.
        kept: The epochs of the checkpoints that were read, the one shown last.

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
        self.kept: dict[int, Epoch] = {}

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

    def epoch_at(self, checkpoint: int, now: Epoch, source: Source) -> Epoch:
        """The text and the question that are shown at another checkpoint.

        An epoch that was kept comes back with its number; another one has that of `now`.
        """
        if checkpoint in self.kept:
            return self.kept[checkpoint]
        given = {name: one for name, one in snapshots(now).items() if name in source.models}
        models = {**given, **self.models_at(checkpoint)}
        to = source.read_by(models, replace(now, checkpoint=checkpoint))
        same = {cache.name: cache for cache in now.caches if cache.name not in self._series}
        plain = replace(to, caches=[same.get(cache.name, cache) for cache in to.caches])
        return source.intervene(plain, now.interventions)

    def keep(self, shown: Epoch, source: Source) -> None:
        """Note that an epoch is shown, and let its models be those of the source."""
        if any(_asked(kept) != _asked(shown) for kept in self.kept.values()):
            self.kept.clear()
        self.kept.pop(shown.checkpoint, None)
        self.kept[shown.checkpoint] = shown
        given = {name: reading.given for name, reading in model_readings(shown.caches).items()}
        source.models.update({name: given[name] for name in self._series if name in given})
        while len(self.kept) > 1 and (
            len(self.kept) > _MOST_EPOCHS or sum(map(self._bytes, self.kept.values())) > _MOST_BYTES
        ):
            del self.kept[next(iter(self.kept))]

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

    def _bytes(self, epoch: Epoch) -> int:
        """The size of the weights of the checkpoints of an epoch."""
        readings = model_readings(epoch.caches)
        modules = [readings[name].given.network.module for name in self._series if name in readings]
        return sum(p.numel() * p.element_size() for one in modules for p in one.parameters())


def _asked(epoch: Epoch) -> tuple[object, ...]:
    """What an epoch shows, whatever the checkpoint."""
    return epoch.text, epoch.question, dict(epoch.interventions)
