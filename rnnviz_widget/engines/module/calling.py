"""Calling a module as its user would; where that fails, an error that says what to do."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.torch_state import default_device

from .call_hints import hint_for
from .embedding_points import EmbeddingPoint, OtherIdsError, RecordedError, Substitute
from .pass_lock import CUT_OFF, PassLock
from .randomness import DrawsRandomNumbersError, fixed
from .sizes import ONLY

Forward = Callable[[Any, Tensor], object]
"""Calls a module on ids as its user would: takes (module, ids), returns what holds the logits."""


class ModuleCall:
    """A module and how it is called: in eval mode, by one thread at a time.

    A module that could not be copied is borrowed: each pass sets it to eval mode, and then back to
    the modes that it had.

    Args:
        module: What is run: a private copy, or the user's own module where it can't be copied.
        private: Whether it is a copy.
        forward: How it is called, if not with ids alone.
        batch_first: Whether ids are (B, T); else (T, B).
        device: Torch's default device when the user passed the module, for tensors that it creates.
        lock: Held during every pass.

    Attributes:
        module, private, batch_first, lock: As given.
        random: Whether two passes give different logits; passes then run with a fixed seed.
        only_length: The only length of text that the module reads, if there is one.
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
        """The device that ids are moved to: that of the first parameter."""
        return next((p.device for p in self.module.parameters()), torch.device("cpu"))

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the module for a pass, in eval mode, and with a fixed seed if it is random."""
        randomness = fixed(self.device) if self.random else contextlib.nullcontext()
        with self.lock, contextlib.nullcontext() if self.private else self._borrowed(), randomness:
            yield

    def returned(
        self, batch: Tensor, point: EmbeddingPoint | None, substitute: Substitute | None
    ) -> object:
        """Run the module on ids (B, T), and return what it returns.

        Args:
            batch: The ids.
            point: Where embedded tokens take the place of looked-up ones.
            substitute: What takes their place; None: nothing does.
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
    """Stops a pass when it reaches the head; not a failure."""


def called(module: nn.Module, forward: Forward | None, argument: Tensor) -> object:
    """Call the module with the argument alone, or by way of `forward`.

    Raises:
        RuntimeError: If the module fails; the message says what to do, and the cause is attached.
    """
    try:
        return module(argument) if forward is None else forward(module, argument)
    except (DrawsRandomNumbersError, HeadReachedError, OtherIdsError, RecordedError):
        raise
    except Exception as error:
        read = "vectors" if argument.is_floating_point() else "ids"
        hint = (
            f"it is called with the module and {read}, and must return the logits; if it can read "
            "some texts only (such as a source and a target to be split), pass one as "
            "example="
        )
        if forward is None:
            hint = hint_for(module, argument, error)
        if isinstance(error, IndexError) and read == "vectors":
            low, high = (float(each) for each in argument.detach().aminmax())
            hint = (
                f"the vectors hold numbers from {low:.4g} to {high:.4g}; "
                "codes that it looks up must be whole numbers from 0 to below the number of rows "
                "of the table. Methods that put noise, zeros or values in between in place of "
                'codes may leave this range; measure="norm" and the other gradients do not'
            )
        if "nference tensor" in str(error):
            hint = (
                "a part of it runs in torch.inference_mode(), which keeps nothing that a gradient "
                "needs: remove the line @torch.inference_mode() above its forward, or with "
                "torch.inference_mode() in it"
            )
        raise RuntimeError(
            f"{'the module' if forward is None else 'forward='} failed on {read} of shape "
            f"{tuple(argument.shape)}, {argument.dtype}: {words(error)}; {hint}"
        ) from error


def fingerprint_of(forward: Forward) -> str:
    """A string that changes when the function's code does, and is the same in every process."""
    code = getattr(forward, "__code__", None)
    if code is None:
        known = dataclasses.is_dataclass(forward)
        return repr(forward) if known else type(forward).__qualname__
    values = [each for each in code.co_consts if isinstance(each, (str, int, float))]
    return repr((code.co_code.hex(), code.co_names, values))


def words(error: BaseException) -> str:
    """An error's type and message."""
    return f"{type(error).__name__}: {error}"
