"""A model of the same make with weights that nothing was learnt into."""

from __future__ import annotations

import contextlib
import copy
import dataclasses

import torch
from torch import nn

from rnnviz_widget.engines.module.pass_lock import PassLock

from .sequence import SequenceModel


def null_twin(model: SequenceModel, seed: int = 0) -> SequenceModel:
    """A model with its weights made anew, as before training.

    Each layer that knows how to begin does so (`reset_parameters`); the numbers of every other
    parameter, and of those that a layer begins with as they are, are put into a random order. What
    a picture shows of this twin as well it does not show of what the model has learnt (Adebayo et
    al., "Sanity checks for saliency maps", 2018).

    Args:
        model: The model; it stays as it is.
        seed: For the new weights.

    Returns:
        A model with the same symbols, whose name says what it is.

    Raises:
        ValueError: If the module can't be copied, or has no parameters.
    """
    network = model.network
    if not network.capabilities.private:
        raise ValueError(
            f"{model.name} has no twin with other weights: its module can't be copied. Give it a "
            "__deepcopy__"
        )
    if not any(parameter.numel() for parameter in network.module.parameters()):
        raise ValueError(f"{model.name} has no twin with other weights: its module has no weights")
    module = copy.deepcopy(network.module)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        _begin_anew(module)
    other = copy.copy(network)
    other.options = dataclasses.replace(network.options, original=module)
    other.lock = PassLock()
    other._take()  # noqa: SLF001 - as `renewed` does
    twin = model.snapshot(other)
    twin.name = f"{model.name}, weights made anew"
    return twin


def _begin_anew(module: nn.Module) -> None:
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    for layer in module.modules():
        reset = getattr(layer, "reset_parameters", None)
        if callable(reset):
            with contextlib.suppress(Exception):  # one that can't begin is put into another order
                reset()
    for name, parameter in module.named_parameters():
        if torch.equal(parameter, before[name]) and parameter.numel() > 1:
            order = torch.randperm(parameter.numel()).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
