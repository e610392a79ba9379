"""What the explorer gives, as it travels."""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz_widget import wire
from rnnviz_widget.explorer import Failure, Outcome, Part, Preview
from rnnviz_widget.explorer.answer_asks import FoundClasses
from rnnviz_widget.picture import Target
from rnnviz_widget.reading import MeasureInfo, RowSource, Strip

_PREDICTIONS = 3


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


def engine_words(reading: RowSource) -> str:
    """By what a model's rows are computed, and why by that."""
    return f"{reading.engine}: {reading.engine_reason}"


def facet_message(
    name: str, reading: RowSource, measure: tuple[str, bool, str] | None
) -> wire.Message:
    """One model's part of the scene; see `wire.facet_message`."""
    tokens = reading.tokens
    return wire.facet_message(
        name=name,
        reads=reading.reads.as_dict(),
        unit=reading.unit,
        one_output=reading.one_output,
        note=" ".join(reading.notes) or None,
        engine=engine_words(reading),
        spans=None if tokens.one_per_character else tokens.spans,
        unknown=tokens.unknown,
        outputs=reading.outputs,
        top=reading.top[:, :_PREDICTIONS],
        top_probability=reading.top_probabilities[:, :_PREDICTIONS],
        target=reading.target,
        target_probability=reading.target_probability,
        target_rank=reading.target_rank,
        reasons=reading.reasons,
        rivals=rivals_of(reading),
        truth=reading.truth,
        measure=measure,
    )


def rivals_of(reading: RowSource) -> wire.RivalsRow | None:
    """What each class explained is compared with."""
    found = reading.rivals
    return None if found is None else wire.RivalsRow(found.target, found.probability, found.rank)


def strip_row(strip: Strip | Failure) -> wire.StripRow | str:
    """A strip, or what went wrong."""
    if isinstance(strip, Failure):
        return strip.message
    return wire.StripRow(strip.classes, strip.p, strip.best, strip.best_p)


def reply_message(reply: Preview | FoundClasses) -> wire.Message:
    """A reply to an ask."""
    if isinstance(reply, FoundClasses):
        return wire.found_message((reply.serial, reply.prefix, reply.position), reply.names)
    return _preview_message(reply)


def _preview_message(preview: Preview) -> wire.Message:
    """A preview; see `wire.look_message`."""
    parts = zip(preview.answer, preview.explained, preview.measures, strict=True)
    facets = [
        (s, packed(outcome, signed=measure.signed), None if one is None else _told(one))
        for (s, outcome), one, measure in parts
    ]
    of = (preview.epoch, preview.position, preview.serial)
    own = own_measures(preview.measures)
    return wire.look_message(of, measure_of(preview.measures[0]), facets, own)


def _told(told: Target) -> wire.Told:
    rival = None
    if told.rival is not None:
        rival = (told.rival.name, told.rival.probability, told.rival.rank)
    return wire.Told(told.name, told.probability, told.rank, told.reason, rival)
