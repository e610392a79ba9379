"""The states of `outer_products` step by step, and the gradients of many rows at the steps."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .vanished import EVERY, clear_vanished

STEPS = 64
"""The states of every so many steps are kept; those in between are computed again."""


class StepInputs(NamedTuple):
    """What a step is made of, each with the batch and the heads as one axis G after the time.

    Attributes:
        query, key: (T, G, K).
        value: (T, G, V).
        decay: (T, G, 1 or K, 1 or V).
        rates: (G, K, V).
        erase: (T, G).
    """

    query: Tensor
    key: Tensor
    value: Tensor
    decay: Tensor | None
    rates: Tensor | None
    erase: Tensor | None

    def keep(self, some: slice) -> Tensor | None:
        """What the state before some steps is multiplied by, (steps, G, ...)."""
        if self.decay is None:
            return None
        decay = self.decay[some]
        return (decay if self.rates is None else decay * self.rates).exp()


def states_of(inputs: StepInputs, some: slice, start: Tensor) -> Tensor:
    """The states before some steps and after each, (steps + 1, G, K, V)."""
    key, value, keep = inputs.key[some], inputs.value[some], inputs.keep(some)
    found = start.new_empty(len(key) + 1, *start.shape)
    found[0] = start
    if inputs.erase is None:
        torch.mul(key[..., None], value[..., None, :], out=found[1:])
        for t in range(len(key)):
            if keep is None:
                found[t + 1].add_(found[t])
            else:
                found[t + 1].addcmul_(keep[t], found[t])
        return found
    erase = inputs.erase[some, :, None]
    for t in range(len(key)):
        faded = found[t] if keep is None else found[t] * keep[t]
        written = value[t] - erase[t] * (key[t][:, None] @ faded)[:, 0]
        torch.addcmul(faded, key[t][..., None], written[:, None], out=found[t + 1])
    return found


class RowSums:
    """The gradients of N rows at what the steps are made of, from the last step to the first.

    Args:
        inputs: What the steps are made of.
        at_read: The gradients at what was read, (T, N, G, V).
        kept: The states before every `STEPS` steps.
        least: The magnitude below which gradients at states are set to zero.

    Attributes:
        at_query, at_key, at_value, at_decay, at_erase: (T, N, G, ...), like those of `inputs`. The
            time comes first, so that what belongs to a step lies together.
    """

    def __init__(self, inputs: StepInputs, at_read: Tensor, kept: Tensor, least: float) -> None:
        self._inputs, self._at_read, self._kept = inputs, at_read, kept
        length, rows = at_read.shape[:2]
        self.at_query = at_read.new_empty(length, rows, *inputs.query.shape[1:])
        self.at_key = torch.empty_like(self.at_query)
        self.at_value = torch.empty_like(at_read)
        self.at_decay, self.at_erase = (
            None if each is None else at_read.new_empty(length, rows, *each.shape[1:])
            for each in (inputs.decay, inputs.erase)
        )
        self._at_state = at_read.new_zeros(rows, *kept.shape[1:])
        self._least = least
        self._products = torch.empty_like(self._at_state)

    def add(self, chunk: int) -> None:
        """Go back through `STEPS` steps."""
        some = slice(chunk * STEPS, (chunk + 1) * STEPS)
        inputs, keep = self._inputs, self._inputs.keep(some)
        states = states_of(inputs, some, self._kept[chunk])
        query, key, written = inputs.query[some], inputs.key[some], inputs.value[some]
        before = states[:-1]
        faded = before if keep is None else before * keep
        if inputs.erase is not None:
            erase = inputs.erase[some, :, None]
            old = (key[:, :, None] @ faded)[:, :, 0]
            written = written - erase * old
        scaled = before if inputs.rates is None else before * inputs.rates
        at_read, at_key = self._at_read[some], self.at_key[some]
        at_value, state = self.at_value[some], self._at_state
        for t in reversed(range(len(key))):
            state.addcmul_(query[t][..., None], at_read[t][..., None, :])
            torch.matmul(key[t][:, None], state, out=at_value[t][:, :, None])
            at_key[t] = _over_values(state, written[t])
            if inputs.erase is not None:
                state.addcmul_(key[t][..., None], (-erase[t] * at_value[t])[..., None, :])
            if keep is not None and self.at_decay is not None:
                state.mul_(keep[t])
                self._sum_into(self.at_decay[some.start + t], scaled[t])
            if t % EVERY == 0:
                clear_vanished([state], self._least)
        self.at_query[some] = torch.einsum("tngv,tgkv->tngk", at_read, states[1:])
        if inputs.erase is not None and self.at_erase is not None:
            self.at_erase[some] = -(at_value * old[:, None]).sum(-1)
            at_key -= torch.einsum("tngv,tgkv->tngk", erase[:, None] * at_value, faded)

    def _sum_into(self, found: Tensor, states: Tensor) -> None:
        """Sum the product with states (G, K, V) over the axes that `found`, (N, G, ..), lacks."""
        if found.shape[-2:] == (1, 1):
            found[..., 0, 0] = _over_values(self._at_state.flatten(-2), states.flatten(-2))
            return
        axes = [axis for axis in (-2, -1) if found.shape[axis] == 1 != states.shape[axis]]
        if not axes:
            torch.mul(self._at_state, states, out=found)
            return
        torch.mul(self._at_state, states, out=self._products)
        torch.sum(self._products, axes, keepdim=True, out=found)


def _over_values(some: Tensor, weights: Tensor) -> Tensor:
    """The sums of (N, G, .., V) weighted by (G, V), over the last axis."""
    if len(weights) == 1:
        return some @ weights[0]
    shape = some.shape
    columns = weights[..., None]
    flat = some.transpose(0, 1).flatten(1, -2) if some.ndim > 3 else some.transpose(0, 1)
    found = (flat @ columns)[..., 0]
    return found.view(shape[1], shape[0], *shape[2:-1]).transpose(0, 1)
