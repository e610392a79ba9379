"""Integrated gradients, SmoothGrad and DeepLift, by captum."""

from __future__ import annotations

import contextlib
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata, util
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.engine import Accuracy, RowBlock
from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.measures import lengths
from rnnviz_widget.engines.module.randomness import fixed
from rnnviz_widget.engines.torch_state import SingleConstants

from .method import Method
from .perturbed_text import PerturbedText

_log = logging.getLogger(__name__)

# A row of integrated gradients adds up to y(e) - y(b). If it misses that by more than this share of
# its sum of magnitudes, it is computed again with twice as many steps, at most this many times.
_COMPLETE = 1e-2
_DOUBLINGS = 3
# DeepLift's rows add up to rounding, if there is a rule for every layer that is not linear.
_ADDS_UP = {torch.float64: 1e-8}
_ADDS_UP_IN_SINGLE = 1e-3
# Layers that are not linear and have no rule in captum, which would use their plain gradient.
_WITHOUT_RULE = (
    nn.RNNBase,
    nn.RNNCellBase,
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
    nn.LayerNorm,
    nn.GELU,
    nn.SiLU,
)


def has_captum() -> bool:
    """Whether captum is installed."""
    return util.find_spec("captum") is not None


def without_rule(module: nn.Module) -> str | None:
    """The type name of a layer for which DeepLift has no rule; None: there is no such layer."""
    found = (type(each).__name__ for each in module.modules() if isinstance(each, _WITHOUT_RULE))
    return next(found, None)


