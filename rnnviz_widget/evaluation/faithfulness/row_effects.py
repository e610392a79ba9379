"""Measures the true effect of inputs on an output, by exchanging them and rerunning the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import ClassOrPair
from rnnviz_widget.reading.rerun import Rerunner

from .drawn_symbols import DrawnSymbols
from .formulas import STEPS, first_of_order

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# The number of changed texts that are prepared at a time.
_TEXTS = 2048


@dataclass(frozen=True)
class CheckSettings:
    """Settings of a check.

    Attributes:
        rows: The number of outputs that are checked in each text.
        start: The first output that may be checked; None: the middle of the text.
        steps: The numbers k of inputs that are exchanged together.
        draws: The number of draws that each k is averaged over.
        seed: Seeds the choice of outputs, the draws, the random orders and the random classes.
    """

    rows: int = 2
    start: int | None = None
    steps: Sequence[int] = STEPS
    draws: int = 4
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Curve:
    """The explained probability after exchanging inputs in some order, for each k.

    Attributes:
        without: With the first k inputs exchanged, mean over draws, (K,).
        alone: With all inputs except the first k exchanged, mean over draws, (K,).
    """

    without: Floats
    alone: Floats


@dataclass(frozen=True, eq=False)
class RowPlan:
    """An output, with the random draws that all orders of its inputs share.

    Attributes:
        row: The output s.
        target: The explained class, or the two that are compared.
        places: The inputs that can be exchanged, ascending, (N,).
        drawn: The replacement of each input in each draw, (D, N).
        orders: A random order of the inputs for each draw, (D, N).
        tried: The symbols that are tried one at a time in the place of each input, (N, B).
        weights: The weights of these symbols in the mean, (B,).
        exact: Whether they are all symbols.
    """

    row: int
    target: ClassOrPair
    places: Integers
    drawn: Integers
    orders: Integers
    tried: Integers
    weights: Floats
    exact: bool

    @classmethod
    def made(
        cls,
        text: int,
        row: int,
        target: ClassOrPair,
        *,
        places: Integers,
        replacements: DrawnSymbols,
        settings: CheckSettings,
    ) -> RowPlan:
        """Draw a plan from the seed, the text's index and the output, not from any measure."""
        generator = np.random.default_rng([settings.seed, text, row])
        shape = (settings.draws, len(places))
        drawn = replacements.draw(generator, shape)
        orders = generator.permuted(np.broadcast_to(np.arange(len(places)), shape), axis=1)
        each = [replacements.tried(generator) for _ in places]
        return cls(
            row,
            target,
            places,
            drawn,
            orders,
            np.array([ids for ids, _ in each], np.int64),
            each[0][1],
            replacements.exact,
        )

    def nearest(self) -> Integers:
        """The order of the inputs by their distance to the output, nearest first, (N,)."""
        return np.argsort(abs(self.places - self.row), kind="stable")

    def chance(self, explained: Floats) -> Floats:
        """The explained number as a probability: of the class, or of the first of just two."""
        with np.errstate(over="ignore"):
            return (
                1 / (1 + np.exp(-explained))
                if isinstance(self.target, tuple)
                else np.exp(explained)
            )


@dataclass(frozen=True, eq=False)
class RowEffects:
    """The true effects of the inputs of one output.

    `Rerunner` says what the explained number is.

    Attributes:
        row: The output s.
        places: The inputs that can be exchanged, (N,).
        explained: The explained number for the unchanged text.
        chance: The same as a probability; see `RowPlan.chance`.
        effect: The true effect of each input, (N,): the explained number minus its mean when the
            input is replaced by a symbol drawn by frequency.
        size: The root of the mean square of that change, (N,).
        error: The standard error of the effects, mean over inputs; 0 if all symbols were tried.
        nothing: The probability with all N inputs exchanged, mean over draws.
        nearest: The curve for exchanging the nearest inputs first.
        random: The curve for random orders, one for each draw.
        falls: By how much the explained number falls along each random order, with the first k
            inputs exchanged and with all others exchanged, (D, K, 2).
    """

    row: int
    places: Integers
    explained: float
    chance: float
    effect: Floats
    size: Floats
    error: float
    nothing: float
    nearest: Curve
    random: Curve
    falls: Floats

    @property
    def lags(self) -> Integers:
        """The distance of each input to the output, in tokens, (N,)."""
        return abs(self.places - self.row)


