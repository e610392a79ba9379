"""The places in a module where whole numbers are looked up, and which are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from .bag import BagTable
from .embedding import Calls, Embedding, embeddings_called
from .embedding_point import EmbeddingPoint
from .lookup import LookUpCall, LookupTable, LookUpWatcher, sites


@dataclass(frozen=True)
class SeenLookUps:
    """What was looked up while a module read some ids.

    Attributes:
        calls: The ids that submodules were called with.
        looked: The look-ups in tables.
        functions: The names of all torch functions that were called.
    """

    calls: Calls
    looked: Sequence[LookUpCall]
    functions: Collection[str]


ReadIds = Callable[[Tensor], SeenLookUps]
"""Has the module read other ids, (T,), and returns what it looked up."""


@dataclass(frozen=True)
class LookUpSite:
    """One place where whole numbers are looked up.

    Attributes:
        name: What a user would call it.
        calls: The ids, call by call.
        point: Makes an embedding point of it; `shift=` is by how much ids are shifted.
        submodule: Whether it is a submodule; else a function.
    """

    name: str
    calls: Sequence[Tensor]
    point: Callable[..., EmbeddingPoint]
    submodule: bool


@contextlib.contextmanager
def watching(module: nn.Module, name: object) -> Iterator[SeenLookUps]:
    """Collect what is looked up while the module runs, also in the submodule called `name`."""
    watch = LookUpWatcher()
    one = name if isinstance(name, str) else None
    with embeddings_called(module, one) as calls, watch:
        yield SeenLookUps(calls, watch.seen, watch.functions)


def sites_of(
    module: nn.Module, name: str | None, seen: SeenLookUps, *, batch_first: bool
) -> Mapping[object, LookUpSite]:
    """The places where something was looked up, by a key.

    Only the one that the user named, if any.
    """
    found: dict[object, LookUpSite] = {}
    for each, calls in seen.calls.items():
        whole = [call for call in calls if not call.is_floating_point()]
        if name in (None, each) and whole:
            submodule = module.get_submodule(each)
            make = BagTable if isinstance(submodule, nn.EmbeddingBag) else Embedding
            point = partial(make, each, submodule, whole[0], batch_first=batch_first)
            found["submodule", each] = LookUpSite(each, whole, point, submodule=True)
    if name in seen.calls:
        return found
    like = next((p for p in module.parameters() if p.is_floating_point()), torch.zeros(()))
    for key, (each, weight, looked) in sites(module, seen.looked).items():
        # A parameter that is none of this module's may belong to the module that it is a copy of.
        if name in (None, each) and (weight or not isinstance(looked[0].table, nn.Parameter)):
            kind = {"weight": weight, "like": like, "batch_first": batch_first}
            made: Callable[..., EmbeddingPoint] = partial(LookupTable, each, looked[0], **kind)  # type: ignore[arg-type]
            found[key] = LookUpSite(each, [one.index for one in looked], made, submodule=False)
    return found
