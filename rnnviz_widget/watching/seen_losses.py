"""The losses of a training: a sample of them, as means over so many steps that few are kept."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

# At most so many losses a second are looked at, and so many wait to be read.
_SECONDS_APART = 0.005
_WAITING = 8192
# The most means that are kept: beyond it neighbours are joined.
_MOST = 400

Loss = float | Tensor


class SeenLosses:
    """Takes losses on the training's thread, and reads them on any.

    A loss on a GPU is not waited for when it is taken. Reading is under a lock: the training's own
    thread reads when it ends, while the background may still do so.

    Attributes:
        not_finite: The first step whose loss was NaN or infinite; None: none was.
    """

    def __init__(self, points: Sequence[tuple[int, float]] = ()) -> None:
        self._points = list(points)
        self.not_finite: int | None = None
        self._reading = threading.Lock()
        self._waiting: deque[tuple[int, Loss]] = deque(maxlen=_WAITING)
        self._last = -math.inf
        # How many losses each point is the mean of, and those of the point that is not full.
        self._width = 1
        self._begun: list[tuple[int, float]] = []
        self._since_checkpoint: list[tuple[int, float]] = []
        self._join()

    @property
    def points(self) -> list[tuple[int, float]]:
        """Steps and mean losses, a few hundred at most."""
        with self._reading:
            return [*self._points, *([_mean(self._begun)] if self._begun else [])]

    def take(self, step: int, loss: Loss, now: float) -> None:
        """Take the loss of a step, unless another was taken just before."""
        if now - self._last < _SECONDS_APART:
            return
        self._last = now
        self._waiting.append((step, loss.detach() if isinstance(loss, Tensor) else loss))

    def read(self) -> None:
        """Read what was taken."""
        with self._reading:
            self._read()

    def _read(self) -> None:
        taken: list[tuple[int, Loss]] = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        tensors = [loss for _, loss in taken if isinstance(loss, Tensor)]
        found = iter(_numbers(tensors))
        for step, loss in taken:
            number = next(found) if isinstance(loss, Tensor) else float(loss)
            if math.isfinite(number):
                self._add(step, number)
            elif self.not_finite is None:
                self.not_finite = step

    def since_checkpoint(self, most: int = 20) -> list[tuple[int, float]]:
        """Means of the losses since this was last called, at most so many."""
        with self._reading:
            losses, self._since_checkpoint = self._since_checkpoint, []
        size = max(1, math.ceil(len(losses) / most))
        return [_mean(losses[at : at + size]) for at in range(0, len(losses), size)]

    def _add(self, step: int, loss: float) -> None:
        self._since_checkpoint.append((step, loss))
        self._begun.append((step, loss))
        if len(self._begun) >= self._width:
            self._points.append(_mean(self._begun))
            self._begun = []
            self._join()

    def _join(self) -> None:
        while len(self._points) >= _MOST:
            even = len(self._points) // 2 * 2
            pairs = [self._points[at : at + 2] for at in range(0, even, 2)]
            self._points = [_mean(pair) for pair in pairs] + self._points[even:]
            self._width *= 2


def mean_of(losses: Sequence[tuple[int, float]]) -> float | None:
    """The mean loss; None of none."""
    return _mean(losses)[1] if losses else None


def _mean(losses: Sequence[tuple[int, float]]) -> tuple[int, float]:
    return losses[-1][0], sum(loss for _, loss in losses) / len(losses)


def _numbers(tensors: Sequence[Tensor]) -> list[float]:
    if not tensors:
        return []
    device = tensors[0].device
    if any(one.device != device for one in tensors):
        return [float(one) for one in tensors]
    found: list[float] = torch.stack([one.reshape(()).float() for one in tensors]).tolist()
    return found
