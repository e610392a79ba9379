"""What exchanging inputs really does to an output: by running the model, no measure asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnviz_widget.engines import ClassOrPair

from .drawn_symbols import DrawnSymbols
from .formulas import STEPS, first_of_order
from .rerun import Rerunner

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# How many changed texts are made at a time.
_TEXTS = 2048


@dataclass(frozen=True)
class CheckSettings:
    """How measures are checked.

    Attributes:
        rows: How many outputs of each text are checked.
        start: The first output that may be; None: from the middle of the text on.
        steps: How many inputs are exchanged, k.
        draws: How many draws of replacements each k is averaged over.
        seed: For the choice of outputs, the draws, the random orders and the random classes.
    """

    rows: int = 2
    start: int | None = None
    steps: Sequence[int] = STEPS
    draws: int = 4
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Curve:
    """What is left of an output's probability, by how many inputs of an order are exchanged.

    Attributes:
        without: The explained probability with the first k exchanged, mean over draws, (K,).
        alone: The same with all inputs but these exchanged, (K,).
    """

    without: Floats
    alone: Floats


@dataclass(frozen=True, eq=False)
class RowPlan:
    """One output, and the draws that every order of its inputs is tried with.

    Attributes:
        row: The output s.
        target: What is explained: a class, or two compared.
        places: The inputs that can be exchanged, N of them, ascending.
        drawn: What stands in their places, draw by draw, (D, N).
        orders: A random order of them for each draw, (D, N).
        tried: The symbols that are run one at a time in the place of each, (N, B).
        weights: Their weights in the mean, (B,).
        exact: Whether these are all symbols that there are.
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
        """The same for the same seed, text and output, whatever is measured."""
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
        """Those nearest to the output first; of two equally near, the earlier one."""
        return np.argsort(abs(self.places - self.row), kind="stable")

    def chance(self, explained: Floats) -> Floats:
        """What is explained as a probability: of the class, or of the first if it is one of two."""
        with np.errstate(over="ignore"):
            return (
                1 / (1 + np.exp(-explained))
                if isinstance(self.target, tuple)
                else np.exp(explained)
            )


@dataclass(frozen=True, eq=False)
class RowTruth:
    """What really happens to one output when its inputs are exchanged.

    What is explained is a log-probability, the difference of two, or a number; see `Rerunner`.

    Attributes:
        row: The output s.
        places: The inputs that can be exchanged, (N,).
        explained: What is explained, as the text is.
        chance: The same as a probability; see `RowPlan.chance`.
        effect: Expected change when one input is drawn by its frequency: what is explained as the
            text is, less its mean with another symbol there, (N,).
        size: The root of the mean square of that change, (N,).
        error: The standard error of the effects, mean over inputs; 0: all symbols were run.
        nothing: The probability with all of them exchanged, mean over draws.
        nearest: The curve of nearest-first.
        random: That of random orders, one a draw.
        falls: How far what is explained falls for each draw of a random order, with its first k
            exchanged and with all but these, (D, K, 2).
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
        """How many inputs lie between each and the output, (N,)."""
        return abs(self.places - self.row)


class RowRerun:
    """Reruns of one output.

    Args:
        rerunner: Runs the model.
        ids: The ids of the text, (T,).
        plan: The output and its draws.
        steps: How many inputs are exchanged, k.
        number: Whether the model gives one number, and no probability.
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
        """What is explained at the output in each of B texts, (B,); equal texts are run once."""
        different, which = np.unique(texts, axis=0, return_inverse=True)
        found = self._rerunner.explained(different, [self.plan.row], [self.plan.target])
        every: Floats = found[:, 0][which.reshape(-1)]
        return every

    def chance(self, explained: Floats) -> Floats:
        """As a probability; of a model of one number, that."""
        return explained if self._number else self.plan.chance(explained)

    def along(self, orders: Integers) -> Floats:
        """What is explained, by how many of the first inputs of orders are exchanged.

        Args:
            orders: One for each draw, (D, N).

        Returns:
            With the first k exchanged, and with all but these, (D, K, 2).
        """
        firsts = np.array([[first_of_order(o, k) for k in self.steps] for o in orders], bool)
        exchanged = np.stack([firsts, ~firsts], axis=2)
        texts = self._exchanged(exchanged.reshape(len(orders), -1, exchanged.shape[-1]))
        return self.explained(texts).reshape(exchanged.shape[:-1])

    def curve(self, along: Floats) -> Curve:
        """The curve of what `along` gave."""
        mean = self.chance(along).mean(axis=0)
        return Curve(mean[:, 0], mean[:, 1])

    def by_order(self, order: Integers) -> Curve:
        """The curve of one order of the inputs, (N,)."""
        return self.curve(self.along(np.broadcast_to(order, self.plan.orders.shape)))

    def _exchanged(self, which: npt.NDArray[np.bool_]) -> Integers:
        """Texts with some inputs exchanged: of which (D, M, N), those of all draws, (D * M, T)."""
        plan = self.plan
        texts = np.broadcast_to(self._ids, (*which.shape[:2], len(self._ids))).copy()
        texts[:, :, plan.places] = np.where(which, plan.drawn[:, None], self._ids[plan.places])
        return texts.reshape(-1, len(self._ids))

    def truth(self, effect: Floats, size: Floats, error: float, explained: float) -> RowTruth:
        """All that is known of the output, given what `effects` found of it."""
        along = self.along(self.plan.orders)
        every = np.ones((len(self.plan.drawn), 1, len(self.plan.places)), bool)
        nothing = self.chance(self.explained(self._exchanged(every))).mean()
        return RowTruth(
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
    """The effect of each input on some outputs of a text, by running each symbol in its place.

    The reruns are of all outputs at once: an input is the same whichever output is asked.

    Returns:
        For each output the expected change (N,), its root mean square (N,), the mean standard error
        of the first, and what is explained as the text is.
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
