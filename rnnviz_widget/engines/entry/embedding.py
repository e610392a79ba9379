"""The submodule that embeds the token ids, and standing in for what it returns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .entry import Entered, Entry, Pieces, is_time_major

# What was passed to a submodule, call by call, by the submodule's name.
Calls = Mapping[str, list[Tensor]]


class Embedding(Entry):
    """The submodule that turns token ids into vectors.

    Args:
        name: Its name in the whole module.
        module: Itself.
        first: What it was called with first, as the module read a batch of one text.
        batch_first: How the module's own ids are laid out.
    """

    def __init__(self, name: str, module: nn.Module, first: Tensor, *, batch_first: bool) -> None:
        self.name = name
        self.module = module
        self.rows = getattr(module, "num_embeddings", None)
        self._time_major = is_time_major(first, batch_first=batch_first)

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `Entry.matrix`."""
        found: Tensor = self.module(torch.arange(symbols, device=device))
        return found.detach()

    @contextlib.contextmanager
    def entering(self, ids: Tensor, embedded: Tensor | None) -> Iterator[Entered]:
        """See `Entry.entering`."""
        if embedded is None:
            yield ids, []
            return
        pieces = Pieces(embedded, time_major=self._time_major)
        handle = self.module.register_forward_hook(lambda _, __, output: pieces.instead_of(output))
        try:
            yield ids, pieces.given
        finally:
            handle.remove()
        pieces.check(self.name)


@contextlib.contextmanager
def embeddings_called(module: nn.Module, name: str | None) -> Iterator[Calls]:
    """Collect what every `nn.Embedding`, and the submodule of this name, is called with."""
    calls: dict[str, list[Tensor]] = {}
    with contextlib.ExitStack() as stack:
        for each, submodule in module.named_modules():
            named = each == name and not isinstance(submodule, torch.jit.ScriptModule)
            if isinstance(submodule, nn.Embedding) or named:
                seen = calls.setdefault(each, [])
                stack.callback(submodule.register_forward_pre_hook(_recorder(seen)).remove)
        yield calls


def _recorder(seen: list[Tensor]) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    def record(_: nn.Module, args: tuple[Any, ...]) -> None:
        if args and isinstance(args[0], Tensor):
            seen.append(args[0])

    return record
