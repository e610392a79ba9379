"""Softmaxes and sigmoids that a module computes, and which of them made a tensor."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from rnnviz_widget.engines.torch_calls import TorchCalls

SOFTMAX, SIGMOID = "softmax", "sigmoid"
_NAMES = {
    "softmax": SOFTMAX,
    "special_softmax": SOFTMAX,
    "sigmoid": SIGMOID,
    "special_expit": SIGMOID,
    "expit": SIGMOID,
}
# Autograd nodes that only change the layout of numbers.
_LAYING_OUT = re.compile(
    r"(View|UnsafeView|ReshapeAlias|Squeeze|Unsqueeze|Transpose|T|Permute|Select|Slice|Clone"
    r"|Expand|AsStrided|ToCopy|Stack|Cat|Unbind|Split|Alias|Copy)Backwards?\d*|CopySlices"
)
_MAKING = re.compile(r"(Softmax|Sigmoid)Backward\d*")
# A loop over a long text makes very many nodes; the first of them are enough.
_MOST_PARTS = 10_000


@dataclass(frozen=True)
class Squash:
    """A softmax or sigmoid that was computed.

    Attributes:
        kind: Which of the two.
        made: Its output.
        read: Its input; None if it was overwritten.
        options: Other arguments of a softmax: axis and dtype.
        versions: The versions of `made` and `read` then, which show whether one was changed in
            place.
    """

    kind: str
    made: Tensor
    read: Tensor | None
    options: Mapping[str, Any]
    versions: tuple[int, int]

    def logits(self) -> Tensor | None:
        """The logits it was computed from, normalised; None: they are not known any more."""
        if self.read is None or self.versions != (version(self.made), version(self.read)):
            return None
        if self.kind == SIGMOID:
            # An infinite input, which rules a class out: use the probability alone.
            return None if self.rules_out() else self.read
        logs = self.read.log_softmax(**self.options)
        # The log probability of a class that is ruled out is constant: no gradient.
        return logs.masked_fill(logs.isneginf(), -math.inf) if self.rules_out() else logs

    def rules_out(self) -> bool:
        """Whether it read infinite numbers, by which a class is ruled out."""
        return self.read is not None and bool(self.read.detach().isinf().any())


class Squashes(TorchCalls):
    """Records each softmax and sigmoid that a module computes.

    Attributes:
        made: These, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Squash] = []

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        name = getattr(func, "__name__", "")
        kind = _NAMES.get(name.removesuffix("_"))
        if kind is not None and isinstance(output, Tensor):
            self.made.append(_squash(kind, output, args, dict(kwargs), name.endswith("_")))
        return output


def _squash(
    kind: str, made: Tensor, args: Sequence[Any], kwargs: dict[str, Any], in_place: bool
) -> Squash:
    read, *others = [*args] or [kwargs.pop("input", None)]
    options: dict[str, Any] = {}
    if kind == SOFTMAX:
        axis = kwargs.get("dim", others[0] if others else None)
        if axis is None:
            # Torch's default axis.
            axis = 0 if made.ndim in (0, 1, 3) else 1
        options = {"dim": axis, "dtype": kwargs.get("dtype")}
    if in_place or not isinstance(read, Tensor):
        return Squash(kind, made, None, options, (version(made), 0))
    return Squash(kind, made, read, options, (version(made), version(read)))


def version(tensor: Tensor) -> int:
    """How many times a tensor was changed in place; 0 in inference mode, which does not count."""
    return 0 if tensor.is_inference() else tensor._version  # noqa: SLF001 - the only way


@contextlib.contextmanager
def squashes(*, wanted: bool) -> Iterator[Sequence[Squash]]:
    """Record softmaxes and sigmoids in here, if wanted."""
    if not wanted:
        yield []
        return
    with Squashes() as watch:
        yield watch.made


def kind_of(output: Tensor) -> str | None:
    """Which of the two made a tensor that has a graph, through changes of layout; None: neither."""
    left, seen, found = [output.grad_fn], set[object](), set[str]()
    while left and len(seen) < _MOST_PARTS:
        node = left.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        making = _MAKING.fullmatch(node.name())
        if making is not None:
            found.add(making[1].lower())
        elif _LAYING_OUT.fullmatch(node.name()):
            left += [each for each, _ in node.next_functions]
        else:
            return None
    return found.pop() if len(found) == 1 else None
