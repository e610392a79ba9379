"""A re-initialised copy of a model, as a baseline for what its pictures show."""

from __future__ import annotations

import contextlib
import copy

import torch
from torch import nn

from rnnviz_widget.engines import Network

from .sequence import SequenceModel


def null_twin(model: SequenceModel, seed: int = 0) -> SequenceModel:
    """Make a copy of a model with re-initialised weights.

    Layers with `reset_parameters` are reset. The entries of all other parameters are permuted. What
    a picture of the twin shows too is not due to what the model has learnt. Source: Adebayo et al.,
    "Sanity checks for saliency maps", 2018.

    Args:
        model: The model. It is not changed.
        seed: Seeds the new weights; torch's random state is not changed.

    Returns:
        A model with the same symbols, measure and call.

    Raises:
        ValueError: If the module can't be copied, or has no parameters.
    """
    why = why_no_twin(model)
    if why is not None:
        raise ValueError(why)
    twin = model.snapshot(reinitialised(model.network, seed))
    twin.name = f"{model.name}, re-initialised"
    return twin


def why_no_twin(model: SequenceModel) -> str | None:
    """Why a model's weights can't be re-initialised, in words; None: they can."""
    network = model.network
    if not network.capabilities.private:
        return (
            f"{model.name} can't be re-initialised: its module can't be copied. Give it a "
            "__deepcopy__ method"
        )
    if not any(parameter.numel() for parameter in network.module.parameters()):
        return f"{model.name} can't be re-initialised: its module has no parameters"
    return None


def reinitialised(network: Network, seed: int = 0) -> Network:
    """A copy of a network with re-initialised weights; see `null_twin`."""
    module = copy.deepcopy(network.module)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        _begin_anew(module)
    return network.with_options(original=module)


def _begin_anew(module: nn.Module) -> None:
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    for layer in module.modules():
        reset = getattr(layer, "reset_parameters", None)
        if callable(reset):
            with contextlib.suppress(Exception):  # its parameters are permuted below
                reset()
    for name, parameter in module.named_parameters():
        if torch.equal(parameter, before[name]) and parameter.numel() > 1:
            order = torch.randperm(parameter.numel()).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
