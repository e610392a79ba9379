"""Recurrences that are linear in their state, against the same written as a loop."""

import itertools

import pytest
import torch

from rnnviz_widget.recurrences import diagonal, outer_products

# More than the steps after which states are kept, so that some are computed again.
LENGTH, KEYS, VALUES = 150, 4, 5
DECAYS = [None, (1, 1), (KEYS, 1), (1, VALUES), (KEYS, VALUES)]


def looped(query, key, value, decay, rates, erase):
    state = value.new_zeros(len(key), key.shape[2], KEYS, VALUES)
    read = []
    for t in range(key.shape[1]):
        if decay is not None:
            state = state * (decay[:, t] if rates is None else decay[:, t] * rates).exp()
        written = value[:, t]
        if erase is not None:
            old = (state * key[:, t, ..., None]).sum(-2)
            written = written - erase[:, t, :, None] * old
        state = state + key[:, t, ..., None] * written[..., None, :]
        read.append((state * query[:, t, ..., None]).sum(-2))
    return torch.stack(read, dim=1)


def drawn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def leaf(tensor):
    return tensor.requires_grad_()


def same_gradients(ours, theirs, inputs):
    """One gradient, and several at once, as autograd has them."""
    assert torch.allclose(ours, theirs, rtol=1e-11, atol=1e-11)
    begin = drawn(3, *ours.shape)

    def back(output, each):
        return torch.autograd.grad(output, inputs, each, retain_graph=True)

    alone = [back(theirs, each) for each in begin]
    together = torch.vmap(lambda each: back(ours, each))(begin)
    for n, one in enumerate(zip(*alone, strict=True)):
        expected = torch.stack(one)
        bound = 1e-11 * expected.abs().max()
        assert (together[n] - expected).abs().max() < bound
        assert (back(ours, begin[1])[n] - expected[1]).abs().max() < bound


@pytest.mark.parametrize("erased", [False, True])
@pytest.mark.parametrize(("decays", "scaled"), list(itertools.product(DECAYS, [False, True])))
@pytest.mark.parametrize(("batch", "heads"), [(1, 1), (2, 3)])
def test_outer_products_are_those_of_a_loop(batch, heads, decays, scaled, erased):
    torch.manual_seed(0)
    query, key = (leaf(drawn(batch, LENGTH, heads, KEYS) / 2) for _ in range(2))
    value = leaf(drawn(batch, LENGTH, heads, VALUES))
    decay = None if decays is None else leaf(-drawn(batch, LENGTH, heads, *decays).abs())
    rates = drawn(heads, KEYS, VALUES).abs() if scaled and decay is not None else None
    erase = leaf(drawn(batch, LENGTH, heads).sigmoid()) if erased else None
    ours = outer_products(query, key, value, decay=decay, rates=rates, erase=erase)
    theirs = looped(query, key, value, decay, rates, erase)
    inputs = [each for each in (query, key, value, decay, erase) if each is not None]
    same_gradients(ours, theirs, inputs)


def test_rates_have_a_gradient():
    query, key, value = drawn(1, 9, 1, KEYS), drawn(1, 9, 1, KEYS), drawn(1, 9, 1, VALUES)
    decay, rates = -drawn(1, 9, 1, 1, VALUES).abs(), leaf(drawn(KEYS, VALUES).abs())
    ours = outer_products(query, key, value, decay=decay, rates=rates)
    same_gradients(ours, looped(query, key, value, decay, rates, None), [rates])


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("shape", [(2, 30, 4), (2, 30, 1), (30, 4)])
def test_diagonal_states_are_those_of_a_loop(shape, begun):
    keep, new = leaf(drawn(*shape).sigmoid()), leaf(drawn(2, 30, 4))
    start = leaf(drawn(2, 4)) if begun else None
    h = torch.zeros(2, 4, dtype=torch.float64) if start is None else start
    states = []
    for keep_t, new_t in zip(keep.expand(2, 30, 4).unbind(1), new.unbind(1), strict=True):
        h = keep_t * h + new_t
        states.append(h)
    inputs = [keep, new, *([start] if begun else [])]
    same_gradients(diagonal(keep, new, start), torch.stack(states, dim=1), inputs)


def test_states_that_are_kept_by_a_constant_have_a_gradient():
    new = leaf(drawn(1, 3, 1))
    (found,) = torch.autograd.grad(diagonal(torch.tensor(0.5), new)[0, 2, 0], new)
    assert found.flatten().tolist() == [0.25, 0.5, 1]


ONE = (1, 3, 2, 4)


@pytest.mark.parametrize(
    ("shapes", "named", "message"),
    [
        ((ONE, (1, 3, 2, 5), ONE), {}, r"query and key must be \(B, T, heads, K\)"),
        ((ONE, ONE, (1, 3, 1, 4)), {}, r"and value \(B, T, heads, V\)"),
        (((3, 4),) * 3, {}, "query and key must be"),
        ((ONE,) * 3, {"decay": (1, 3, 2, 4)}, r"decay must be .* here \(1, 3, 2, 4, 4\)"),
        ((ONE,) * 3, {"decay": (1, 3, 2, 3, 1)}, "decay must be"),
        ((ONE,) * 3, {"rates": (2, 4, 4)}, "rates multiply decay, which was not given"),
        ((ONE,) * 3, {"decay": (1, 3, 2, 1, 1), "rates": (4,)}, "rates must be"),
        ((ONE,) * 3, {"erase": (1, 3)}, r"erase must be \(B, T, heads\), here \(1, 3, 2\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shapes, named, message):
    with pytest.raises(ValueError, match=message):
        outer_products(
            *(torch.zeros(shape) for shape in shapes),
            **{name: torch.zeros(shape) for name, shape in named.items()},
        )


def test_states_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"new must be \(B, T, ...\); got \(3,\)"):
        diagonal(torch.ones(3), torch.ones(3))
    with pytest.raises(ValueError, match=r"keep and start must fit new, \(1, 3, 2\)"):
        diagonal(torch.ones(1, 4, 2), torch.ones(1, 3, 2))
