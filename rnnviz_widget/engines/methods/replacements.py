"""What an input is changed for: a vector that stands for nothing, or symbols that are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from rnnviz_widget.engines.engine import Accuracy

EXACT = 256
"""Up to so many symbols all are run; of more a sample is."""

_TINY = torch.finfo(torch.float64).tiny


@dataclass(frozen=True, eq=False)
class Replacements:
    """What stands in the place of each input, and with which weight: n vectors of C for each.

    Attributes:
        vectors: All that may stand there, (C, D).
        chosen: Which of them do in the place of each input, (T, n).
        weights: How much each counts, (T, n). The input itself counts with what they lack of 1.
        variances: Of a sample what the square of each change adds to the variance of the mean,
            (T, n); None: they are all that there is.
        words: What they are.
        merge_after: After how many steps recurrent layers go on from the mean state of all that
            may stand there; None: never.
    """

    vectors: Tensor
    chosen: Tensor
    weights: Tensor
    variances: Tensor | None
    words: str
    merge_after: int | None = None

    @property
    def each(self) -> int:
        """How many stand in the place of one input, n."""
        return self.chosen.shape[1]

    @property
    def inexact(self) -> bool:
        """Whether means are estimated."""
        return self.variances is not None or self.merge_after is not None

    def at(self, first: int, last: int) -> Tensor:
        """Those of inputs `first` to `last - 1`, (K, n, D)."""
        return self.vectors[self.chosen[first:last]]

    def means(self, changes: Tensor, first: int) -> Tensor:
        """The mean changes of K inputs from `first` on, (K, ..), from each change, (K, n, ..)."""
        weights = self.weights[first : first + len(changes)]
        return torch.einsum("kn,kn...->k...", weights, changes)

    def errors(self, changes: Tensor, first: int) -> Tensor:
        """The standard errors of `means`; zeros where there is no sample."""
        if self.variances is None:
            return torch.zeros_like(changes[:, 0])
        off = changes - self.means(changes, first)[:, None]
        variances = self.variances[first : first + len(changes)]
        return torch.einsum("kn,kn...->k...", variances, off.square()).sqrt()


@dataclass(frozen=True, eq=False)
class Symbols:
    """What may be drawn in the place of an input.

    Attributes:
        vectors: What is read for each symbol, (V, D).
        frequencies: How often each is drawn, in any unit, (V,).
        words: What they are, and where their frequencies are from.
    """

    vectors: Tensor
    frequencies: Tensor
    words: str


def by_vector(vector: Tensor, tokens: int) -> Replacements:
    """One vector, (D,), in the place of each input."""
    chosen = torch.zeros(tokens, 1, dtype=torch.long, device=vector.device)
    weights = vector.new_ones(tokens, 1)
    return Replacements(vector[None], chosen, weights, None, "something else")


def by_frequency(drawn: Symbols, ids: Tensor, samples: int) -> Replacements:
    """Other symbols in the place of each input, by their frequency.

    Args:
        drawn: The symbols.
        ids: The symbol of each input, (T,).
        samples: How many are run where there are more than `EXACT`.

    Raises:
        ValueError: If there is but one symbol.
    """
    vectors, symbols, device = drawn.vectors, len(drawn.vectors), drawn.vectors.device
    if symbols < 2:
        raise ValueError(
            "exchange draws another symbol for an input, and there is one symbol only: there is "
            "nothing to exchange. Use occlusion"
        )
    ids = ids.to(device)
    shares = drawn.frequencies / drawn.frequencies.sum()
    if symbols > EXACT and samples < symbols:
        return _sample(drawn, shares, len(ids), samples)
    every = torch.arange(symbols, device=device).expand(len(ids), -1)
    others = every[every != ids[:, None]].view(len(ids), -1)
    weights = shares.to(vectors)[others]
    return Replacements(vectors, others, weights, None, f"all {symbols} {drawn.words}")


def by_place(
    drawn: Symbols, ids: Tensor, samples: int, likely: Callable[[int], Tensor | None]
) -> Replacements:
    """Other symbols in the place of each input, as likely as a model finds them there.

    Args:
        drawn: The symbols, with the frequencies that serve where nothing is known.
        ids: The symbol of each input, (T,).
        samples: How many are run in one place where there are more than `EXACT`.
        likely: How likely each symbol is as input t, (V,); None: not known.

    Raises:
        ValueError: If there is but one symbol.
    """
    each, missing = [], 0
    for t, id_ in enumerate(ids):
        found = likely(t)
        missing += found is None
        there = drawn if found is None else replace(drawn, frequencies=found)
        each.append(by_frequency(there, id_[None], samples))
    most = max(one.each for one in each)

    def together(rows: list[Tensor]) -> Tensor:
        return torch.cat([pad(row, (0, most - row.shape[1])) for row in rows])

    spread = [one.variances for one in each if one.variances is not None]
    words = each[0].words.replace(drawn.words, "symbols, as likely as the model finds them,")
    if missing:
        words += f" ({drawn.words} where it says nothing: {missing} of {len(each)} places)"
    return Replacements(
        drawn.vectors,
        together([one.chosen for one in each]),
        together([one.weights for one in each]),
        together(spread) if spread else None,
        words,
    )


def _sample(symbols: Symbols, shares: Tensor, tokens: int, samples: int) -> Replacements:
    """Symbols drawn without replacement, the same for all inputs, each as likely as it is frequent.

    Systematic sampling (Madow 1949), from a fixed seed. The weight of a symbol is its frequency by
    its chance to be drawn (Horvitz and Thompson 1952), and the variance is Hajek's.
    """
    vectors, chances = symbols.vectors, _chances(shares, samples)
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(chances), generator=generator)
    start = torch.rand(1, generator=generator, dtype=torch.float64)
    ends = chances[order].cumsum(0) - start
    before = torch.cat([-start, ends[:-1]])
    drawn = order[ends.floor() > before.floor()]
    count = len(drawn)
    weights = shares[drawn] / chances[drawn]
    weights = weights / weights.sum()
    variances = (1 - chances[drawn]) * weights.square() * count / max(1, count - 1)
    chosen = drawn.to(vectors.device).expand(tokens, -1)
    weights, variances = (each.to(vectors).expand(tokens, -1) for each in (weights, variances))
    words = f"a sample of {count} of {len(vectors):,} {symbols.words}"
    return Replacements(vectors, chosen, weights, variances, words)


def _chances(shares: Tensor, samples: int) -> Tensor:
    """The chance of each symbol to be among so many, as its share, and 1 at most: (V,)."""
    chances = torch.zeros_like(shares)
    left = shares.clone()
    sure = torch.zeros_like(shares, dtype=torch.bool)
    for _ in range(samples):
        chances = torch.where(
            sure, 1, (samples - int(sure.sum())) * left / left.sum().clamp(min=_TINY)
        )
        more = (chances >= 1) & ~sure
        if not more.any():
            break
        sure |= more
        left[sure] = 0
    return chances


def accuracy_of(scores: Tensor, off: Tensor | None) -> Accuracy:
    """How exact rows of scores, (N, T), are, given by how much each is off; None: not at all."""
    if off is None:
        return Accuracy()
    peaks = scores.abs().amax(dim=1, keepdim=True)
    return Accuracy(error=float((off / torch.where(peaks > 0, peaks, 1)).max()))


def frequencies_in(ids: Tensor, symbols: int) -> Tensor:
    """How often each symbol occurs in a text, each counted once more, (V,)."""
    return torch.bincount(ids.cpu(), minlength=symbols).double() + 1
