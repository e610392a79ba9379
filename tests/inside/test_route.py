"""The route of a memory, against float64 autograd through loops that are written out."""

import numpy as np
import pytest
import torch
from models.test_states import CASES, TEXT, Two, modelled, stacked, vectors
from small import LETTERS, Written, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.inside.route import route

S, T, CLASS = 12, 5, 4
MEASURES = ["norm", "squared", "embedding_norm", "grad_x_input"]
ONE_WAY = [name for name in sorted(CASES) if "both" not in name]


def single_steps(module, inputs):
    """The states after each step of a recurrent module, computed one input at a time by torch.

    Returns:
        What the top layer makes, (T, H), and for each step the states, (layers, 1, H) each.
    """
    state, made, states = None, [], []
    for x in inputs:
        out, state = module(x[None, None], state)
        # Each step reads leaves, so that a gradient at one is that of what goes on from there.
        state = state if isinstance(state, tuple) else (state,)
        states.append(state)
        made.append(out[0, 0])
        state = state if len(state) > 1 else state[0]
    return torch.stack(made), states


def onwards(module, inputs, u, head):
    """The gradient at all states after step u of the last logit, by way of step u + 1."""
    _, states = single_steps(module, inputs[: u + 1])
    leaves = tuple(each.detach().requires_grad_() for each in states[-1])
    state = leaves if len(leaves) > 1 else leaves[0]
    made = None
    for x in inputs[u + 1 :]:
        made, state = module(x[None, None], state)
    return torch.autograd.grad(head(made[0, 0])[CLASS], leaves)


def by_autograd(module, measure):
    """For each step the contribution of each state of each layer, and the measure itself."""
    ids = [LETTERS.index(c) for c in TEXT[: S + 1]]
    table = module.embedding.weight.detach()
    one_hot = torch.eye(27, dtype=table.dtype)[ids]
    at_input = one_hot[T].clone().requires_grad_()
    with_leaf = torch.stack([*one_hot[:T], at_input, *one_hot[T + 1 :]]) @ table
    made, states = single_steps(module.cell, with_leaf)
    (gradient,) = torch.autograd.grad(module.head(made[S])[CLASS], at_input, retain_graph=True)
    along = table.T @ gradient  # of the one-hot gradient, in the space of the embedded inputs
    at_embedded = torch.linalg.lstsq(table, gradient[:, None]).solution[:, 0]
    direction, score = {
        "norm": (along / gradient.norm(), gradient.norm()),
        "squared": (along, gradient.square().sum()),
        "embedding_norm": (at_embedded / at_embedded.norm(), at_embedded.norm()),
        "grad_x_input": (with_leaf[T].detach(), gradient[ids[T]]),
    }[measure]
    # The direction as a change of the one-hot input.
    change = torch.linalg.lstsq(table.T, direction[:, None]).solution[:, 0]
    found = []
    for u in range(T, S):
        at_states = onwards(module.cell, one_hot @ table, u, module.head)
        parts = []
        for state, back in zip(states[u], at_states, strict=True):
            ahead = torch.stack(
                [
                    torch.autograd.grad(each, at_input, retain_graph=True)[0] @ change
                    for each in state.flatten()
                ]
            )
            parts.append((ahead.view_as(state) * back)[:, 0].detach().numpy())
        found.append(parts)
    return found, float(score)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("case", ONE_WAY)
def test_each_unit_carries_what_autograd_says(case, measure):
    make, options = CASES[case]
    module = stacked(make, 7, 2, **options)
    found = route(modelled(module), TEXT, S, T, target=LETTERS[CLASS], measure=measure)
    truth, score = by_autograd(module, measure)
    assert found.error < 1e-10
    np.testing.assert_allclose(found.gradient, score, rtol=1e-10)
    np.testing.assert_allclose(found.connectivity, score, rtol=1e-10)
    for step, parts in enumerate(truth):
        for place, part in zip(found.places[: len(parts)], parts, strict=True):
            for layer in range(2):
                (here,) = [p for p in found.places if (p.layer, p.kind) == (layer, place.kind)]
                ours = found.parts[here][step]
                np.testing.assert_allclose(ours, part[layer], atol=1e-10 * abs(score))


@pytest.mark.parametrize("case", ONE_WAY)
def test_at_every_step_the_sum_is_the_connectivity(case):
    make, options = CASES[case]
    module = stacked(make, 7, 3, **options)
    model = modelled(module)
    connectivity = rv.connectivity(model, TEXT, target=rv.TOP)
    for s, t in [(22, 0), (22, 21), (9, 3)]:
        found = route(model, TEXT, s, t, target=rv.TOP)
        assert found.sums.shape == (s - t,)
        scale = abs(connectivity.scores[s, t])
        assert np.abs(found.sums - connectivity.scores[s, t]).max() <= 1e-10 * scale
        np.testing.assert_allclose(found.shares().sum(axis=0), 1, atol=1e-10)
        assert {place.layer for place in found.places} == {0, 1, 2}


