"""How much of a logit's gradient is common to all classes.

Only differences of logits count in a softmax. A term that is added to all of them changes no
prediction, yet it may be most of the gradient of each logit. With g_k the gradient of the logit of
class k of V at one output, with respect to all inputs, and g the mean of all g_k,

    share = |g| / sqrt(|g|^2 + mean_k |g_k - g|^2)

is the common part of a logit's gradient (root mean square): 0 if there is no common term, 1 if
there is nothing else. The mean of V unrelated gradients has about 1/V of their squares, which is
subtracted first.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.explained import gradient_of

_log = logging.getLogger(__name__)

_COMMON = (
    "About {percent:.0f} % of the gradient of a logit is the same for all classes (root mean "
    "square, tried on {tokens} tokens). A term common to all logits changes no prediction: the "
    "picture of one class is then largely of that term. What predictions determine leaves it out: "
    'of="log_prob" or of="centred", or two classes compared, target=rv.Contrast("a", "b").'
)
# At 0.7 half of the squared gradient is common. All bundled models stay below 0.1.
_LARGE = 0.7
# The number of random sign vectors; each gives an unbiased estimate of the mean of |g_k - g|^2.
_DRAWS = 2
# Below this the outputs are log probabilities, to which no common term can be added.
_NORMALIZED = 1e-3


@dataclass(frozen=True)
class CommonPart:
    """What a term common to all logits makes up of the gradient of one.

    Attributes:
        share: The share, see above.
        tokens: How many tokens were read when it was found.
    """

    share: float
    tokens: int

    @property
    def note(self) -> str:
        """What a reader must know where the gradient of a logit is shown."""
        return _COMMON.format(percent=100 * self.share, tokens=self.tokens)


def common_share(run: Callable[[Tensor], Tensor], embedded: Tensor) -> float:
    """The share of a logit's gradient at the last output that is common to all classes.

    Args:
        run: The network: embedded tokens, (T, D), to logits, (S, V).
        embedded: The embedded tokens, (T, D).

    Returns:
        The share, 0 to 1; 0 where it has no meaning: there is only one class, the outputs are log
        probabilities, a class is masked, or no gradient reaches the inputs.
    """
    leaf = embedded.detach().clone().requires_grad_()
    with torch.enable_grad():
        logits = run(leaf)[-1]
        classes = len(logits)
        normalized = float(logits.detach().cpu().double().logsumexp(0).abs()) < _NORMALIZED
        if classes < 2 or normalized or not (logits.requires_grad and logits.isfinite().all()):
            return 0.0
        mean = logits.mean()
        common = _squared(mean, leaf)
        own = 0.0
        draws = torch.Generator().manual_seed(0)
        for _ in range(_DRAWS):
            signs = torch.randint(2, (classes,), generator=draws).to(logits) * 2 - 1
            own += _squared((signs * (logits - mean)).sum(), leaf) / (classes * _DRAWS)
    if common + own == 0:
        return 0.0
    part = common / (common + own)
    return math.sqrt(max(0.0, (part - 1 / classes) / (1 - 1 / classes)))


def _squared(number: Tensor, leaf: Tensor) -> float:
    """The squared norm of a number's gradient."""
    return float(gradient_of(number, leaf).cpu().double().square().sum())


def common_part(run: Callable[[Tensor], Tensor], embedded: Tensor) -> CommonPart | None:
    """The part of a logit's gradient that is common to all classes, if that is most of it."""
    try:
        share = common_share(run, embedded)
    except Exception as error:  # noqa: BLE001 - whatever a module's own backward pass raises
        _log.info("what is common to all logits can't be told: %s", error)
        return None
    return CommonPart(share, len(embedded)) if share >= _LARGE else None
