"""The submodule that embeds token ids, and replacing what it returns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .embedding_point import EmbeddingPoint
from .substitutes import LookUpLayout, Substitute, is_time_major

# The ids that each submodule was called with, call by call, by the submodule's name.
Calls = Mapping[str, list[Tensor]]


class Embedding(EmbeddingPoint):
    """The submodule that turns token ids into vectors.

    Args:
        name: Its name in the whole module.
        module: The submodule.
        first: The ids of its first call, when the module read a batch of one text.
        batch_first: How the module's own ids are laid out.
        shift: By how much the module shifts ids before it looks them up.
    """

    def __init__(
        self, name: str, module: nn.Module, first: Tensor, *, batch_first: bool, shift: int = 0
    ) -> None:
        self.name = name
        self.module = module
        rows = getattr(module, "num_embeddings", None)
        self.rows = None if rows is None else rows - shift
        self.padding = getattr(module, "padding_idx", None)
        self._shift = shift
        self._layout = LookUpLayout(is_time_major(first, batch_first=batch_first), -shift)

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `EmbeddingPoint.matrix`."""
        table = self._plain_table(symbols)
        if table is not None:
            return table.to(device)
        found: Tensor = self.module(torch.arange(symbols, device=device) + self._shift)
        return found.detach()

    def _plain_table(self, symbols: int) -> Tensor | None:
        """The rows of the submodule's weight, where it does no more than look them up.

        Large vocabularies take long to look up as a whole.
        """
        module, end = self.module, self._shift + symbols
        if type(module) is not nn.Embedding or module.max_norm is not None:
            return None
        if module._forward_hooks or module._forward_pre_hooks:  # noqa: SLF001
            return None
        if self._shift < 0 or end > module.num_embeddings:
            return None
        return module.weight[self._shift : end].detach()

    @contextlib.contextmanager
    def entering(self, ids: Tensor, instead: Substitute | None) -> Iterator[Tensor]:
        """See `EmbeddingPoint.entering`."""
        if instead is None:
            yield ids
            return

        def stand_in(
            _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Tensor
        ) -> Tensor:
            index = index_of(args, kwargs)
            if index is None:
                return output
            return self._instead(instead, index, args, kwargs, output)

        handle = self.module.register_forward_hook(stand_in, with_kwargs=True)
        try:
            yield ids
        finally:
            handle.remove()
        instead.check(self.name)

    def _instead(
        self,
        instead: Substitute,
        index: Tensor,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Tensor,
    ) -> Tensor:
        """What the submodule returns in place of `output`."""
        del args, kwargs
        return instead.instead_of(output, index, self._layout)


@contextlib.contextmanager
def embeddings_called(module: nn.Module, name: str | None) -> Iterator[Calls]:
    """Collect the ids that every embedding, and the submodule called `name`, is called with."""
    calls: dict[str, list[Tensor]] = {}
    with contextlib.ExitStack() as stack:
        for each, submodule in module.named_modules():
            named = each == name and not isinstance(submodule, torch.jit.ScriptModule)
            if isinstance(submodule, (nn.Embedding, nn.EmbeddingBag)) or named:
                seen = calls.setdefault(each, [])
                hook = submodule.register_forward_pre_hook(_recorder(seen), with_kwargs=True)
                stack.callback(hook.remove)
        yield calls


def index_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor | None:
    """The ids that a submodule is called with: the first tensor among its arguments."""
    return next((each for each in (*args, *kwargs.values()) if isinstance(each, Tensor)), None)


def _recorder(
    seen: list[Tensor],
) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
    def record(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        index = index_of(args, kwargs)
        if index is not None:
            seen.append(index)

    return record
