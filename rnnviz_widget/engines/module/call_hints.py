"""What to do where a module fails on ids or vectors, by what it is and by how it failed."""

from __future__ import annotations

import inspect

from torch import Tensor, nn


def hint_for(module: nn.Module, argument: Tensor, error: Exception) -> str:
    """What to do where a module fails that is called with ids or vectors alone.

    Args:
        module: The module.
        argument: The ids (B, T), or (T, B), or the vectors.
        error: What it raised.
    """
    read = "vectors" if argument.is_floating_point() else "ids"
    words = str(error)
    if needed := _needs(module, read):
        return needed
    if isinstance(error, IndexError) and read == "ids":
        return _too_large(module, argument)
    if "not Tensor, not tuple" in words or "must be Tensor, not tuple" in words:
        return (
            "a recurrent layer returns a pair, its output and its state, and nn.Sequential hands "
            "on both: write a module whose forward takes the first of the two"
        )
    if read == "ids" and "dtype" in words and not _embeddings(module):
        return (
            "it has no embedding for ids: if it reads one-hot vectors pass one_hot=True, and if it "
            "reads vectors of numbers use rv.SequenceModel.from_vectors"
        )
    if "CUDA" in words or "same device" in words:
        return (
            f"make new tensors in its forward on the device of what it reads, device={read}.device"
        )
    return (
        f"it must map such {read} to logits; if it is called in another way, pass "
        f"forward=lambda module, {read}: ..."
    )


def _embeddings(module: nn.Module) -> dict[str, int]:
    """The number of rows of each embedding, by name."""
    named = module.named_modules()
    kinds = (nn.Embedding, nn.EmbeddingBag)
    return {name: each.num_embeddings for name, each in named if isinstance(each, kinds)}


def _too_large(module: nn.Module, ids: Tensor) -> str:
    """What a look-up that is out of range may be about: too many symbols, or too long a text."""
    most, length = int(ids.max()), max(ids.shape)
    rows = _embeddings(module)
    small = {name: count for name, count in rows.items() if count <= max(most, length - 1)}
    known = ", ".join(f"{name} has {count} rows" for name, count in small.items())
    return (
        f"it was given ids up to {most}{f', and {known}' if known else ''}; pass as many symbols "
        "as it embeds, in the order of their ids, and a text that is not too long for it"
    )


def _needs(module: nn.Module, read: str) -> str:
    """A hint that names the other arguments that the module's forward requires; "" if none."""
    try:
        _, *others = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return ""
    any_number = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    names = [
        each.name
        for each in others
        if each.default is inspect.Parameter.empty and each.kind not in any_number
    ]
    if not names:
        return ""
    call = ", ".join(f"{name}=..." for name in names)
    return (
        f"it must be called with {', '.join(names)} too: pass "
        f"forward=lambda module, {read}: module({read}, {call})"
    )
