"""Finding how a unit is called, by calling it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree

from .calling import StepForward, UnitCall, floating

# Batches of the trials; one that is no size of the unit is taken, so that its axis is known.
_BATCHES = (5, 7, 11)
_SIZES = ("input_size", "in_features", "input_dim", "d_input", "d_model", "dim")
_HIDDEN = ("hidden_size", "out_features", "hidden_dim", "d_hidden", "units")


# How arguments begin that are states.
_STATE_NAMES = ("h", "state", "c0", "cx")


class _NotSoError(Exception):
    """The unit is not called in this way; the message says what came."""


def find_call(
    module: nn.Module,
    *,
    input_size: int | None = None,
    hidden_size: int | None = None,
    batch_first: bool | None = None,
    forward: StepForward | None = None,
) -> UnitCall:
    """Find how a unit is called.

    Tried are, in this order unless the module says what it is: a cell, `unit(x, state)` with x
    (B, D), which returns the state or an output and the state; a layer, `unit(x, state)` with x
    (T, B, D) or (B, T, D), which returns outputs and the state; and a feed-forward unit, `unit(x)`.

    Raises:
        TypeError: If it is no module.
        ValueError: If it can't be called in any of these ways, or a size is not known; the message
            says what was tried and what to pass.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"the unit must be a torch.nn.Module, or a function without arguments that makes one; "
            f"got {type(module).__name__}"
        )
    if getattr(module, "bidirectional", False):
        raise ValueError(
            f"{type(module).__name__} reads in both directions, so that no state leads from one "
            "step to the next: check a layer of each direction by itself"
        )
    size = input_size if input_size is not None else _size_of(module, _SIZES)
    if size is None:
        raise ValueError(
            f"the size of an input of {type(module).__name__} is not known: pass input_size="
        )
    finder = _Finder(module, size, hidden_size or _size_of(module, _HIDDEN), batch_first)
    if forward is not None:
        return finder.stated(forward)
    ways = [finder.cell, finder.layer]
    if isinstance(module, nn.RNNBase) or hasattr(module, "batch_first") or batch_first is not None:
        ways = [finder.layer]
    elif isinstance(module, nn.RNNCellBase):
        ways = [finder.cell]
    tried = []
    for way in (*ways, finder.feed_forward):
        try:
            return way()
        except _NotSoError as error:
            tried.append(f"{way.__name__.replace('_', '-')}: {error}")
    raise ValueError(
        f"it was not found how {type(module).__name__} is called with inputs of {size} numbers. "
        + "; ".join(tried)
        + ". Pass forward=lambda module, x, state: ..., which runs one step: x is (B, D), state "
        "None at first, and it returns the new state, or the output and the new state; or correct "
        "input_size= and hidden_size="
    )


def _size_of(module: nn.Module, names: tuple[str, ...]) -> int | None:
    for name in names:
        found = getattr(module, name, None)
        if isinstance(found, int) and not isinstance(found, bool) and found > 0:
            return found
    return None


