"""Models some of whose units are set, or held: each stands beside itself as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.inside.divergence import divergences
from rnnviz_widget.models import Intervention, SequenceModel, Unit
from rnnviz_widget.picture.format import visible
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.states import StatePlace
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.scene.unit_asks import AskIntervention, AskUndo, AskUnit
from rnnviz_widget.scene.unit_questions import ChangedUnits

from .epoch import Epoch, Interventions, caches_of
from .pending_rows import READY_MADE
from .row_cache import RowCache

# Of so many classes and outputs predictions are compared at a time.
_AT_ONCE = 1 << 22


def as_interventions(value: object) -> dict[str, tuple[Intervention, ...]]:
    """Check a user's interventions; models to which nothing is done are left out.

    Raises:
        TypeError: If they are none by the names of models.
    """
    wanted = 'interventions are given by model, as {"LSTM": [rv.Intervention(layer=0, units=3)]}'
    if not isinstance(value, Mapping):
        raise TypeError(f"{wanted}; got {value!r}")
    found: dict[str, tuple[Intervention, ...]] = {}
    for name, given in value.items():
        some = (given,) if isinstance(given, Intervention) else given
        if not isinstance(some, Iterable) or isinstance(some, str):
            raise TypeError(f"{wanted}; got {given!r} for {name!r}")
        each = tuple(some)
        if not all(isinstance(one, Intervention) for one in each):
            raise TypeError(f"{wanted}; got {given!r} for {name!r}")
        if each:
            found[name] = each
    return found


def step_words(tokens: Tokens, step: int) -> str:
    """What a page calls a step of a text: its first character, and the number of that from 1."""
    start, end = tokens.spans[min(step, len(tokens) - 1)]
    return f"“{visible(tokens.text[start : max(end, start + 1)])}”, character {start + 1}"


def changed_name(name: str, interventions: Sequence[Intervention], others: Iterable[str]) -> str:
    """What the page calls a model whose units are set, or held; no other model is called so."""
    first, *more = interventions
    found = f"{name}, {f'{len(interventions)} interventions' if more else first.brief}"
    while found in others:
        found += " (intervention)"
    return found


def changed_note(name: str, interventions: Sequence[Intervention], tokens: Tokens) -> str:
    """What is done to a model's units, as the page says it under its text."""
    what = "; ".join(one.said(partial(step_words, tokens)) for one in interventions)
    return f"As {name}, but {what}."


def plain_readings(now: Epoch, names: Iterable[str]) -> dict[str, Reading]:
    """The readings of the models with these names: those as they are."""
    known = set(names)
    found = {cache.name: cache.model_reading for cache in now.caches if cache.name in known}
    return {name: reading for name, reading in found.items() if reading is not None}


def with_changed_models(
    plain: Epoch, interventions: Interventions, read: Callable[[SequenceModel], Reading]
) -> Epoch:
    """Put models beside themselves, with units set or held.

    Means are those over the text that is shown.

    Args:
        plain: The epoch of the models as they are. Their rows stay.
        interventions: What is done.
        read: Lets a model read the epoch's text.

    Raises:
        ValueError, IndexError, RuntimeError: As `SequenceModel.intervened`; or if there is no such
            model.
    """
    readings = {}
    unknown = set(interventions) - {cache.name for cache in plain.caches}
    if unknown:
        known = ", ".join(repr(cache.name) for cache in plain.caches)
        raise ValueError(f"there is no model {min(unknown)!r}; expected one of {known}")
    if not interventions:
        return replace(plain, interventions={})
    names = [cache.name for cache in plain.caches]
    for cache in plain.caches:
        if cache.model_reading is None:
            raise ValueError(f"{cache.name}: {READY_MADE}")
        readings[cache.name] = cache.model_reading
        done = interventions.get(cache.name)
        if done:
            other = cache.model_reading.given.intervened(*done, text=plain.text)
            note = changed_note(cache.name, done, cache.facet.tokens)
            other.notes = [*other.notes, note]
            readings[changed_name(cache.name, done, names)] = read(other)
    caches = caches_of(readings)
    before = {cache.name: cache for cache in plain.caches}
    for cache in caches:
        if cache.name in before:
            cache.take_rows(before[cache.name], range(len(cache.reading)))
    return replace(plain, caches=caches, interventions=dict(interventions))


def fitting(interventions: Interventions, tokens: Mapping[str, int]) -> Interventions:
    """Those that still begin within a text, which may have become shorter.

    Args:
        interventions: What is done.
        tokens: For each model how many tokens the text has.
    """
    left = {
        name: tuple(one for one in some if one.from_step < tokens[name])
        for name, some in interventions.items()
    }
    return {name: some for name, some in left.items() if some}


def bases(now: Epoch) -> list[int | None]:
    """For each facet the one of the same model as it is; None: nothing is done to this one."""
    found: list[int | None] = []
    for n, _ in enumerate(now.caches):
        follows = n > 0 and found[-1] is None and now.caches[n - 1].name in now.interventions
        found.append(n - 1 if follows else None)
    return found


