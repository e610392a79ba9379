"""Attribution methods that are more than one gradient, by name, with their options.

Index conventions: t input token, L layer. y is what is explained, e the embedded inputs (T, D), b
the baseline, (D,): zeros, or a symbol's embedding. G(e) is dy/de, (T, D).

    integrated_gradients   <e_t - b, integral over a from 0 to 1 of G(b + a (e - b))_t>
    smooth_grad            mean over noise n of ||G(e + n)_t||
    deep_lift              <e_t - b, m_t>, m the multipliers of the rescale rule
    occlusion              y(e) - y(e with b in place of e_t)
    attention              mean over layers and heads of the weight of s on t
    attention_rollout      A'_L ... A'_1, with A' = (A + I) / 2, its rows normalised

Sources: Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017; Smilkov et
al., "SmoothGrad: removing noise by adding noise", 2017; Shrikumar, Greenside and Kundaje, "Learning
important features through propagating activation differences", 2017; Zeiler and Fergus,
"Visualizing and understanding convolutional networks", 2014; Abnar and Zuidema, "Quantifying
attention flow in transformers", 2020.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Method:
    """An attribution method that is more than one gradient, with its options.

    Attributes:
        name: What a user passes as `measure=`.
        signed: Whether scores may be negative.
        label: What the score is, in words, as the page's legend writes it.
        baseline: The input symbol whose embedding is the baseline; None: zeros.
        n_steps: The number of points on the path from the baseline.
        samples: The number of noisy inputs.
        noise: The standard deviation of the noise, as a share of the range of the embedded inputs.
    """

    name: str
    signed: bool
    label: str
    baseline: str | None = None
    n_steps: int = 50
    samples: int = 25
    noise: float = 0.1

    @property
    def of_target(self) -> bool:
        """Whether scores depend on the target; attention weights do not."""
        return not self.name.startswith("attention")


def _nothing(baseline: str | None) -> str:
    if baseline is None:
        return "zeros"
    if not isinstance(baseline, str):
        raise TypeError(f"baseline must be an input symbol; got {baseline!r}")
    return f"“{baseline}”"


def _natural(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a natural number; got {value!r}")
    return value


def _integrated(baseline: str | None = None, n_steps: int = 50) -> Method:
    nothing = _nothing(baseline)
    label = (
        f"integrated gradients: the embedded input minus {nothing}, times the mean gradient on the "
        f"path from there, {_natural(n_steps, 'n_steps')} steps"
    )
    return Method("integrated_gradients", True, label, baseline, n_steps=n_steps)


def _smooth(samples: int = 25, noise: float = 0.1) -> Method:
    if not (isinstance(noise, (int, float)) and 0 < noise <= 1):
        raise ValueError(f"noise must be a share of the inputs' range, 0 to 1; got {noise!r}")
    label = (
        "SmoothGrad: mean L2 norm of the gradient with respect to the embedded input, over "
        f"{_natural(samples, 'samples')} inputs with noise of {100 * noise:g} % of their range"
    )
    return Method("smooth_grad", False, label, samples=samples, noise=noise)


def _deep_lift(baseline: str | None = None) -> Method:
    label = (
        f"DeepLift: the embedded input minus {_nothing(baseline)}, times its multiplier by the "
        "rescale rule"
    )
    return Method("deep_lift", True, label, baseline)


def _occlusion(baseline: str | None = None) -> Method:
    label = f"occlusion: how far the logit falls with {_nothing(baseline)} in the input’s place"  # noqa: RUF001 - typographic
    return Method("occlusion", True, label, baseline)


def _attention() -> Method:
    label = "attention: mean weight over heads and layers, the same whatever is explained"
    return Method("attention", False, label)


def _rollout() -> Method:
    label = (
        "attention rollout: product over layers of half attention, half identity, the same "
        "whatever is explained"
    )
    return Method("attention_rollout", False, label)


_MAKERS: dict[str, Callable[..., Method]] = {
    "integrated_gradients": _integrated,
    "smooth_grad": _smooth,
    "deep_lift": _deep_lift,
    "occlusion": _occlusion,
    "attention": _attention,
    "attention_rollout": _rollout,
}

METHODS: dict[str, Method] = {name: make() for name, make in _MAKERS.items()}

CAPTUM = ("integrated_gradients", "smooth_grad", "deep_lift")
"""The methods that captum computes."""


def make_method(name: object, **options: Any) -> Method:
    """Make a method with other options than its defaults.

    Args:
        name: One of `METHODS`.
        options: `baseline`, an input symbol (integrated_gradients, deep_lift, occlusion);
            `n_steps` (integrated_gradients); `samples` and `noise` (smooth_grad).

    Raises:
        TypeError, ValueError: If there is no such method, or it has no such option.
    """
    if not isinstance(name, str) or name not in _MAKERS:
        known = ", ".join(map(repr, _MAKERS))
        raise ValueError(f"only {known} have options; got {name!r}")
    takes = inspect.signature(_MAKERS[name]).parameters
    wrong = ", ".join(repr(option) for option in options if option not in takes)
    if wrong:
        raise TypeError(
            f"{name} does not take {wrong}; baseline= goes with integrated_gradients, deep_lift "
            "and occlusion, n_steps= with the first, samples= and noise= with smooth_grad"
        )
    return _MAKERS[name](**options)
