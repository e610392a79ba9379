"""The states of recurrences that are linear in their state, where modules compute them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor, nn

from rnnviz_widget.engines.torch_calls import TorchCalls
from rnnviz_widget.recurrences import diagonal, outer_products
from rnnviz_widget.recurrences.outer_product_steps import StepInputs, states_of
from rnnviz_widget.recurrences.outer_products import step_inputs

# The most numbers that the states of `outer_products` may have, of all steps together.
_MOST = 1 << 27


class LinearKind(NamedTuple):
    """What there is of a recurrence.

    Attributes:
        kind: "hidden": the states; "keep": what the state before is multiplied by; "added": what is
            added to it.
        units: How many numbers it has at each step, H.
        values: Computes them, (T, H).
    """

    kind: str
    units: int
    values: Callable[[], Tensor]


class LinearStates(TorchCalls):
    """Records what `diagonal` and `outer_products` compute while it is entered."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, list[Callable[[], list[LinearKind]]]] = {}
        self._within: list[str] = []

    @contextlib.contextmanager
    def of(self, module: nn.Module, names: Sequence[str]) -> Iterator[None]:
        """Record those of some submodules, by name: of nested ones the innermost has them."""
        with contextlib.ExitStack() as stack:
            for name in names:
                each = module.get_submodule(name)
                before = each.register_forward_pre_hook(partial(self._enter, name))
                after = each.register_forward_hook(self._leave, always_call=True)
                stack.callback(before.remove)
                stack.callback(after.remove)
            with self:
                yield

    def forget(self) -> None:
        """Forget what was recorded."""
        self._found.clear()

    def in_module(self, name: str) -> list[list[LinearKind]]:
        """What there is of the recurrences of a submodule, in the order of computing.

        Raises:
            ValueError: If states would take too much memory.
        """
        return [kinds() for kinds in self._found.get(name, [])]

    def _enter(self, name: str, _: nn.Module, __: Any) -> None:
        self._within.append(name)

    def _leave(self, *_: Any) -> None:
        self._within.pop()

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """Note what is computed where it is one of the two."""
        find = _KINDS.get(func)
        if self._within and find is not None:
            # What a recurrence has is found later: errors here would be the module's.
            kinds = partial(find, output, *args, **kwargs)
            self._found.setdefault(self._within[-1], []).append(kinds)
        return output


def _of_diagonal(made: Tensor, keep: Tensor, new: Tensor, *_: Tensor | None) -> list[LinearKind]:
    each = {"hidden": made, "keep": keep.expand(new.shape), "added": new}
    return [
        LinearKind(kind, values[0, 0].numel(), partial(_steps_first, values[0]))
        for kind, values in each.items()
    ]


def _of_outer_products(_: Tensor, *given: Tensor, **more: Tensor | None) -> list[LinearKind]:
    inputs = step_inputs(*given, *(more.get(name) for name in ("decay", "rates", "erase")))
    steps, groups, keys = inputs.key.shape
    units = groups * keys * inputs.value.shape[-1]
    if steps * units > _MOST:
        raise ValueError(
            f"the states of a recurrence have {units:,} numbers at each step, and {_MOST:,} are "
            "the most for all of a text: take a shorter one"
        )
    kinds = [LinearKind("hidden", units, partial(_states, inputs))]
    if inputs.decay is not None:
        kinds.append(LinearKind("keep", units, partial(_shares, inputs)))
    return kinds


def _states(inputs: StepInputs) -> Tensor:
    start = inputs.value.new_zeros(*inputs.key.shape[1:], inputs.value.shape[-1])
    return _steps_first(states_of(inputs, slice(None), start)[1:])


def _shares(inputs: StepInputs) -> Tensor:
    keep = inputs.keep(slice(None))
    assert keep is not None
    return _steps_first(keep.expand(*inputs.key.shape, inputs.value.shape[-1]))


def _steps_first(values: Tensor) -> Tensor:
    """(T, ...) as (T, H)."""
    return values.reshape(len(values), -1)


_KINDS: dict[Any, Callable[..., list[LinearKind]]] = {
    diagonal: _of_diagonal,
    outer_products: _of_outer_products,
}
