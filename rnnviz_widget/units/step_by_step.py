"""Running a recurrent layer step by step in the place of its own forward, keeping the states."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence
from torch.utils import _pytree

from rnnviz_widget.engines.sweep.cells.torch_kinds import run_one_layer, side_by_side
from rnnviz_widget.models.recurrent_module import RecurrentModule

from .calling import floating

_STATE_NAMES = ("hx", "state", "hidden", "h0")
_OneStep = Callable[[int, Tensor, Sequence[Tensor]], Sequence[Tensor]]


class StepByStep:
    """Has a layer read step by step, or watches a cell, while it is entered.

    Attributes:
        names: What each tensor of the state is called.
        states: The tensors of the state after each step. All that is made of the state is made of
            these, so that all of it counts in the gradient at one.
    """

    def __init__(self, layer: nn.Module) -> None:
        self._layer = layer
        self._calls = 0
        self.names: list[str] = []
        self.states: list[list[Tensor]] = []

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Replace the layer's forward, and put it back."""
        own = vars(self._layer).get("forward")
        original = self._layer.forward

        def read(*args: Any, **kwargs: Any) -> Any:
            return self._read(original, args, kwargs)

        self._layer.forward = read
        try:
            yield
        finally:
            if own is None:
                del self._layer.forward
            else:
                self._layer.forward = own

    def _read(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        layer = self._layer
        x = args[0] if args else kwargs.get("input")
        if isinstance(x, PackedSequence):
            raise ValueError(  # noqa: TRY004 - of the value that loss_fn gives
                "the layer reads a packed sequence, whose steps have no one batch: give it the "
                "padded sequence for this, and mask the loss"
            )
        if not isinstance(x, Tensor):
            raise TypeError(f"the layer must be called with a tensor; got {type(x).__name__}")
        if _is_cell(layer, x):
            return self._watched(original(*args, **kwargs))
        self._calls += 1
        if self._calls > 1:
            raise ValueError(
                "loss_fn calls the layer more than once, so that its steps have no one order; call "
                "it once, with the whole sequence"
            )
        given = args[1] if len(args) > 1 else None
        for name in _STATE_NAMES:
            given = kwargs.get(name) if given is None else given
        if isinstance(layer, (nn.RNNBase, RecurrentModule)):
            return self._known(layer, x, given)
        return self._unknown(original, x, given)

    def _watched(self, returned: Any) -> Any:
        """A cell returns its state, or an output and its state."""
        if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], tuple):
            return returned[0], self._kept(returned[1])
        return self._kept(returned)

    def _known(self, layer: nn.RNNBase | RecurrentModule, x: Tensor, given: Any) -> Any:
        """Torch's own layers and ours: each layer of the stack by itself."""
        single, swapped = x.dim() == 2, x.dim() == 3 and layer.batch_first
        steps = x.unsqueeze(1) if single else x.transpose(0, 1) if swapped else x
        run = _torch_step(layer) if isinstance(layer, nn.RNNBase) else _our_step(layer)
        states = self._start(layer, steps, given, single=single)
        count = len(states[0])
        before = (
            [f"layer {number}, " for number in range(layer.num_layers)]
            if layer.num_layers > 1
            else [""]
        )
        own = ["h", "c"] if count == 2 else ["h", *(f"c_{n}" for n in range(count - 1))]
        self.names = [words + name for words in before for name in own]
        outputs = []
        for step in steps:
            below = step
            for number in range(layer.num_layers):
                if number and layer.dropout:
                    below = functional.dropout(below, layer.dropout, layer.training)
                states[number] = [_through(s) for s in run(number, below, states[number])]
                below = states[number][0]
            self.states.append([tensor for state in states for tensor in state])
            outputs.append(below)
        output = torch.stack(outputs)
        last = tuple(torch.stack(parts) for parts in zip(*states, strict=True))
        if single:
            output, last = output.squeeze(1), tuple(part.squeeze(1) for part in last)
        elif swapped:
            output = output.transpose(0, 1)
        return output, last if count > 1 else last[0]

    @staticmethod
    def _start(
        layer: nn.RNNBase | RecurrentModule, steps: Tensor, given: Any, *, single: bool
    ) -> list[list[Tensor]]:
        """The states before the first step, by layer, (B, H) each."""
        if given is None:
            sizes = [layer.hidden_size]
            if isinstance(layer, nn.LSTM):
                sizes = [layer.proj_size or layer.hidden_size, layer.hidden_size]
            elif isinstance(layer, RecurrentModule):
                sizes *= len(layer.state_names)
            return [
                [steps.new_zeros(steps.shape[1], size) for size in sizes]
                for _ in range(layer.num_layers)
            ]
        parts = [given] if isinstance(given, Tensor) else list(given)
        parts = [part.unsqueeze(1) if single else part for part in parts]
        return [[part[number] for part in parts] for number in range(layer.num_layers)]

    def _unknown(self, original: Callable[..., Any], x: Tensor, state: Any) -> Any:
        """Another layer that returns (outputs, state): one call a step."""
        layer = self._layer
        if getattr(layer, "num_layers", 1) > 1:
            raise ValueError(
                f"{type(layer).__name__} is a stack of several layers, whose states within a step "
                "are not seen: pass one of its cells, such as layer.cells[0]"
            )
        axis = 1 if x.dim() == 3 and getattr(layer, "batch_first", False) else 0
        outputs = []
        for step in x.unsqueeze(axis + 1).unbind(axis):
            returned = original(step) if state is None else original(step, state)
            if not isinstance(returned, tuple) or len(returned) < 2:
                raise ValueError(
                    f"the layer must return (outputs, state); {type(layer).__name__} returned "
                    f"{type(returned).__name__}"
                )
            state = self._kept(returned[-1])
            # Where the output is h, it is read from the state, so that its use counts.
            h = self.states[-1][0]
            same = h.numel() == returned[0].numel() and torch.equal(
                h.reshape(returned[0].shape), returned[0]
            )
            outputs.append(h.reshape(returned[0].shape) if same else returned[0])
        return torch.cat(outputs, dim=axis), state

    def _kept(self, state: Any) -> Any:
        leaves, structure = _pytree.tree_flatten(state)
        which = floating(leaves)
        for number in which:
            leaves[number] = _through(leaves[number])
        self.names = ["h", *("c" if len(which) == 2 else f"state {n}" for n in which[1:])]
        self.states.append([leaves[number] for number in which])
        return _pytree.tree_unflatten(leaves, structure)


