"""A private copy of a module: in eval mode, with frozen parameters."""

from __future__ import annotations

import copy
import types
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

_RECURRENT = ("RNN", "GRU", "LSTM")


def frozen_copy(module: nn.Module) -> nn.Module:
    """Copy a module, so that its passes neither disturb the original nor are disturbed by it.

    Raises whatever the module's own `__deepcopy__` raises.
    """
    # With gradients on, the copied parameters of a TorchScript module would be part of a graph.
    with torch.no_grad():
        twin = copy.deepcopy(module, _kept_results(module))
    _written(module, twin)
    twin.eval()
    for parameter in twin.parameters():
        parameter.requires_grad_(False)
        parameter.grad = None
    for submodule in twin.modules():
        if any(p.is_cuda for p in submodule.parameters(recurse=False)):
            _trained_by_cudnn(submodule)
    return twin


def copy_with_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> nn.Module:
    """A frozen copy of a module with other weights.

    Raises:
        ValueError: If it can't be copied, or the weights are not those of such a module; the
            message says which are missing, unknown, or of another shape.
    """
    module = getattr(module, "_orig_mod", module)
    try:
        twin = frozen_copy(module)
    except Exception as error:  # whatever its own __deepcopy__ raises
        raise ValueError(
            f"{type(module).__name__} can't be copied, so it can't have other weights: {error}"
        ) from error
    given = {name.removeprefix("_orig_mod."): value for name, value in weights.items()}
    own = twin.state_dict()
    differing = [
        *(f"{name} is missing" for name in own if name not in given),
        *(f"{name} is not in the module" for name in given if name not in own),
        *(
            f"{name} is {tuple(given[name].shape)}, in the module {tuple(value.shape)}"
            for name, value in own.items()
            if name in given and isinstance(value, Tensor) and given[name].shape != value.shape
        ),
    ]
    if differing:
        more = f", and {len(differing) - 3} more" if len(differing) > 3 else ""
        raise ValueError(
            f"these are not the weights of this {type(module).__name__}: "
            f"{'; '.join(differing[:3])}{more}"
        )
    twin.load_state_dict(given)
    return twin


def _trained_by_cudnn(layer: nn.Module) -> None:
    """Have a recurrent layer on a GPU keep what a backward pass needs.

    cuDNN does so in training mode only. With dropout set to 0 the numbers are the same.
    """
    if isinstance(layer, nn.RNNBase):
        layer.dropout = 0.0
        layer.train()
        layer.flatten_parameters()
        return
    # Dropout is a constant in TorchScript: a layer with dropout must stay in eval mode.
    scripted = isinstance(layer, torch.jit.ScriptModule) and layer.original_name in _RECURRENT
    if scripted and not getattr(layer, "dropout", 1.0):
        layer.train()


def as_written(function: Any) -> Any:
    """A function as it was before `torch.compile`, which would hide what happens inside of it."""
    return getattr(function, "_torchdynamo_orig_callable", function)


def _written(module: nn.Module, twin: nn.Module) -> None:
    """Have a copy run each `forward` as it was before `torch.compile`.

    A compiled `forward` would run the module that was copied.
    """
    for original, copied in zip(module.modules(), twin.modules(), strict=True):
        # The wrapper that torch.compile puts around a submodule calls it as a module, which is
        # fine.
        if isinstance(copied, torch.jit.ScriptModule) or "_orig_mod" in dict(
            copied.named_children()
        ):
            continue
        # Looked up once: each access makes a new bound method, and `is` compares objects.
        called = copied.forward
        forward = as_written(called)
        if forward is called:
            continue
        if "forward" not in vars(copied) or getattr(forward, "__self__", None) is original:
            forward = types.MethodType(getattr(forward, "__func__", forward), copied)
        copied.forward = forward


def _kept_results(module: nn.Module) -> dict[int, Any]:
    """Detached copies, by id, of results that a module keeps, such as a hidden state.

    `deepcopy` takes them instead of the tensors: torch refuses to copy a tensor that is part of a
    graph.
    """
    copies: dict[int, Any] = {}

    def visit(value: object) -> None:
        if isinstance(value, Tensor):
            if not value.is_leaf:
                copies[id(value)] = value.detach().clone()
        elif isinstance(value, Mapping):
            for item in value.values():
                visit(item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                visit(item)

    for submodule in module.modules():
        visit(vars(submodule))
    return copies
