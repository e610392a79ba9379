"""Calling a module as its user would, and what to do where that fails."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.torch_state import default_device

from .embedding_points import EmbeddingPoint, OtherIdsError, RecordedError, Substitute
from .pass_lock import CUT_OFF, PassLock
from .randomness import DrawsRandomNumbersError, fixed
from .sizes import ONLY

Forward = Callable[[Any, Tensor], object]
"""Calls a module on ids as its user would: (module, ids) to whatever holds the logits."""


class ModuleCall:
    """A module, and how it is called: in eval mode, by one thread at a time.

    A module that could not be copied is borrowed for each pass: it is put into eval mode, and back
    into its own mode after.

    Args:
        module: What is run: a private copy, or the module itself where it can't be copied.
        private: Whether it is a copy.
        forward: How it is called, where not by ids alone.
        batch_first: Whether ids are (B, T); else (T, B).
        device: Torch's default device where the module was handed over, for what it makes itself.
        lock: Held during every pass.

    Attributes:
        module, private, batch_first, lock: As given.
        random: Whether it gives other logits each time; random numbers are then held fixed.
        only_length: The length of the only texts that it reads, as far as can be told.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        private: bool,
        forward: Forward | None,
        batch_first: bool,
        device: torch.device,
        lock: PassLock,
    ) -> None:
        self.module, self.private, self.batch_first, self.lock = module, private, batch_first, lock
        self._forward, self._default_device = forward, device
        self.random = False
        self.only_length: int | None = None

    @property
    def device(self) -> torch.device:
        """Where the ids go: the device of the first parameter."""
        return next((p.device for p in self.module.parameters()), torch.device("cpu"))

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the module for a pass, in eval mode and with its random numbers fixed."""
        randomness = fixed(self.device) if self.random else contextlib.nullcontext()
        with self.lock, contextlib.nullcontext() if self.private else self._borrowed(), randomness:
            yield

    def returned(
        self, batch: Tensor, point: EmbeddingPoint | None, substitute: Substitute | None
    ) -> object:
        """What the module returns for ids (B, T).

        Args:
            batch: The ids.
            point: Where something stands in for what is looked up.
            substitute: What does; None: nothing.

        Raises:
            RuntimeError: If it fails; the cause is attached.
        """
        if self.lock.cut_off:
            raise RuntimeError(CUT_OFF)
        batch = batch.to(self.device)
        batch = batch if self.batch_first else batch.T
        entering = contextlib.nullcontext(batch)
        with entering if point is None else point.entering(batch, substitute) as argument:
            try:
                with default_device(self._default_device):
                    return called(self.module, self._forward, argument)
            except RuntimeError as error:
                if isinstance(error, OtherIdsError) or self.only_length in {None, *batch.shape}:
                    raise
                raise RuntimeError(f"{error}; {ONLY.format(length=self.only_length)}") from error

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[None]:
        training = [module for module in self.module.modules() if module.training]
        self.module.eval()
        try:
            with torch.backends.cudnn.flags(enabled=False):
                yield
        finally:
            for module in training:
                module.training = True


class HeadReachedError(Exception):
    """A pass has come as far as it should go."""


def called(module: nn.Module, forward: Forward | None, argument: Tensor) -> object:
    """What the module returns.

    Args:
        module: The module.
        forward: How it is called; None: with the argument alone.
        argument: Ids or vectors.

    Raises:
        RuntimeError: If it fails; the cause is attached.
    """
    try:
        return module(argument) if forward is None else forward(module, argument)
    except (DrawsRandomNumbersError, HeadReachedError, OtherIdsError, RecordedError):
        raise
    except Exception as error:
        read = "vectors" if argument.is_floating_point() else "ids"
        hint = (
            f"it is called with the module and {read}, and must return the logits; where it can't "
            "read any, as a source and its target must be split, pass example= with a text that it "
            "reads"
        )
        if forward is None:
            hint = _needs(module, read) or (
                f"it must map such {read} to logits; if it is called in another way, pass "
                f"forward=lambda module, {read}: ..."
            )
            if isinstance(error, IndexError) and read == "ids":
                hint = (
                    f"it was given ids up to {int(argument.max())}; pass as many symbols, in the "
                    "order of their ids, as it embeds, and a text that is not too long for it"
                )
        if isinstance(error, IndexError) and read == "vectors":
            low, high = (float(each) for each in argument.detach().aminmax())
            hint = (
                f"its numbers go from {low:.4g} to {high:.4g}; "
                "codes that it looks up must be whole numbers from 0 to below the number of rows "
                "there are. A method that puts noise, zeros or points between in the place of "
                'codes may leave these bounds: measure="norm" and the other gradients do not'
            )
        if "nference tensor" in str(error):
            hint = (
                "a part of it runs in torch.inference_mode(), which keeps nothing that a gradient "
                "needs: take the line @torch.inference_mode() above its forward, or with "
                "torch.inference_mode() in it, away"
            )
        raise RuntimeError(
            f"{'the module' if forward is None else 'forward='} failed on {read} of shape "
            f"{tuple(argument.shape)}, {argument.dtype}: {words(error)}; {hint}"
        ) from error


def fingerprint_of(forward: Forward) -> str:
    """What a function does, as far as it tells; the same in another process."""
    code = getattr(forward, "__code__", None)
    if code is None:
        known = dataclasses.is_dataclass(forward)
        return repr(forward) if known else type(forward).__qualname__
    values = [each for each in code.co_consts if isinstance(each, (str, int, float))]
    return repr((code.co_code.hex(), code.co_names, values))


def words(error: BaseException) -> str:
    """An error in words."""
    return f"{type(error).__name__}: {error}"


def _needs(module: nn.Module, read: str) -> str:
    """What more a module must be called with, as a hint."""
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
