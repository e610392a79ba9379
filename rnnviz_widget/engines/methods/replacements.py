"""What an input is changed for: a vector that stands for nothing, or symbols by their frequency."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.engine import Accuracy

EXACT = 256
"""Up to so many symbols all are run; of more a sample is."""


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
        chances = torch.where(sure, 1, (samples - int(sure.sum())) * left / left.sum())
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
