"""A private, frozen copy of a module, which can be differentiated where a text enters it."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Self

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.torch_state import clean_torch

from .calling import Forward
from .embedding_points import GivenEmbedding, name_of
from .frozen_copy import as_written
from .inspection import inspect_module
from .looked_up import LookedUp
from .options import ModuleOptions
from .pass_lock import PassLock
from .probabilities import log_probabilities, probabilities, scale_named
from .trace import Head, Trace


class Network:
    """What the engines differentiate: token ids or embedded tokens in, logits out.

    Works on a deep copy in eval mode whose parameters are frozen, so that a cell that goes on
    training the same module can neither be disturbed nor disturb. Where the module can't be
    copied it is used itself, in turns: its mode is set for each pass and put back after it, and
    `lock` is held meanwhile (hold it too in a training loop on another thread).

    Args:
        module: Maps ids (1, T) to logits (1, T, V), (T, V), or (1, V) where there is one output
            for the whole text; or to a tuple, mapping or object that holds them. With
            `batch_first=False`, (T, 1) to (T, 1, V).
        symbols: How many input symbols there are.
        classes: How many output classes there are, V.
        embedding: The submodule that embeds the ids, the weight that they are looked up in, or
            its name; default: the one that is called with them. Or several, in the order of
            their symbols, that read the ids part by part.
        batch_first: Which axis of ids and logits is the batch.
        forward: How the module is called, where not by ids alone: (module, ids) to its logits.
        one_hot: Whether the module reads one-hot vectors (1, T, V_in) instead of ids.
        vectors: What the module reads for each id, (V_in, D), where there are no symbols.
        example: Token ids (T,) that the module is tried on; default: some of no meaning.
        mask: The symbol that stands for a token that is hidden, where output s is to be of the
            text with token s hidden; default: all outputs are of one text.
        window: Output s is to be what the module gives at the end of the last so many tokens that
            end with s, 2 at least; default: all outputs are of one text.
        pad: The symbol that stands before the first token until there are so many; default: the
            windows at the beginning of a text are shorter.
        returns: What the module returns; see `probabilities.Returns`. Default: found out.

    Attributes:
        options: How the user says that the module is read.
        capabilities: What the module does, as experiments have shown.
        passes: Runs the module.
        notes: What a reader should know about how this module is served, in words.
        lock: Held during every pass; a network serves one thread at a time.

    Raises:
        TypeError: If `module` is not a module, or returns something else than logits.
        ValueError: If the embedding can't be found, or sizes don't fit.
        RuntimeError: If the module can't be called with ids; the cause is attached.
    """

    def __init__(
        self,
        module: nn.Module,
        symbols: int,
        classes: int,
        *,
        embedding: GivenEmbedding = None,
        batch_first: bool = True,
        forward: Forward | None = None,
        one_hot: bool = False,
        vectors: Tensor | None = None,
        example: Tensor | None = None,
        mask: int | None = None,
        window: int | None = None,
        pad: int | None = None,
        returns: str | None = None,
    ) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(
                f"module must be a torch.nn.Module; got {type(module).__name__}. Put what computes "
                "the logits into the forward of one"
            )
        if forward is not None and not callable(forward):
            raise TypeError(
                "forward must be callable, as lambda module, ids: module(ids); got "
                f"{type(forward).__name__}"
            )
        if one_hot and embedding is not None:
            raise ValueError(
                "one_hot=True says that the module reads one-hot vectors, and embedding= that it "
                "embeds ids; pass one of the two"
            )
        # torch.compile's wrapper would not see what is put in the place of embedded tokens.
        original = getattr(module, "_orig_mod", module)
        self.options = ModuleOptions(
            original=original,
            symbols=symbols,
            classes=classes,
            embedding=name_of(embedding, original),
            batch_first=batch_first,
            forward=as_written(forward),
            one_hot=one_hot,
            vectors=vectors,
            example=example,
            mask=mask,
            window=window,
            pad=pad,
            scale=scale_named(returns),
            device=torch.get_default_device(),
        )
        self.lock = PassLock()
        self._take()

    def renewed(self) -> Self:
        """A network of the same module with its weights as they are now; this one keeps its own.

        Whoever reads a text with this one goes on with the weights that they began with. The two
        share a lock, since a module that can't be copied is behind both.

        Raises:
            TypeError, ValueError, RuntimeError: As where one is made; this one is as it was.
        """
        other = copy.copy(self)
        if self.lock.cut_off:
            other.lock = PassLock()
        other._take()  # noqa: SLF001
        return other

    def _take(self) -> None:
        """Take the weights from the module that was given."""
        with self.computing():
            found = inspect_module(self.options, self.lock)
        self.passes, self.capabilities, self.notes = found.passes, found.capabilities, found.notes

    @contextlib.contextmanager
    def computing(self) -> Iterator[None]:
        """Hold the network, with torch's settings as in a new interpreter, for a few passes.

        Never hold it around a `yield` to whoever iterates: others wait meanwhile.
        """
        with self.lock, clean_torch():
            yield

    @property
    def module(self) -> nn.Module:
        """What is run: the private copy, or the module itself where it can't be copied."""
        return self.passes.call.module

    @property
    def device(self) -> torch.device:
        """Where the ids go: the device of the first parameter."""
        return self.passes.call.device

    def weights(self) -> Iterator[Tensor]:
        """The module's parameters and buffers."""
        yield from self.module.parameters()
        yield from self.module.buffers()

    def fingerprint(self) -> str:
        """How the module is called, where not by ids alone; the same in another process."""
        return self.options.fingerprint(self.capabilities.layout.scale)

    def log_probabilities(self, logits: Tensor) -> Tensor:
        """The logarithms of the classes' probabilities, in nats, from logits (.., V)."""
        return log_probabilities(logits, by_itself=self.capabilities.independent_classes)

    def probabilities(self, logits: Tensor) -> Tensor:
        """The classes' probabilities, from logits (.., V)."""
        return probabilities(logits, by_itself=self.capabilities.independent_classes)

    def embedding_matrix(self) -> Tensor:
        """E: what is read for each input symbol, shape (V_in, D); of vectors, the identity."""
        return self.passes.embedding_matrix()

    def embed(self, ids: Tensor, *, as_they_are: bool = False) -> Tensor:
        """The embedded tokens, shape (T, D); see `ForwardPasses.embed`."""
        return self.passes.embed(ids, as_they_are=as_they_are)

    def looked_up(self, ids: Tensor) -> LookedUp:
        """What is really looked up for a text; see `ForwardPasses.looked_up`."""
        return self.passes.looked_up(ids)

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `ForwardPasses.forward`."""
        return self.passes.logits(ids, embedded)

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, and what made them; see `ForwardPasses.forward`."""
        return self.passes.forward(ids, embedded)

    def trace(self, ids: Tensor, embedded: Tensor | None = None) -> Trace:
        """Run the module and watch its layers; see `ForwardPasses.trace`."""
        return self.passes.trace(ids, embedded)

    def hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> Tensor:
        """Run the module as far as its head; see `ForwardPasses.hidden`."""
        return self.passes.hidden(ids, embedded, head)
