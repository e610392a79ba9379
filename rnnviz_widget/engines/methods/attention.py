"""Attention weights of a network on a text, and attention rollout."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.engine import RowBlock
from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.module.network import Network

from .method import Method

_PARAMETERS = inspect.signature(nn.MultiheadAttention.forward)


def may_attend(module: nn.Module) -> bool:
    """Whether a module has attention layers whose weights can be read."""
    return any(
        isinstance(each, nn.MultiheadAttention) or _config(each) is not None
        for each in module.modules()
    )


def attention_of(network: Network, ids: Tensor) -> Tensor:
    """Attention weights of a network on a text, means over heads, (layers, T, T): [layer, s, t].

    They are those of each `nn.MultiheadAttention` that is called, or else what a module returns as
    `attentions` (Hugging Face models with `output_attentions`), in the order of the layers.

    Raises:
        ValueError: If there are none, or they are not one weight for each pair of tokens.
    """
    called: list[Tensor] = []
    returned: list[Sequence[Tensor]] = []
    with network.computing(), torch.no_grad(), contextlib.ExitStack() as stack:
        for each in network.module.modules():
            if isinstance(each, nn.MultiheadAttention):
                _watch(each, called, stack)
            elif not isinstance(each, torch.jit.ScriptModule):
                stack.callback(each.register_forward_hook(_recorder(returned)).remove)
        stack.enter_context(_returning_attention(network.module))
        network.logits(ids, network.embed(ids))
    weights = called or (list(returned[0]) if returned else [])
    if not weights:
        raise ValueError(
            "there are no attention weights: no nn.MultiheadAttention is called, and nothing "
            "returned has attentions"
        )
    return torch.stack([_mean(each, len(ids)) for each in weights])


def rollout(attention: Tensor) -> Tensor:
    """Attention rollout, (T, T), of weights (layers, T, T); `method` has the formula."""
    identity = torch.eye(attention.shape[-1]).to(attention)
    found = identity
    for layer in (attention + identity) / 2:
        found = (layer / layer.sum(dim=-1, keepdim=True)) @ found
    return found


class Attention:
    """Rows of attention weights, which are the same for every target."""

    name = "attention"
    reason = "the weights of one forward pass"

    def __init__(self, network: Network, ids: Tensor, method: Method, *, causal: bool) -> None:
        if network.capabilities.answers_once:
            raise ValueError(
                f"{method.name} has a row for each token, but there is one output for the whole "
                "text; use integrated_gradients or occlusion"
            )
        if network.looked_up(ids).arrangement is not None:
            raise ValueError(
                f"{method.name} can't be assigned to tokens: the module looks them up in another "
                "order, or adds ids of its own; use occlusion"
            )
        weights = attention_of(network, ids)
        rolled = method.name == "attention_rollout"
        self._matrix = rollout(weights) if rolled else weights.mean(dim=0)
        if causal and self._matrix.triu(1).any():
            raise ValueError(
                "some of its attention is on later tokens, though no logit depends on them"
            )

    def blocks(self, rows: Sequence[int], targets: Sequence[Explained]) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        del targets
        yield RowBlock(range(len(rows)), self._matrix[list(rows)])


def _watch(layer: nn.MultiheadAttention, called: list[Tensor], stack: contextlib.ExitStack) -> None:
    """Collect a layer's weights for each head; its caller still gets what it asked for."""
    requests: list[tuple[bool, bool]] = []

    def before(
        module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        bound = _PARAMETERS.bind(module, *args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        given.pop("self")
        requests.append((given["need_weights"], given["average_attn_weights"]))
        return (), dict(given) | {"need_weights": True, "average_attn_weights": False}

    def after(_: nn.Module, __: tuple[Any, ...], made: tuple[Tensor, Tensor]) -> Any:
        output, weights = made
        called.append(weights)
        needed, averaged = requests.pop()
        if not needed:
            return output, None
        return output, weights.mean(dim=-3) if averaged else weights

    stack.callback(layer.register_forward_pre_hook(before, with_kwargs=True).remove)
    stack.callback(layer.register_forward_hook(after).remove)


def _recorder(returned: list[Sequence[Tensor]]) -> Any:
    def record(_: nn.Module, __: tuple[Any, ...], made: object) -> None:
        found = made.get("attentions") if isinstance(made, Mapping) else None
        found = getattr(made, "attentions", None) if found is None else found
        if isinstance(found, (list, tuple)) and found and isinstance(found[0], Tensor):
            returned.append(found)

    return record


def _config(module: nn.Module) -> Any:
    """The config by which a Hugging Face model is asked to return its attention, or None."""
    config = getattr(module, "config", None)
    return config if hasattr(config, "output_attentions") else None


@contextlib.contextmanager
def _returning_attention(module: nn.Module) -> Iterator[None]:
    """Have Hugging Face models return their attention, which only "eager" attention computes."""
    found = {id(c): c for each in module.modules() if (c := _config(each)) is not None}
    # "eager" first: with another implementation they refuse `output_attentions`.
    names = ("_attn_implementation", "output_attentions")
    before = [
        (config, name, getattr(config, name, None)) for config in found.values() for name in names
    ]
    try:
        for config in found.values():
            config._attn_implementation = "eager"  # noqa: SLF001 - older ones have no public name
            config.output_attentions = True
        yield
    finally:
        for config, name, value in reversed(before):
            setattr(config, name, value)


def _mean(weights: Tensor, tokens: int) -> Tensor:
    """The mean over heads, (T, T), of one layer's weights, (.., heads, T, T) or (T, T)."""
    each = weights.detach().reshape(-1, *weights.shape[-2:]) if weights.ndim >= 2 else weights
    if each.shape[-2:] != (tokens, tokens):
        raise ValueError(
            f"its attention is of shape {tuple(weights.shape)}, not of each of {tokens} tokens on "
            "each"
        )
    return each.mean(dim=0)
