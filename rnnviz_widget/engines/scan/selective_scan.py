"""The backward pass of many rows through Mamba's selective scan, by matrix products.

Indices: i, j steps of a span, k states of a unit, v units, n rows. h is the state (K, V), y what is
read. With keep_t = exp(decay_t * rates) and L_ij the product of keep from i + 1 up to j, the
gradient at h_i is::

    G_i = (sum over j >= i of L_ij q_j y_j') + L_ie E         y_j: the gradient at y_j

where E is the gradient at the state after the span. What is wanted of it are sums over k or over v:

    at v_i = sum over k of G_i k_i,    at decay_i = sum over k of G_i rates keep_i h_(i-1)
    at k_i = sum over v of G_i v_i,    at q_i = sum over v of h_i y_i

and E of the span before, keep_1 G_1. So for each unit v there are matrices for all rows that take
y_1 .. y_C and E to those at v and at decay of all steps, and to E; and for each step j one that
takes y_j to those at k_1 .. k_j. G itself is computed at the ends of spans only.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product
from rnnviz_widget.recurrences.outer_product_steps import StepInputs, states_of
from rnnviz_widget.recurrences.vanished import clear_vanished

from .links import Value
from .operations import STEPS, Span, TimeOperation


class SelectiveScan(TimeOperation):
    """`recurrences.outer_products` of one head with a decay for each value.

    Args:
        reads: The query, the key, the value, and the decay if there is one.
        made: What it makes.
        inputs: The numbers that they have.
    """

    def __init__(self, reads: Sequence[Value], made: Value, inputs: StepInputs) -> None:
        super().__init__(reads, made)
        self._inputs = inputs
        self._length, groups, keys = inputs.key.shape
        shape = inputs.value.shape
        one_a_value = inputs.decay is None or inputs.decay.shape[2:] == (1, shape[-1])
        if groups > 1 or inputs.erase is not None or not one_a_value:
            raise ValueError("the scan is no selective scan of one head")
        start = inputs.value.new_zeros(groups, keys, shape[-1])
        self.carried = keys * shape[-1]
        self._kept = [start]  # the states before each span
        for first in range(0, self._length - STEPS, STEPS):
            states = states_of(inputs, slice(first, first + STEPS), self._kept[-1])
            self._kept.append(states[-1].clone())

    def _begin(self, rows: int) -> None:
        _, keys, values = self._kept[0].shape
        self._after = self._kept[0].new_zeros(values, keys, rows)

    def prepare(self, steps: slice, rows: int) -> None:
        """See `TimeOperation.prepare`."""
        del rows
        inputs = self._inputs
        query, key, value = inputs.query[steps, 0], inputs.key[steps, 0], inputs.value[steps, 0]
        states = states_of(inputs, steps, self._kept[steps.start // STEPS])[:, 0]
        (count, keys), values = query.shape, value.shape[1]
        shape = count, keys, values
        logs = query.new_zeros(shape)
        read = [key[:, :, None].expand(shape)]  # of the sums over k: at v, and at decay
        if inputs.decay is not None:
            rates = 1 if inputs.rates is None else inputs.rates[0]
            logs = (inputs.decay[steps, 0] * rates).expand(shape)
            read.append(logs.exp() * states[:-1] * rates)
        along = logs.cumsum(0)
        left = (along[-1] - along).exp()
        weights = torch.stack(read)
        self._of_steps = query.new_zeros(values, len(read), count, count)
        self._keys_of_steps = []
        for j in range(count):
            kept = (along[j] - along[: j + 1]).exp() * query[j, :, None]
            self._of_steps[..., : j + 1, j] = (weights[:, : j + 1] * kept).sum(2).permute(2, 0, 1)
            self._keys_of_steps.append((kept * value[: j + 1, None]).flatten(0, 1))
        self._of_steps = self._of_steps.flatten(1, 2)
        self._of_after = (weights * left).permute(3, 0, 1, 2).flatten(1, 2).contiguous()
        self._keys_of_after = (left * value[:, None]).transpose(0, 1).contiguous()  # (K, C, V)
        self._before_of_steps = (along.exp() * query[..., None]).permute(2, 1, 0).contiguous()
        self._before_of_after = along[-1].exp().T[..., None]
        self._read_states = states[1:]

    def back(self, span: Span, gradient: Tensor | None) -> list[Tensor]:
        """See `TimeOperation.back`."""
        y = self._gradient(span, gradient, self._after)  # (V, C, N)
        after = self._after[..., span.rows]  # (V, K, N)
        values, count, rows = y.shape
        keys = after.shape[1]
        by_step = y.transpose(0, 1).contiguous()
        at_key = torch.bmm(self._keys_of_after, after.transpose(0, 1))  # (K, C, N)
        for j, taken in enumerate(self._keys_of_steps):
            made = product(taken, by_step[j].T).view(j + 1, keys, rows)
            at_key[:, : j + 1] += made.transpose(0, 1)
        sums = torch.baddbmm(torch.bmm(self._of_steps, y), self._of_after, after)
        before = torch.baddbmm(after * self._before_of_after, self._before_of_steps, y)
        at_query = torch.bmm(self._read_states, by_step).transpose(0, 1)
        clear_vanished([before, at_query, at_key, sums], self._least)
        self._after[..., span.rows] = before
        each = sums.view(values, -1, count, rows).unbind(1)
        return [at_query, at_key, *each]
