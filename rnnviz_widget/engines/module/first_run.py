"""A module's first run, which shows where a text enters it and what it returns."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from .calling import ModuleCall
from .embedding_points import (
    EmbeddingPoint,
    FoundPoint,
    SeenLookUps,
    find_embedding_point,
    watching,
)
from .forward_passes import ForwardPasses
from .logits_layout import Logits, LogitsLayout
from .looked_up import LookUps
from .max_tokens import max_tokens
from .options import ModuleOptions
from .probabilities import LogitsReader
from .randomness import CHANGES, DRAWS, DrawsRandomNumbersError, RandomGuard, alike
from .sizes import LENGTHS
from .squashing import squashes
from .trace import read_across, watched


@dataclass(frozen=True)
class FirstRun:
    """What the first run of a module showed.

    Attributes:
        passes: Runs the module from now on.
        ids: The ids that it read, (T,).
        logits: The logits in what it returned.
        reader: Knows the softmaxes and sigmoids that it computed.
        max_tokens: How many positions it has; None: not known.
        notes: Notes for the reader.
    """

    passes: ForwardPasses
    ids: Tensor
    logits: Logits
    reader: LogitsReader
    max_tokens: int | None
    notes: list[str]


def first_run(options: ModuleOptions, call: ModuleCall) -> FirstRun:
    """Run a module on ids of several lengths until it succeeds, and find out where they enter it.

    Raises:
        TypeError, ValueError: If it returns no logits, or no embedding point is found.
        RuntimeError: If it fails on every length.
    """
    failed: Exception | None = None
    for ids in options.ids_to_try():
        try:
            return _run(options, call, ids)
        except (RuntimeError, TypeError, ValueError) as error:
            # At an unusual length it may return anything: try the next one.
            if len(ids) in LENGTHS and not isinstance(error, RuntimeError):
                raise
            failed = failed or error
    assert failed is not None
    raise failed


def _run(options: ModuleOptions, call: ModuleCall, ids: Tensor) -> FirstRun:
    """Run the module twice: for its logits, and watched, to see how they come about."""
    call.random, notes, before = False, list[str](), None
    layout = LogitsLayout(
        options.batch_first, options.classes, scale=options.scale, reads=options.reads
    )
    point = options.vectors_read(call.module)
    passes = ForwardPasses(call, layout, options.symbols, point)
    with torch.no_grad():
        try:
            with RandomGuard():  # type: ignore[no-untyped-call]
                before = passes.logits(ids)
        except DrawsRandomNumbersError:
            call.random, notes = True, [DRAWS]
        with (
            watching(call.module, options.embedding) as seen,
            watched(call.module) as calls,
            call.turn(),
            squashes(wanted=layout.may_squash) as made,
        ):
            output, _ = passes.run(ids, None)
        found = layout.logits(output, 1, len(ids), made)
        if before is not None and not alike(before, found.each[0]):
            call.random, notes = True, [CHANGES.format(reads=options.reads)]
        if point is None:
            place = _find_point(options, passes, seen, ids)
            passes.point = place.point
            passes.look_ups = LookUps(
                place.point,
                passes.record_look_ups,
                symbols=options.symbols,
                times=place.times,
                pair=place.pair,
            )
    across = read_across(calls, len(ids))
    passes.layout = dataclasses.replace(layout, shape=found.shape, place=found.place)
    return FirstRun(
        passes,
        ids,
        found,
        LogitsReader(layout.scale, made),
        max_tokens(seen.looked, len(ids)),
        notes if across is None else [*notes, across],
    )


def _find_point(
    options: ModuleOptions, passes: ForwardPasses, seen: SeenLookUps, ids: Tensor
) -> FoundPoint:
    call = passes.call

    def by_way_of(point: EmbeddingPoint | None, embedded: Tensor | None) -> Tensor:
        return ForwardPasses(call, passes.layout, passes.symbols, point).logits(ids, embedded)

    def read(other: Tensor) -> SeenLookUps:
        with watching(call.module, options.embedding) as looked, call.turn():
            passes.run(other, None)
        return looked

    try:
        return find_embedding_point(
            call.module,
            options.embedding,
            seen,
            ids,
            by_way_of,
            look=read,
            symbols=options.symbols,
            batch_first=options.batch_first,
        )
    except ValueError as error:
        if options.forward is None:
            raise
        raise ValueError(
            f"{error}. forward= must call the module that it is given, which is a copy of yours"
        ) from None
