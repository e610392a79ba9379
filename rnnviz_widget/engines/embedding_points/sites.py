"""The places in a module where whole numbers are looked up, and what is looked up there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from .bag import Bag
from .embedding import Calls, Embedding, embeddings_called
from .entry import Entry
from .lookup import Looked, Lookup, Watch, sites


@dataclass(frozen=True)
class Seen:
    """What was looked up while a module read some ids.

    Attributes:
        calls: What submodules were called with.
        looked: What was looked up in tables.
        functions: The names of all functions of torch that were called.
    """

    calls: Calls
    looked: Sequence[Looked]
    functions: Collection[str]


Look = Callable[[Tensor], Seen]
"""Has the module read other ids, (T,), and tells what it looks up."""


@dataclass(frozen=True)
class Site:
    """One place where whole numbers are looked up.

    Attributes:
        name: What a user would call it.
        calls: What was looked up, call by call.
        entry: Makes an entry of it, with `shift=`, by how much ids are moved.
        submodule: Whether it is a submodule; else a function.
    """

    name: str
    calls: Sequence[Tensor]
    entry: Callable[..., Entry]
    submodule: bool


@contextlib.contextmanager
def watching(module: nn.Module, name: object) -> Iterator[Seen]:
    """Collect what is looked up while the module runs, also by a submodule of this name."""
    watch = Watch()
    one = name if isinstance(name, str) else None
    with embeddings_called(module, one) as calls, watch:
        yield Seen(calls, watch.seen, watch.functions)


def sites_of(
    module: nn.Module, name: str | None, seen: Seen, *, batch_first: bool
) -> Mapping[object, Site]:
    """The places where something was looked up, by what tells them apart.

    Args:
        module: The whole module.
        name: The name that the user gave, if any: no other place counts.
        seen: What was looked up.
        batch_first: How the module's own ids are laid out.
    """
    found: dict[object, Site] = {}
    for each, calls in seen.calls.items():
        whole = [call for call in calls if not call.is_floating_point()]
        if name in (None, each) and whole:
            submodule = module.get_submodule(each)
            make = Bag if isinstance(submodule, nn.EmbeddingBag) else Embedding
            entry = partial(make, each, submodule, whole[0], batch_first=batch_first)
            found["submodule", each] = Site(each, whole, entry, submodule=True)
    if name in seen.calls:
        return found
    like = next((p for p in module.parameters() if p.is_floating_point()), torch.zeros(()))
    for key, (each, weight, looked) in sites(module, seen.looked).items():
        # A weight of another module: of the one that this is a copy of, perhaps.
        if name in (None, each) and (weight or not isinstance(looked[0].table, nn.Parameter)):
            kind = {"weight": weight, "like": like, "batch_first": batch_first}
            made: Callable[..., Entry] = partial(Lookup, each, looked[0], **kind)  # type: ignore[arg-type]
            found[key] = Site(each, [one.index for one in looked], made, submodule=False)
    return found