def _is_cell(layer: nn.Module, x: Tensor) -> bool:
    known = isinstance(layer, nn.RNNBase) or hasattr(layer, "batch_first")
    return isinstance(layer, nn.RNNCellBase) or (x.dim() <= 2 and not known)


def _through(state: Tensor) -> Tensor:
    """The same numbers as a node of their own, at which there is a gradient."""
    needs = state if state.requires_grad else state.detach().requires_grad_()
    return needs.view_as(needs)


def _torch_step(layer: nn.RNNBase) -> _OneStep:
    """One step of one layer of torch's own, by the function that the module calls, cuDNN or not."""
    weights: dict[int, list[Tensor]] = {}

    def step(number: int, x: Tensor, states: Sequence[Tensor]) -> Sequence[Tensor]:
        if number not in weights:
            own = [each.detach() for each in layer.all_weights[number]]
            weights[number] = side_by_side(layer, own, x[None])
        state = [each[None].contiguous() for each in states]
        _, *after = run_one_layer(layer, weights[number], x[None], state, train=True)
        return [each[0] for each in after]

    return step


def _our_step(layer: RecurrentModule) -> _OneStep:
    """One step of one layer of this package's own."""

    def step(number: int, x: Tensor, states: Sequence[Tensor]) -> Sequence[Tensor]:
        outputs, *others = layer.run_layer(number, x[None], states)
        return [outputs[0], *others]

    return step
