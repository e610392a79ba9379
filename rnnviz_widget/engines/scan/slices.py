"""Slices that a loop takes of a tensor, one at each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .terms import Terms

SLICED = {
    Tensor.__getitem__,
    Tensor.__iter__,
    Tensor.unbind,
    torch.unbind,
    Tensor.select,
    torch.select,
}
"""The functions that take slices."""

FEW = 4
"""Fewer steps than this are no loop."""


def slices_of(terms: Terms, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a function that takes slices, and note them."""
    source = args[0] if args else kwargs.get("input")
    output = func(*args, **kwargs)
    if not isinstance(source, Tensor) or not source.ndim:
        return output
    all_along = func in {Tensor.__iter__, Tensor.unbind, torch.unbind}
    if func is Tensor.__iter__:
        output = tuple(output)
    if terms.get(source) is not None:
        terms.derive(Tensor.unbind if func is Tensor.__iter__ else func, args, kwargs, output)
    elif all_along:
        dim = (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % source.ndim
        for t, made in enumerate(output):
            _note(terms, source, (dim, t, ()), made)
    elif func is Tensor.__getitem__:
        _note(terms, source, _single(source, args[1]), output)
    elif len(args) == 3:
        _, dim, t = args
        dim %= source.ndim
        _note(terms, source, (dim, t % source.shape[dim], ()), output)
    return iter(output) if func is Tensor.__iter__ else output


def _note(
    terms: Terms, source: Tensor, at: tuple[int, int, tuple[Any, ...]] | None, made: Tensor
) -> None:
    if at is not None and source.shape[at[0]] >= FEW:
        terms.slice(source, *at, made)


def _single(source: Tensor, index: Any) -> tuple[int, int, tuple[Any, ...]] | None:
    """The axis and place of an index that selects one slice along one axis, and what is left of it.

    None if it is another index.
    """
    items = index if isinstance(index, tuple) else (index,)
    whole = slice(None)
    plain = all(
        item is None
        or item is ...
        or (isinstance(item, slice) and item == whole)
        or _is_place(item)
        for item in items
    )
    places = [n for n, item in enumerate(items) if _is_place(item)]
    if not plain or len(places) != 1:
        return None
    (place,) = places
    before = [item for item in items[:place] if item is not None]
    dim = len(before)
    if ... in before:
        dim = source.ndim - 1 - sum(item is not None for item in items[place + 1 :])
    t = int(items[place])
    rest = (*items[:place], *items[place + 1 :])
    if all(item is ... or item == whole for item in rest):
        rest = ()
    return dim, t % source.shape[dim], rest


def _is_place(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool)
