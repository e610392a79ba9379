"""rv.gradients_by_step: the gradient of a training loss at the state of each step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from .step_by_step import StepByStep
from .step_gradients import StepGradients


def gradients_by_step(loss_fn: Callable[[], Tensor], layer: nn.Module) -> StepGradients:
    """The gradient of a loss with respect to the state after each step, dL/dh_t.

    Runs `loss_fn` once, with the layer run step by step, so that there is a state after each: T
    calls of one step, with the same results up to rounding; so with cuDNN, too, which otherwise
    gives no gradients of the states in between. Of torch's own layers and this package's each layer
    of a stack has its states. A cell that is called once a step is only watched. The gradient is
    through all that is made of the state after step t: what is read of it at t, and all later
    states. The parts of a state, h_t and c_t, are coordinates of their own, as in `check_unit`:
    what c_t does by making the h_t of its own step counts at h_t.

    ``.grad`` of no parameter changes, and torch's random state stays as it was. Dropout between the
    layers of one module is drawn anew for each step. What `loss_fn` changes itself, such as running
    means, is changed.

    Args:
        loss_fn: Runs the model on a batch and returns the loss, one number: what is before
            `loss.backward()` in a training loop, as `lambda: criterion(model(x), y)`.
        layer: The recurrent layer or cell in the model, such as `model.lstm`. A layer returns
            `(outputs, state)` and can be given the state; a cell returns the state.

    Returns:
        The gradients and their norms by step; printing it says how they fall, and `plot()` draws.

    Raises:
        TypeError: If `layer` is no module, or `loss_fn` does not return a tensor.
        ValueError: If the loss is not one number; if `loss_fn` does not call the layer, or calls a
            layer more than once; if it reads in both directions, or a packed sequence; if it is a
            stack of another kind, of which a cell is to be passed; or if the loss needs no
            gradient.

    Example:
        >>> gradients_by_step(lambda: loss(model(x), y), model.lstm)  # doctest: +SKIP
    """
    if not isinstance(layer, nn.Module):
        raise TypeError(
            f"layer must be the recurrent torch.nn.Module in the model, such as model.lstm; got "
            f"{type(layer).__name__}"
        )
    if getattr(layer, "bidirectional", False):
        raise ValueError(
            "the layer reads in both directions: a step has no one state. Use a layer of each "
            "direction"
        )
    kept = StepByStep(layer)
    with _random_state_kept(), torch.inference_mode(mode=False), torch.enable_grad():
        with kept.watching():
            loss = loss_fn()
        if not isinstance(loss, Tensor):
            raise TypeError(f"loss_fn must return the loss, a tensor; got {type(loss).__name__}")
        if loss.numel() != 1:
            raise ValueError(
                f"loss_fn must return one number; got the shape {tuple(loss.shape)}. Take its mean"
            )
        if not kept.states:
            raise ValueError(
                f"loss_fn did not call the layer, a {type(layer).__name__}: pass the module that "
                "the model calls, not a copy"
            )
        if not loss.requires_grad:
            raise ValueError(
                "the loss needs no gradient: loss_fn must not detach it or run under torch.no_grad"
            )
        gradients = _gradients(loss, kept.states)
    arrays = [gradient.double().cpu().numpy() for gradient in gradients]
    return StepGradients(type(layer).__name__, float(loss.detach()), kept.names, arrays)


@contextlib.contextmanager
def _random_state_kept() -> Iterator[None]:
    # Before torch has used a GPU there is nothing to keep there.
    used = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = range(torch.cuda.device_count()) if used else ()
    with torch.random.fork_rng(devices=devices):
        yield


def _gradients(loss: Tensor, states: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """The gradients of each tensor of the state, (T, ...) each."""
    count = len(states[0])
    every = [tensor for state in states for tensor in state]
    found = torch.autograd.grad(loss, every, allow_unused=True)
    parts = [torch.zeros_like(s) if g is None else g for s, g in zip(every, found, strict=True)]
    return [torch.stack(parts[number::count]).detach() for number in range(count)]
