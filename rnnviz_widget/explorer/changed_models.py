"""Models some of whose units are set, or held: each stands beside itself as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rnnviz_widget.models import Intervention, SequenceModel, Unit
from rnnviz_widget.reading import Reading
from rnnviz_widget.scene.asks import AskIntervention, AskUndo, AskUnit
from rnnviz_widget.scene.states import StatePlace

from .epoch import Epoch, Interventions, caches_of
from .pending_rows import READY_MADE
from .row_cache import RowCache

_NAMED = 2


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


def changed_name(name: str, interventions: tuple[Intervention, ...], others: Iterable[str]) -> str:
    """What the page calls a model whose units are set, or held; no other model is called so."""
    named = len(interventions) <= _NAMED
    what = "; ".join(one.words for one in interventions)
    found = f"{name}, {what if named else f'{len(interventions)} interventions'}"
    while found in others:
        found += " (intervention)"
    return found


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
        raise ValueError(f"there is no model {sorted(unknown)[0]!r}; expected one of {known}")
    if not interventions:
        return Epoch(plain.text, plain.caches, plain.question, plain.number)
    names = [cache.name for cache in plain.caches]
    for cache in plain.caches:
        if cache.model_reading is None:
            raise ValueError(f"{cache.name}: {READY_MADE}")
        readings[cache.name] = cache.model_reading
        done = interventions.get(cache.name)
        if done:
            other = cache.model_reading.given.intervened(*done, text=plain.text)
            readings[changed_name(cache.name, done, names)] = read(other)
    caches = caches_of(readings)
    before = {cache.name: cache for cache in plain.caches}
    for cache in caches:
        if cache.name in before:
            cache.take_rows(before[cache.name], range(len(cache.reading)))
    return Epoch(plain.text, caches, plain.question, plain.number, dict(interventions))


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
    for n, cache in enumerate(now.caches):
        before = now.caches[n - 1].name if n else ""
        done = now.interventions.get(before)
        others = [each.name for each in now.caches if each is not cache]
        changed = done is not None and cache.name == changed_name(before, done, others)
        found.append(n - 1 if changed else None)
    return found


def unit_asked(now: Epoch, ask: AskUnit) -> Unit:
    """The unit that a page wants explained.

    Raises:
        ValueError: If there is no such facet or layer.
    """
    place = _place(_reading(now, ask.facet), ask.layer)
    return Unit(place.module, layer=place.layer, kind=place.kind, index=ask.unit)


def interventions_asked(now: Epoch, ask: AskIntervention) -> Interventions:
    """What is done to units once a page's intervention is added.

    Raises:
        ValueError: If there is no such facet, layer or character, or nothing is done.
    """
    reading = _reading(now, ask.facet)
    place = _place(reading, ask.layer)
    if ask.to not in ("zero", "mean", "hold"):
        raise ValueError(f'units are set to "zero", to "mean" or on "hold"; got {ask.to!r}')
    tokens = reading.facet.tokens
    if ask.start is not None and not 0 <= ask.start < len(tokens.text):
        raise ValueError(f"there is no character {ask.start}: the text has {len(tokens.text)}")
    intervention = Intervention(
        module=place.module,
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


def _place(reading: Reading, layer: str) -> StatePlace:
    places = reading.given.states(reading.facet.tokens.text).places
    found = [place for place in places if str(place) == layer]
    if not found:
        raise ValueError(f"{reading.given.name} has no layer {layer!r}")
    return found[0]
