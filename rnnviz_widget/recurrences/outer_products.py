"""States that are sums of outer products, which fade or are written over."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

from .outer_product_steps import STEPS, RowSums, StepInputs, states_of
from .rows_apart import Gradients, RowsBackward
from .vanished import smallest_kept


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
        query: q, (B, T, heads, K).
        key: k, likewise.
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
    if has_torch_function((query, key, value)):
        made: Tensor = handle_torch_function(
            outer_products,
            (query, key, value),
            *(query, key, value),
            decay=decay,
            rates=rates,
            erase=erase,
        )
        return made
    if decay is not None and rates is not None and rates.requires_grad:
        # The faster way has no gradient for rates: it is there for those that are not trained.
        decay, rates = decay * rates, None
    given = _Given(query, key, value, decay, rates, erase)
    _check(given)
    read: Tensor
    read, _ = _OuterProducts.apply(*given)  # type: ignore[no-untyped-call]
    return read


class _Given(NamedTuple):
    """The arguments of `outer_products`."""

    query: Tensor
    key: Tensor
    value: Tensor
    decay: Tensor | None
    rates: Tensor | None
    erase: Tensor | None


def _check(given: _Given) -> None:
    query, key, value, decay, rates, erase = given
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


def step_inputs(*given: Tensor | None) -> StepInputs:
    """What steps are made of, of the arguments of `outer_products`."""
    return _inputs(_Given(*given))  # type: ignore[arg-type]


def _inputs(given: _Given) -> StepInputs:
    rates, decay, erase = given.rates, given.decay, given.erase
    batch, _, heads, _ = given.key.shape
    if rates is not None:
        rates = rates.expand(batch, heads, *rates.shape[-2:]).flatten(0, 1)
    return StepInputs(
        _by_time(given.query),
        _by_time(given.key),
        _by_time(given.value),
        None if decay is None else _by_time(decay),
        rates,
        None if erase is None else _by_time(erase),
    )


class _OuterProducts(torch.autograd.Function):
    """See `outer_products`."""

    @staticmethod
    def forward(*given: Any) -> tuple[Tensor, Tensor]:
        """Read the states, and keep those before every `STEPS` steps, (.., G, K, V)."""
        inputs = _inputs(_Given(*given))
        length, groups, keys = inputs.key.shape
        state = inputs.value.new_zeros(groups, keys, inputs.value.shape[-1])
        read, kept = inputs.value.new_empty(inputs.value.shape), []
        for first in range(0, length, STEPS):
            some = slice(first, first + STEPS)
            kept.append(state)
            states = states_of(inputs, some, state)
            read[some] = (inputs.query[some, :, None] @ states[1:])[:, :, 0]
            state = states[-1].clone()
        batch, _, heads, _ = given[0].shape
        return _from_time(read, batch, heads), torch.stack(kept)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor | None, ...], output: Any) -> None:
        """Keep what the backward pass needs."""
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(*inputs, output[1])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> Any:
        """See `_gradients`."""
        return RowsBackward.apply(_gradients, gradient, *ctx.saved_tensors)  # type: ignore[no-untyped-call]


def _gradients(gradient: Tensor, *kept: Any) -> Gradients:
    """The gradients of rows, (N, B, T, heads, V), at the six inputs, (N, ...) each.

    With G that at h_t, and p = k_t' h' what was read at the key before it was written over::

        G      += q_t y',                   at q_t: h_t y         y: the gradient at y_t
        at v_t  = G' k_t                    at k_t: G (v_t - erase_t p) + h' (at p)
        at p    = -erase_t (at v_t)         at erase_t: -(at v_t) p
        G      += k_t (at p)'
        G       = keep_t * G                at decay_t: the sum of G * rates * h_(t-1)
    """
    *given, states = kept
    inputs = _inputs(_Given(*given))
    by_time = _by_time(gradient, 1).transpose(0, 1).contiguous()
    sums = RowSums(inputs, by_time, states, smallest_kept(gradient.flatten(1)))
    for chunk in reversed(range(len(states))):
        sums.add(chunk)
    found = sums.at_query, sums.at_key, sums.at_value, sums.at_decay, None, sums.at_erase
    batch, _, heads, _ = given[0].shape
    return tuple(
        None if each is None else _from_time(each.transpose(0, 1), batch, heads, 1)
        for each in found
    )


def _by_time(given: Tensor, rows: int = 0) -> Tensor:
    """(B, T, heads, ...) as (T, B * heads, ...), after `rows` axes before."""
    return given.transpose(rows, rows + 1).flatten(rows + 1, rows + 2)


def _from_time(found: Tensor, batch: int, heads: int, rows: int = 0) -> Tensor:
    """(T, B * heads, ...) as (B, T, heads, ...), after `rows` axes before."""
    shape = found.shape
    split = found.reshape(*shape[: rows + 1], batch, heads, *shape[rows + 2 :])
    return split.transpose(rows, rows + 1)
