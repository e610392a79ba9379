"""Finding by experiment where tokens are looked up that do not come as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor, nn

from .arrangement import Arrangement, DecodedTexts, by_values, coded_texts, decoded, pairs_to_try
from .sites import LookUpSite, ReadIds, sites_of

T = TypeVar("T")

# So many pairs of symbols are tried: some of them may be changed by the module.
PAIRS = 6


@dataclass
class Trial:
    """What was found at the places where something is looked up.

    Attributes:
        sites: The places.
        clean: Where tokens are looked up as they are, and which they are.
        moved: Where they are looked up so many symbols further on.
        changed: Where they are looked up as others.
        computed: Where ids are looked up that the module has computed.
        pair: Two symbols that are looked up as they are, if such were found.
    """

    sites: Mapping[object, LookUpSite]
    pair: tuple[int, int] | None = None
    clean: dict[object, Arrangement] = field(default_factory=dict)
    moved: dict[object, int] = field(default_factory=dict)
    changed: dict[object, tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=dict)
    computed: set[object] = field(default_factory=set)

    def take(self, key: object, found: DecodedTexts, pair: tuple[int, int]) -> None:
        """Note what texts of these two symbols tell of one place."""
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
    """Have the module read texts in which every token can be told from the others.

    Args:
        module: The whole module.
        name: The name that the user gave, if any.
        ids: Token ids that it reads, (T,).
        look: Has it read other ids.
        symbols: How many input symbols there are.
        batch_first: How the module's own ids are laid out.
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
    """Those that are submodules, if some are: a submodule calls a function that looks up."""
    return {key: each for key, each in found.items() if sites[key].submodule} or found
