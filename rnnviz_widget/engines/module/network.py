"""A private, frozen copy of a module, differentiable where a text enters it."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import is_served
from rnnviz_widget.engines.torch_state import clean_torch

from .calling import Forward, ModuleCall
from .embedding_points import GivenEmbedding, name_of
from .frozen_copy import as_written, copy_with_weights
from .inspection import inspect_module
from .looked_up import LookedUp
from .options import ModuleOptions
from .pass_lock import PassLock
from .probabilities import log_probabilities, probabilities, scale_named
from .read_on import ReadText
from .refused_module import check_module
from .trace import Head, Trace

# A recurrent layer's matrix with fewer weights, which is that of an LSTM of 512 units, is small.
_SMALL_MATRIX = 2**20


class Network:
    """What the engines differentiate: from token ids or embedded tokens to logits.

    Works on a deep copy in eval mode with frozen parameters. So training the same module meanwhile
    neither disturbs the network nor is disturbed by it. A module that can't be copied is used
    itself, in turns: each pass sets its mode and restores it, and holds `lock`. Hold `lock` too in
    a training loop on another thread, or weights may change within a pass.

    Args:
        module: Maps ids (1, T) to logits (1, T, V), (T, V), or (1, V) where there is one output
            for the whole text; or to a tuple, mapping or object that holds them. With
            `batch_first=False`, (T, 1) to (T, 1, V).
        symbols: The number of input symbols.
        classes: The number of output classes, V.
        embedding: The submodule that embeds the ids, the weight in which they are looked up, or
            its name; default: the one that is called with them. Or several, in the order of
            their symbols, that each read a part of the ids.
        batch_first: Which axis of ids and logits is the batch.
        forward: How the module is called, if not with ids alone: maps (module, ids) to logits.
        one_hot: Whether the module reads one-hot vectors (1, T, V_in) instead of ids.
        vectors: The vector of each id, (V_in, D), if the module reads vectors instead of symbols.
        example: Token ids (T,) that the module is tried on; default: some without meaning.
        mask: The id of the mask symbol, if output s is to read the text with token s masked;
            default: all outputs read the same text.
        window: The number of tokens, 2 at least, that each output reads, up to its own; default:
            all outputs read the same text.
        pad: The id that fills up windows at the start of a text; default: they are shorter there.
        returns: What the module returns; see `probabilities.Returns`. Default: found out.

    Attributes:
        options: The arguments, checked.
        capabilities: What the module does, as found by experiments.
        passes: Runs the module.
        notes: Notes for the reader on how this module is served.
        lock: Held during every pass; a network serves one thread at a time.

    Raises:
        TypeError: If `module` is no module, or does not return logits.
        ValueError: If the embedding can't be found, sizes don't fit, or weights hold no numbers.
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
        check_module(module)
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
        # Through torch.compile's wrapper embedded tokens could not be replaced.
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
        """A network of the same module with its current weights; this one keeps its own.

        A reading of a text that uses this network so keeps the weights that it began with. Both
        networks share a lock, since a module that can't be copied serves both.

        Raises:
            TypeError, ValueError, RuntimeError: As the constructor; this network stays as it is.
        """
        other = copy.copy(self)
        if self.lock.cut_off:
            other.lock = PassLock()
        other._take()  # noqa: SLF001
        return other

    def with_weights(self, weights: Mapping[str, Tensor]) -> Self:
        """A network of a copy of the module with other weights; this one stays as it is.

        `renewed` of it gives the same weights.

        Args:
            weights: All that `load_state_dict` of the module needs, by name.

        Raises:
            ValueError: If the weights are not those of such a module, or it can't be copied; the
                message says what differs.
            TypeError, RuntimeError: As the constructor.
        """
        with self.computing():
            module = copy_with_weights(self.options.original, weights)
        other = copy.copy(self)
        other.options = dataclasses.replace(self.options, original=module)
        other.lock = PassLock()
        other._take(like=self.passes.call)  # noqa: SLF001
        return other

    def with_options(self, **changed: Any) -> Self:
        """A network of a module with other options; this one stays as it is.

        Args:
            changed: The options that differ; see `ModuleOptions`.

        Raises:
            TypeError, ValueError, RuntimeError: As the constructor.
        """
        other = copy.copy(self)
        other.options = dataclasses.replace(self.options, **changed)
        other.lock = PassLock()
        other._take()  # noqa: SLF001
        return other

    def _take(self, like: ModuleCall | None = None) -> None:
        """Take the current weights of the user's module; see `inspect_module`."""
        with self.computing():
            found = inspect_module(self.options, self.lock, like)
        self.passes, self.capabilities, self.notes = found.passes, found.capabilities, found.notes

    @contextlib.contextmanager
    def computing(self) -> Iterator[None]:
        """Hold the network for a few passes, with torch's settings as in a new interpreter.

        Never hold it around a `yield`: the lock would make others wait.
        """
        with self.lock, clean_torch():
            yield

    @property
    def module(self) -> nn.Module:
        """The module that is run: the private copy, or the user's own where it can't be copied."""
        return self.passes.call.module

    @property
    def device(self) -> torch.device:
        """The device that ids are moved to: that of the first parameter."""
        return self.passes.call.device

    def weights(self) -> Iterator[Tensor]:
        """The module's parameters and buffers."""
        yield from self.module.parameters()
        yield from self.module.buffers()

    def work(self, tokens: int) -> int:
        """What a pass over so many tokens costs, about: the number of weights times tokens."""
        return tokens * sum(each.numel() for each in self.weights())

    @property
    def small_steps(self) -> bool:
        """Whether it has recurrent layers, and one thread computes their steps as fast as several.

        A step multiplies by a layer's matrices. Where these are small, waking other threads takes
        longer than they save.
        """
        layers = filter(is_served, self.module.modules())
        sizes = [each.numel() for layer in layers for each in layer.parameters()]
        return max(sizes, default=_SMALL_MATRIX) < _SMALL_MATRIX

    def fingerprint(self) -> str:
        """How the module is called, if not with ids alone, as a string that all processes share."""
        return self.options.fingerprint(self.capabilities.layout.scale)

    def log_probabilities(self, logits: Tensor) -> Tensor:
        """The log probabilities of the classes, in nats, from logits (.., V)."""
        return log_probabilities(logits, by_itself=self.capabilities.independent_classes)

    def probabilities(self, logits: Tensor) -> Tensor:
        """The probabilities of the classes, from logits (.., V)."""
        return probabilities(logits, by_itself=self.capabilities.independent_classes)

    def embedding_matrix(self) -> Tensor:
        """The embedding matrix E, shape (V_in, D); the identity if the module reads vectors."""
        return self.passes.embedding_matrix()

    def embed(self, ids: Tensor, *, as_they_are: bool = False) -> Tensor:
        """The embedded tokens, shape (T, D); see `ForwardPasses.embed`."""
        return self.passes.embed(ids, as_they_are=as_they_are)

    def looked_up(self, ids: Tensor) -> LookedUp:
        """The ids that are really looked up for a text; see `ForwardPasses.looked_up`."""
        return self.passes.looked_up(ids)

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `ForwardPasses.forward`."""
        return self.passes.logits(ids, embedded)

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, and the layer that made them; see `ForwardPasses.forward`."""
        return self.passes.forward(ids, embedded)

    def trace(
        self, ids: Tensor, embedded: Tensor | None = None, before: ReadText | None = None
    ) -> Trace:
        """Run the module and watch its layers; see `ForwardPasses.trace`."""
        return self.passes.trace(ids, embedded, before)

    def hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> Tensor:
        """Run the module until the head is called; see `ForwardPasses.hidden`."""
        return self.passes.hidden(ids, embedded, head)
