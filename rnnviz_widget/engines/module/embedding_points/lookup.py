"""Token ids that are looked up by a function: in a weight, or as one-hot vectors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.torch_calls import TorchCalls

from .embedding_point import EmbeddingPoint
from .substitutes import LookUpLayout, Substitute, is_time_major


@dataclass(frozen=True)
class LookUpCall:
    """One look-up of whole numbers.

    Attributes:
        function: The function's name.
        table: The table, (V_in, D); None for one-hot vectors.
        index: The ids.
        width: The length of the vectors, D.
    """

    function: str
    table: Tensor | None
    index: Tensor
    width: int


class LookupTable(EmbeddingPoint):
    """A function that looks token ids up in a table.

    Args:
        name: The table's name in the module, or the function's.
        first: Its first call, when the module read a batch of one text.
        weight: Whether the table is a weight of the module; else its values at that call are kept.
        like: A tensor of the dtype and device that the module computes with.
        batch_first: How the module's own ids are laid out.
        shift: By how much the module shifts ids before it looks them up.
    """

    def __init__(
        self,
        name: str,
        first: LookUpCall,
        *,
        weight: bool,
        like: Tensor,
        batch_first: bool,
        shift: int = 0,
    ) -> None:
        self.name = name
        self._shift = shift
        self._first = first
        self._weight = weight
        time_major = is_time_major(first.index, batch_first=batch_first)
        self._layout = LookUpLayout(time_major, begin=-shift)
        if first.table is None:
            self._table = torch.eye(first.width, dtype=like.dtype, device=like.device)
        else:
            self._table = first.table if weight else first.table.detach().clone()
        self.rows = len(self._table) - shift

    def matrix(self, symbols: int, device: torch.device) -> Tensor:
        """See `EmbeddingPoint.matrix`."""
        return self._table[self._shift : self._shift + symbols].detach().to(device)

    @contextlib.contextmanager
    def entering(self, ids: Tensor, instead: Substitute | None) -> Iterator[Tensor]:
        """See `EmbeddingPoint.entering`."""
        if instead is None:
            yield ids
            return
        with _LookUpReplacer(self, instead):
            yield ids
        instead.check(self.name)

    def stand_in(self, instead: Substitute, looked: LookUpCall, output: Tensor) -> Tensor:
        """What is returned in place of the look-up's output."""
        return instead.instead_of(output, looked.index, self._layout)

    def is_here(self, looked: LookUpCall) -> bool:
        """Whether a look-up is in this table."""
        return _site(looked, own=self._weight) == _site(self._first, own=self._weight)


class LookUpWatcher(TorchCalls):
    """Records every look-up, those of modules included.

    Attributes:
        seen: The look-ups.
        functions: The names of all torch functions that were called.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[LookUpCall] = []
        self.functions: set[str] = set()

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        self.functions.add(getattr(func, "__name__", ""))
        looked = _read(func, args, kwargs, output)
        if looked is not None:
            self.seen.append(looked)
        return output


class _LookUpReplacer(TorchCalls):
    """Returns embedded tokens in place of what is looked up in one table."""

    def __init__(self, lookup: LookupTable, instead: Substitute) -> None:
        super().__init__()
        self._lookup = lookup
        self._instead = instead

    def after(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: Any) -> Any:
        """See `TorchCalls`."""
        looked = _read(func, args, kwargs, output)
        if looked is not None and self._lookup.is_here(looked):
            return self._lookup.stand_in(self._instead, looked, output)
        return output


def sites(
    module: nn.Module, seen: Sequence[LookUpCall]
) -> dict[object, tuple[str, bool, list[LookUpCall]]]:
    """Group look-ups by table.

    Returns:
        For each table its name, whether it is a weight of the module, and its look-ups.
    """
    weights = [*module.named_parameters(), *module.named_buffers()]
    names = {id(weight): name for name, weight in weights}
    found: dict[object, tuple[str, bool, list[LookUpCall]]] = {}
    for looked in seen:
        name = names.get(id(looked.table))
        key = _site(looked, own=name is not None)
        found.setdefault(key, (name or looked.function, name is not None, []))[2].append(looked)
    return found


def _site(looked: LookUpCall, *, own: bool) -> object:
    """What identifies a table: a weight is always the same tensor, another table is not."""
    return (looked.function, id(looked.table) if own else (looked.table is None, looked.width))


def _read(
    func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], output: object
) -> LookUpCall | None:
    name = getattr(func, "__name__", "")
    if name not in ("one_hot", "embedding", "__getitem__", "index_select"):
        return None
    first, *others = [*args, *kwargs.values()]
    index, table = first, None
    if name == "embedding":
        table = kwargs["weight"] if "weight" in kwargs else others[0]
    elif name != "one_hot":
        index, table = others[-1], first
    if not (isinstance(index, Tensor) and isinstance(output, Tensor) and _whole(index)):
        return None
    if not (name == "one_hot" or (isinstance(table, Tensor) and table.ndim == 2)):
        return None
    if output.shape != (*index.shape, output.shape[-1]):
        return None
    return LookUpCall(name, table, index, output.shape[-1])


def _whole(index: Tensor) -> bool:
    return index.dtype in (torch.int64, torch.int32)