class RowRerun:
    """Reruns of one output.

    Args:
        rerunner: Runs the model.
        ids: The ids of the text, (T,).
        plan: The output and its draws.
        steps: The numbers k of inputs that are exchanged together.
        number: Whether the model predicts one number rather than probabilities.
    """

    def __init__(
        self,
        rerunner: Rerunner,
        ids: Sequence[int],
        plan: RowPlan,
        steps: Sequence[int],
        *,
        number: bool,
    ) -> None:
        self.plan, self.steps = plan, steps
        self._rerunner, self._number = rerunner, number
        self._ids = np.array(ids, np.int64)

    def explained(self, texts: Integers) -> Floats:
        """The explained number for each of B texts, (B,). Equal texts are run once."""
        different, which = np.unique(texts, axis=0, return_inverse=True)
        found = self._rerunner.explained(different, [self.plan.row], [self.plan.target])
        every: Floats = found[:, 0][which.reshape(-1)]
        return every

    def chance(self, explained: Floats) -> Floats:
        """The explained number as a probability; unchanged for a model of one number."""
        return explained if self._number else self.plan.chance(explained)

    def along(self, orders: Integers) -> Floats:
        """The explained number after exchanging inputs along an order.

        Args:
            orders: One for each draw, (D, N).

        Returns:
            With the first k inputs exchanged, and with all others exchanged, (D, K, 2).
        """
        firsts = np.array([[first_of_order(o, k) for k in self.steps] for o in orders], bool)
        exchanged = np.stack([firsts, ~firsts], axis=2)
        texts = self._exchanged(exchanged.reshape(len(orders), -1, exchanged.shape[-1]))
        return self.explained(texts).reshape(exchanged.shape[:-1])

    def curve(self, along: Floats) -> Curve:
        """The curve of the numbers that `along` returns."""
        mean = self.chance(along).mean(axis=0)
        return Curve(mean[:, 0], mean[:, 1])

    def by_order(self, order: Integers) -> Curve:
        """The curve for one order of the inputs, (N,)."""
        return self.curve(self.along(np.broadcast_to(order, self.plan.orders.shape)))

    def _exchanged(self, which: npt.NDArray[np.bool_]) -> Integers:
        """The texts in which the marked inputs, (D, M, N), are exchanged, (D * M, T)."""
        plan = self.plan
        texts = np.broadcast_to(self._ids, (*which.shape[:2], len(self._ids))).copy()
        texts[:, :, plan.places] = np.where(which, plan.drawn[:, None], self._ids[plan.places])
        return texts.reshape(-1, len(self._ids))

    def true_effects(
        self, effect: Floats, size: Floats, error: float, explained: float
    ) -> RowEffects:
        """Collect the true effects of the output; the arguments come from `effects`."""
        along = self.along(self.plan.orders)
        every = np.ones((len(self.plan.drawn), 1, len(self.plan.places)), bool)
        nothing = self.chance(self.explained(self._exchanged(every))).mean()
        return RowEffects(
            row=self.plan.row,
            places=self.plan.places,
            explained=explained,
            chance=float(self.chance(np.array(explained))),
            effect=effect,
            size=size,
            error=error,
            nothing=float(nothing),
            nearest=self.by_order(self.plan.nearest()),
            random=self.curve(along),
            falls=explained - along,
        )


def effects(
    rerunner: Rerunner, ids: Sequence[int], plans: Sequence[RowPlan]
) -> list[tuple[Floats, Floats, float, float]]:
    """Measure the effect of each input on some outputs, by trying symbols in its place.

    All outputs of the text share the reruns.

    Returns:
        For each output: the effects (N,), their sizes (N,), the mean standard error of the effects,
        and the explained number for the unchanged text.
    """
    rows, targets = [plan.row for plan in plans], [plan.target for plan in plans]
    text = np.array(ids, np.int64)
    (before,) = rerunner.explained(text[None], rows, targets)
    symbols = {int(t): plan.tried[n] for plan in plans for n, t in enumerate(plan.places)}
    after: dict[int, Floats] = {}
    at_once = max(1, _TEXTS // plans[0].tried.shape[1])
    for first in range(0, len(symbols), at_once):
        some = list(symbols.items())[first : first + at_once]
        texts = np.repeat(text[None], sum(len(tried) for _, tried in some), axis=0)
        for n, (t, tried) in enumerate(some):
            texts[n * len(tried) : (n + 1) * len(tried), t] = tried
        found = rerunner.explained(texts, rows, targets)
        after |= zip([t for t, _ in some], np.split(found, len(some)), strict=True)
    every = []
    for r, plan in enumerate(plans):
        change = before[r] - np.array([after[int(t)][:, r] for t in plan.places])
        effect = change @ plan.weights
        square = change**2 @ plan.weights
        error = np.sqrt(np.maximum(square - effect**2, 0) / len(plan.weights))
        sampled = 0.0 if plan.exact else float(error.mean())
        every.append((effect, np.sqrt(square), sampled, float(before[r])))
    return every
