"""A private, frozen copy of a module, cut open at its embedding."""

from __future__ import annotations

import contextlib
import copy
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from .trace import Head, Trace, find_head, watched

# Tagged as random by torch, but not when their dropout is off, as it is in eval mode.
_RANDOM_ONLY_WITH_DROPOUT = ("_cudnn_rnn", "scaled_dot_product")


class _DrawsRandomNumbersError(Exception):
    pass


class _RandomGuard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Stops a forward pass before its first random operator."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags and not any(
            name in str(func) for name in _RANDOM_ONLY_WITH_DROPOUT
        ):
            raise _DrawsRandomNumbersError
        return func(*args, **(kwargs or {}))


class Network:
    """What the engines differentiate: token ids or embedded tokens in, logits out.

    Works on a deep copy in eval mode whose parameters are frozen, so that a cell that goes on
    training the same module can neither be disturbed nor disturb. Where the module can't be
    copied it is used itself, in turns: its mode is set for each pass and put back after it, and
    `lock` is held meanwhile (hold it too in a training loop on another thread).

    Args:
        module: Maps ids (1, T) to logits (1, T, V), or to a tuple or list that starts with
            them; with `batch_first=False`, (T, 1) to (T, 1, V).
        symbols: How many input symbols there are.
        classes: How many output classes there are, V.
        embedding: The submodule that embeds the ids, or its name; default: the one `nn.Embedding`
            that is called with them.
        batch_first: Which axis of ids and logits is the batch.

    Attributes:
        private: Whether a copy is used.
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
        embedding: nn.Module | str | None = None,
        batch_first: bool = True,
    ) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(f"module must be a torch.nn.Module; got {type(module).__name__}")
        self._original = module
        self._embedding_name = _name_of(embedding, module)
        self._symbols = symbols
        self._classes = classes
        self._batch_first = batch_first
        self.lock = threading.RLock()
        self.refresh()

    def refresh(self) -> None:
        """Take the weights anew from the module that was given."""
        with self.lock, torch.inference_mode(mode=False):
            self.notes: list[str] = []
            self._random = False
            self._copy()
            self._check()

    def _copy(self) -> None:
        try:
            module = copy.deepcopy(self._original, _kept_results(self._original))
        except Exception as error:  # noqa: BLE001 - whatever a module's own __deepcopy__ raises
            self.private = False
            self._module = self._original
            self.notes.append(
                f"The module could not be copied ({_words(error)}): it is used itself, in turns "
                "with your cells, and shows its weights as they are when a row is computed."
            )
            return
        self.private = True
        self._module = module.requires_grad_(requires_grad=False).eval()
        for parameter in module.parameters():
            parameter.grad = None
        for submodule in module.modules():
            if isinstance(submodule, nn.RNNBase) and any(p.is_cuda for p in submodule.parameters()):
                # cuDNN keeps what a backward pass needs in training mode only; with dropout
                # off the numbers are the same.
                submodule.dropout = 0.0
                submodule.train()
                submodule.flatten_parameters()

    def _check(self) -> None:
        """Run a few ids through the module: find the embedding, check sizes, see randomness."""
        ids = torch.arange(4) % self._symbols
        calls: dict[str, list[Tensor]] = {}
        with contextlib.ExitStack() as stack:
            for name, submodule in self._module.named_modules():
                if isinstance(submodule, nn.Embedding) or name == self._embedding_name:
                    seen = calls.setdefault(name, [])
                    stack.callback(submodule.register_forward_pre_hook(_recorder(seen)).remove)
            with torch.no_grad():
                try:
                    with _RandomGuard():  # type: ignore[no-untyped-call]
                        self.logits(ids)
                except _DrawsRandomNumbersError:
                    self._random = True
                    for seen in calls.values():
                        seen.clear()
                    self.notes.append(
                        "The module draws random numbers in eval mode too: they are held fixed, "
                        "so that this picture is one draw of many."
                    )
                    self.logits(ids)
        self.embedding_name = self._choose_embedding(calls, ids)
        self._embedding = self._module.get_submodule(self.embedding_name)
        size = getattr(self._embedding, "num_embeddings", self._symbols)
        if size < self._symbols:
            raise ValueError(
                f"the embedding {self.embedding_name!r} has {size} rows, but there are "
                f"{self._symbols} input symbols; pass the symbols in the order of their ids"
            )

    def _choose_embedding(self, calls: dict[str, list[Tensor]], ids: Tensor) -> str:
        def reads_ids(seen: list[Tensor]) -> bool:
            flat = [call.detach().reshape(-1).cpu() for call in seen]
            return bool(flat) and torch.equal(torch.cat(flat), ids)

        if self._embedding_name is not None:
            if not reads_ids(calls[self._embedding_name]):
                raise ValueError(
                    f"embedding={self._embedding_name!r} was not called with the token ids, "
                    "each once and in order; name the module that reads them"
                )
            return self._embedding_name
        found = [name for name, seen in calls.items() if reads_ids(seen)]
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

    @property
    def module(self) -> nn.Module:
        """What is run: the private copy, or the module itself where it can't be copied."""
        return self._module

    @property
    def random(self) -> bool:
        """Whether the module draws random numbers; they are held fixed."""
        return self._random

    @property
    def device(self) -> torch.device:
        """Where the ids go: the device of the first parameter."""
        return next((p.device for p in self._module.parameters()), torch.device("cpu"))

    def embedding_matrix(self) -> Tensor:
        """What the embedding returns for each input symbol, shape (V_in, D)."""
        with self.lock, self._turn(), torch.no_grad():
            every = torch.arange(self._symbols, device=self.device)
            return self._embedding(every).detach()  # type: ignore[no-any-return]

    def embed(self, ids: Tensor) -> Tensor:
        """The embedded tokens, shape (T, D), detached."""
        return self.embedding_matrix()[ids.to(self.device)]

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `forward`."""
        return self.forward(ids, embedded)[0]

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, shape (T, V), and what made them; see `trace`."""
        trace = self.trace(ids, embedded)
        return trace.logits, trace.head

    def trace(self, ids: Tensor, embedded: Tensor | None = None) -> Trace:
        """Run the module and watch its layers.

        Args:
            ids: Token ids, shape (T,).
            embedded: What takes the place of the embedding's output, shape (T, D); gradients
                flow back to it.

        Returns:
            Among others the logits, shape (T, V), and the linear layer that they came out of as
            they are, if one did: a gradient can start before it, without a number for each of
            all the classes.
        """
        ids = ids.to(self.device)
        batch = ids[None, :] if self._batch_first else ids[:, None]
        with self.lock, self._turn(), self._fixed_randomness():
            with self._replaced(embedded) as pieces, watched(self._module) as calls:
                try:
                    output = self._module(batch)
                except _DrawsRandomNumbersError:
                    raise
                except Exception as error:
                    raise RuntimeError(
                        f"the module failed on ids of shape {tuple(batch.shape)}, "
                        f"{batch.dtype}: {_words(error)}"
                    ) from error
            if isinstance(output, (tuple, list)) and output:
                output = output[0]
            logits = self._logits_in(output, len(ids))
        head = find_head(output, calls, batch_first=self._batch_first)
        return Trace(logits, head, calls, pieces, self._batch_first)

    def _logits_in(self, output: object, length: int) -> Tensor:
        if not isinstance(output, Tensor):
            raise TypeError(
                "the module must return logits, or a tuple that starts with them; got "
                f"{type(output).__name__}"
            )
        batch, shape = (0, "(1, T, V)") if self._batch_first else (1, "(T, 1, V)")
        expected = (1, length) if self._batch_first else (length, 1)
        if output.ndim != 3 or tuple(output.shape[:2]) != expected:
            raise ValueError(
                f"logits must have shape {shape} = {(*expected, self._classes)}; got "
                f"{tuple(output.shape)} (batch_first={self._batch_first})"
            )
        if output.shape[-1] != self._classes:
            raise ValueError(
                f"the module returns {output.shape[-1]} logits a position, but there are "
                f"{self._classes} output classes; pass outputs= with one name for each logit"
            )
        return output.select(batch, 0)

    @contextlib.contextmanager
    def _replaced(self, embedded: Tensor | None) -> Iterator[list[Tensor]]:
        """Let `embedded` (T, D) stand for what the embedding returns, call by call."""
        pieces: list[Tensor] = []
        if embedded is None:
            yield pieces
            return
        used = 0

        def replace(_: nn.Module, __: Any, output: Tensor) -> Tensor:
            nonlocal used
            tokens = output.numel() // embedded.shape[-1]
            piece = embedded[used : used + tokens]
            used += tokens
            pieces.append(piece.reshape(output.shape))
            return pieces[-1]

        handle = self._embedding.register_forward_hook(replace)
        try:
            yield pieces
        finally:
            handle.remove()
        if used != len(embedded):
            raise RuntimeError(
                f"the embedding {self.embedding_name!r} embedded {used} tokens of {len(embedded)}; "
                "it must be called with every token id once and in order"
            )

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Borrow a module that could not be copied: eval mode now, its own mode after."""
        if self.private:
            yield
            return
        training = [module for module in self._module.modules() if module.training]
        self._module.eval()
        try:
            with torch.backends.cudnn.flags(enabled=False):
                yield
        finally:
            for module in training:
                module.training = True

    @contextlib.contextmanager
    def _fixed_randomness(self) -> Iterator[None]:
        if not self._random:
            yield
            return
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(0)
            yield


def _name_of(embedding: nn.Module | str | None, module: nn.Module) -> str | None:
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


def _kept_results(module: nn.Module) -> dict[int, Any]:
    """Detached copies of results a module keeps (a hidden state, say), by id, for `deepcopy`.

    Torch refuses to copy a tensor that is part of a graph.
    """
    copies: dict[int, Any] = {}

    def visit(value: object) -> None:
        if isinstance(value, Tensor):
            if not value.is_leaf:
                copies[id(value)] = value.detach().clone()
        elif isinstance(value, Mapping):
            for item in value.values():
                visit(item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                visit(item)

    for submodule in module.modules():
        visit(vars(submodule))
    return copies


def _recorder(seen: list[Tensor]) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    def record(_: nn.Module, args: tuple[Any, ...]) -> None:
        if args and isinstance(args[0], Tensor):
            seen.append(args[0])

    return record


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
