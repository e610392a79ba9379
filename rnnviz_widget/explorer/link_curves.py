"""One output at each checkpoint of the models, read in the background: when did a link appear?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz_widget.picture import check_position
from rnnviz_widget.reading import Floats
from rnnviz_widget.scene.link_curves import AskLinkCurve, FacetLinkCurves, LinkCurves
from rnnviz_widget.scene.replies import LaterReply
from rnnviz_widget.scene.rows import Failure, Part

from .background_fill import BackgroundFill
from .changes import Changes
from .checkpoint_axis import CheckpointAxis
from .epoch import Epoch
from .instrument import nobody
from .row_cache import RowCache, in_words
from .sources import Source

_KIND = "link_curve"
_NO_CHECKPOINTS = "it has no checkpoints"
# The most scores of one output over all checkpoints; those of how many outputs are kept.
_MOST_SCORES = 4_000_000
_MOST_OUTPUTS = 64
# From so many scores on they are sent only when twice as many checkpoints are read.
_LARGE = 50_000
# How many checkpoints that can't be read are named.
_NAMED = 3


@dataclass(frozen=True)
class OutputAtCheckpoint:
    """What one model explains at an output, at one checkpoint.

    Attributes:
        row: C[s, :].
        target: The class that is explained; "": not known.
        probability: Its probability, or the model's one number; NaN: not known.
        rank: Its rank; 0: not known.
    """

    row: Floats
    target: str
    probability: float
    rank: int

    @classmethod
    def of(cls, cache: RowCache, s: int, row: Floats) -> OutputAtCheckpoint:
        """Read it from what a model has computed."""
        facet = cache.facet
        if facet.unit is not None:
            return cls(row, "", float(facet.top_probabilities[s, 0]), 0)
        explained = facet.explained.at(s, facet.classes)
        if explained is None:
            return cls(row, "", float("nan"), 0)
        return cls(row, explained.name, explained.probability, explained.rank)


class CheckpointOutputs:
    """The output at one character, of all models, at each checkpoint, as far as it is known.

    Args:
        now: The epoch that is shown.
        position: The character.
        axis: The checkpoints.

    Attributes:
        known: By the number of a checkpoint, what is known there of each model that has some.
        trouble: By the number of a checkpoint, why it can't be read.
    """

    def __init__(self, now: Epoch, position: int, axis: CheckpointAxis) -> None:
        self.known: dict[int, dict[str, OutputAtCheckpoint]] = {}
        self.trouble: dict[int, str] = {}
        self._axis = axis
        self._outputs = {
            cache.name: cache.facet.tokens.at(position)
            for cache in now.caches
            if cache.name in axis.names
        }

    @property
    def done(self) -> int:
        """How many checkpoints are known, or known not to be readable."""
        return len(self.known) + len(self.trouble)

    @property
    def total(self) -> int:
        """How many checkpoints there are."""
        return len(self._axis.labels)

    def steps(self, now: Epoch, source: Source) -> Iterator[None]:
        """Read what is not known, in steps: ever more checkpoints between those that are."""
        for k in coarse_to_fine(self.total):
            if k in self.known or k in self.trouble:
                continue
            try:
                read = self._axis.read_at(k, now, source)
                yield
                found = {}
                for name, s in self._outputs.items():
                    row = read[name].advance(s)
                    while isinstance(row, Part):
                        yield
                        row = read[name].advance(s)
                    found[name] = OutputAtCheckpoint.of(read[name], s, row)
                self.known[k] = found
            except ValueError as error:
                self.trouble[k] = str(error)
            except Exception as error:  # noqa: BLE001 - a model may raise anything; the page says it
                self.trouble[k] = f"checkpoint {self._axis.labels[k]}: {in_words(error)}"
            yield

    def facet(self, name: str) -> FacetLinkCurves | Failure:
        """What the page is sent of a model."""
        if name not in self._outputs:
            return Failure(_NO_CHECKPOINTS)
        known = {k: each[name] for k, each in self.known.copy().items()}
        inputs = max((len(one.row) for one in known.values()), default=0)
        scores = np.full((self.total, inputs), np.nan, np.float32)
        probability = np.full(self.total, np.nan)
        rank, target = np.zeros(self.total, int), [""] * self.total
        for k, one in known.items():
            scores[k, : len(one.row)] = one.row
            probability[k], rank[k], target[k] = one.probability, one.rank, one.target
        return FacetLinkCurves(self._outputs[name], probability, rank, target, scores)

    def trouble_words(self) -> str:
        """Which checkpoints can't be read, and why."""
        words = [said for _, said in sorted(self.trouble.copy().items())]
        more = len(words) - _NAMED
        return "; ".join(words[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


class PendingLinkCurves:
    """The reply to an ask, of which there is more with each step.

    Args:
        outputs: What is known.
        now: The epoch.
        ask: The ask.
        source: Reads the checkpoints.
        tell: Called with each reply, from the fill's thread.
    """

    def __init__(
        self,
        outputs: CheckpointOutputs,
        now: Epoch,
        ask: AskLinkCurve,
        source: Source,
        tell: Callable[[LaterReply], None],
    ) -> None:
        assert ask.position is not None
        self.position: int = ask.position
        self._outputs, self._now, self._serial, self._tell = outputs, now, ask.serial, tell
        self._steps = outputs.steps(now, source)
        self._sent = 0

    @property
    def in_part(self) -> bool:
        """Whether there is more to read."""
        return self._outputs.done < self._outputs.total

    def advance(self) -> None:
        """Do the next step."""
        next(self._steps, None)

    def tell(self) -> None:
        """Send what there is, unless it is large and little more than before."""
        reply = self.reply
        size = sum(each.scores.size for each in reply.facets if isinstance(each, FacetLinkCurves))
        enough = reply.done > self._sent if size < _LARGE else reply.done >= 2 * self._sent
        if enough or not self.in_part:
            self._sent = reply.done
            self._tell(reply)

    @property
    def reply(self) -> LinkCurves:
        """What is known so far."""
        return reply_of(self._outputs, self._now, self.position, self._serial)


def reply_of(outputs: CheckpointOutputs, now: Epoch, position: int, serial: int) -> LinkCurves:
    """What the page is sent."""
    return LinkCurves(
        epoch=now.number,
        serial=serial,
        position=position,
        done=outputs.done,
        total=outputs.total,
        trouble=outputs.trouble_words(),
        facets=[outputs.facet(cache.name) for cache in now.caches],
    )


class LinkCurvesForPage:
    """Reads one output at all checkpoints in the background, that asked for last.

    What was read is kept, until the text, the question or weights change. See `Instrument`.

    Attributes:
        on_reply: Called from the fill's thread when more checkpoints are read.
    """

    def __init__(self, changes: Changes, source: Source, background: BackgroundFill) -> None:
        self._changes, self._source, self._background = changes, source, background
        self.on_reply: Callable[[LaterReply], None] = nobody
        self._kept: dict[int, CheckpointOutputs] = {}
        self._of: Any = None

    def ask(self, ask: AskLinkCurve) -> LinkCurves | None:
        """See `Instrument.ask`."""
        self._background.drop(_KIND)
        if ask.position is None:
            return None
        now = self._changes.open()
        check_position(ask.position, now.text)
        outputs = self._outputs_at(ask.position, now)
        pending = PendingLinkCurves(outputs, now, ask, self._source, self.on_reply)
        if pending.in_part:
            self._background.finish(_KIND, pending)
        return pending.reply

    def saved(self, position: int) -> LinkCurves | None:
        """What a saved page has of the output at a character: what was read; None: nothing was."""
        now, axis = self._changes.open(), self._changes.axis
        found = None if axis is None else self._kept_of(now, axis).get(position)
        return reply_of(found, now, position, 0) if found is not None and found.known else None

    def _outputs_at(self, position: int, now: Epoch) -> CheckpointOutputs:
        axis = self._changes.axis
        if axis is None:
            raise ValueError("no model has checkpoints; pass rv.Checkpoints to rv.explore")
        inputs = sum(len(cache.reading) for cache in now.caches if cache.name in axis.names)
        if len(axis.labels) * inputs > _MOST_SCORES:
            raise ValueError(
                f"{len(axis.labels):,} checkpoints with {inputs:,} inputs are more than the "
                f"{_MOST_SCORES:,} numbers that are shown; pass a smaller most= to rv.Checkpoints"
            )
        kept = self._kept_of(now, axis)
        found = kept.pop(position, None) or CheckpointOutputs(now, position, axis)
        kept[position] = found
        while len(kept) > _MOST_OUTPUTS:
            del kept[next(iter(kept))]
        return found

    def _kept_of(self, now: Epoch, axis: CheckpointAxis) -> dict[int, CheckpointOutputs]:
        """What is known of the text and question that are shown, by character."""
        of = (now.text, now.question, dict(now.interventions), axis.forgotten)
        if self._of != of:
            self._of, self._kept = of, {}
        return self._kept


def coarse_to_fine(count: int) -> list[int]:
    """0 to count - 1: the last, the first, the middle, and so on between those that are there."""
    order, step = [count - 1, 0], count
    while step > 1:
        step = -(-step // 2)
        order += range(0, count, step)
    return list(dict.fromkeys(order))
