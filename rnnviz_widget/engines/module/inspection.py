"""Experiments on a module when its weights are taken: what it does, and whether it is refused."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.explained import gradient_of

from .calling import ModuleCall, words
from .capabilities import Capabilities
from .embedding_points import check_ids
from .find_scale import see_scale
from .first_run import FirstRun, first_run
from .forward_passes import ForwardPasses
from .frozen_copy import frozen_copy
from .gradient_notes import LONGER, see_gradient
from .options import ModuleOptions
from .pass_lock import PassLock
from .randomness import alike
from .sizes import LENGTHS, check_windows, more_rows, windows_in_words

ONE_OUTPUT = "There is one output for the whole text: it is the same at every character."
ONE_NUMBER = "It gives one number, which is shown as it is: a row shows what moves it."


@dataclass(frozen=True)
class Inspected:
    """A module that was found to work.

    Attributes:
        passes: Runs it.
        capabilities: What it does.
        notes: Notes for the reader on how it is served.
    """

    passes: ForwardPasses
    capabilities: Capabilities
    notes: list[str]


def inspect_module(
    options: ModuleOptions, lock: PassLock, like: ModuleCall | None = None
) -> Inspected:
    """Take a module's weights, and find out by a few passes what it does.

    Args:
        options: How the module is called.
        lock: Held during every pass.
        like: Runs a module that differs in its weights only. The module of `options` is then a
            private copy already, and the length of text that it reads is known.

    Raises:
        TypeError: If it does not return logits.
        ValueError: If the embedding can't be found, or sizes don't fit.
        RuntimeError: If it can't be called with ids; the cause is attached.
    """
    call, notes = _module_call(options, lock, copied=like is not None)
    first = first_run(options, call)
    passes, ids, point = first.passes, first.ids, first.passes.point
    assert point is not None
    if point.rows is not None and point.rows < options.symbols:
        raise ValueError(
            f"the embedding {point.name!r} has {point.rows} rows, but there are {options.symbols} "
            "input symbols; pass the symbols in the order of their ids"
        )
    notes += [*first.notes, *point.notes, *more_rows(point.rows, options.symbols, point.padding)]
    through, causal = _check_embedded(options, first)
    if options.window is None and like is not None:
        call.only_length = like.only_length
    elif options.window is None:
        call.only_length = _only_length(options, passes, len(ids))
    else:
        check_windows(passes.logits, ids, options.window, options.pad)
        notes.append(windows_in_words(options.window, options.pad))
    scale, said = see_scale(
        options.scale, first.logits, first.reader, through, read=passes.logits, ids=ids
    )
    passes.layout = dataclasses.replace(passes.layout, scale=scale)
    capabilities = Capabilities(
        private=call.private,
        random=call.random,
        layout=passes.layout,
        window=options.window,
        reads_vectors=options.vectors is not None,
        embedding_name=point.name,
        max_tokens=first.max_tokens,
        columns_without_gradient=[],
        seems_causal=causal,
        common_part=None,
    )
    gradient = see_gradient(
        passes, capabilities, ids, _longer(options, first), inference=first.logits.inference
    )
    notes += [*said, *gradient.notes]
    if capabilities.one_output:
        notes.append(ONE_OUTPUT)
    if capabilities.one_number:
        notes.append(ONE_NUMBER)
    capabilities = dataclasses.replace(
        capabilities,
        columns_without_gradient=list(gradient.columns),
        common_part=gradient.common,
    )
    return Inspected(passes, capabilities, notes)


def _module_call(
    options: ModuleOptions, lock: PassLock, *, copied: bool
) -> tuple[ModuleCall, list[str]]:
    """A private copy of the module; where it can't be copied, the module itself and a note."""
    notes: list[str] = []
    try:
        module, private = options.original, True
        if not copied:
            module = frozen_copy(module)
    except Exception as error:  # noqa: BLE001 - whatever a module's own __deepcopy__ raises
        module, private = options.original, False
        notes.append(
            f"The module could not be copied ({words(error)}): the widget uses it in turns with "
            "your cells, and a row shows its weights at the moment when the row is computed."
        )
    call = ModuleCall(
        module,
        private=private,
        forward=options.forward,
        batch_first=options.batch_first,
        device=options.device,
        lock=lock,
    )
    return call, notes


def _check_embedded(options: ModuleOptions, first: FirstRun) -> tuple[Tensor, bool]:
    """Read embedded tokens in place of the ids: the logits must be the same as with ids.

    Returns:
        These logits, and whether outputs seem to read no later inputs.
    """
    passes, ids = first.passes, first.ids
    embedded = passes.embed(ids).clone().requires_grad_()
    with torch.enable_grad():
        through = passes.logits(ids, embedded)
    causal = _seems_causal(through, embedded)
    if options.vectors is not None or passes.call.random:
        return through, causal
    if not alike(through.detach(), first.logits.each[0].detach()):
        assert passes.point is not None
        raise ValueError(
            f"with {passes.point.name!r} embedding each symbol by itself the logits are not "
            "the same as with the ids: its vector of a symbol depends on other symbols or on "
            "the place; say with embedding= which part of it only looks the symbols up"
        )
    return through, causal


def _seems_causal(logits: Tensor, embedded: Tensor) -> bool:
    """Whether the first half of the outputs has no gradient at the second half of the inputs."""
    half = len(logits) // 2
    try:
        first = logits[:half]
        gradient = gradient_of(torch.where(first.isfinite(), first, 0).square().sum(), embedded)
    except Exception:  # noqa: BLE001 - whatever a module's own backward pass raises
        return False
    return not bool(gradient[half:].any())


def _only_length(options: ModuleOptions, passes: ForwardPasses, length: int) -> int | None:
    """The only length of text that the module reads, or None if it reads others."""
    if options.vectors is not None or options.example is not None or length in LENGTHS:
        return None
    try:
        with torch.no_grad():
            passes.logits(check_ids(options.symbols, length + 1))
    except (RuntimeError, ValueError):
        return length
    return None


def _longer(options: ModuleOptions, first: FirstRun) -> Tensor | None:
    """Ids long enough to show a gradient that is cut off some steps back, if they can be read."""
    given = (options.vectors, options.example, options.window)
    short = first.max_tokens is not None and first.max_tokens < LONGER
    if short or any(each is not None for each in given):
        return None
    return check_ids(options.symbols, LONGER)
