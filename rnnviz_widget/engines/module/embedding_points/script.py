"""The table in which a TorchScript module looks up token ids.

Neither hooks nor torch's modes see inside TorchScript. But a token's id matters only by the row
that it looks up. So the tokens' vectors e_t are appended to the table as new rows, and the module
is called with the numbers of these rows: gradients flow back to them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from .embedding_point import EmbeddingPoint
from .substitutes import Substitute

Run = Callable[[EmbeddingPoint | None, Tensor | None], Tensor]
"""Runs the module with embedded tokens (T, D) at an embedding point, and returns logits."""


class ScriptTable(EmbeddingPoint):
    """A table inside a TorchScript module."""

    seen = False

    def __init__(self, name: str, holder: nn.Module, *, batch_first: bool) -> None:
        self.name = name
        self._holder = holder
        self._attribute = name.rpartition(".")[2]
        self._batch_first = batch_first
        self.rows = len(self._table())

    def _table(self) -> Tensor:
        table: Tensor = getattr(self._holder, self._attribute)
        return table

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `EmbeddingPoint.matrix`."""
        return self._table()[:symbols].detach().to(device)

    @contextlib.contextmanager
    def entering(self, ids: Tensor, instead: Substitute | None) -> Iterator[Tensor]:
        """See `EmbeddingPoint.entering`."""
        if instead is None or instead.embedded is None:
            yield ids
            return
        embedded, table = instead.embedded, self._table()
        numbers = torch.arange(embedded.shape[:2].numel(), device=ids.device) + len(table)
        numbers = numbers.view(embedded.shape[:2])
        # Appended, not replaced: the row of the padding symbol gets no gradient.
        setattr(
            self._holder,
            self._attribute,
            torch.cat([table, embedded.flatten(0, 1).to(table.device)]),
        )
        try:
            yield numbers if self._batch_first else numbers.T
        finally:
            setattr(self._holder, self._attribute, table)


def find_table(
    module: nn.Module, name: str | None, ids: Tensor, run: Run, *, symbols: int, batch_first: bool
) -> ScriptTable | None:
    """Find by experiment the table in which a TorchScript module looks up token ids.

    It is the table for which the module gives the same logits when it is called with the numbers of
    new rows; in any other place these numbers are out of range or mean something else. `name` is
    that of the table or its submodule, if the user gave one.
    """
    plain = run(None, None)
    for path, holder in module.named_modules():
        if not isinstance(holder, torch.jit.ScriptModule):
            continue
        own = [*holder.named_parameters(recurse=False), *holder.named_buffers(recurse=False)]
        for attribute, table in own:
            full = f"{path}.{attribute}" if path else attribute
            fits = table.ndim == 2 and len(table) >= symbols and table.is_floating_point()
            if not fits or name not in (None, full, path):
                continue
            found = ScriptTable(full, holder, batch_first=batch_first)
            if _is_read(found, plain, ids, symbols, run):
                return found
    return None


def _is_read(found: ScriptTable, plain: Tensor, ids: Tensor, symbols: int, run: Run) -> bool:
    embedded = found.embed(ids, symbols)
    try:
        same, other = run(found, embedded), run(found, embedded.flip(0) + 1)
    except Exception:  # noqa: BLE001 - whatever TorchScript raises where a number is too large
        return False
    near = torch.allclose(same, plain, rtol=1e-3, atol=1e-5, equal_nan=True)
    return near and not torch.equal(other, plain)