def changed_units(now: Epoch, n: int) -> ChangedUnits | None:
    """What is done to the units of a facet, and how far that moves what it predicts; None: nothing.

    Predictions of the model as it is and of the changed one are those that each was really run for.
    """
    base = bases(now)[n]
    if base is None:
        return None
    one, other = now.caches[base].model_reading, now.caches[n].model_reading
    assert one is not None
    assert other is not None
    said = partial(step_words, now.caches[n].facet.tokens)
    what = [each.said(said) for each in now.interventions[now.caches[base].name]]
    moved = [_moved(one, other, rows) for rows in _chunks(one)]
    return ChangedUnits(base, what, np.concatenate(moved), one.model.unit is None)


def _chunks(reading: Reading) -> Iterator[list[int]]:
    """The outputs of a reading, so many at a time that their logits take little memory."""
    size = max(1, _AT_ONCE // max(1, len(reading.model.outputs)))
    for first in range(0, len(reading), size):
        yield list(range(first, min(first + size, len(reading))))


def _moved(one: Reading, other: Reading, rows: list[int]) -> npt.NDArray[np.floating]:
    """How far predictions are apart at some outputs; see `ChangedUnits`."""
    with clean_torch():
        logits = [each.outputs_of(rows).double() for each in (one, other)]
        network = one.model.network
        if one.model.unit is not None:
            return (logits[1] - logits[0])[:, 0].cpu().numpy()
        logs = [network.log_probabilities(each).cpu().numpy() for each in logits]
    found = divergences(*logs, by_itself=network.capabilities.independent_classes)
    # Of equal predictions rounding may leave less than nothing.
    return np.maximum(found, 0)


def trait_asked(now: Epoch, ask: AskUnit | AskIntervention | AskUndo) -> tuple[str, object]:
    """Which trait of a widget an ask about units sets, and to what.

    Raises:
        ValueError: If there is no such facet, layer or character, or nothing is done.
    """
    match ask:
        case AskUnit():
            return "target", unit_asked(now, ask)
        case AskIntervention():
            return "interventions", interventions_asked(now, ask)
        case AskUndo():
            return "interventions", interventions_left(now, ask)


def unit_asked(now: Epoch, ask: AskUnit) -> Unit:
    """The unit that a page wants explained.

    Raises:
        ValueError: If there is no such facet or layer.
    """
    module, place = _place(_reading(now, ask.facet), ask.layer)
    return Unit(module, layer=place.layer, kind=place.kind, index=ask.unit)


def interventions_asked(now: Epoch, ask: AskIntervention) -> Interventions:
    """What is done to units once a page's intervention is added.

    Raises:
        ValueError: If there is no such facet, layer or character, or nothing is done.
    """
    reading = _reading(now, ask.facet)
    module, place = _place(reading, ask.layer)
    if ask.to not in ("zero", "mean", "hold"):
        raise ValueError(f'units are set to "zero", to "mean" or on "hold"; got {ask.to!r}')
    tokens = reading.facet.tokens
    if ask.start is not None and not 0 <= ask.start < len(tokens.text):
        raise ValueError(f"there is no character {ask.start}: the text has {len(tokens.text)}")
    intervention = Intervention(
        module=module,
        layer=place.layer,
        kind=place.kind,
        units=tuple(ask.units),
        to=ask.to,  # type: ignore[arg-type]  # checked above
        from_step=0 if ask.start is None else tokens.at(ask.start),
    )
    name = _plain_name(now, ask.facet)
    return {**now.interventions, name: (*now.interventions.get(name, ()), intervention)}


def interventions_left(now: Epoch, ask: AskUndo) -> Interventions:
    """What is done to units once a page has undone one intervention, or all of a model.

    Raises:
        ValueError: If there is no such facet.
    """
    name = _plain_name(now, ask.facet)
    done = now.interventions.get(name, ())
    left = () if ask.number is None else tuple(one for n, one in enumerate(done) if n != ask.number)
    return {**now.interventions, name: left}


def _reading(now: Epoch, facet: int) -> Reading:
    cache: RowCache | None = now.caches[facet] if 0 <= facet < len(now.caches) else None
    if cache is None:
        raise ValueError(f"there is no model {facet}: {len(now.caches)} are shown")
    if cache.model_reading is None:
        raise ValueError(f"{cache.name}: {READY_MADE}")
    return cache.model_reading


def _plain_name(now: Epoch, facet: int) -> str:
    _reading(now, facet)
    base = bases(now)[facet]
    return now.caches[facet if base is None else base].name


def _place(reading: Reading, layer: str) -> tuple[str | None, StatePlace]:
    """The layer of a name, and its module; None: all layers are of one, which need not be named."""
    places = reading.given.states(reading.facet.tokens.text).places
    found = [place for place in places if str(place) == layer]
    if not found:
        raise ValueError(f"{reading.given.name} has no layer {layer!r}")
    several = len({place.module for place in places}) > 1
    return found[0].module if several else None, found[0]
