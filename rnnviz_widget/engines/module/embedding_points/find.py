"""Finding where token ids enter a module, by watching what is called with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .arrange import Trial, try_out
from .embedding_point import EmbeddingPoint
from .script import Run, find_table
from .sites import ReadIds, SeenLookUps, sites_of
from .substitutes import reads
from .tables import find_tables
from .why import BAG, COMPUTED, SCRIPT, several, why

MOVED = "It shifts each id by {shift} before it looks it up: symbol 0 is row {shift} of {name!r}."


def check_ids(symbols: int, length: int) -> Tensor:
    """Token ids that can't be mistaken for anything else, (length,), given at least two symbols.

    They do not count up, as positions do; they are not constant, as segment ids are; reversed they
    differ. The first symbol, which is often padding, is left out if there are three or more.
    """
    low = max(0, (symbols - 1) // 2)
    high = min(low + 1, symbols - 1)
    pattern = torch.tensor([high, low, high, high])
    return pattern.repeat(length // len(pattern) + 1)[:length]


GivenEmbedding = nn.Module | Tensor | str | Sequence[nn.Module | str] | None
"""What a user passes as `embedding=`: a submodule or weight, its name, several of them, or None."""

Name = str | tuple[str, ...] | None


def name_of(embedding: GivenEmbedding, module: nn.Module) -> Name:
    """The name of the submodule or weight that a user gave, or a ValueError; None stays None."""
    if embedding is None:
        return None
    if isinstance(embedding, (tuple, list)):
        return tuple(str(name_of(each, module)) for each in embedding)
    names: dict[str, object] = {name: each for name, each in module.named_modules() if name}
    weights = [*module.named_parameters(), *module.named_buffers()]
    for name, each in [*names.items(), *weights]:
        if embedding is each or (isinstance(embedding, str) and embedding == name):
            return name
    given = repr(embedding) if isinstance(embedding, str) else type(embedding).__name__
    raise ValueError(
        f"embedding={given} is not a submodule of {type(module).__name__}, nor a weight; it has "
        f"{', '.join(map(repr, names)) or 'none'}"
    )


@dataclass(frozen=True)
class FoundPoint:
    """Where token ids enter a module.

    Attributes:
        point: The embedding point.
        times: How many times the ids are looked up there in order; 0: they come in another way.
        pair: Two symbols that are looked up as they are, if two were found.
    """

    point: EmbeddingPoint
    times: int
    pair: tuple[int, int] | None = None


def find_embedding_point(
    module: nn.Module,
    name: Name,
    seen: SeenLookUps,
    ids: Tensor,
    run: Run,
    *,
    look: ReadIds,
    symbols: int,
    batch_first: bool,
) -> FoundPoint:
    """Find what looks up the token ids: a submodule, a function, or a table of TorchScript.

    `name` is the embedding's name if the user gave one; `seen` is what `watching` collected while
    the module read `ids`, at least two. `run` runs the module on these ids, `look` has it read
    others, and `batch_first` says how its own ids are laid out.

    Raises:
        ValueError: If nothing does, several do, or the one that the user named does not.
    """
    if isinstance(name, tuple):
        return FoundPoint(find_tables(module, name, seen.calls, ids, batch_first=batch_first), 1)
    every = sites_of(module, name, seen, batch_first=batch_first).values()
    reading = [(each, times) for each in every if (times := reads(each.calls, ids))]
    reading = [one for one in reading if one[0].submodule] or reading
    if len(reading) > 1:
        raise ValueError(several([each for each, _ in reading]))
    if reading:
        one, other = [*dict.fromkeys(ids.tolist()), 0, 0][:2]
        pair = None if one == other else (one, other)
        return FoundPoint(reading[0][0].point(), reading[0][1], pair)
    scripted = any(isinstance(each, torch.jit.ScriptModule) for each in module.modules())
    if scripted:
        table = find_table(module, name, ids, run, symbols=symbols, batch_first=batch_first)
        if table is not None:
            return FoundPoint(table, 1)
    trial = try_out(module, name, ids, look, symbols=symbols, batch_first=batch_first)
    places = dict.fromkeys(trial.clean, 0) or trial.moved
    if len(places) == 1:
        ((key, shift),) = places.items()
        return _placed(trial, key, shift, symbols, ids)
    if len(places) > 1:
        raise ValueError(several([trial.sites[key] for key in places], ids))
    words = why(name, list(seen.calls), ids, trial) + (f". {SCRIPT}" if scripted else "")
    bag = "embedding_bag" in seen.functions and not any(map(reads_bags, module.modules()))
    raise ValueError(words + (f". {BAG}" if bag else ""))


def reads_bags(module: nn.Module) -> bool:
    """Whether this is an `nn.EmbeddingBag`."""
    return isinstance(module, nn.EmbeddingBag)


def _placed(trial: Trial, key: object, shift: int, symbols: int, ids: Tensor) -> FoundPoint:
    """The only place where tokens are looked up, though shifted or in another order."""
    site = trial.sites[key]
    point = site.point(shift=shift)
    if point.rows is not None and point.rows < symbols and shift:
        raise ValueError(
            f"each id is shifted by {shift} before {site.name!r} looks it up, which has "
            f"{point.rows + shift} rows for {symbols} input symbols; pass as many symbols as it "
            "has rows for"
        )
    if shift:
        point.notes = (MOVED.format(name=site.name, shift=shift),)
    arrangement = trial.clean.get(key)
    # A module that looks up codes of its own states is fine if it looks up all tokens, too.
    if trial.computed and (arrangement is None or arrangement.missing()):
        raise ValueError(f"{site.name!r} looks up some of the tokens; elsewhere {COMPUTED}")
    return FoundPoint(point, reads([each - shift for each in site.calls], ids), trial.pair)