class _Finder:
    """Tries ways of calling a module; each returns the call, or raises `_NotSoError`."""

    def __init__(
        self, module: nn.Module, size: int, hidden: int | None, batch_first: bool | None
    ) -> None:
        self._module, self._size, self._hidden = module, size, hidden
        given = batch_first if batch_first is not None else getattr(module, "batch_first", None)
        self._batch_first = given if isinstance(given, bool) else None
        self._batch = next(batch for batch in _BATCHES if batch not in (size, hidden))

    def _input(self, *shape: int) -> Tensor:
        for tensor in (*self._module.parameters(), *self._module.buffers()):
            if tensor.is_floating_point():
                kind, device = tensor.dtype, tensor.device
                break
        else:
            kind, device = torch.get_default_dtype(), torch.device("cpu")
        generator = torch.Generator().manual_seed(0)
        return torch.randn(*shape, self._size, generator=generator).to(device, kind)

    def _run(self, run: Callable[..., Any], *args: Any) -> Any:
        try:
            with torch.no_grad():
                return run(*args)
        except Exception as error:
            lines = str(error).strip().splitlines()
            raise _NotSoError(
                f"{type(error).__name__}, {lines[0][:100] if lines else 'without a message'}"
            ) from error

    def _takes_state(self) -> bool:
        try:
            inspect.signature(self._module.forward).bind(None, None)
        except TypeError:
            return False
        return True

    def cell(self) -> UnitCall:
        """`unit(x, state)` for one step, x (B, D)."""
        if not self._takes_state():
            raise _NotSoError("its forward takes no state")
        name = type(self._module).__name__
        call = UnitCall("cell", f"{name}(x, state)", self._size)
        return self._from_first(call, self._module, self._input(self._batch), (0,))

    def layer(self) -> UnitCall:
        """`unit(x, state)` for all steps, x (T, B, D) or (B, T, D)."""
        if not self._takes_state():
            raise _NotSoError("its forward takes no state, so that it can't go on from one")
        name = type(self._module).__name__
        told = [False, True] if self._batch_first is None else [self._batch_first]
        first: _NotSoError | None = None
        for batch_first in told:
            shape = (self._batch, 1) if batch_first else (1, self._batch)
            layout = "(B, T, D)" if batch_first else "(T, B, D)"
            call = UnitCall(
                "layer", f"{name}(x, state), x {layout}", self._size, batch_first=batch_first
            )
            try:
                return self._from_first(call, self._module, self._input(*shape), (1, 0))
            except _NotSoError as error:
                first = first or error
        assert first is not None
        raise first

    def feed_forward(self) -> UnitCall:
        """`unit(x)`, x (B, D)."""
        names = list(inspect.signature(self._module.forward).parameters)
        if len(names) > 1 and names[1].lower().startswith(_STATE_NAMES):
            raise _NotSoError(f"its forward takes {names[1]}")
        returned = self._run(self._module, self._input(self._batch))
        if not isinstance(returned, Tensor) or returned.shape[:1] != (self._batch,):
            raise _NotSoError(f"it returned {_shape_of(returned)}, not a tensor (B, H)")
        name = type(self._module).__name__
        return UnitCall("feed-forward", f"{name}(x)", self._size)

    def stated(self, forward: StepForward) -> UnitCall:
        """A stated function for one step."""
        call = UnitCall("cell", "forward(module, x, state)", self._size, forward=forward)
        run = _Stated(forward, self._module)
        try:
            return self._from_first(call, run, self._input(self._batch), (0, 1))
        except _NotSoError as error:
            raise ValueError(
                "forward= must map the module, x (B, D) and a state, None at first, to the new "
                f"state, or to the output and the new state; {error}"
            ) from (error.__cause__ or error)

    def _from_first(self, call: UnitCall, run: Any, x: Tensor, axes: tuple[int, ...]) -> UnitCall:
        """Complete a call by a first step, or by a state of zeros where it needs one."""
        layer = (1,) if call.kind == "layer" else ()
        try:
            first, zeros = self._run(run, x), None
        except _NotSoError as error:
            if self._hidden is None:
                raise _NotSoError(f"{error} (if it needs a state, pass hidden_size=)") from error
            one = (*layer, 0, self._hidden)
            for shapes in ((one,), (one, one)):
                state = [x.new_zeros([size or self._batch for size in shape]) for shape in shapes]
                try:
                    first = self._run(run, x, state[0] if len(state) == 1 else tuple(state))
                except _NotSoError as other:
                    why = f"{error}; with {len(state)} states of zeros: {other}"
                    continue
                zeros = shapes
                break
            else:
                raise _NotSoError(why) from error
        guesses = [(True, first[-1])] if isinstance(first, (tuple, list)) and len(first) > 1 else []
        if call.kind == "cell":
            guesses.insert(0, (False, first))
        reasons: list[str] = []
        for pair, state in guesses:
            found = self._goes_on(call, run, x, pair=pair, state=state, axes=axes)
            if isinstance(found, UnitCall):
                return dataclasses.replace(found, zeros=zeros)
            reasons.append(found)
        raise _NotSoError("; ".join(reasons) or f"it returned {_shape_of(first)}, and no state")

    def _goes_on(
        self,
        call: UnitCall,
        run: Any,
        x: Tensor,
        *,
        pair: bool,
        state: Any,
        axes: tuple[int, ...],
    ) -> UnitCall | str:
        """The call, if the unit goes on from what is taken for its state; else why not."""
        leaves, structure = _pytree.tree_flatten(state)
        which = floating(leaves)
        if not which:
            return f"its state has no tensor of floating numbers: {_shape_of(state)}"
        try:
            again = self._run(run, x, state)
        except _NotSoError as error:
            return f"with the state {_shape_of(state)} that it returned: {error}"
        after = again[-1] if pair and isinstance(again, (tuple, list)) else again
        if _pytree.tree_structure(after) != structure or _shape_of(after) != _shape_of(state):
            return f"given the state {_shape_of(state)} it returned {_shape_of(again)}"
        if pair and not isinstance(again[0], Tensor):
            return f"its output is {_shape_of(again[0])}"
        batch = []
        for number in which:
            shape = leaves[number].shape
            fitting = [axis for axis in axes if axis < len(shape) and shape[axis] == self._batch]
            if not fitting:
                return (
                    f"its state has a tensor {tuple(shape)} in which axis "
                    f"{' or '.join(map(str, axes))} is not the batch ({self._batch})"
                )
            batch.append(fitting[0])
        shapes = [list(leaves[number].shape) for number in which]
        for shape, axis in zip(shapes, batch, strict=True):
            del shape[axis]
        return dataclasses.replace(
            call,
            pair=pair,
            structure=structure,
            shapes=tuple(tuple(shape) for shape in shapes),
            axes=tuple(batch),
        )


class _Stated:
    """A stated function, called as a module is."""

    def __init__(self, forward: StepForward, module: nn.Module) -> None:
        self._forward, self._module = forward, module

    def __call__(self, x: Tensor, state: Any = None) -> Any:
        return self._forward(self._module, x, state)


def _shape_of(value: Any) -> str:
    """What was returned, in words: its shape, or those of its parts."""
    if isinstance(value, Tensor):
        return str(tuple(value.shape))
    if isinstance(value, (tuple, list)):
        return f"({', '.join(_shape_of(part) for part in value)})"
    return type(value).__name__
