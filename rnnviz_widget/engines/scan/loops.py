"""Loops over a text that compute a linear recurrence, found as they run, and computed at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rnnviz_widget.engines.torch_calls import TorchCalls
from rnnviz_widget.recurrences import diagonal

from .slices import FEW, SLICED, slices_of
from .terms import ByTensor, Term, Terms

_MULTIPLIED = {torch.mul, torch.multiply, Tensor.mul, Tensor.__mul__, Tensor.__rmul__}
_ADDED = {torch.add, Tensor.add, Tensor.__add__, Tensor.__radd__}
_ADDED_PRODUCT = {torch.addcmul, Tensor.addcmul}
_MIXED = {torch.lerp, Tensor.lerp}
_JOINED = {torch.stack: True, torch.cat: False, torch.concat: False, torch.concatenate: False}


class _Product(NamedTuple):
    """`keep_t` times a state of the step before."""

    keep: Term
    state: Tensor


class _Step(NamedTuple):
    """A state that may be a step of a recurrence.

    Attributes:
        kind: By what it is computed: the numbers of the terms that are kept and added.
        t: Which step it is.
        start: The state that the first step of this kind read.
        states: The states of all steps, if these are known already; else None.
        term: What they are together.
    """

    kind: tuple[int, int]
    t: int
    start: Tensor
    states: Sequence[Tensor] | None = None
    term: Term | None = None


class LoopsAsScans(TorchCalls):
    """Computes linear recurrences at once while a module loops over its text.

    A loop takes slices of tensors at t = 0, 1, ... What is computed of slices of one t alone is a
    term, and the same term of all t is computed at once (`Terms`). Where a step is
    ``keep_t * h_(t-1) + new_t`` with terms keep and new, and h_(t-1) was the same with t - 1, all
    states are computed by `diagonal`, and from then on each step's sum is replaced by its state.
    Where slices of one term are stacked, the term takes their place. So the graph has neither the
    loop's steps nor its slices. Nothing else is replaced, and each replacement has the same value:
    what is computed in any other way stays as it is.

    Attributes:
        scans: How many recurrences were computed at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scans = 0
        self._terms = Terms()
        self._products: ByTensor[_Product] = ByTensor()
        self._steps: ByTensor[_Step] = ByTensor()

    def call(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """See `TorchCalls`."""
        if func in SLICED:
            return slices_of(self._terms, func, args, kwargs)
        if func in _JOINED:
            return self._joined(func, args, kwargs)
        output = func(*args, **kwargs)
        if isinstance(output, Tensor) and not kwargs:
            output = self._stepped(func, args, output)
        self._terms.derive(func, args, kwargs, output)
        return output

    def _stepped(self, func: Any, args: Sequence[Any], output: Tensor) -> Tensor:
        """What a call made, or the state that takes its place."""
        if func in _MULTIPLIED:
            product = self._product(*args)
            if product is not None:
                self._products.put(output, product)
        elif func in _ADDED:
            for one, other in (args, args[::-1]):
                product = self._products.get(one)
                new = self._terms.get(other)
                if product is not None and new is not None:
                    return self._state(product, new, output)
        elif func in _ADDED_PRODUCT and len(args) == 3:
            product, new = self._product(*args[1:]), self._terms.get(args[0])
            if product is not None and new is not None:
                return self._state(product, new, output)
        elif func in _MIXED and len(args) == 3:
            share, other = self._terms.get(args[2]), self._terms.get(args[1])
            if share is not None and other is not None and share.at == other.at:
                keep = self._terms.made("keep", (share,), lambda share: 1 - share)
                new = self._terms.made("mix", (share, other), torch.mul)
                return self._state(_Product(keep, args[0]), new, output)
        return output

    def _product(self, one: Any, other: Any) -> _Product | None:
        """A product of a term and what is not a term of the same t."""
        if not isinstance(one, Tensor) or not isinstance(other, Tensor):
            return None
        terms = self._terms.get(one), self._terms.get(other)
        found = [
            _Product(term, state)
            for term, before, state in (
                (terms[0], terms[1], other),
                (terms[1], terms[0], one),
            )
            if term is not None and (before is None or before.t < term.t)
        ]
        return found[0] if found else None

    def _state(self, product: _Product, new: Term, output: Tensor) -> Tensor:
        """The state after a step: as it was computed, or of all that were computed at once."""
        keep, before = product.keep, self._steps.get(product.state)
        if keep.at != new.at:
            return output
        step = _Step((keep.number, new.number), new.t, product.state)
        if before is not None and before.kind == step.kind and before.t + 1 == new.t:
            if before.states is None:
                before = self._all_states(before, product, new, output.shape)
            if before.states is not None and before.term is not None:
                output = before.states[new.t]
                step = before._replace(t=new.t)
                self._terms.put(output, before.term._replace(t=new.t))
            else:
                step = step._replace(start=before.start)
        self._steps.put(output, step)
        return output

    def _all_states(self, before: _Step, product: _Product, new: Term, shape: torch.Size) -> _Step:
        """A step with the states of all steps after it, and itself in the place of those before."""
        keep, added = self._terms.whole(product.keep), self._terms.whole(new)
        if keep is None or added is None or product.state.shape != shape:
            return before
        first, start = before.t, before.start.expand(shape)
        keep, added = (
            _aligned(each[first:], len(shape)).expand(new.length - first, *shape)
            for each in (keep, added)
        )
        if first:
            # The state before the first step is what one more step adds, which keeps nothing.
            first -= 1
            keep = torch.cat([torch.zeros_like(keep[:1]), keep])
            added = torch.cat([start[None], added])
        nothing = before.t > 0 or not (start.requires_grad or start.any())
        whole = diagonal(keep[None], added[None], None if nothing else start[None])[0]
        if first:
            whole = torch.cat([torch.zeros_like(whole[:1]).expand(first, *shape), whole])
        self.scans += 1
        term = self._terms.known("states", whole, new)
        self._terms.put(product.state, term._replace(t=before.t))
        return before._replace(states=whole.unbind(), term=term)

    def _joined(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Stack or concatenate, with terms in the place of slices of all their steps."""
        parts = args[0] if args else kwargs.get("tensors")
        if not isinstance(parts, (list, tuple)) or len(parts) < FEW:
            return func(*args, **kwargs)
        dim = args[1] if len(args) > 1 else kwargs.get("dim", kwargs.get("axis", 0))
        stacked = _JOINED[func]
        joined: list[Tensor] = []
        place = 0
        while place < len(parts):
            run = self._run(parts, place)
            whole = None
            if run >= FEW:
                term = self._terms.get(parts[place])
                whole = None if term is None else self._terms.whole(term)
            if whole is None or term is None:
                run = 1
                joined.append(parts[place].unsqueeze(dim) if stacked else parts[place])
            else:
                axis = dim % (whole.ndim if stacked else whole.ndim - 1)
                some = whole[term.t : term.t + run].movedim(0, axis)
                joined.append(some if stacked else some.flatten(axis, axis + 1))
            place += run
        if len(joined) == len(parts):
            return func(*args, **kwargs)
        return joined[0] if len(joined) == 1 else torch.cat(joined, dim)

    def _run(self, parts: Sequence[Any], first: int) -> int:
        """How many parts from this one on are slices of one term at successive t."""
        begun = self._terms.get(parts[first])
        if begun is None:
            return 1
        count = 1
        while first + count < len(parts):
            term = self._terms.get(parts[first + count])
            if term is None or (term.number, term.t) != (begun.number, begun.t + count):
                break
            count += 1
        return count


def _aligned(whole: Tensor, axes: int) -> Tensor:
    """A term of all t, (T, ...), with axes of size one after the first, up to 1 + `axes`."""
    return whole.reshape(len(whole), *[1] * (axes + 1 - whole.ndim), *whole.shape[1:])
