"""How gradients go from what an operation reads to what other operations made of the text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from .by_step import ByStep

# A piece is one product a step; more of them are not faster than autograd.
_MOST_PIECES = 8

_EXACT = {torch.float64: 1e-12, torch.float32: 1e-5}


@dataclass(eq=False)
class Value:
    """Numbers at each step that operations read or make.

    Attributes:
        tensor: The tensor that a module has of them.
        steps: How it is read, (T, F).
        links: How the gradient at what is read goes on; of what is made, none.
    """

    tensor: Tensor
    steps: ByStep
    links: list[Link] = field(default_factory=list)

    @property
    def width(self) -> int:
        """F."""
        return self.steps.width


class ScaledComponents(NamedTuple):
    """Components of a gradient that go to others, each times a number of its step.

    Attributes:
        to: The components to which they are added.
        of: Which components of the gradient.
        scale: What they are multiplied by, (components, T); None: one.
    """

    to: slice
    of: slice
    scale: Tensor | None

    def times(self, factor: Tensor) -> ScaledComponents:
        """The piece if the gradient is first multiplied by numbers (F, T)."""
        some = factor[self.of]
        return self._replace(scale=some if self.scale is None else some * self.scale)

    def plus(self, other: ScaledComponents) -> ScaledComponents:
        """The sum with a piece of the same components."""
        scales = [each.scale for each in (self, other) if each.scale is not None]
        if not scales:
            raise ValueError("the same numbers are added twice as they are")
        return self._replace(scale=torch.stack(scales).sum(0) + (2 - len(scales)))


class Link(NamedTuple):
    """How a gradient goes on to a value that was made before."""

    to: Value
    pieces: Sequence[ScaledComponents]

    @property
    def passes(self) -> bool:
        """Whether it goes there as it is."""
        whole = slice(0, self.to.width)
        return list(self.pieces) == [ScaledComponents(whole, whole, None)]


def find_links(read: Value, made: Sequence[Value], random: Tensor) -> list[Link]:
    """How the gradient at what is read goes to what was made, by elementwise functions only.

    Between the two, each number may be made of one number of each value, at the same step. So a
    backward pass of ones gives the derivatives, one of the numbers' places says which they belong
    to, and one of random numbers is what these must give.

    Args:
        read: What is read.
        made: What was made before.
        random: Random numbers, (T, F).

    Raises:
        ValueError: If anything else is between the two.
    """
    output = read.tensor
    if not output.requires_grad:
        return []
    length, width = read.steps.length, read.width
    ones = random.new_ones(length, width)
    places = torch.arange(1.0, width + 1).to(random).expand(length, width)
    tensors = [each.tensor for each in made]
    found = [
        torch.autograd.grad(
            output,
            tensors,
            read.steps.written(begin),
            retain_graph=True,
            allow_unused=True,
        )
        for begin in (ones, places, random)
    ]
    links = []
    for value, *gradients in zip(made, *found, strict=True):
        if gradients[0] is None:
            continue
        derivative, placed, truth = (value.steps.read(each) for each in gradients)
        pieces = _pieces(derivative, placed, width)
        check = torch.zeros_like(truth)
        for piece in pieces:
            some = random[:, piece.of]
            check[:, piece.to] = some if piece.scale is None else some * piece.scale.T
        if not (check - truth).abs().max() <= _EXACT[truth.dtype] * truth.abs().max():
            raise ValueError("what is between two operations is not elementwise")
        if pieces:
            links.append(Link(value, pieces))
    return links


def _pieces(derivative: Tensor, placed: Tensor, width: int) -> list[ScaledComponents]:
    """Runs of components that come from runs of components."""
    steps = derivative.abs().argmax(0)
    columns = torch.arange(derivative.shape[1], device=derivative.device)
    largest = derivative[steps, columns]
    used = largest != 0
    of = torch.where(used, placed[steps, columns] / torch.where(used, largest, 1), 0).round() - 1
    if not bool(((of < width) & (of >= -1)).all()):
        raise ValueError("what is between two operations is not elementwise")
    breaks = (of[1:] != of[:-1] + 1) | (used[1:] != used[:-1])
    edges = [0, *(1 + breaks.nonzero()[:, 0]).tolist(), len(of)]
    found: list[ScaledComponents] = []
    for first, last in itertools.pairwise(edges):
        if not used[first]:
            continue
        if len(found) == _MOST_PIECES:
            raise ValueError("what is between two operations takes too many pieces")
        begun = int(of[first])
        scale = derivative[:, first:last].T.contiguous()
        found.append(
            ScaledComponents(
                slice(first, last),
                slice(begun, begun + last - first),
                None if bool((scale == 1).all()) else scale,
            )
        )
    return found


def added_up(links: Sequence[Link]) -> list[Link]:
    """The same links, with one to each value, and one piece for the same components."""
    found: dict[Value, list[ScaledComponents]] = {}
    for link in links:
        pieces = found.setdefault(link.to, [])
        for piece in link.pieces:
            for place, other in enumerate(pieces):
                if (other.to, other.of) == (piece.to, piece.of):
                    pieces[place] = other.plus(piece)
                    break
            else:
                pieces.append(piece)
    return [Link(to, pieces) for to, pieces in found.items()]


def share_sums(reads: Sequence[Value]) -> None:
    """Let a sum that contains another sum pass its gradient to that one.

    In a residual stack each block reads the sum of all blocks before it. So each gradient would go
    to each of them; instead it goes to the block before, and on from there. `reads` are in the
    order in which they were read.
    """
    sums: list[Value] = []
    for read in reads:
        passing = {link.to: link for link in read.links if link.passes}
        for other in reversed(sums):
            parts = {link.to for link in other.links}
            if len(parts) > 1 and parts <= passing.keys():
                whole = slice(0, read.width)
                kept = [link for link in read.links if link.to not in parts]
                read.links = [*kept, Link(other, [ScaledComponents(whole, whole, None)])]
                passing = {link.to: link for link in read.links if link.passes}
        if read.links and all(link.passes for link in read.links):
            sums.append(read)
