"""What the explorer gives, as it travels."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget import wire
from rnnviz_widget.explorer import Failure, Look, Outcome, Part
from rnnviz_widget.picture import Target
from rnnviz_widget.reading import MeasureInfo, RowSource, Strip


def own_measures(measures: Sequence[MeasureInfo]) -> list[tuple[str, bool, str] | None]:
    """Of each model, where it is not the first's: that is the scene's."""
    told = [measure_of(each) for each in measures]
    return [None if each == told[0] else each for each in told]


def measure_of(measure: MeasureInfo) -> tuple[str, bool, str]:
    """Name, whether signed, and label."""
    return measure.name, measure.signed, measure.label


def packed(outcome: Outcome, *, signed: bool) -> wire.PackedRow | wire.PartRow | str:
    """A row, a part of one, or what went wrong."""
    if isinstance(outcome, Failure):
        return outcome.message
    if isinstance(outcome, Part):
        return wire.PartRow(outcome.start, wire.pack_row(outcome.scores, signed=signed))
    return wire.pack_row(outcome, signed=signed)


def rivals_of(reading: RowSource) -> wire.RivalsRow | None:
    """What each class explained is compared with."""
    found = reading.rivals
    return None if found is None else wire.RivalsRow(found.target, found.probability, found.rank)


def strip_row(strip: Strip | Failure) -> wire.StripRow | str:
    """A strip, or what went wrong."""
    if isinstance(strip, Failure):
        return strip.message
    return wire.StripRow(strip.classes, strip.p, strip.best, strip.best_p)


def look_message(look: Look) -> wire.Message:
    """A look; see `wire.look_message`."""
    facets = [
        (s, packed(outcome, signed=measure.signed), None if told is None else _told(told))
        for (s, outcome), told, measure in zip(look.answer, look.told, look.measures, strict=True)
    ]
    of = (look.epoch, look.position, look.serial)
    own = own_measures(look.measures)
    return wire.look_message(of, measure_of(look.measures[0]), facets, own)


def _told(told: Target) -> wire.Told:
    rival = None
    if told.rival is not None:
        rival = (told.rival.name, told.rival.probability, told.rival.rank)
    return wire.Told(told.name, told.probability, told.rank, told.reason, rival)
