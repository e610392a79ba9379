"""Attribution methods that are more than one gradient, by name, with their options.

Index conventions: t input token, L layer. y is what is explained, e the embedded inputs (T, D), b
the baseline, (D,): zeros, or a symbol's embedding. G(e) is dy/de, (T, D). p_v is how frequent v is.

    integrated_gradients   <e_t - b, integral over a from 0 to 1 of G(b + a (e - b))_t>
    smooth_grad            mean over noise n of ||G(e + n)_t||
    deep_lift              <e_t - b, m_t>, m the multipliers of the rescale rule
    occlusion              y(e) - y(e with b in place of e_t)
    exchange               sum over symbols v of p_v (y(e) - y(e with v in place of e_t))
    quick_exchange         the same; recurrent layers go on from the mean state after some steps
    plausible_exchange     exchange with p_v = p(x_t = v | x_<t), as the model itself predicts it
    attention              mean over layers and heads of the weight of s on t
    attention_rollout      A'_L ... A'_1, with A' = (A + I) / 2, its rows normalised

Sources: Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017; Smilkov et
al., "SmoothGrad: removing noise by adding noise", 2017; Shrikumar, Greenside and Kundaje, "Learning
important features through propagating activation differences", 2017; Zeiler and Fergus,
"Visualizing and understanding convolutional networks", 2014; Robnik-Sikonja and Kononenko,
"Explaining classifications for individual instances", 2008; Abnar and Zuidema, "Quantifying
attention flow in transformers", 2020.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Frequencies = tuple[float, ...] | tuple[tuple[str, float], ...]
"""How frequent each input symbol is, in their order, or those that are named; in any unit."""


@dataclass(frozen=True)
class Method:
    """An attribution method that is more than one gradient, with its options.

    Attributes:
        name: What a user passes as `measure=`.
        signed: Whether scores may be negative.
        label: What the score is, in words, as the page's legend writes it.
        baseline: The input symbol whose embedding is the baseline; None: zeros.
        n_steps: The number of points on the path from the baseline; of quick exchange, the number
            of steps after which texts are merged.
        samples: The number of noisy inputs; of exchange, of symbols where not all are run.
        noise: The standard deviation of the noise, as a share of the range of the embedded inputs.
        frequencies: The frequency of each input symbol, or of some by name; None: those of the
            text.
        by_running: Whether scores are differences between runs of the model, whose signs are right.
    """

    name: str
    signed: bool
    label: str
    baseline: str | None = None
    n_steps: int = 50
    samples: int = 25
    noise: float = 0.1
    frequencies: Frequencies | None = None
    by_running: bool = False

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
        f"integrated gradients, sign not verified: the embedded input minus {nothing}, times the "
        f"mean gradient on the path from there, {_natural(n_steps, 'n_steps')} steps"
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
        f"DeepLift, sign not verified: the embedded input minus {_nothing(baseline)}, times its "
        "multiplier by the rescale rule"
    )
    return Method("deep_lift", True, label, baseline)


def _occlusion(baseline: str | None = None) -> Method:
    label = f"occlusion: how far the logit falls with {_nothing(baseline)} in the input’s place"  # noqa: RUF001 - typographic
    return Method("occlusion", True, label, baseline, by_running=True)


def _exchange(frequencies: object = None, samples: int = 64) -> Method:
    label = f"exchange: how far the logit falls on average when the input is {_drawn(frequencies)}"
    return Method(
        "exchange",
        True,
        label,
        samples=_natural(samples, "samples"),
        frequencies=_frequencies(frequencies),
        by_running=True,
    )


def _quick_exchange(frequencies: object = None, steps: int = 8) -> Method:
    label = (
        "quick exchange: how far the logit falls on average when the input is "
        f"{_drawn(frequencies)}; recurrent layers go on from the mean state after "
        f"{_natural(steps, 'steps')} steps"
    )
    return Method(
        "quick_exchange",
        True,
        label,
        n_steps=steps,
        samples=64,
        frequencies=_frequencies(frequencies),
        by_running=True,
    )


def _plausible_exchange(samples: int = 64) -> Method:
    label = (
        "plausible exchange: how far the logit falls on average when the input is drawn from the "
        "model’s own predictions at its place"  # noqa: RUF001 - typographic
    )
    return Method(
        "plausible_exchange", True, label, samples=_natural(samples, "samples"), by_running=True
    )


def _drawn(frequencies: object) -> str:
    where = "its frequency in the text" if frequencies is None else "the frequencies given"
    return f"drawn by {where}"


def _frequencies(given: Any) -> Frequencies | None:
    if given is None:
        return None
    numbers = tuple(given.values() if isinstance(given, Mapping) else given)
    if any(isinstance(n, (str, bool)) or not isinstance(n, (int, float)) for n in numbers):
        raise TypeError(
            "frequencies must be one number for each input symbol, in their order, or a mapping of "
            f"symbols to numbers; got {given!r:.80}"
        )
    if not (all(0 <= n < math.inf for n in numbers) and sum(n > 0 for n in numbers) > 1):
        raise ValueError(
            "frequencies must be finite numbers from 0 on, and at least two of them more than 0; "
            f"got {given!r:.80}"
        )
    return tuple(given.items()) if isinstance(given, Mapping) else numbers


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
    "exchange": _exchange,
    "quick_exchange": _quick_exchange,
    "plausible_exchange": _plausible_exchange,
    "attention": _attention,
    "attention_rollout": _rollout,
}

METHODS: dict[str, Method] = {name: make() for name, make in _MAKERS.items()}

CAPTUM = ("integrated_gradients", "smooth_grad", "deep_lift")
"""The methods that captum computes."""

PLAUSIBLE = "plausible_exchange"
"""That which draws symbols from the model's own predictions."""

EXCHANGES = ("exchange", "quick_exchange", PLAUSIBLE)
"""Those that draw another symbol in the place of an input."""


def make_method(name: object, **options: Any) -> Method:
    """Make a method with other options than its defaults.

    Args:
        name: One of `METHODS`.
        options: `baseline`, an input symbol (integrated_gradients, deep_lift, occlusion);
            `n_steps` (integrated_gradients); `samples` and `noise` (smooth_grad); `frequencies`
            (exchange, quick_exchange), `samples` (exchange, plausible_exchange) and `steps`
            (quick_exchange).

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
            "and occlusion, n_steps= with the first, samples= and noise= with smooth_grad, "
            "frequencies= with exchange and quick_exchange, samples= with exchange and "
            "plausible_exchange, steps= with quick_exchange"
        )
    return _MAKERS[name](**options)
