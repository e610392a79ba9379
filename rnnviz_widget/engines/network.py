"""A private, frozen copy of a module, cut open at its embedding."""

from __future__ import annotations

import contextlib
import copy
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from .embedding import find_embedding, name_of, recorded
from .trace import Head, Trace, find_head, watched

# Tagged as random by torch, but not when their dropout is off, as it is in eval mode.
_RANDOM_ONLY_WITH_DROPOUT = ("_cudnn_rnn", "scaled_dot_product")


class _DrawsRandomNumbersError(Exception):
    pass


class _HeadReachedError(Exception):
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
        self._embedding_name = name_of(embedding, module)
        self._symbols = symbols
        self._classes = classes
        self._batch_first = batch_first
        self.lock = threading.RLock()
        self.refresh()

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock, which can't travel to another process."""
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, lock=threading.RLock())

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
        with recorded(self._module, self._embedding_name) as calls, torch.no_grad():
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
        self._embedding = find_embedding(
            self._module, self._embedding_name, calls, ids, batch_first=self._batch_first
        )
        self.embedding_name = self._embedding.name
        size = getattr(self._embedding.module, "num_embeddings", self._symbols)
        if size < self._symbols:
            raise ValueError(
                f"the embedding {self.embedding_name!r} has {size} rows, but there are "
                f"{self._symbols} input symbols; pass the symbols in the order of their ids"
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
            return self._embedding.module(every).detach()  # type: ignore[no-any-return]

    def embed(self, ids: Tensor) -> Tensor:
        """The embedded tokens, shape (T, D), detached."""
        return self.embedding_matrix()[ids.to(self.device)]

    def logits(self, ids: Tensor, embedded: Tensor | None = None) -> Tensor:
        """Run the module: logits, shape (T, V); see `forward`."""
        return self.forward(ids, embedded)[0]

    def forward(self, ids: Tensor, embedded: Tensor | None = None) -> tuple[Tensor, Head | None]:
        """Run the module: logits, shape (T, V), and what made them; see `trace`.

        With `embedded` of shape (B, T, D) it reads the ids B times over, as one batch: logits,
        shape (B, T, V), and None.
        """
        if embedded is not None and embedded.ndim == 3:
            with self.lock, self._turn(), self._fixed_randomness(), self._replaced(embedded):
                output = self._run(ids, len(embedded))
            return self._logits_in(output, len(embedded), len(ids)), None
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
        with self.lock, self._turn(), self._fixed_randomness():
            with self._replaced(embedded) as pieces, watched(self._module) as calls:
                output = self._run(ids, 1)
            logits = self._logits_in(output, 1, len(ids))[0]
        head = find_head(_first(output), calls, batch_first=self._batch_first)
        return Trace(logits, head, calls, pieces, self._batch_first)

    def hidden(self, ids: Tensor, embedded: Tensor, head: Head) -> Tensor:
        """Run the module until the linear layer that makes the logits would read its input.

        Args:
            ids: Token ids, shape (T,).
            embedded: As in `forward`, shape (T, D) or (B, T, D).
            head: That layer, as `trace` found it.

        Returns:
            What the layer would read, shape (T, H) or (B, T, H).

        Raises:
            RuntimeError: If the module fails, or reads no such thing there.
        """
        copies = len(embedded) if embedded.ndim == 3 else 1
        read: list[Tensor] = []

        def stop(_: nn.Module, args: tuple[Any, ...]) -> None:
            read.extend(args[:1])
            raise _HeadReachedError

        with self.lock, contextlib.ExitStack() as stack:
            for layer in self._module.modules():
                if isinstance(layer, nn.Linear) and layer.weight is head.weight:
                    stack.callback(layer.register_forward_pre_hook(stop).remove)
            with (
                self._turn(),
                self._fixed_randomness(),
                self._replaced(embedded),
                contextlib.suppress(_HeadReachedError),
            ):
                self._run(ids, copies)
        if not read or read[0].ndim != 3 or read[0].shape[-1] != head.weight.shape[1]:
            raise RuntimeError("the layer that makes the logits does not read what it read before")
        hidden = read[0] if self._batch_first else read[0].transpose(0, 1)
        if hidden.shape[:2] != (copies, len(ids)):
            raise RuntimeError(f"the last layer reads {tuple(hidden.shape)}, not (B, T, H)")
        return hidden if embedded.ndim == 3 else hidden[0]

    def weights(self) -> Iterator[Tensor]:
        """The module's parameters and buffers."""
        yield from self._module.parameters()
        yield from self._module.buffers()

    def _run(self, ids: Tensor, copies: int) -> object:
        """What the module returns for the ids as a batch of so many copies."""
        batch = ids.to(self.device).expand(copies, -1)
        batch = batch if self._batch_first else batch.T
        try:
            return self._module(batch)
        except (_DrawsRandomNumbersError, _HeadReachedError):
            raise
        except Exception as error:
            raise RuntimeError(
                f"the module failed on ids of shape {tuple(batch.shape)}, "
                f"{batch.dtype}: {_words(error)}"
            ) from error

    def _logits_in(self, output: object, copies: int, length: int) -> Tensor:
        """Check what the module returned: logits, shape (B, T, V)."""
        output = _first(output)
        if not isinstance(output, Tensor):
            raise TypeError(
                "the module must return logits, or a tuple that starts with them; got "
                f"{type(output).__name__}"
            )
        shape = "(1, T, V)" if self._batch_first else "(T, 1, V)"
        expected = (copies, length) if self._batch_first else (length, copies)
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
        return output if self._batch_first else output.transpose(0, 1)

    def _replaced(self, embedded: Tensor | None) -> contextlib.AbstractContextManager[list[Tensor]]:
        if embedded is None:
            return contextlib.nullcontext([])
        return self._embedding.replaced(embedded)

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


def _first(output: object) -> object:
    return output[0] if isinstance(output, (tuple, list)) and output else output


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
