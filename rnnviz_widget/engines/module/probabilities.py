r"""Modules that return probabilities: found by experiment, and turned into logits.

Engines differentiate logits, and probabilities are made of them: p = softmax(y) where one of the
classes is right, p_k = sigmoid(y_k) where each class is right or wrong by itself. What a module
returns becomes y so:

    logits                      y, as it is; log probabilities too: their softmax is the same p
    probabilities               log p_k
    log_odds                    y, as it is
    independent_probabilities   log(p_k / (1 - p_k))

Where the probabilities are what a softmax or sigmoid made, y is computed from what that read: a
probability that is too near to 0 or 1 to be told from it still has a gradient.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from .squashing import SIGMOID, SOFTMAX, Squash

Returns = Literal[
    "logits", "log_probabilities", "probabilities", "log_odds", "independent_probabilities"
]
"""What a module returns, as a user says it."""


class Scale(enum.Enum):
    """What the numbers are that a module returns; see above."""

    LOGITS = "logits"
    PROBABILITIES = "probabilities"
    LOG_ODDS = "log_odds"
    INDEPENDENT = "independent_probabilities"

    @property
    def by_itself(self) -> bool:
        """Whether each class is right or wrong by itself: probabilities need not add up to 1."""
        return self in (Scale.LOG_ODDS, Scale.INDEPENDENT)

    @property
    def is_probability(self) -> bool:
        """Whether they are probabilities, not logits."""
        return self in (Scale.PROBABILITIES, Scale.INDEPENDENT)


def scale_named(returns: object) -> Scale | None:
    """What a user says that a module returns; None: it is to be found out.

    Raises:
        ValueError: If there is no such thing.
    """
    if returns is None:
        return None
    if not isinstance(returns, str) or returns not in get_args(Returns):
        known = ", ".join(map(repr, get_args(Returns)))
        raise ValueError(f"returns must be one of {known}, or None to find out; got {returns!r}")
    return Scale("logits" if returns == "log_probabilities" else returns)


@dataclass(frozen=True)
class LogitsReader:
    """Reads what a module returned as logits.

    Attributes:
        scale: What it returned; None: not known yet, taken as it is.
        made: The softmaxes and sigmoids on the way.
    """

    scale: Scale | None = None
    made: Sequence[Squash] = field(default_factory=list)

    def logits(self, returned: Tensor) -> Tensor:
        """What it returned as logits, in the same shape."""
        if self.scale is None or not self.scale.is_probability:
            return returned
        found = self._before(returned)
        if found is not None:
            return found
        # In half precision a small probability has no logarithm to speak of.
        exact = returned.float() if returned.dtype in (torch.float16, torch.bfloat16) else returned
        limits = torch.finfo(exact.dtype)
        if self.scale is Scale.PROBABILITIES:
            return exact.clamp(min=limits.tiny).log()
        inner = exact.clamp(min=limits.tiny, max=1 - limits.eps / 2)
        return inner.log() - (-inner).log1p()

    def squash(self, returned: Tensor) -> Squash | None:
        """The softmax or sigmoid that made it, if it is that or a view of it."""
        for each in reversed(self.made):
            # A view of nothing has no base.
            if each.made is returned or each.made is returned._base:  # noqa: SLF001
                return each
        return None

    def is_one_of_two(self, returned: Tensor, classes: int) -> bool:
        """Whether there is one number for two classes: it speaks of the second."""
        if classes != 2 or returned.ndim == 0 or returned.shape[-1] != 1:
            return False
        if self.scale is not None:
            return self.scale.by_itself
        found = self.squash(returned)
        return found is not None and found.kind == SIGMOID

    def _before(self, returned: Tensor) -> Tensor | None:
        """The logits that the last softmax or sigmoid read, laid out as what was returned."""
        squash = self.squash(returned)
        kind = SOFTMAX if self.scale is Scale.PROBABILITIES else SIGMOID
        if squash is None or squash.kind != kind:
            return None
        found = squash.logits()
        if found is None or returned is squash.made:
            return found
        if found.shape != squash.made.shape or found.stride() != squash.made.stride():
            return None
        # What was read may be a part of something larger: from where that part begins.
        begin = found.storage_offset() + returned.storage_offset() - squash.made.storage_offset()
        return found.as_strided(returned.shape, returned.stride(), begin)


def log_probabilities(logits: Tensor, *, by_itself: bool) -> Tensor:
    """The logarithms of the probabilities of classes, in nats, from their logits.

    Args:
        logits: Shape (.., V).
        by_itself: Whether each class is right or wrong by itself: log sigmoid(y_k); else
            log softmax(y)_k.
    """
    if by_itself:
        return torch.nn.functional.logsigmoid(logits)
    return logits.log_softmax(dim=-1)


def probabilities(logits: Tensor, *, by_itself: bool) -> Tensor:
    """The probabilities of classes, from their logits; see `log_probabilities`."""
    return logits.sigmoid() if by_itself else logits.softmax(dim=-1)
