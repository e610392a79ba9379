"""Modules that return probabilities, which are turned into logits.

Engines differentiate logits y. The probabilities are p = softmax(y) where one of the classes is
right, and p_k = sigmoid(y_k) where each class is right or wrong by itself. What a module returns
becomes y as follows:

    logits                      y, unchanged; so are log probabilities, whose softmax is p, too
    probabilities               log p_k
    log_odds                    y, unchanged
    independent_probabilities   log(p_k / (1 - p_k))

If a softmax or sigmoid computed the probabilities, y is taken from its input: a probability too
close to 0 or 1 to differ from it in floating point still has a gradient there.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from rnnviz_widget.calls import check_choice

from .squashing import SIGMOID, SOFTMAX, Squash

Returns = Literal[
    "logits", "log_probabilities", "probabilities", "log_odds", "independent_probabilities"
]
"""What a user passes as `returns=`: what the module returns."""


class Scale(enum.Enum):
    """What the numbers are that a module returns; see the table above."""

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
        """Whether the numbers are probabilities, not logits."""
        return self in (Scale.PROBABILITIES, Scale.INDEPENDENT)


def scale_named(returns: object) -> Scale | None:
    """The scale that a user names, or a ValueError; None: to be found out."""
    if returns is None:
        return None
    check_choice("returns", returns, get_args(Returns), rest=", or None to find out")
    return Scale("logits" if returns == "log_probabilities" else returns)


@dataclass(frozen=True)
class LogitsReader:
    """Turns what a module returned into logits.

    Attributes:
        scale: What it returned; None: not known yet, treated as logits.
        made: The softmaxes and sigmoids that were computed.
    """

    scale: Scale | None = None
    made: Sequence[Squash] = field(default_factory=list)

    def logits(self, returned: Tensor) -> Tensor:
        """The logits, in the same shape."""
        if self.scale is None or not self.scale.is_probability:
            return returned
        found = self._before(returned)
        if found is not None:
            return found
        # In half precision small probabilities underflow.
        exact = returned.float() if returned.dtype in (torch.float16, torch.bfloat16) else returned
        limits = torch.finfo(exact.dtype)
        if self.scale is Scale.PROBABILITIES:
            return exact.clamp(min=limits.tiny).log()
        inner = exact.clamp(min=limits.tiny, max=1 - limits.eps / 2)
        return inner.log() - (-inner).log1p()

    def squash(self, returned: Tensor) -> Squash | None:
        """The softmax or sigmoid whose output this is, or is a view of; None: neither."""
        for each in reversed(self.made):
            # A tensor that is no view has `_base` None.
            if each.made is returned or each.made is returned._base:  # noqa: SLF001
                return each
        return None

    def is_one_of_two(self, returned: Tensor, classes: int) -> bool:
        """Whether there is one number for two classes, which is that of the second."""
        if classes != 2 or returned.ndim == 0 or returned.shape[-1] != 1:
            return False
        if self.scale is not None:
            return self.scale.by_itself
        found = self.squash(returned)
        return found is not None and found.kind == SIGMOID

    def _before(self, returned: Tensor) -> Tensor | None:
        """The logits that the last softmax or sigmoid read, laid out like its output."""
        squash = self.squash(returned)
        kind = SOFTMAX if self.scale is Scale.PROBABILITIES else SIGMOID
        if squash is None or squash.kind != kind:
            return None
        found = squash.logits()
        if found is None or returned is squash.made:
            return found
        if found.shape != squash.made.shape or found.stride() != squash.made.stride():
            return None
        # The input may be a view into a larger tensor: add the offset at which it begins.
        begin = found.storage_offset() + returned.storage_offset() - squash.made.storage_offset()
        return found.as_strided(returned.shape, returned.stride(), begin)


def log_probabilities(logits: Tensor, *, by_itself: bool) -> Tensor:
    """The log probabilities of classes, in nats, from their logits.

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
