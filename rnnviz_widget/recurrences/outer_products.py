"""States that are sums of outer products, which fade or are written over."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from .rows_apart import Gradients, RowsBackward

# The states of every so many steps are kept; those in between are computed again.
_STEPS = 64


def outer_products(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    decay: Tensor | None = None,
    rates: Tensor | None = None,
    erase: Tensor | None = None,
) -> Tensor:
    """What is read from a state to which an outer product is added at each step.

    The state h of each head is a matrix (K, V), zero at first. A step is::

        h'  = exp(decay_t * rates) * h_(t-1)                  * elementwise
        h_t = h' - erase_t * k_t (k_t' h') + k_t v_t'         ' transposed
        y_t = h_t' q_t

    This is linear attention (no decay), RetNet and Mamba-2 (one decay a head), gated linear
    attention (one a key), Mamba's selective scan (``decay`` one a value, ``rates`` its A), and
    DeltaNet, plain or gated (``erase`` its beta, with ``value`` times beta). It is differentiable,
    and a backward pass of many rows at once (`is_grads_batched`) takes some ten operations a step.

    Sources: Katharopoulos and others, "Transformers are RNNs", 2020; Gu and Dao, "Mamba", 2023;
    Yang and others, "Gated linear attention transformers", 2023; Yang, Kautz and Hatamizadeh,
    "Gated delta networks", 2024.

    Args:
        query, key: q and k, (B, T, heads, K).
        value: v, (B, T, heads, V).
        decay: The logarithm of what the state is multiplied by, (B, T, heads, 1 or K, 1 or V);
            None: nothing fades.
        rates: What that is multiplied by at each place of the state, (heads, K, V), or (K, V) for
            one head; None: one.
        erase: (B, T, heads); None: nothing is written over.

    Returns:
        y, (B, T, heads, V).

    Raises:
        ValueError: If the shapes do not fit, or `rates` come without `decay`.
    """
    _check(query, key, value, decay, rates, erase)
    if decay is not None and rates is not None and rates.requires_grad:
        # Gradients are for inputs: of trained rates they take more room.
        decay, rates = decay * rates, None
    read: Tensor
    read, _ = _OuterProducts.apply(query, key, value, decay, rates, erase)  # type: ignore[no-untyped-call]
    return read


def _check(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    decay: Tensor | None,
    rates: Tensor | None,
    erase: Tensor | None,
) -> None:
    fits = query.shape == key.shape and key.ndim == 4 and value.shape[:-1] == key.shape[:-1]
    if not fits:
        raise ValueError(
            "query and key must be (B, T, heads, K), and value (B, T, heads, V); got "
            f"{tuple(query.shape)}, {tuple(key.shape)} and {tuple(value.shape)}"
        )
    heads, keys, values = *key.shape[2:], value.shape[-1]
    if decay is not None and (
        decay.ndim != 5
        or decay.shape[:3] != key.shape[:3]
        or decay.shape[3] not in {1, keys}
        or decay.shape[4] not in {1, values}
    ):
        raise ValueError(
            f"decay must be (B, T, heads, 1 or K, 1 or V), here {(*key.shape[:3], keys, values)}; "
            f"got {tuple(decay.shape)}"
        )
    if rates is not None and decay is None:
        raise ValueError("rates multiply decay, which was not given")
    if rates is not None and rates.shape not in {(heads, keys, values), (keys, values)}:
        raise ValueError(
            f"rates must be (heads, K, V), here {(heads, keys, values)}; got {tuple(rates.shape)}"
        )
    if erase is not None and erase.shape != key.shape[:3]:
        raise ValueError(
            f"erase must be (B, T, heads), here {tuple(key.shape[:3])}; got {tuple(erase.shape)}"
        )


class _Inputs(NamedTuple):
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


def _inputs(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    decay: Tensor | None,
    rates: Tensor | None,
    erase: Tensor | None,
) -> _Inputs:
    first = (_by_time(each) for each in (query, key, value))
    if rates is not None:
        rates = rates.expand(query.shape[0], query.shape[2], *rates.shape[-2:]).flatten(0, 1)
    rest = (None if each is None else _by_time(each) for each in (decay, erase))
    return _Inputs(*first, next(rest), rates, next(rest))


def _by_time(given: Tensor, rows: int = 0) -> Tensor:
    """(B, T, heads, ...) as (T, B * heads, ...), after `rows` axes before."""
    return given.transpose(rows, rows + 1).flatten(rows + 1, rows + 2)


def _states(inputs: _Inputs, some: slice, start: Tensor) -> Tensor:
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


class _OuterProducts(torch.autograd.Function):
    """See `outer_products`."""

    @staticmethod
    def forward(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        decay: Tensor | None,
        rates: Tensor | None,
        erase: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Read the states, and keep those before every `_STEPS` steps, (.., G, K, V)."""
        inputs = _inputs(query, key, value, decay, rates, erase)
        length, groups, keys = inputs.key.shape
        state = inputs.value.new_zeros(groups, keys, value.shape[-1])
        read, kept = inputs.value.new_empty(inputs.value.shape), []
        for first in range(0, length, _STEPS):
            some = slice(first, first + _STEPS)
            kept.append(state)
            states = _states(inputs, some, state)
            read[some] = (inputs.query[some, :, None] @ states[1:])[:, :, 0]
            state = states[-1].clone()
        batch, _, heads, _ = value.shape
        return _from_time(read, batch, heads), torch.stack(kept)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor | None, ...], output: Any) -> None:
        """Keep what the backward pass needs."""
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(*inputs, output[1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> Any:  # type: ignore[override]
        """See `_gradients`."""
        return RowsBackward.apply(_gradients, gradient, *ctx.saved_tensors)  # type: ignore[no-untyped-call]


def _gradients(
    gradient: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    decay: Tensor | None,
    rates: Tensor | None,
    erase: Tensor | None,
    kept: Tensor,
) -> Gradients:
    """The gradients of rows, (N, B, T, heads, V), at the six inputs, (N, ...) each.

    With G that at h_t, and p = k_t' h' what was read at the key before it was written over::

        G      += q_t y',                   at q_t: h_t y         y: the gradient at y_t
        at v_t  = G' k_t                    at k_t: G (v_t - erase_t p) + h' (at p)
        at p    = -erase_t (at v_t)         at erase_t: -(at v_t) p
        G      += k_t (at p)'
        G       = keep_t * G                at decay_t: the sum of G * rates * h_(t-1)
    """
    inputs = _inputs(query, key, value, decay, rates, erase)
    sums = _RowSums(inputs, _by_time(gradient, 1).transpose(0, 1).contiguous(), kept)
    for chunk in reversed(range(len(kept))):
        sums.add(chunk)
    found = sums.at_query, sums.at_key, sums.at_value, sums.at_decay, None, sums.at_erase
    batch, _, heads, _ = value.shape
    return tuple(
        None if each is None else _from_time(each.transpose(0, 1), batch, heads, 1)
        for each in found
    )


class _RowSums:
    """The gradients of N rows at what the steps are made of, from the last step to the first.

    Args:
        inputs: What the steps are made of.
        at_read: The gradients at what was read, (T, N, G, V).
        kept: The states before every `_STEPS` steps.

    Attributes:
        at_query, at_key, at_value, at_decay, at_erase: (T, N, G, ...), like those of `inputs`. The
            time comes first, so that what belongs to a step lies together.
    """

    def __init__(self, inputs: _Inputs, at_read: Tensor, kept: Tensor) -> None:
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
        self._products = torch.empty_like(self._at_state)

    def add(self, chunk: int) -> None:
        """Go back through `_STEPS` steps."""
        some = slice(chunk * _STEPS, (chunk + 1) * _STEPS)
        inputs, keep = self._inputs, self._inputs.keep(some)
        states = _states(inputs, some, self._kept[chunk])
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
            at_value[t] = torch.matmul(key[t][:, None], state)[:, :, 0]
            at_key[t] = _over_values(state, written[t])
            if inputs.erase is not None:
                state.addcmul_(key[t][..., None], (-erase[t] * at_value[t])[..., None, :])
            if keep is not None and self.at_decay is not None:
                state.mul_(keep[t])
                self._sum_into(self.at_decay[some.start + t], scaled[t])
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


def _from_time(found: Tensor, batch: int, heads: int, rows: int = 0) -> Tensor:
    """(T, B * heads, ...) as (B, T, heads, ...), after `rows` axes before."""
    return found.unflatten(rows + 1, (batch, heads)).transpose(rows, rows + 1)
