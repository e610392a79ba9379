"""Errors that say why no embedding point was found."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from .arrange import Trial
from .arrangement import flat
from .sites import LookUpSite

_SHOWN = 12

ELSE = (
    "name with embedding= the submodule or weight that turns ids into vectors; if the module reads "
    "one-hot vectors instead of ids, pass one_hot=True; if it must be called in another way, "
    "forward=lambda module, ids: ...; if it reads vectors instead of symbols, use "
    "SequenceModel.from_vectors"
)
SCRIPT = (
    "This module is TorchScript, in which an embedding can be found only if it is a parameter of "
    "a submodule (neither frozen nor shared with the last layer): pass the Python module that it "
    "was made from"
)
BAG = (
    "F.embedding_bag is called, which does not show each vector: write it as nn.EmbeddingBag("
    "*weight.shape, mode=..., _weight=weight), or as F.embedding(ids, weight).mean(1)"
)
COMPUTED = (
    "the module looks up ids that it has computed itself, like a decoder that feeds back its own "
    "choice (argmax): its target is not read. Call it with the target, as in training (teacher "
    "forcing), with forward=lambda module, ids: ..."
)


def shown(ids: Tensor) -> str:
    """Ids as a user would write them; long lists are cut off."""
    some = [str(each) for each in ids[:_SHOWN].tolist()]
    return f"[{', '.join(some)}{', ...' if len(ids) > _SHOWN else ''}]"


def looked_up(calls: Sequence[Tensor]) -> str:
    """The ids that were looked up at one place, call by call."""
    some = [shown(flat(each)) for each in calls[:2]]
    return ", then ".join(some) + (", ..." if len(calls) > 2 else "")


def several(sites: Sequence[LookUpSite], ids: Tensor | None = None) -> str:
    """Why several places are too many; `ids` if each may read a part of them, or reorder them."""
    names = ", ".join(repr(each.name) for each in sites)
    if ids is None:
        return (
            f"several embeddings are called with the token ids: {names}; say with embedding= "
            "which one to differentiate at"
        )
    was = "; ".join(f"{each.name!r} looked up {looked_up(each.calls)}" for each in sites[:3])
    return (
        f"several embeddings look up token ids, and none of them all in order: given {shown(ids)}, "
        f"{was}. If each reads a part of the text, such as a source and its target, pass "
        f"embedding=[{names}] in the order of their symbols, and forward= that splits the ids; "
        "else say with embedding= which one to differentiate at"
    )


def why(name: str | None, calls: Sequence[str], ids: Tensor, trial: Trial) -> str:
    """Say why no place will do."""
    if name is None:
        start = (
            "no nn.Embedding in this module is called with the token ids (found: "
            f"{', '.join(map(repr, calls)) or 'none'}), and nothing else looks them up, all "
            "and in order"
        )
        end = ELSE
    else:
        start = f"embedding={name!r} was not called with the token ids, all and in order"
        end = "name the submodule or weight that turns them into vectors"
    if not trial.sites:
        return (
            f"{start}: nothing was looked up at all; {end}" if name is None else f"{start}; {end}"
        )
    here = [site for site in trial.sites.values() if site.calls]
    was = "; ".join(f"{each.name!r} looked up {looked_up(each.calls)}" for each in here[:3])
    return f"{start}: given {shown(ids)}, {was}; {_cause(trial)}{end}"


def _cause(trial: Trial) -> str:
    if trial.computed:
        return f"{COMPUTED}; otherwise "
    for (one, other), became in trial.changed.values():
        return (
            f"the module changes ids before it looks them up: {one} was looked up as {became[0]}, "
            f"{other} as {became[1]}. Put the look-up into a submodule that is called with the ids "
            "and embeds each by itself, and name it with embedding=; otherwise "
        )
    return ""
