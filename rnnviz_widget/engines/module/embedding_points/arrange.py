"""Finding by experiment where tokens are looked up that are reordered, shifted or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor, nn

from .arrangement import Arrangement, DecodedTexts, by_values, coded_texts, decoded, pairs_to_try
from .sites import LookUpSite, ReadIds, sites_of

T = TypeVar("T")

# How many pairs of symbols are tried, since the module may change some of them.
PAIRS = 6


@dataclass
class Trial:
    """What was found at each place where something is looked up.

    Attributes:
        sites: The places.
        clean: Where tokens are looked up as they are, with which token each id belongs to.
        moved: Where all ids are shifted by the same number of symbols, and by how many.
        changed: Where ids are changed into others: a pair of symbols and what it became.
        computed: Where the module looks up ids that it has computed itself.
        pair: Two symbols that are looked up as they are, if two were found.
    """

    sites: Mapping[object, LookUpSite]
    pair: tuple[int, int] | None = None
    clean: dict[object, Arrangement] = field(default_factory=dict)
    moved: dict[object, int] = field(default_factory=dict)
    changed: dict[object, tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=dict)
    computed: set[object] = field(default_factory=set)

    def take(self, key: object, found: DecodedTexts, pair: tuple[int, int]) -> None:
        """Note what texts of this pair of symbols showed at one place."""
        if found.computed:
            self.computed.add(key)
        if found.arrangement is None or found.became is None:
            return
        shift = found.shift(pair)
        if shift == 0:
            self.clean[key], self.pair = found.arrangement, pair
        elif shift is not None and shift > 0 and self.moved.get(key, shift) == shift:
            self.moved[key] = shift
        else:
            self.moved.pop(key, None)
            self.changed[key] = (pair, found.became)


def try_out(
    module: nn.Module,
    name: str | None,
    ids: Tensor,
    look: ReadIds,
    *,
    symbols: int,
    batch_first: bool,
) -> Trial:
    """Have the module read texts in which each token has a pattern of its own, by way of `look`.

    `name` is the embedding's name if the user gave one, `ids` are some that the module reads, and
    `batch_first` says how its own ids are laid out.
    """

    def at(text: Tensor) -> Mapping[object, LookUpSite]:
        return sites_of(module, name, look(text), batch_first=batch_first)

    first = at(ids)
    trial = Trial(first)
    chosen = sorted(set(ids.tolist()))
    for count, pair in enumerate(pairs_to_try(symbols, chosen[:2])):
        if trial.clean or count == PAIRS:
            break
        try:
            seen = [at(text) for text in coded_texts(len(ids), pair)]
        except Exception:  # noqa: BLE001, S112 - it may need symbols that are not among these
            continue
        for key in first:
            if all(key in each for each in seen):
                trial.take(key, decoded([each[key].calls for each in seen], len(ids)), pair)
    trial.computed -= trial.clean.keys()
    if not trial.clean and not trial.moved:
        trial.clean |= {
            key: found
            for key, site in first.items()
            if key not in trial.computed
            and (found := by_values([torch.as_tensor(each) for each in site.calls], ids))
        }
    trial.clean, trial.moved = _submodules(first, trial.clean), _submodules(first, trial.moved)
    return trial


def _submodules(sites: Mapping[object, LookUpSite], found: dict[object, T]) -> dict[object, T]:
    """Only the submodules, if there are any: the function that one calls is the same look-up."""
    return {key: each for key, each in found.items() if sites[key].submodule} or found
