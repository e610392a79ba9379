"""How long a row of exchange takes: every symbol in the place of every input.

Ours is timed until its first inputs are there, which is what a hover shows first, and until the
whole row is, each time by an engine that has computed nothing yet; all other rows of the text come
with it. The rival is retyping: whole texts, each with one symbol changed, in batches, up to the
output; torch's own layers read them. What is explained is why the best prediction, rather than the
second. Of the quick ways the largest error is printed, as a share of the row's largest score, and
of them and of a gradient's sign how many of the 8 strongest inputs of each row have the sign that
retyping gives them; and how many the commoner sign has.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from functools import partial

import torch
from bench import BUNDLED, Case, alternate, begin, case, parser, seconds, spread, subjects
from torch import Tensor

from rnnviz_widget.engines import (
    Engine,
    choose_engine,
    make_method,
    measure_named,
    method_engine,
)

RETYPING = "retyping"
GRADIENT = "grad_x_input"
OURS = ("exchange", "quick_exchange", "occlusion")
STRONGEST = 8
# Texts that the rival reads at once.
TEXTS = 432


class Row:
    """The last row of a text, each way.

    Args:
        of: Model and text.
    """

    def __init__(self, of: Case) -> None:
        self._network, self._ids = of.model.network, of.ids
        self._engine = choose_engine(self._network, of.ids)
        self._last = len(of.ids) - 1
        best = self._engine.logits.topk(2, dim=1).indices.tolist()
        self._targets = [(one, other) for one, other in best]
        symbols = len(of.model.inputs)
        counts = torch.bincount(of.ids, minlength=symbols).float() + 1
        self._frequencies = counts / counts.sum()
        self.jobs = {RETYPING: partial(seconds, self.retyped)}
        for name in OURS:
            self.jobs[f"{name}, first inputs"] = partial(seconds, partial(self.first, name))
            self.jobs[name] = partial(seconds, partial(self.row, name))

    def method(self, name: str) -> Engine:
        """An engine that has computed nothing yet."""
        return method_engine(self._network, self._ids, self._engine, make_method(name))

    def pieces(self, name: str) -> Iterator[tuple[int, Tensor]]:
        """One row by a measure, from its nearest inputs on."""
        engine, target = self.method(name), self._targets[self._last]
        return engine.pieces(self._last, target, make_method(name))

    def first(self, name: str) -> Tensor:
        """What a hover shows first."""
        return next(self.pieces(name))[1]

    def row(self, name: str) -> Tensor:
        """All of it."""
        return torch.cat([piece for _, piece in reversed(list(self.pieces(name)))])

    def rows(self, name: str) -> Tensor:
        """All rows."""
        targets = self._targets
        if name == GRADIENT:
            return self._engine.rows(range(len(targets)), targets, measure_named(name))[0]
        return self.method(name).rows(range(len(targets)), targets, make_method(name))[0]

    def retyped(self) -> Tensor:
        """The same by retyping: each input as each symbol."""
        module, ids = self._network.module, self._ids
        one, other = self._targets[self._last]
        head = module.head.weight[one] - module.head.weight[other]
        symbols = torch.arange(len(self._frequencies))
        texts = ids.repeat(len(ids), len(symbols), 1)
        for t in range(len(ids)):
            texts[t, :, t] = symbols
        with torch.no_grad():
            parts = [
                module.cell(module.embedding(some))[0][:, -1] @ head
                for some in texts.flatten(0, 1).split(TEXTS)
            ]
            own = module.cell(module.embedding(ids[None]))[0][0, -1] @ head
        changes = own - torch.cat(parts).view(len(ids), len(symbols))
        return changes @ self._frequencies

    def told(self, times: dict[str, list[float]]) -> None:
        """Print a line for each way."""
        rival = statistics.median(times[RETYPING])
        exact = self.rows("exchange")
        off = (exact[self._last] - self.retyped()).abs().max() / exact[self._last].abs().max()
        for name, taken in times.items():
            ratio = rival / statistics.median(taken)
            said = f"  error {float(off):.1e}" if name == "exchange" else ""
            if name in OURS[1:]:
                said = self._compared(name, exact)
            print(f"  {name:<28}{spread(taken)}{ratio:9.2f}x{said}")
        print(f"  {GRADIENT:<28}{signs(self.rows(GRADIENT), exact)}")
        ones = torch.ones_like(exact)
        commoner = max(
            signs(ones, exact), signs(-ones, exact), key=lambda said: int(said.split()[1])
        )
        print(f"  {'the commoner sign':<28}{commoner}")

    def _compared(self, name: str, exact: Tensor) -> str:
        """How near a quick way comes to the exchange."""
        found = self.rows(name)
        worst = (found - exact).abs().amax(dim=1) / exact.abs().amax(dim=1)
        off = f"off by {float(worst.median()):.1e} (worst row {float(worst.max()):.1e})"
        return f"  {off}; {signs(found, exact)}"


def signs(found: Tensor, exact: Tensor) -> str:
    """How many of the strongest inputs of each row have the right sign."""
    right, count = 0, 0
    for row, truth in list(zip(found, exact, strict=True))[STRONGEST:]:
        some = truth.abs().topk(STRONGEST).indices
        right += int((row[some].sign() == truth[some].sign()).sum())
        count += STRONGEST
    return f"signs {right:5} of {count:,}, {100 * right / count:.0f} %"


def main() -> None:
    """Run the program."""
    options = _parser().parse_args()
    begin(options)
    for subject in subjects(options):
        for length in options.lengths:
            of = case(subject, length, options)
            print(f"\n{of.title}")
            row = Row(of)
            start = time.perf_counter()
            row.told(alternate(row.jobs, options.rounds))
            print(f"  ({time.perf_counter() - start:.0f} s in all)")


def _parser() -> argparse.ArgumentParser:
    names = [name for name in BUNDLED if name != "bundled-rnn"]
    return parser(__doc__ or "", models=names, lengths=[160], rounds=5)


if __name__ == "__main__":
    main()
