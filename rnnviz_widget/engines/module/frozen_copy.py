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
    """Copy a module for passes that can neither be disturbed nor disturb.

    Raises:
        Exception: Whatever a module's own `__deepcopy__` raises.
    """
    # Of a module of TorchScript the copies of parameters would be part of a graph.
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


def _trained_by_cudnn(layer: nn.Module) -> None:
    """Have a recurrent layer on a GPU keep what a backward pass needs.

    cuDNN does so in training mode only; with dropout off the numbers are the same.
    """
    if isinstance(layer, nn.RNNBase):
        layer.dropout = 0.0
        layer.train()
        layer.flatten_parameters()
        return
    # Of TorchScript dropout is a constant: a layer that has it can only stay as it is.
    scripted = isinstance(layer, torch.jit.ScriptModule) and layer.original_name in _RECURRENT
    if scripted and not getattr(layer, "dropout", 1.0):
        layer.train()


def as_written(function: Any) -> Any:
    """A function as it was before `torch.compile`: compiled, nothing can stand in within it."""
    return getattr(function, "_torchdynamo_orig_callable", function)


def _written(module: nn.Module, twin: nn.Module) -> None:
    """Have a copy run each `forward` as it was written, where that was compiled.

    Compiled in the place of the module's own it would run the module that was copied.
    """
    for original, copied in zip(module.modules(), twin.modules(), strict=True):
        # The wrapper of a compiled submodule calls that, as a module, which is as good.
        if isinstance(copied, torch.jit.ScriptModule) or "_orig_mod" in dict(
            copied.named_children()
        ):
            continue
        # A bound method is another object each time that it is asked for.
        called = copied.forward
        forward = as_written(called)
        if forward is called:
            continue
        if "forward" not in vars(copied) or getattr(forward, "__self__", None) is original:
            forward = types.MethodType(getattr(forward, "__func__", forward), copied)
        copied.forward = forward


def _kept_results(module: nn.Module) -> dict[int, Any]:
    """Detached copies of results a module keeps (a hidden state, say), by id, for `deepcopy`.

    Torch refuses to copy a tensor that is part of a graph.
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
