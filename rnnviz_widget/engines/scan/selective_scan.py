"""The backward pass of many rows through Mamba's selective scan, by matrix products.

Indices: i, j steps of a span, k states of a unit, v units, n rows. h is the state (K, V), y what is
read. With keep_t = exp(decay_t * rates) and L_ij the product of keep from i + 1 up to j, the
gradient at h_i is::

    G_i = (sum over j >= i of L_ij q_j y_j') + L_ie E         y_j: the gradient at y_j

where E is the gradient at the state after the span. What is wanted of it are sums over k or over v:

    at v_i = sum over k of G_i k_i,    at decay_i = sum over k of G_i rates keep_i h_(i-1)
    at k_i = sum over v of G_i v_i,    at q_i = sum over v of h_i y_i

and E of the span before, keep_1 G_1. So for each unit v there is one matrix for all rows that takes
(y_1 .. y_C, E_1 .. E_K) to those at v and at decay of all steps and to E; and for each step j one
that takes y_j to those at k_1 .. k_j. The states of all rows are never computed but at spans' ends.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rnnviz_widget.engines.sweep.products import product
from rnnviz_widget.recurrences.outer_product_steps import StepInputs, states_of

from .links import Value
from .operations import Span, TimeOperation


class SelectiveScan(TimeOperation):
    """`recurrences.outer_products` of one head with a decay for each value.

    Args:
        query, key, value, decay: What it reads.
        made: What it makes.
        inputs: The numbers that they have.
    """

    def __init__(
        self,
        query: Value,
        key: Value,
        value: Value,
        decay: Value | None,
        made: Value,
        inputs: StepInputs,
    ) -> None:
        reads = [query, key, value]
        super().__init__(reads if decay is None else [*reads, decay], made)
        self._inputs = inputs
        self._length, groups, keys = inputs.key.shape
        shape = inputs.value.shape
        one_a_value = inputs.decay is None or inputs.decay.shape[2:] == (1, shape[-1])
        if groups > 1 or inputs.erase is not None or not one_a_value:
            raise ValueError("the scan is no selective scan of one head")
        start = inputs.value.new_zeros(groups, keys, shape[-1])
        self._states = states_of(inputs, slice(0, self._length), start)[:, 0]

    def _begin(self, rows: int) -> None:
        _, keys, values = self._states.shape
        self._after = self._states.new_zeros(values, rows, keys)

    def prepare(self, steps: slice) -> None:
        """See `TimeOperation.prepare`."""
        inputs = self._inputs
        query, key, value = inputs.query[steps, 0], inputs.key[steps, 0], inputs.value[steps, 0]
        states = self._states[steps.start : steps.stop + 1]
        count, keys, values = len(query), query.shape[1], value.shape[1]
        shape = count, keys, values
        logs = query.new_zeros(shape)
        if inputs.decay is not None:
            decay = inputs.decay[steps, 0]
            logs = (decay if inputs.rates is None else decay * inputs.rates[0]).expand(shape)
        along = logs.cumsum(0)
        read = key[:, :, None].expand(shape)
        if inputs.decay is not None:
            faded = logs.exp() * states[:-1]
            if inputs.rates is not None:
                faded = faded * inputs.rates[0]
            read = torch.stack([read, faded])  # (2, C, K, V): at v, at decay
        else:
            read = read[None]
        kinds = len(read)
        # What y_j and E make of it, (V, C + K, kinds * C + K).
        self._by_unit = query.new_zeros(values, count + keys, kinds * count + keys)
        self._by_step = []
        for j in range(count):
            kept = (along[j] - along[: j + 1]).exp()
            kept *= query[j, :, None]
            sums = torch.einsum("mikv,ikv->vmi", read[:, : j + 1], kept)
            into = self._by_unit[:, j, : kinds * count].view(values, kinds, count)
            into[:, :, : j + 1] = sums
            # (V, (j + 1) * K), the transpose of a contiguous one
            kept *= value[: j + 1, None]
            self._by_step.append(kept.flatten(0, 1))
        self._by_unit[:, :count, kinds * count :] = (along.exp() * query[..., None]).permute(2, 0, 1)
        left = (along[-1] - along).exp()
        after = self._by_unit[:, count:, : kinds * count].view(values, keys, kinds, count)
        after[:] = (read * left).permute(3, 2, 0, 1)
        self._by_unit[:, count:, kinds * count :] = torch.diag_embed(along[-1].exp().T)
        self._later = (left * value[:, None]).permute(1, 2, 0).contiguous()  # (K, V, C)
        self._read_states = states[1:].mT.contiguous()  # (C, V, K)

    def back(self, span: Span, gradient: Tensor | None) -> list[Tensor]:
        """See `TimeOperation.back`."""
        y = self._gradient(span, gradient, self._states)
        count, rows, values = y.shape
        keys = self._states.shape[1]
        after = self._after[:, span.rows]
        at_key = torch.bmm(after.permute(2, 1, 0), self._later).permute(1, 2, 0)  # (N, C, K)
        at_key = at_key.flatten(1).contiguous()
        for j, taken in enumerate(self._by_step):
            at_key[:, : (j + 1) * keys] += product(y[j], taken)
        together = torch.cat([y.permute(2, 1, 0), after], 2)  # (V, N, C + K)
        found = torch.bmm(together, self._by_unit)
        self._after[:, span.rows] = found[..., -keys:]
        kinds = (found.shape[-1] - keys) // count
        sums = found[..., :-keys].view(values, rows, kinds, count).permute(2, 3, 1, 0).contiguous()
        at_query = y @ self._read_states
        return [at_query, at_key.view(rows, count, keys).transpose(0, 1), *sums]