def test_several_modules_and_a_deep_head():
    module = seeded(Two, dtype=torch.float64)
    module.head = seeded(
        lambda: nn.Sequential(nn.Linear(4, 9), nn.Tanh(), nn.Linear(9, 27))
    ).double()
    found = route(modelled(module), TEXT, S, T)
    assert found.error < 1e-10
    named = [(place.module, place.layer, place.kind) for place in found.places]
    assert named == [
        ("low", 0, "hidden"),
        ("low", 1, "hidden"),
        ("high", 0, "hidden"),
        ("high", 0, "cell"),
    ]


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_in_single_precision_it_is_the_connectivity_that_is_shown(cell):
    found = route(modelled(recurrent(cell, 2)), TEXT, S, T)
    assert found.error < 1e-10
    assert found.gradient == pytest.approx(found.connectivity, rel=1e-4)


def test_what_goes_straight_through_a_gate_is_what_is_left_without_the_weights():
    module = stacked(nn.GRU, 7)
    model = modelled(module)
    found = route(model, TEXT, S, T, target=LETTERS[CLASS])
    (hidden,) = found.places
    states, inputs = model.states(TEXT), torch.from_numpy(vectors(module, TEXT[: S + 1]))
    for step, u in enumerate(range(T, S - 1)):
        # Before S nothing reads h but the next step.
        (ahead,) = onwards(module.cell, inputs, u + 1, module.head)
        (back,) = onwards(module.cell, inputs, u, module.head)
        moved = found.parts[hidden][step] / back[0, 0].numpy()
        kept = ahead[0, 0].numpy() * states[0, "update"][u + 1] * moved
        np.testing.assert_allclose(found.kept[hidden][step], kept, rtol=1e-9)


def test_of_a_layer_without_recurrent_weights_all_is_kept():
    module = stacked(nn.GRU, 7)
    with torch.no_grad():
        module.cell.weight_hh_l0.zero_()
    found = route(modelled(module), TEXT, S, T)
    (hidden,) = found.places
    np.testing.assert_allclose(found.kept[hidden], found.parts[hidden], atol=1e-12)
    np.testing.assert_allclose(found.kept_shares(), 1, atol=1e-10)


def test_an_lstms_memory_is_kept_and_its_h_is_not():
    found = route(modelled(stacked(nn.LSTM, 7)), TEXT, S, T)
    _, cell = found.places
    assert list(found.kept) == [cell]
    np.testing.assert_array_equal(found.kept[cell], found.parts[cell])


def test_the_strongest_units_come_first():
    found = route(modelled(stacked(nn.LSTM, 7, 2)), TEXT, S, T)
    best = found.strongest(5)
    assert len(best) == 5
    magnitudes = [abs(unit.share) for unit in best]
    assert magnitudes == sorted(magnitudes, reverse=True)
    first = best[0]
    share = found.parts[first.place][:, first.unit].mean() / found.gradient
    assert first.share == pytest.approx(share)
    every = found.strongest(1000)
    assert len(every) == 28
    assert sum(unit.share for unit in every) == pytest.approx(1)
    assert f"unit {first.unit}" in repr(found)


def test_where_nothing_arrives_nothing_is_carried():
    module = stacked(nn.GRU, 7)
    with torch.no_grad():
        module.head.weight.zero_()
    found = route(modelled(module), TEXT, S, T)
    assert found.gradient == found.error == 0
    assert found.strongest() == []
    assert not found.shares().any()
    assert not found.kept_shares().any()


@pytest.mark.parametrize(
    ("s", "t", "error", "words"),
    [
        (5, 5, ValueError, "from an input t to a later output s; got t = 5 and s = 5"),
        (4, 5, ValueError, "later output"),
        (23, 5, IndexError, "no token 23: the text has 23, from 0 to 22"),
        (9, -1, IndexError, "no token -1"),
        (9, 1.0, TypeError, "t must be a whole number"),
        (True, 0, TypeError, "s must be a whole number"),
    ],
)
def test_tokens_that_are_not_there(s, t, error, words):
    with pytest.raises(error, match=words):
        route(modelled(stacked(nn.GRU, 7)), TEXT, s, t)


def test_models_that_have_no_route():
    for module in (seeded(Written), stacked(nn.GRU, 7, bidirectional=True)):
        with pytest.raises(ValueError, match=r"can't be found: .* from left to right, .* but "):
            route(modelled(module), TEXT, S, T)
    with pytest.raises(ValueError, match="occlusion is not one; use measure="):
        route(modelled(stacked(nn.GRU, 7)), TEXT, S, T, measure="occlusion")
    with pytest.raises(TypeError, match=r"expected an rv\.SequenceModel"):
        route(stacked(nn.GRU, 7), TEXT, S, T)


def test_a_text_of_one_step_has_no_route():
    with pytest.raises(ValueError, match="later output"):
        route(modelled(stacked(nn.GRU, 7)), "q", 0, 0)
