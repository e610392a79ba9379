"""The last part of a module that works position by position, walked back once for many rows.

After its last attention a Transformer works position by position. There the gradient of output s is
nothing but at s, so that one backward pass through this part (the tail) gives the gradients of all
rows at its input u, each at its own position. Only from u on does every row need a pass of its own.

The tail is found by experiment. Its input must be met on every path from the outputs back to the
text; and for every pair of positions s, t the gradient of output s must be zero at u_t.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.explained import gradient_of


class TensorPlace(NamedTuple):
    """Where a tensor is met in a forward pass.

    Attributes:
        name: The submodule's name.
        call: Which call of it, from 0.
        made: Whether it is what the call returned; else what it was called with.
    """

    name: str
    call: int
    made: bool


@dataclass(frozen=True)
class Tail:
    """The input u of the last part that works position by position.

    Attributes:
        place: Where it is met.
        time: Its axis of positions.
    """

    place: TensorPlace
    time: int


@contextlib.contextmanager
def watching(module: nn.Module, name: str | None = None) -> Iterator[dict[TensorPlace, Tensor]]:
    """Collect the first tensors that submodules (or the one of this name) read and made."""
    found: dict[TensorPlace, Tensor] = {}
    calls: dict[str, int] = {}

    def before(each: str) -> Callable[..., None]:
        def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            calls[each] = calls.get(each, -1) + 1
            _note(TensorPlace(each, calls[each], made=False), [*args, *kwargs.values()])

        return hook

    def after(each: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:
            made = output if isinstance(output, (tuple, list)) else [output]
            _note(TensorPlace(each, calls[each], made=True), made)

        return hook

    def _note(place: TensorPlace, tensors: Any) -> None:
        first = next((one for one in tensors if isinstance(one, Tensor)), None)
        if first is not None and first.requires_grad:
            found[place] = first

    with contextlib.ExitStack() as stack:
        for each, submodule in module.named_modules():
            if each and name in (None, each):
                hook = submodule.register_forward_pre_hook(before(each), with_kwargs=True)
                stack.callback(hook.remove)
                stack.callback(submodule.register_forward_hook(after(each)).remove)
        yield found


def find_tail(seen: dict[TensorPlace, Tensor], embedded: Tensor, start: Tensor) -> Tail | None:
    """Find the longest tail of a forward pass; None: there is none.

    Args:
        seen: What `watching` collected, in the order of the pass.
        embedded: The embedded tokens, (T, D), a leaf.
        start: Where gradients begin, (T, ..).
    """
    tail: Tail | None = None
    tokens, last = len(embedded), None
    for place, tensor in reversed(seen.items()):
        axes = [axis for axis, size in enumerate(tensor.shape) if size == tokens]
        # One text: all other axes but the last have one element.
        if len(axes) != 1 or tensor.numel() != tokens * tensor.shape[-1] or tensor is last:
            continue
        # What the head reads is where gradients begin anyway, in another layout.
        if tensor is start or tensor is start._base or not _is_cut(tensor, embedded, start):  # noqa: SLF001
            continue
        last = tensor
        if not _stays(start, tensor, axes[0], [tokens // 2]):
            break
        tail = Tail(place, axes[0])
    if tail is None or not _is_by_position(start, seen[tail.place], tail.time):
        return None
    return tail


def _is_cut(tensor: Tensor, embedded: Tensor, start: Tensor) -> bool:
    """Whether every path from `start` back to the embedded tokens meets a tensor."""
    if tensor.grad_fn is None:
        return False
    inner = (tensor.grad_fn, tensor.output_nr)
    left, known, met = [(start.grad_fn, start.output_nr)], set[object](), False
    while left:
        edge = left.pop()
        if edge == inner:
            met = True
            continue
        node = edge[0]
        if node is None or node in known:
            continue
        known.add(node)
        if getattr(node, "variable", None) is embedded:
            return False
        left += node.next_functions
    return met


def _is_by_position(start: Tensor, inner: Tensor, time: int) -> bool:
    """Whether no output has a gradient at another position.

    Of any two positions some digit of their binary numbers differs. So for each digit the outputs
    with a 1 there must have no gradient where it is 0, and the other way round.
    """
    tokens = len(start)
    for digit in range((tokens - 1).bit_length()):
        for one in (0, 1):
            some = [s for s in range(tokens) if s >> digit & 1 == one]
            if not _stays(start, inner, time, some):
                return False
    return True


def _stays(start: Tensor, inner: Tensor, time: int, outputs: list[int]) -> bool:
    """Whether the gradient of some outputs is zero at all other positions."""
    begin = torch.zeros_like(start)
    draws = torch.Generator().manual_seed(0)
    drawn = torch.rand(start.shape[1:], generator=draws, dtype=torch.float64) + 0.5
    begin[outputs] = drawn.to(start)
    gradient = gradient_of(start, inner, begin).movedim(time, 0)
    elsewhere = torch.ones(len(start), dtype=torch.bool, device=start.device)
    elsewhere[outputs] = False
    return not bool(gradient[elsewhere].any())
