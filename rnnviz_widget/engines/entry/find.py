"""Finding where token ids enter a module, by what is called with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .embedding import Calls, Embedding, embeddings_called
from .entry import Entry, reads
from .lookup import Looked, Lookup, Watch, sites
from .script import Run, find_table
from .tables import find_tables

ELSE = (
    "say with embedding= which submodule or weight turns ids into vectors; where the module reads "
    "one-hot vectors instead of ids, pass one_hot=True; where it must be called in another way, "
    "forward=lambda module, ids: ...; where it reads vectors of no symbols, use "
    "SequenceModel.from_vectors"
)
_SCRIPT = (
    "This module is TorchScript, in which a table can be found only if it is a parameter of a "
    "submodule (not frozen into it, nor shared with the last layer): pass the Python module that "
    "it was made of"
)


@dataclass(frozen=True)
class Seen:
    """What was looked up while a module read some ids.

    Attributes:
        calls: What submodules were called with.
        looked: What was looked up in tables.
    """

    calls: Calls
    looked: Sequence[Looked]


def check_ids(symbols: int, length: int) -> Tensor:
    """Token ids that can be mistaken for nothing else, (length,), where there are two symbols.

    They neither count, as positions do, nor stay the same, as those of parts do; backwards they
    are others. The first symbol, which is padding as often as not, is not among them where there
    are three.
    """
    low = max(0, (symbols - 1) // 2)
    high = min(low + 1, symbols - 1)
    pattern = torch.tensor([high, low, high, high])
    return pattern.repeat(length // len(pattern) + 1)[:length]


Given = nn.Module | Tensor | str | Sequence[nn.Module | str] | None
"""The embedding as a user says it: itself or its name; several that read part by part; or none."""

Name = str | tuple[str, ...] | None


def name_of(embedding: Given, module: nn.Module) -> Name:
    """The name of the submodule or weight that a user gave, or its name; None stays None.

    Raises:
        ValueError: If it is neither of `module`.
    """
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


@contextlib.contextmanager
def watching(module: nn.Module, name: Name) -> Iterator[Seen]:
    """Collect what is looked up while the module runs."""
    watch = Watch()
    one = name if isinstance(name, str) else None
    with embeddings_called(module, one) as calls, watch:
        yield Seen(calls, watch.seen)


def find_entry(
    module: nn.Module,
    name: Name,
    seen: Seen,
    ids: Tensor,
    run: Run,
    *,
    symbols: int,
    batch_first: bool,
) -> Entry:
    """Choose what was called with the token ids: a submodule, a look-up, a table of TorchScript.

    Args:
        module: The whole module.
        name: The name that the user gave, if any.
        seen: What `watching` collected while the module read `ids`.
        ids: Token ids, shape (T,), T > 1.
        run: Runs the module on these ids.
        symbols: How many input symbols there are.
        batch_first: How the module's own ids are laid out.

    Raises:
        ValueError: If nothing was, or several were, or the one named was not.
    """
    if isinstance(name, tuple):
        return find_tables(module, name, seen.calls, ids, batch_first=batch_first)
    wanted = [each for each in seen.calls if name in (None, each)]
    found: list[Entry] = [
        Embedding(each, module.get_submodule(each), seen.calls[each][0], batch_first=batch_first)
        for each in wanted
        if reads(seen.calls[each], ids)
    ]
    if not found and name not in seen.calls:
        found = _look_ups(module, name, seen, ids, batch_first=batch_first)
    scripted = any(isinstance(each, torch.jit.ScriptModule) for each in module.modules())
    if not found and scripted:
        table = find_table(module, name, ids, run, symbols=symbols, batch_first=batch_first)
        found = [] if table is None else [table]
    if len(found) == 1:
        return found[0]
    raise ValueError(_why(name, found, seen) + (f". {_SCRIPT}" if scripted else ""))


def _look_ups(
    module: nn.Module, name: str | None, seen: Seen, ids: Tensor, *, batch_first: bool
) -> list[Entry]:
    like = next((p for p in module.parameters() if p.is_floating_point()), torch.zeros(()))
    return [
        Lookup(each, looked[0], weight=weight, like=like, batch_first=batch_first)
        for each, weight, looked in sites(module, seen.looked)
        if name in (None, each)
        and reads([one.index for one in looked], ids)
        # A weight of another module: of the one that this is a copy of, perhaps.
        and (weight or not isinstance(looked[0].table, nn.Parameter))
    ]


def _why(name: str | None, found: Sequence[Entry], seen: Seen) -> str:
    if name is not None:
        return (
            f"embedding={name!r} was not called with the token ids, all and in order; name "
            "the submodule or weight that turns them into vectors"
        )
    if found:
        return (
            "several embeddings are called with the token ids: "
            f"{', '.join(repr(each.name) for each in found)}; say with embedding= which one to "
            "differentiate at"
        )
    return (
        "no nn.Embedding in this module is called with the token ids (found: "
        f"{', '.join(map(repr, seen.calls)) or 'none'}), and nothing else looks them up, all "
        f"and in order; {ELSE}"
    )
