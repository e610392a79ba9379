"""What the submodules of a network are called with, and which of it the engines can rely on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.explained import KeptLogits, Readout
from rnnviz_widget.engines.sweep.cells import LayerSteps, States, is_served

from .calling import HeadReachedError
from .flips import Flip
from .record_layers import LayerRecorder
from .squashing import version

NO_LAYER = "no recurrent layer whose equations are known is called"


@dataclass(frozen=True)
class Head:
    """The linear layer that made the logits: logit k at s is weight[k] @ hidden[s] + bias[k].

    Attributes:
        hidden: Its input, shape (T, H).
        weight: Shape (V, H).
        bias: Shape (V,), if it has one.
        read: The tensor that it was called with.
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
        """The logits of other hidden states, (S, H), with the current weights."""
        return KeptLogits(hidden.detach(), self.readout)


@dataclass(frozen=True)
class Call:
    """One call of a submodule.

    Attributes:
        module: The submodule.
        read: Its first argument.
        made: What it returned, or the first part of that.
        others: Its other arguments, without None.
        versions: The versions of `read` and `made` then, which show whether one was changed in
            place.
        layers: What each layer of a recurrent module made, where that was recorded.
        flipped: Whether what it read is the text from right to left; see `find_layers`.
    """

    module: nn.Module
    read: Tensor
    made: Tensor
    others: tuple[Any, ...]
    versions: tuple[int, int]
    layers: Sequence[LayerSteps] = ()
    flipped: bool = False

    def gave(self, tensor: object) -> bool:
        """Whether the call returned this tensor, and neither it nor the input was changed since."""
        return self.made is tensor and self.versions == (version(self.read), version(self.made))

    def states(self) -> States | None:
        """The initial states of a recurrent layer; see `states_given`."""
        return states_given(self.others)


def states_given(others: tuple[Any, ...]) -> States | None:
    """The initial states, each (layers, H), among a recurrent layer's other arguments.

    Args:
        others: All arguments but its input, without None.

    Returns:
        The states; None: it was given none.

    Raises:
        ValueError: If the arguments are no states.
    """
    if not others:
        return None
    (given,) = others if len(others) == 1 else (None,)
    states = given if isinstance(given, tuple) else (given,)
    if not all(isinstance(state, Tensor) and state.ndim == 3 for state in states):
        raise ValueError("is called with more than its input and a state")
    return tuple(state.detach().select(1, 0) for state in states)


@dataclass(frozen=True)
class ReadOnCall:
    """How a recurrent layer was called on a text that begins as one that it has read.

    Attributes:
        kept: Of how many inputs it used what it had made of them before.
        begin: The first input that it read.
        layers: What each of its layers made from there on, where that was recorded.
    """

    kept: int
    begin: int
    layers: Sequence[LayerSteps]


@dataclass(frozen=True)
class Trace:
    """One forward pass of a network.

    Attributes:
        logits: Shape (S, V).
        head: The linear layer that made them, if one did.
        calls: The calls of its linear and recurrent layers, in order.
        embedded: What the embedding returned, call by call.
        batch_first: Which axis is the batch.
        read_on: How each recurrent layer was called, if the text was read on from another; else
            empty.
    """

    logits: Tensor
    head: Head | None
    calls: Sequence[Call]
    embedded: Sequence[Tensor]
    batch_first: bool
    read_on: Sequence[ReadOnCall] = ()


@contextlib.contextmanager
def watched(module: nn.Module, classes: int | None = None) -> Iterator[list[Call]]:
    """Record the calls of linear and recurrent layers.

    Only of layers whose exact type is known and that have no hooks, which may change inputs or
    outputs.

    Args:
        module: The module.
        classes: The number of classes, to record what each layer of a recurrent module makes, too;
            see `LayerRecorder`.
    """
    calls: list[Call] = []
    recorder = LayerRecorder(classes or 0)

    def record(
        layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        read = args[0] if args else None
        made = output[0] if isinstance(output, tuple) else output
        if isinstance(read, Tensor) and isinstance(made, Tensor) and read.ndim == 3:
            others = tuple(each for each in (*args[1:], *kwargs.values()) if each is not None)
            versions = version(read), version(made)
            calls.append(Call(layer, read, made, others, versions, recorder.layers_of(made)))

    handles = [
        layer.register_forward_hook(record, with_kwargs=True)
        for layer in module.modules()
        if (type(layer) is nn.Linear or is_served(layer))
        and not (layer._forward_hooks or layer._forward_pre_hooks)
    ]
    try:
        with contextlib.nullcontext() if classes is None else recorder.within(module):
            yield calls
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def stopped_at(module: nn.Module, head: Head, read: list[Tensor]) -> Iterator[None]:
    """Stop passes by `HeadReachedError` at the head, and append the head's input to `read`."""

    def stop(_: nn.Module, args: tuple[Any, ...]) -> None:
        read.extend(args[:1])
        raise HeadReachedError

    with contextlib.ExitStack() as stack:
        for layer in module.modules():
            if isinstance(layer, nn.Linear) and layer.weight is head.weight:
                stack.callback(layer.register_forward_pre_hook(stop).remove)
        yield


def read_across(calls: Sequence[Call], length: int) -> str | None:
    """A note if a recurrent layer takes the tokens of a text for a batch of texts of one token."""
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
    """Find the linear layer whose output is the logits, unchanged."""
    for call in calls:
        if isinstance(call.module, nn.Linear) and call.gave(output):
            hidden = call.read.select(0 if batch_first else 1, 0)
            return Head(hidden, call.module.weight, call.module.bias, call.read)
    return None


def find_layers(trace: Trace, flips: Sequence[Flip] = ()) -> list[Call]:
    """Find the stack of recurrent layers, the first of which reads the embedded tokens, unchanged.

    Each of the others reads the unchanged output of the one before it.

    Args:
        trace: The forward pass.
        flips: What was flipped meanwhile: where a layer reads what came before flipped along time,
            it reads the text from the other end.

    Raises:
        ValueError: If there is no such stack; the message says why.
    """
    recurrent = [call for call in trace.calls if is_served(call.module)]
    if not recurrent:
        raise ValueError(NO_LAYER)
    if len(trace.embedded) != 1:
        raise ValueError("the embedding is called more than once")
    read, layers = trace.embedded[0], []
    flipped, time = False, 1 if trace.batch_first else 0
    for number, call in enumerate(recurrent):
        what = f"recurrent layer {number + 1} ({type(call.module).__name__})"
        if call.read is not read and any(flip.gave(call.read, read, time) for flip in flips):
            flipped = not flipped
        elif call.read is not read:
            source = "the layer before it made" if number else "the embedding gave"
            raise ValueError(f"{what} does not read what {source}, as it is")
        if not call.gave(call.made):
            raise ValueError(f"what {what} read or made is changed in place")
        if getattr(call.module, "batch_first", False) != trace.batch_first:
            raise ValueError(f"{what} has another batch_first than the model")
        layers.append(replace(call, flipped=flipped))
        read = call.made
    return layers


def seems_flipped(trace: Trace) -> bool:
    """Whether a recurrent layer seems to read from right to left what came before it."""
    before = [*trace.embedded, *(call.made for call in trace.calls)]
    time = 1 if trace.batch_first else 0
    return any(
        call.read.shape == each.shape and torch.equal(call.read, each.flip(time))
        for call in trace.calls
        if is_served(call.module) and all(call.read is not each for each in before)
        for each in before
    )
