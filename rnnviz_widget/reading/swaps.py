"""Computing what an output is with every other symbol in the place of one input, in short steps.

Index conventions: s output, t input, v input symbol, y the explained number, y_v that with v as
input t. What is expected if the symbol is drawn instead, each with a chance of p_v, is

    sum over v of p_v y_v

with p_v the frequency of v in the text, each symbol counted once more; or the model's own
prediction at that place. Up to `EXACT` symbols are all run, of more a sample of each of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rnnviz_widget.engines import Engine, Explained, Method, clean_torch
from rnnviz_widget.engines.methods.engine import symbols_of
from rnnviz_widget.engines.methods.replacements import Replacements, Symbols, by_frequency
from rnnviz_widget.engines.swapped_input import embedded_symbols
from rnnviz_widget.models import InputPredictions, SequenceModel, why_no_input_predictions
from rnnviz_widget.scene.facet import Facet
from rnnviz_widget.scene.swaps import InputSwaps, SwapDraws, SwapKind

from .row_computer import RowComputer
from .swapped_numbers import Numbers, SwappedNumbers

SAMPLES = 64
"""How many symbols are drawn in each way where there are more than `EXACT`."""

# The largest difference between two runs of the same text that is not said.
_SAME = 1e-3


@dataclass(frozen=True, eq=False)
class SwapsRun:
    """One model, one output and one input; iterate `steps` for the swaps.

    Attributes:
        model: The model, with the weights that read the text.
        facet: The facts about it on the text.
        engine: What read the text.
        rows: What computes its rows.
        explained: What is explained at the output.
        s: The output.
        t: The input.
        method: The method that explains it, if that says how frequent symbols are.
    """

    model: SequenceModel
    facet: Facet
    engine: Engine
    rows: RowComputer
    explained: Explained
    s: int
    t: int
    method: Method | None

    def steps(self) -> Iterator[float | InputSwaps]:
        """Compute the swaps, in steps between which others may compute.

        Yields:
            How much is done, 0 to 1; at last the swaps.

        Raises:
            ValueError: If nothing can be swapped; the message says why.
            FloatingPointError: If the model gives NaN with another symbol.
            RuntimeError: If the module fails with another symbol; the cause is attached.
        """
        self._check()
        with clean_torch():
            draws, plausible, notes = self._draws()
        yield 0.05
        own = self.facet.tokens.ids[self.t]
        chosen = [own, *sorted({int(v) for each in draws for v in each.drawn.chosen[0]} - {own})]
        source, numbers = self._numbers, np.empty(0)
        for part in source.steps(chosen):
            if isinstance(part, float):
                yield 0.05 + 0.8 * part
            else:
                numbers = part
        notes += self._differs(source.kind, numbers[0])
        with clean_torch():
            predicted = source.predicted(chosen, numbers[0])
        yield 0.9
        typeable = []
        for v in chosen:
            typeable.append(v == own or self._is_typeable(v))
            yield 0.9 + 0.1 * len(typeable) / len(chosen)
        place = {v: n for n, v in enumerate(chosen)}
        found = [each.expected(chosen, place, numbers) for each in draws]
        yield InputSwaps(
            output=self.s,
            input=self.t,
            kind=source.kind,
            target=None if source.kind == "number" else self.facet.at(self.s).explained,
            symbols=[self._name(v) for v in chosen],
            numbers=numbers,
            predicted=predicted,
            typeable=np.array(typeable),
            of=len(draws[0].shares),
            frequency=found[0],
            plausible=found[1] if plausible else None,
            notes=notes,
        )

    @property
    def _numbers(self) -> SwappedNumbers:
        """What computes the numbers."""
        what = self.explained, self.s, self.t
        return SwappedNumbers(self.model, self.facet.tokens.ids, self.engine, *what)

    def _check(self) -> None:
        masked = self.model.network.options.mask is not None and self.s == self.t
        if masked or not self.facet.reads.read(self.s, self.t):
            raise ValueError(
                f"what {self.facet.name} predicts here does not depend on that character: "
                + ("it is masked" if masked else "it is not read for this prediction")
            )

    def _draws(self) -> tuple[list[_Draws], bool, list[str]]:
        """By frequency, and from the model's own predictions where there are some; and notes."""
        network, t = self.model.network, self.t
        ids = torch.tensor(self.facet.tokens.ids)
        given = None if self.method is None else self.rows.frequencies(self.method)
        with network.computing():
            vectors = embedded_symbols(network, ids)
        symbols = self._symbols(ids, vectors, given)
        found = [_Draws(symbols, by_frequency(symbols, ids[t : t + 1], SAMPLES))]
        try:
            why = why_no_input_predictions(self.model)
            if why is not None:
                raise ValueError(why)  # noqa: TRY301 - one of several reasons
            own = InputPredictions(self.model, ids.tolist(), self.facet.reads)
            words = f"as {self.facet.name} predicts what stands there"
            expected = Symbols(vectors, self.rows.likely(own, t), words)
        except ValueError as error:
            return found, False, [f"{self.facet.name} {error}: nothing is drawn from it."]
        return [*found, _Draws(expected, by_frequency(expected, ids[t : t + 1], SAMPLES))], True, []

    def _symbols(self, ids: Tensor, vectors: Tensor, given: Sequence[float] | None) -> Symbols:
        try:
            return symbols_of(self.model.network, ids, given)
        except ValueError:
            # The module looks up other ids than it is given; here it is given them, too.
            counts = torch.bincount(ids, minlength=len(vectors)).double() + 1
            return Symbols(vectors, counts, "symbols, by how often they occur in this text,")

    def _differs(self, kind: SwapKind, again: float) -> list[str]:
        """A note if reading the same text again gives something else."""
        explained = self.facet.explained
        first = float(explained.probability[self.s])
        if kind == "difference":
            rivals = explained.rivals
            second = float("nan") if rivals is None else float(rivals.probability[self.s])
            with np.errstate(divide="ignore", invalid="ignore"):
                first = float(np.log(first) - np.log(second))
        apart = abs(first - again) / max(1.0, abs(again))
        if not np.isfinite(apart) or apart <= _SAME:
            return []
        note = (
            f"When it reads the same text again, {self.facet.name} gives something else (by up to "
            f"{apart:.2g}): it may draw random numbers, or keep a state between runs."
        )
        return [note]

    def _name(self, v: int) -> str:
        if self.model.network.capabilities.reads_vectors:
            return f"{self.model.inputs[v]} (step {v + 1})"
        return self.model.inputs[v]

    def _is_typeable(self, v: int) -> bool:
        """Whether the text with a symbol in this place is read with it there, and else as it is."""
        tokens = self.facet.tokens
        start, end = tokens.spans[self.t]
        if self.model.network.capabilities.reads_vectors or start == end:
            return False
        text = tokens.text[:start] + self.model.inputs[v] + tokens.text[end:]
        try:
            read = list(self.model.tokens(text).ids)
        except (TypeError, ValueError):
            return False
        return read == [*tokens.ids[: self.t], v, *tokens.ids[self.t + 1 :]]


@dataclass(frozen=True, eq=False)
class _Draws:
    """Symbols that are drawn in the place of an input.

    Attributes:
        symbols: All of them, with their frequencies.
        drawn: Those that are run.
    """

    symbols: Symbols
    drawn: Replacements

    @property
    def shares(self) -> Tensor:
        """How likely each symbol is drawn, (V,)."""
        return self.symbols.frequencies / self.symbols.frequencies.sum()

    def expected(self, chosen: list[int], place: dict[int, int], numbers: Numbers) -> SwapDraws:
        """What is expected, given the number with each of the symbols that were run."""
        drawn = self.drawn
        found = numbers[[place[int(v)] for v in drawn.chosen[0]]]
        changes = torch.from_numpy(numbers[0] - found)[None]
        exact = Replacements(
            changes,
            drawn.chosen,
            drawn.weights.double().cpu(),
            None if drawn.variances is None else drawn.variances.double().cpu(),
            drawn.words,
        )
        expected = numbers[0] - float(exact.means(changes, 0)[0])
        return SwapDraws(
            self.shares[chosen].numpy(), expected, float(exact.errors(changes, 0)[0]), drawn.words
        )
