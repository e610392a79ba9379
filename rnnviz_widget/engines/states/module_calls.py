"""What the submodules of a network are called with, and return, while it reads one text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from .stepwise import is_recurrent

_RECURRENT = (nn.RNNBase, nn.RNNCellBase)


@dataclass(frozen=True, eq=False)
class WatchedCall:
    """One call of a submodule.

    Attributes:
        name: The submodule's name, "" for the module itself.
        module: The submodule.
        read: Its first argument for the one text, (T, D).
        made: What it returned, or the first part of that, (T, H).
        others: Its other arguments, without None.
    """

    name: str
    module: nn.Module
    read: Tensor
    made: Tensor
    others: tuple[Any, ...]


@dataclass
class ModuleCalls:
    """The calls of submodules in one pass.

    Attributes:
        kept: Those whose tensors are kept, by the submodule's name, in the order of calling.
        refused: Why others were not kept, in words, by the submodule's name.
        shapes: The shape of what each submodule returned first, by its name.
    """

    kept: dict[str, list[WatchedCall]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


@contextlib.contextmanager
def watched_modules(
    module: nn.Module, names: Sequence[str], *, batch_first: bool
) -> Iterator[ModuleCalls]:
    """Record the calls of recurrent layers, of blocks in a list, and of submodules by name.

    Args:
        module: The module that reads a text.
        names: Of which other submodules calls are kept.
        batch_first: Whether the batch comes before the time, unless a layer says otherwise.
    """
    calls = ModuleCalls()
    blocks = {
        f"{name}.{number}" if name else number
        for name, each in module.named_modules()
        if isinstance(each, nn.ModuleList)
        for number, _ in each.named_children()
    }
    with contextlib.ExitStack() as stack:
        for name, each in module.named_modules():
            wanted = name in names or name in blocks or is_recurrent(each)
            record = _Recorder(calls, name, batch_first=batch_first, wanted=wanted)
            if wanted:
                before = each.register_forward_pre_hook(record.before, with_kwargs=True)
                stack.callback(before.remove)
            if wanted or isinstance(each, _RECURRENT) or not list(each.children()):
                after = each.register_forward_hook(record, with_kwargs=True)
                stack.callback(after.remove)
        yield calls


@dataclass
class _Recorder:
    """A forward hook that records the calls of one submodule."""

    calls: ModuleCalls
    name: str
    batch_first: bool
    wanted: bool
    _read: Tensor | str = ""

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Keep what the submodule reads, which it may change in place."""
        first = next(iter([*args, *kwargs.values()]), None)
        self._read = _of_one_text(first, self._batch_first(module), "is called with")

    def _batch_first(self, module: nn.Module) -> bool:
        return bool(getattr(module, "batch_first", self.batch_first))

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        made = _first_tensor(output)
        if made is not None:
            tensor = made.data if isinstance(made, PackedSequence) else made
            self.calls.shapes.setdefault(self.name, tuple(tensor.shape))
        if not self.wanted:
            return
        result = _of_one_text(made, self._batch_first(module), "returns")
        if isinstance(result, str) or isinstance(self._read, str):
            self.calls.refused[self.name] = result if isinstance(result, str) else str(self._read)
            return
        rest = [*args, *kwargs.values()][1:]
        others = tuple(_with_batch(each) for each in rest if each is not None)
        call = WatchedCall(self.name, module, self._read, result, others)
        self.calls.kept.setdefault(self.name, []).append(call)


def _first_tensor(output: Any) -> Any:
    """The first tensor, or packed sequence, of what a submodule returned; None: there is none."""
    if isinstance(output, (Tensor, PackedSequence)):
        return output
    parts = output.values() if hasattr(output, "values") else output
    if not isinstance(parts, (tuple, list)) and not hasattr(output, "values"):
        return None
    found = (_first_tensor(part) for part in parts)
    return next((each for each in found if each is not None), None)


def _is_one_text(packed: PackedSequence) -> bool:
    return bool((packed.batch_sizes == 1).all())


def _of_one_text(value: Any, batch_first: bool, what: str) -> Tensor | str:
    """What belongs to the one text, (T, H), copied; or in words, why there is none."""
    if isinstance(value, PackedSequence):
        if not _is_one_text(value):
            return f"{what} a packed sequence of several texts"
        value = value.data
    if not isinstance(value, Tensor):
        return f"{what} {type(value).__name__} instead of a tensor"
    axis = 0 if batch_first else 1
    shape = tuple(value.shape)
    if value.ndim == 3 and shape[axis] == 1:
        value = value.select(axis, 0)
    if value.ndim != 2:
        expected = "(1, T, H)" if batch_first else "(T, 1, H)"
        return f"{what} a tensor of shape {shape}, expected {expected} or (T, H)"
    found: Tensor = value.detach().clone()
    return found


def _with_batch(value: Any) -> Any:
    """A state of a text without a batch, (layers, H), as a batch of one, (layers, 1, H)."""
    if isinstance(value, tuple):
        return tuple(_with_batch(each) for each in value)
    return value.unsqueeze(1) if isinstance(value, Tensor) and value.ndim == 2 else value


def described(calls: ModuleCalls, module: nn.Module) -> str:
    """What was found in a module, in words."""
    named = dict(module.named_modules())
    found = [
        f"{name or 'the module'} ({type(named[name]).__name__}"
        + (f", {why})" if (why := calls.refused.get(name)) else f", {shape})")
        for name, shape in {**dict.fromkeys(calls.refused, ()), **calls.shapes}.items()
    ]
    if not found:
        return "no submodule was called"
    more = f" and {len(found) - 12} more" if len(found) > 12 else ""
    return "what was called: " + ", ".join(found[:12]) + more
