"""Several embeddings that each read a part of a text, such as a source and its target."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from .embedding import Calls, index_of
from .embedding_point import EmbeddingPoint
from .substitutes import LookUpLayout, Substitute, is_time_major


class SeveralTables(EmbeddingPoint):
    """Embeddings that are called one after the other, each with symbols of its own.

    The first table's symbols come first; the second's ids begin where those of the first end. The
    tables' vectors stand side by side, so that E is block-diagonal and a gradient is with respect
    to the symbols of the table that read the token.

    Args:
        names: Their names in the whole module.
        modules: The embeddings.
        firsts: The ids of the first call of each, when the module read a batch of one text.
        batch_first: How the module's own ids are laid out.
    """

    def __init__(
        self,
        names: Sequence[str],
        modules: Sequence[nn.Embedding],
        firsts: Sequence[Tensor],
        *,
        batch_first: bool,
    ) -> None:
        self.name = ", ".join(names)
        self.rows = sum(each.num_embeddings for each in modules)
        self._modules = list(modules)
        self._time_major = [is_time_major(first, batch_first=batch_first) for first in firsts]

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `EmbeddingPoint.matrix`."""
        weights = [each.weight.detach().to(device) for each in self._modules]
        found: Tensor = torch.block_diag(*weights)  # type: ignore[no-untyped-call]
        return found[:symbols]

    @contextlib.contextmanager
    def entering(self, ids: Tensor, instead: Substitute | None) -> Iterator[Tensor]:
        """See `EmbeddingPoint.entering`."""
        if instead is None:
            yield ids
            return
        column, symbol = 0, 0
        with contextlib.ExitStack() as stack:
            for module, time_major in zip(self._modules, self._time_major, strict=True):
                columns = slice(column, column + module.embedding_dim)
                hook = partial(_stand_in, instead, LookUpLayout(time_major, symbol, columns))
                column, symbol = columns.stop, symbol + module.num_embeddings
                handle = module.register_forward_hook(hook, with_kwargs=True)
                stack.callback(handle.remove)
            yield ids
        instead.check(self.name)


def _stand_in(
    instead: Substitute,
    layout: LookUpLayout,
    _: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    output: Tensor,
) -> Tensor:
    index = index_of(args, kwargs)
    return output if index is None else instead.instead_of(output, index, layout)


def find_tables(
    module: nn.Module, names: Sequence[str], calls: Calls, ids: Tensor, *, batch_first: bool
) -> SeveralTables:
    """Check that the named embeddings read the ids, one after the other.

    Raises:
        TypeError: If one is no `nn.Embedding`.
        ValueError: If they read other ids.
    """
    modules = []
    for name in names:
        found = dict(module.named_modules()).get(name)
        if not isinstance(found, nn.Embedding):
            raise TypeError(
                f"with several embeddings each must be an nn.Embedding; {name!r} is not. Pass "
                "their names in the order of their symbols"
            )
        modules.append(found)
    read, begin = [torch.empty(0, dtype=torch.long)], 0
    for name, each in zip(names, modules, strict=True):
        read += [call.detach().reshape(-1).cpu().long() + begin for call in calls.get(name, [])]
        begin += each.num_embeddings
    if not (all(map(calls.get, names)) and torch.equal(torch.cat(read), ids.cpu())):
        sizes = " + ".join(str(each.num_embeddings) for each in modules)
        raise ValueError(
            f"the embeddings {tuple(names)!r} must be called one after the other, with all token "
            "ids, and each id reduced by the number of symbols of the tables before it "
            f"({sizes}); they were called with other ids. Pass inputs= with the symbols of the "
            "first, then of the second, an example= text that has both, and forward= that splits "
            "the ids"
        )
    firsts = [calls[name][0] for name in names]
    return SeveralTables(names, modules, firsts, batch_first=batch_first)