class ByCaptum:
    """Computes the rows of captum's methods, one by one.

    Raises:
        ImportError: If captum is not installed.
        ValueError: If DeepLift can't serve the network.
    """

    name = "captum"

    def __init__(self, perturbed: PerturbedText, method: Method) -> None:
        if not has_captum():
            raise ImportError(
                f"{method.name} is computed by captum, which is not installed; "
                "pip install 'rnnviz-widget[methods]'"
            )
        self._perturbed, self._method = perturbed, method
        of = {
            "integrated_gradients": (self._integrated, "gradients on the path from the baseline"),
            "smooth_grad": (self._smooth, "a gradient for each noisy input"),
            "deep_lift": (self._lifted, "a pass with the text and the baseline"),
        }
        self._row, how = of[method.name]
        self.reason = f"captum {metadata.version('captum')}, {how}, row by row"
        if method.name == "deep_lift":
            self._check_rules()

    def blocks(self, rows: Sequence[int], targets: Sequence[Explained]) -> Iterator[RowBlock]:
        """See `RowMethod.blocks`."""
        for place, (row, target) in enumerate(zip(rows, targets, strict=True)):
            tokens = self._perturbed.reads(row)
            embedded = self._perturbed.embedded[None, :tokens].clone().requires_grad_()
            scores = embedded.new_zeros(1, len(self._perturbed.embedded))
            with _single_constants():
                found, error = self._row(embedded, row, target)
            scores[0, :tokens] = found
            yield RowBlock([place], scores, accuracy=Accuracy(error=error))

    def _explained(self, row: int, target: Explained) -> Callable[[Tensor], Tensor]:
        """A function from B embedded texts, (B, p, D), to what is explained in each, (B,)."""
        perturbed = self._perturbed
        return lambda embedded: perturbed.numbers(perturbed.holding(embedded), [row], [target])[
            :, 0
        ]

    def _is_masked(self, missed: float, embedded: Tensor, row: int, target: Explained) -> bool:
        """Whether a logit is -inf for both the text and the baseline, so that no input moves it.

        Args:
            missed: By how much the scores miss what they should add up to; NaN in this case.
            embedded: The text.
            row: The output.
            target: What is explained.
        """
        if not math.isnan(missed):
            return False
        explained = self._explained(row, target)
        with torch.no_grad():
            with_it, without = explained(embedded), explained(self._nothing(embedded))
        return bool(with_it.isinf().all()) and bool((with_it == without).all())

    def _nothing(self, embedded: Tensor) -> Tensor:
        return self._perturbed.holding(self._perturbed.baseline.expand_as(embedded)).clone()

    def _integrated(self, embedded: Tensor, row: int, target: Explained) -> tuple[Tensor, float]:
        from captum.attr import IntegratedGradients  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

        integrated = IntegratedGradients(self._explained(row, target))
        steps, nothing = self._method.n_steps, self._nothing(embedded)
        for _ in range(_DOUBLINGS + 1):
            found, delta = integrated.attribute(
                embedded,
                nothing,
                n_steps=steps,
                internal_batch_size=self._perturbed.together(embedded.shape[1]),
                return_convergence_delta=True,
            )
            scores = found.detach()[0].sum(dim=-1)
            missed = abs(float(delta))
            if self._is_masked(missed, embedded, row, target):
                return torch.zeros_like(scores), 0.0
            if missed <= _COMPLETE * float(scores.abs().sum()):
                break
            steps *= 2
        else:
            _log.info(
                "integrated gradients of output %d miss the sum that they should have by %.1e "
                "with %d steps",
                row,
                missed,
                steps // 2,
            )
        return scores, _share(missed, scores)

    def _smooth(self, embedded: Tensor, row: int, target: Explained) -> tuple[Tensor, float]:
        from captum.attr import NoiseTunnel  # noqa: PLC0415 - an extra

        # Columns that are held fixed (codes) get no noise and do not count for the range.
        numbers = self._perturbed.embedded[:, ~self._perturbed.held]
        low, high = torch.aminmax(numbers) if numbers.numel() else (0.0, 0.0)
        norm = _norm_of_gradient(self._explained(row, target))
        with fixed(embedded.device):
            found = NoiseTunnel(norm).attribute(
                embedded,
                nt_type="smoothgrad",
                nt_samples=self._method.samples,
                nt_samples_batch_size=self._perturbed.together(embedded.shape[1]),
                stdevs=self._method.noise * float(high - low),
            )
        return found.detach()[0], 0.0

    def _lifted(self, embedded: Tensor, row: int, target: Explained) -> tuple[Tensor, float]:
        from captum.attr import DeepLift  # noqa: PLC0415 - an extra

        asked = _ExplainedNumber(self._perturbed.network.module, self._explained(row, target))
        try:
            with _quiet():
                found, delta = DeepLift(asked).attribute(
                    embedded, self._nothing(embedded), return_convergence_delta=True
                )
        except (AssertionError, RuntimeError) as error:
            raise ValueError(f"captum says: {error}; use integrated_gradients") from error
        scores = found.detach()[0].sum(dim=-1)
        missed = abs(float(delta))
        if self._is_masked(missed, embedded, row, target):
            return torch.zeros_like(scores), 0.0
        limit = _ADDS_UP.get(scores.dtype, _ADDS_UP_IN_SINGLE)
        if missed > limit * float(scores.abs().sum()):
            raise ValueError(
                f"DeepLift's scores of output {row} miss the sum that they should have by "
                f"{missed:.1e}: captum has a rule for some nonlinear layers, each called once, and "
                "the module computes something else that is not linear (a function such as "
                "torch.tanh, a product of two activations); use integrated_gradients"
            )
        return scores, _share(missed, scores)

    def _check_rules(self) -> None:
        module, perturbed = self._perturbed.network.module, self._perturbed
        layer = without_rule(module)
        if layer is not None:
            raise ValueError(
                f"captum's DeepLift has no rule for {layer}, and would use its plain gradient "
                "instead; use integrated_gradients"
            )
        if not perturbed.batches:
            raise ValueError(
                "DeepLift reads the text and the baseline at once, as a batch of two, and this "
                "module does not read each as by itself; use integrated_gradients"
            )
        # Nonlinear functions are no layers: only a sum that is wrong shows them. So try one row.
        last = len(perturbed.embedded) - 1
        list(self.blocks([last], [0]))


class _ExplainedNumber(nn.Module):
    """A module for captum to set hooks on: embedded texts in, one number for each out."""

    def __init__(self, module: nn.Module, explained: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.module = module
        self.explained = explained

    def forward(self, embedded: Tensor) -> Tensor:
        """See `ByCaptum._explained`."""
        return self.explained(embedded)


def _norm_of_gradient(explained: Callable[[Tensor], Tensor]) -> Any:
    """What SmoothGrad averages: the L2 norm of the gradient at each token, (B, p)."""
    from captum.attr import Saliency  # noqa: PLC0415 - an extra
    from captum.log import log_usage  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    class NormOfGradient(Saliency):  # type: ignore[misc]
        @log_usage()  # type: ignore[untyped-decorator] # the tunnel asks for what it wraps
        def attribute(self, inputs: Tensor, **_: Any) -> Tensor:
            gradient = super().attribute.__wrapped__(self, inputs, abs=False)
            return lengths(gradient)

    return NormOfGradient(explained)


def _share(missed: float, scores: Tensor) -> float:
    largest = float(scores.abs().max())
    return missed / largest if largest else missed


def _single_constants() -> contextlib.AbstractContextManager[object]:
    half = torch.get_default_dtype() in (torch.float16, torch.bfloat16)
    return SingleConstants() if half else contextlib.nullcontext()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence captum's warnings about its hooks, which it sets on a private copy here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="captum")
        yield
