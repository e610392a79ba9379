"""What the submodules of a network are really called with, and what of it can be relied on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor, nn

from rnnviz_widget.engines.explained import KeptLogits, Readout
from rnnviz_widget.engines.sweep.cells import States, is_served

from .calling import HeadReachedError
from .squashing import version


@dataclass(frozen=True)
class Head:
    """The linear layer that made the logits: logit k at s is weight[k] @ hidden[s] + bias[k].

    Attributes:
        hidden: What it read, shape (T, H).
        weight: Shape (V, H).
        bias: Shape (V,), if it has one.
        read: The very tensor that it read.
    """

    hidden: Tensor
    weight: Tensor
    bias: Tensor | None
    read: Tensor

    @cached_property
    def readout(self) -> Readout:
        """The layer as it is now, detached."""
        return Readout(self.weight.detach(), None if self.bias is None else self.bias.detach())

    def logits_of(self, hidden: Tensor) -> KeptLogits:
        """The logits that it makes of other hidden states, (S, H), as it is now."""
        return KeptLogits(hidden.detach(), self.readout)


@dataclass(frozen=True)
class Call:
    """What a submodule read and made.

    Attributes:
        module: The submodule.
        read: Its first argument.
        made: What it returned, or the first of it.
        others: What else it was called with, None left out.
        versions: Those of `read` and `made` then: they tell whether either was changed in place.
    """

    module: nn.Module
    read: Tensor
    made: Tensor
    others: tuple[Any, ...]
    versions: tuple[int, int]

    def gave(self, tensor: object) -> bool:
        """Whether this very tensor came out of the call, and nothing was changed since."""
        return self.made is tensor and self.versions == (version(self.read), version(self.made))

    def states(self) -> States | None:
        """The states that a recurrent layer was given to start from, each (layers, H).

        Raises:
            ValueError: If what it was given is not that.
        """
        if not self.others:
            return None
        (given,) = self.others if len(self.others) == 1 else (None,)
        states = given if isinstance(given, tuple) else (given,)
        if not all(isinstance(state, Tensor) and state.ndim == 3 for state in states):
            raise ValueError("is called with more than its input and a state")
        return tuple(state.detach().select(1, 0) for state in states)


@dataclass(frozen=True)
class Trace:
    """One forward pass of a network.

    Attributes:
        logits: Shape (S, V).
        head: The linear layer that made them, if one did.
        calls: What its linear and recurrent layers were called with, in order.
        embedded: What the embedding returned, call by call.
        batch_first: Which axis is the batch.
    """

    logits: Tensor
    head: Head | None
    calls: Sequence[Call]
    embedded: Sequence[Tensor]
    batch_first: bool


@contextlib.contextmanager
def watched(module: nn.Module) -> Iterator[list[Call]]:
    """Collect the calls of linear and recurrent layers.

    Only those of exactly known types and without hooks, which may change what goes in or out.
    """
    calls: list[Call] = []

    def record(
        layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        read = args[0] if args else None
        made = output[0] if isinstance(output, tuple) else output
        if isinstance(read, Tensor) and isinstance(made, Tensor) and read.ndim == 3:
            others = tuple(each for each in (*args[1:], *kwargs.values()) if each is not None)
            calls.append(Call(layer, read, made, others, (version(read), version(made))))

    handles = [
        layer.register_forward_hook(record, with_kwargs=True)
        for layer in module.modules()
        if (type(layer) is nn.Linear or is_served(layer))
        and not (layer._forward_hooks or layer._forward_pre_hooks)
    ]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def stopped_at(module: nn.Module, head: Head, read: list[Tensor]) -> Iterator[None]:
    """Passes end by `HeadReachedError` where a head is called; `read` takes what it would read."""

    def stop(_: nn.Module, args: tuple[Any, ...]) -> None:
        read.extend(args[:1])
        raise HeadReachedError

    with contextlib.ExitStack() as stack:
        for layer in module.modules():
            if isinstance(layer, nn.Linear) and layer.weight is head.weight:
                stack.callback(layer.register_forward_pre_hook(stop).remove)
        yield


def read_across(calls: Sequence[Call], length: int) -> str | None:
    """What to say of a recurrent layer that takes the tokens of a text for texts of one token."""
    for call in calls:
        if not is_served(call.module):
            continue
        batch_first = getattr(call.module, "batch_first", False)
        sizes = tuple(call.read.shape[:2])
        if length > 1 and sizes == ((length, 1) if batch_first else (1, length)):
            return (
                f"Its {type(call.module).__name__} has batch_first={batch_first} and reads each "
                "token as a text of its own, so that no output depends on another token. If that "
                f"is not meant, pass batch_first={batch_first}, or make the layer with "
                f"batch_first={not batch_first}."
            )
    return None


def find_head(output: object, calls: Sequence[Call], *, batch_first: bool) -> Head | None:
    """Find the linear layer whose output, as it is, the logits are.

    Args:
        output: What the module returned, or the first of it.
        calls: What its layers were called with.
        batch_first: Which axis is the batch.
    """
    for call in calls:
        if isinstance(call.module, nn.Linear) and call.gave(output):
            hidden = call.read.select(0 if batch_first else 1, 0)
            return Head(hidden, call.module.weight, call.module.bias, call.read)
    return None


def find_layers(trace: Trace) -> list[Call]:
    """Find the stack of recurrent layers: the first reads the embedded tokens, as they are.

    Each other one reads what the one before it made, as it is.

    Raises:
        ValueError: If there is no such stack; the message says why, about the module.
    """
    recurrent = [call for call in trace.calls if is_served(call.module)]
    if not recurrent:
        raise ValueError("no recurrent layer whose equations are known is called")
    if len(trace.embedded) != 1:
        raise ValueError("the embedding is called more than once")
    read = trace.embedded[0]
    for number, call in enumerate(recurrent):
        what = f"recurrent layer {number + 1} ({type(call.module).__name__})"
        if call.read is not read:
            source = "the layer before it made" if number else "the embedding gave"
            raise ValueError(f"{what} does not read what {source}, as it is")
        if not call.gave(call.made):
            raise ValueError(f"what {what} read or made is changed in place")
        if getattr(call.module, "batch_first", False) != trace.batch_first:
            raise ValueError(f"{what} has another batch_first than the model")
        read = call.made
    return recurrent
