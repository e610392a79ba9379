r"""The route of a memory: which carried units lead from an input to a later output.

Index conventions: t input, s output, u step with t <= u < s, k a unit of any layer's h or memory,
all that is carried from step u to step u + 1. With y what is explained at s and e_t the embedded
input, by the chain rule

    dy/de_t = sum over k of (dy/dh_u,k) (dh_u,k/de_t)        at each u,

where dy/dh_u,k follows only what goes on to step u + 1: what a layer above reads of h_u,k at step u
itself is counted where that layer carries it. Both factors come from one pass each: backwards from
s by the cells' own equations, forwards from t by the derivative of their step. An input has several
components, so the second factor is taken along one direction d of the embedded inputs:

    r_u,k = (dy/dh_u,k) (dh_u,k/de_t . d),     sum over k of r_u,k = dy/de_t . d

A measure m of degree n is made of the gradient along its own directions A, a = A^T dy/de_t, and
d = A grad m(a) / n, so that by Euler's theorem the sum is the measure itself: for `norm` d leads
along the gradient and the sum is its length, for `grad_x_input` d is the input.

Of a state that is multiplied by a gate z on its way, the part that goes straight through is

    kept_u,k = (dy/dh_u+1,k) z_u+1,k (dh_u,k/de_t . d)

and the rest goes through the weights. All of an LSTM's memory goes straight through.
Everything is computed in double precision.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.explained import Explained
from rnnviz_widget.engines.measures import Measure
from rnnviz_widget.engines.module.read_on import ReadLayer

from .cells import RecurrentCell, States, cells_of, values_of

_HIDDEN = 0  # h comes first among a cell's states


class Carried(NamedTuple):
    """What one state of one layer carries from each step u to the next, t <= u < s.

    Attributes:
        layer: The layer's number in the stack, the lowest is 0.
        kind: The state's name, such as "hidden" or "cell".
        parts: r_u,k, (s - t, H).
        kept: Which part of it goes straight through a gate, (s - t, H); None: there is none such.
        gate: That gate's kind, such as "forget".
    """

    layer: int
    kind: str
    parts: Tensor
    kept: Tensor | None
    gate: str | None


class TracedRoute(NamedTuple):
    """The route from an input to an output.

    Attributes:
        carried: What each state carries.
        score: The measure of the gradient that has gone all the way back.
    """

    carried: list[Carried]
    score: float


@dataclass(frozen=True, eq=False)
class RouteStack:
    """Recurrent layers that have read a text from left to right.

    Attributes:
        layers: The recurrent modules, the lowest first.
        embedded: The embedded inputs, (T, D).
        matrix: The embedding matrix, (V, D).
        at_hidden: The gradients of N targets at the top layer's h of N outputs, (N, H).
    """

    layers: Sequence[ReadLayer]
    embedded: Tensor
    matrix: Tensor
    at_hidden: Callable[[Sequence[int], Sequence[Explained]], Tensor]

    @property
    def modules(self) -> list[nn.Module]:
        """For each layer of the stack, its module."""
        return [each.call.module for each in self.layers for _ in each.cells]

    def route(self, s: int, t: int, target: Explained, measure: Measure) -> TracedRoute:
        """The route of input t to output s, t < s."""
        at_hidden = self.at_hidden([s], [target])[0].detach().cpu().double()
        with torch.no_grad():
            matrix, embedded = self.matrix.cpu().double(), self.embedded[t : s + 1].cpu().double()
            layers = _in_double(self.layers, embedded, t)
            back = _backwards(layers, at_hidden)
            directions = measure.directions(matrix, embedded[:1])
            score = measure.along(back.at_input[None], directions)
            tangents = _forwards(layers, _direction(back.at_input, directions, measure))
        return TracedRoute(_carried(layers, back, tangents), float(score[0]))


def _direction(gradient: Tensor, directions: Tensor, measure: Measure) -> Tensor:
    """The direction d of the embedded input along which the measure is the derivative."""
    directions = directions[0] if directions.ndim == 3 else directions
    along = gradient @ directions
    if not along.any():
        return torch.zeros_like(gradient)
    with torch.enable_grad():
        leaf = along.clone().requires_grad_()
        (weights,) = torch.autograd.grad(measure.reduce(leaf), leaf)
    return directions @ weights / measure.degree


class _Layer(NamedTuple):
    """A layer in double precision that has read inputs t to s, (s - t + 1, D)."""

    cell: RecurrentCell
    inputs: Tensor


class _Backwards(NamedTuple):
    """Gradients at step u of each layer, row u - t.

    Attributes:
        onwards: At each state after step u, by way of step u + 1, [layer][state], (s - t, H).
        total: At h after step u + 1, by all ways, [layer], (s - t, H).
        at_input: At the embedded input t, (D,).
    """

    onwards: list[list[Tensor]]
    total: list[Tensor]
    at_input: Tensor


def _in_double(read: Sequence[ReadLayer], embedded: Tensor, t: int) -> list[_Layer]:
    """The layers once more, on the processor and in double precision, from before input t on."""
    layers, inputs = [], embedded
    for each in read:
        module: Any = copy.deepcopy(each.call.module).cpu().double()
        begin = tuple(state.cpu().double() for state in each.stacked_states(t))
        state = tuple(part.unsqueeze(1) for part in begin)
        made = module(inputs.unsqueeze(each.axis ^ 1), state if len(state) > 1 else state[0])[0]
        for cell in cells_of(module, inputs, made.select(each.axis ^ 1, 0), begin):
            layers.append(_Layer(cell, inputs))
            inputs = cell.states[_HIDDEN][1:]
    return layers


def _backwards(layers: Sequence[_Layer], at_hidden: Tensor) -> _Backwards:
    """Carry the gradient of what is explained at s back to input t, one step at a time."""
    carries = [cell.start() for cell, _ in layers]
    onwards: list[list[tuple[Tensor, ...]]] = [[] for _ in layers]
    total: list[list[Tensor]] = [[] for _ in layers]
    at_input, last = at_hidden, len(layers[0].inputs) - 1
    for u in range(last, -1, -1):
        at_input = (at_hidden if u == last else torch.zeros_like(at_hidden))[None]
        for number in range(len(layers) - 1, -1, -1):
            cell = layers[number].cell
            total[number].append(carries[number][_HIDDEN] + at_input[0])
            gates, carries[number] = cell.walk(u, at_input, carries[number])
            onwards[number].append(carries[number])
            at_input = gates.flatten(1) @ cell.w_ih.flatten(0, 1)
    # What goes back beyond step t is not asked for.
    return _Backwards(
        [[torch.stack(each[:-1][::-1]) for each in zip(*steps, strict=True)] for steps in onwards],
        [torch.stack(steps[:-1][::-1]) for steps in total],
        at_input[0],
    )


def _forwards(layers: Sequence[_Layer], direction: Tensor) -> list[list[Tensor]]:
    """The derivatives of all states along a direction of input t, [layer][state], (s - t, H)."""
    tangents = [tuple(torch.zeros_like(each[:1]) for each in cell.states) for cell, _ in layers]
    found: list[list[tuple[Tensor, ...]]] = [[] for _ in layers]
    for u in range(len(layers[0].inputs) - 1):
        below = (torch.zeros_like(direction) if u else direction)[None]
        for number, (cell, inputs) in enumerate(layers):
            before = (cell.read(inputs[u : u + 1]), *(each[u : u + 1] for each in cell.states))
            moved = (below @ cell.w_ih.flatten(0, 1).T, *tangents[number])
            tangents[number] = _derivatives(cell, before, moved)
            found[number].append(tangents[number])
            below = tangents[number][_HIDDEN]
    return [[torch.cat(each) for each in zip(*steps, strict=True)] for steps in found]


def _derivatives(cell: RecurrentCell, before: States, moved: States) -> States:
    """The derivatives of the states after a step, if what it computes them from moves.

    The gradient is linear in what it begins with. So its own gradient with respect to that is the
    derivative forwards. (Torch's forward mode would warn of what it imports itself.)

    Args:
        cell: The layer.
        before: What the step's input adds to the gates' sums, and the states before it, (1, ..).
        moved: By how much each of them moves, (1, ..).
    """
    with torch.enable_grad():
        leaves = [each.detach().clone().requires_grad_() for each in before]
        after = cell.advance(leaves[0], tuple(leaves[1:]))
        begins = [torch.zeros_like(each).requires_grad_() for each in after]
        backs = torch.autograd.grad(
            after, leaves, begins, create_graph=True, allow_unused=True, materialize_grads=True
        )
        pairs = [pair for pair in zip(backs, moved, strict=True) if pair[0].requires_grad]
        used, by = zip(*pairs, strict=True)
        return torch.autograd.grad(used, begins, by, allow_unused=True, materialize_grads=True)


def _carried(
    layers: Sequence[_Layer], back: _Backwards, tangents: list[list[Tensor]]
) -> list[Carried]:
    found = []
    for number, layer in enumerate(layers):
        gates = _gates(layer)
        for place, kind in enumerate(layer.cell.state_names):
            parts = back.onwards[number][place] * tangents[number][place]
            gate, kept = layer.cell.kept_by.get(kind), None
            if gate is not None and place == _HIDDEN:
                kept = back.total[number] * gates[gate] * tangents[number][place]
            elif gate is not None:
                kept = parts
            found.append(Carried(number, kind, parts, kept, gate))
    return found


def _gates(layer: _Layer) -> dict[str, Tensor]:
    """The gates of a layer at steps t + 1 to s, by name, (s - t, H) each."""
    before = tuple(state[1:-1] for state in layer.cell.states)
    return values_of(layer.cell, layer.inputs[1:], before)
