"""Takes a sequence model apart into the parts that a page runs, and checks them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.engines.module.trace import Call, find_layers
from rnnviz_widget.engines.sweep.cells import LevelWeights, kind_of, weights_of
from rnnviz_widget.models import CELLS, SequenceModel

from .parts import Layer, Parts, rebuilt, tensors

_SERVED = (
    "a page can run an embedding, a stack of "
    f"{', '.join(dict.fromkeys(kind.title for kind in CELLS.values()))} layers (one direction, no "
    "proj_size), each reading the output of the one before it, and one nn.Linear"
)
# Lengths of the random texts on which the parts must give the module's own logits.
_LENGTHS = (1, 7, 40)
# How many symbols are read at a time.
_AT_ONCE = 32
_EXACT = (torch.float32, torch.float64)


def parts_of(model: SequenceModel) -> Parts:
    """Take a model apart, and check on random texts that the parts alone give its logits.

    Raises:
        ValueError: If a page can't run such a model; the message says why.
    """
    try:
        with clean_torch():
            _check_text(model)
            parts = _extract(model)
            _check_logits(model, parts)
    except ValueError as error:
        raise ValueError(
            f"{model.name!r} can't be sent with its page: {error}; {_SERVED}. Save it without "
            "live=True"
        ) from None
    return parts


def _check_text(model: SequenceModel) -> None:
    if model.text is not None:
        raise ValueError("it reads vectors, and a page reads symbols")
    if model.tokenize is not None:
        raise ValueError("its tokenize is a Python function, and a page reads symbol by symbol")
    if model.network.capabilities.independent_classes:
        raise ValueError(
            "each of its classes is right or wrong independently, and a page computes "
            "probabilities by a softmax over all classes"
        )
    if model.unit is not None:
        raise ValueError("it predicts one number, and a page predicts classes")
    if model.network.options.window is not None:
        raise ValueError("each output reads a window of its own, and a page reads the text once")
    if model.network.capabilities.random:
        raise ValueError("it draws random numbers")


def _extract(model: SequenceModel) -> Parts:
    network = model.network
    for module in network.module.modules():
        if isinstance(module, nn.RNNBase) and (module.bidirectional or module.proj_size):
            what = "reads backwards too" if module.bidirectional else "has a proj_size"
            raise ValueError(f"its {type(module).__name__} {what}")
    ids = torch.arange(8) % len(model.inputs)
    _check_ids(model)
    with torch.no_grad():
        trace = network.trace(ids, network.embed(ids))
    calls = find_layers(trace)
    if trace.head is None:
        raise ValueError("its logits are not the unchanged output of a linear layer")
    heads = [call for call in trace.calls if getattr(call.module, "weight", 0) is trace.head.weight]
    bias = getattr(heads[-1].module, "bias", None)
    head = _single(trace.head.weight)
    return Parts(
        embedding=_single(network.embedding_matrix()),
        layers=[layer for call in calls for layer in _layers(call)],
        head=head,
        bias=head.new_zeros(len(head)) if bias is None else _single(bias),
    )


def _check_ids(model: SequenceModel) -> None:
    """Raise if the module changes or rearranges ids before it embeds them; a page does not."""
    every = torch.arange(len(model.inputs))
    for ids in (*torch.split(every, _AT_ONCE), every.flip(0)[:_AT_ONCE]):
        found = model.network.passes.settled(ids)
        if found.arrangement is not None:
            raise ValueError("it does not embed each token once and in order")
        for own, other in zip(ids.tolist(), found.read.tolist(), strict=True):
            if own != other:
                raise ValueError(
                    f"it changes ids before it embeds them: {model.inputs[own]!r} is read as "
                    f"id {other}"
                )


def _layers(call: Call) -> list[Layer]:
    module: Any = call.module
    kind = kind_of(module)
    if kind is None or CELLS.get(kind.name) is not kind:
        raise ValueError(f"a page does not know the equations of its {type(module).__name__}")
    depth, states = kind.depth(module), call.states()
    layers = []
    for number in range(module.num_layers):
        levels = [
            kind.merged(LevelWeights(*map(_single, weights_of(module, number, level))))
            for level in range(depth)
        ]
        starts = torch.zeros(kind.states(depth), module.hidden_size, dtype=torch.float32)
        if states is not None:
            starts = torch.stack([_single(state[number]) for state in states])
        layers.append(Layer(kind, levels, starts))
    return layers


def _single(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float32, copy=True)


def _check_logits(model: SequenceModel, parts: Parts) -> None:
    """Raise if the parts do not give the module's own logits."""
    for tensor in tensors(parts):
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError("it has weights that are not finite numbers")
    module = rebuilt(parts)
    generator = torch.Generator().manual_seed(0)
    for length in _LENGTHS:
        ids = torch.randint(len(model.inputs), (length,), generator=generator)
        with torch.no_grad():
            right = model.network.logits(ids)
            found = module(ids[None])[0]
        allowed = 1e-4 if right.dtype in _EXACT else 3e-2
        right = right.to(found)
        error = float((found - right).abs().max())
        if not error <= allowed * max(1.0, float(right.abs().max())):
            raise ValueError(
                f"its embedding, recurrent layers and linear layer alone give other logits (off by "
                f"{error:.1e} on a random text of {length} tokens), so it contains more than these"
            )
