"""Which submodule embeds the token ids, and standing in for what it returns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

# What was passed to a submodule, call by call, by the submodule's name.
Calls = Mapping[str, list[Tensor]]


@dataclass(frozen=True)
class Embedding:
    """The submodule that turns token ids into vectors.

    Attributes:
        name: Its name in the whole module.
        module: Itself.
        time_major: Whether the tokens that it is called with are laid out (T, B).
    """

    name: str
    module: nn.Module
    time_major: bool

    @contextlib.contextmanager
    def replaced(self, embedded: Tensor) -> Iterator[list[Tensor]]:
        """Let `embedded` stand for what the submodule returns, call by call.

        Args:
            embedded: Shape (T, D) or (B, T, D).

        Yields:
            What was returned in its place, call by call.

        Raises:
            RuntimeError: Afterwards, if not every token was embedded once.
        """
        pieces: list[Tensor] = []
        batch = embedded if embedded.ndim == 3 else embedded[None]
        used = 0

        def replace(_: nn.Module, __: Any, output: Tensor) -> Tensor:
            nonlocal used
            tokens = output.numel() // (len(batch) * batch.shape[2])
            piece = batch[:, used : used + tokens]
            used += tokens
            if self.time_major:
                piece = piece.transpose(0, 1)
            # A copy: whatever the module does to it in place is part of the module.
            pieces.append(piece.reshape(output.shape).clone())
            return pieces[-1]

        handle = self.module.register_forward_hook(replace)
        try:
            yield pieces
        finally:
            handle.remove()
        if used != batch.shape[1]:
            raise RuntimeError(
                f"the embedding {self.name!r} embedded {used} tokens of {batch.shape[1]}; "
                "it must be called with every token id once and in order"
            )


def name_of(embedding: nn.Module | str | None, module: nn.Module) -> str | None:
    """The name of the submodule that a user gave, or its name; None stays None.

    Raises:
        ValueError: If it is no submodule of `module`.
    """
    if embedding is None:
        return None
    names: dict[str, nn.Module] = {name: each for name, each in module.named_modules() if name}
    for name, submodule in names.items():
        if embedding is submodule or embedding == name:
            return name
    raise ValueError(
        f"embedding={embedding!r} is not a submodule of {type(module).__name__}; it has "
        f"{', '.join(map(repr, names)) or 'none'}"
    )


@contextlib.contextmanager
def recorded(module: nn.Module, name: str | None) -> Iterator[Calls]:
    """Collect what every `nn.Embedding`, and the submodule of this name, is called with."""
    calls: dict[str, list[Tensor]] = {}
    with contextlib.ExitStack() as stack:
        for each, submodule in module.named_modules():
            if isinstance(submodule, nn.Embedding) or each == name:
                seen = calls.setdefault(each, [])
                stack.callback(submodule.register_forward_pre_hook(_recorder(seen)).remove)
        yield calls


def find_embedding(
    module: nn.Module, name: str | None, calls: Calls, ids: Tensor, *, batch_first: bool
) -> Embedding:
    """Choose the submodule that was called with the token ids.

    Args:
        module: The whole module.
        name: The name that the user gave, if any.
        calls: What `recorded` collected while the module read `ids`.
        ids: Token ids, shape (T,), T > 1.
        batch_first: How the module's own ids are laid out.

    Raises:
        ValueError: If none was, or several were, or the one named was not.
    """
    name = _choose(calls, ids, name)
    shape = calls[name][0].shape
    time_major = shape[0] != 1 if len(shape) > 1 else not batch_first
    return Embedding(name, module.get_submodule(name), time_major)


def _choose(calls: Calls, ids: Tensor, name: str | None) -> str:
    def reads_ids(seen: list[Tensor]) -> bool:
        flat = [call.detach().reshape(-1).cpu() for call in seen]
        return bool(flat) and torch.equal(torch.cat(flat), ids)

    if name is not None:
        if not reads_ids(calls[name]):
            raise ValueError(
                f"embedding={name!r} was not called with the token ids, "
                "each once and in order; name the module that reads them"
            )
        return name
    found = [each for each, seen in calls.items() if reads_ids(seen)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(
            "no nn.Embedding in this module is called with the token ids (found: "
            f"{', '.join(map(repr, calls)) or 'none'}); pass embedding= with the submodule, "
            "or its name, that turns ids into vectors"
        )
    raise ValueError(
        f"several embeddings are called with the token ids: {', '.join(map(repr, found))}; "
        "say with embedding= which one to differentiate at"
    )


def _recorder(seen: list[Tensor]) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    def record(_: nn.Module, args: tuple[Any, ...]) -> None:
        if args and isinstance(args[0], Tensor):
            seen.append(args[0])

    return record
