"""A letter that one unit carries over 50 steps: the route names the unit, and a rerun confirms."""

import numpy as np
import pytest
import torch
from inside.carrying import CARRYING, MARKED, STEPS, model_and_text
from models.test_states import vectors
from small import LETTERS
from state_loops import by_hand

import rnnviz_widget as rv


def found_in(seeds):
    """For each text whether the unit comes first, how much is left without it, and the error."""
    for seed in seeds:
        model, text = model_and_text(seed)
        route = rv.route(model, text, STEPS, 0, target=rv.TOP)
        assert route.error < 1e-10
        best = route.strongest(1)[0]
        first = (best.place.layer, best.place.kind, best.unit) == (0, "cell", CARRYING)
        assert route.strongest(1) == [best]
        yield first, route.without(best)


def check(texts):
    first, effects = zip(*found_in(range(texts)), strict=True)
    assert sum(first) >= 0.95 * texts
    assert all(effect.removed >= 0.9 for effect in effects)
    assert all(effect.before > 0.01 for effect in effects)


def test_the_unit_comes_first_and_its_mean_removes_the_link():
    check(20)


@pytest.mark.slow
def test_in_200_texts():
    check(200)


def logits_by_hand(model, text, mean=None):
    """The logits of the last output by a loop, with the unit set to a mean if one is given."""
    module = model.network.module

    def change(layer, step, kind, value):
        if kind == "cell" and mean is not None and step < STEPS:
            value = value.copy()
            value[CARRYING] = mean
        return value

    _, top = by_hand(module.cell, vectors(module, text), change)
    return module.head.weight.numpy() @ top[-1] + module.head.bias.numpy()


@pytest.mark.parametrize("seed", range(6))
def test_what_is_shown_is_what_a_rerun_by_hand_gives(seed):
    model, text = model_and_text(seed)
    route = rv.route(model, text, STEPS, 0, target=rv.TOP)
    effect = route.without()
    mean = model.states(text)[0, "cell"][:, CARRYING].mean()

    def probability(logits, k):
        return np.exp(logits[k] - np.logaddexp.reduce(logits))

    plain, changed = logits_by_hand(model, text), logits_by_hand(model, text, mean)
    k = int(plain.argmax())
    assert effect.probability_before == pytest.approx(probability(plain, k), abs=1e-6)
    assert effect.probability_after == pytest.approx(probability(changed, k), abs=1e-6)
    # The letter, really swapped: it matters, and does not while the unit is set.
    other = next(letter for letter in MARKED if letter != text[0]) + text[1:]
    moved = abs(logits_by_hand(model, other)[k] - plain[k])
    left = abs(logits_by_hand(model, other, mean)[k] - changed[k])
    assert moved > 0.1
    assert left < 0.1 * moved


def test_the_link_under_an_intervention_is_the_slope_of_the_rerun():
    """C[s, t] against central differences of the loop by hand, along each symbol's vector."""
    model, text = model_and_text(2)
    interventions = rv.Intervention(layer=0, kind="forget", units=CARRYING, to=0.9, from_step=5)
    effect = rv.intervention_effect(model, text, STEPS, 0, interventions, target=rv.TOP)
    module = model.network.module
    k = int(logits_by_hand(model, text).argmax())
    table, x = module.embedding.weight.numpy(), vectors(module, text)

    def change(layer, step, kind, value):
        if kind == "forget" and step >= 5:
            value = value.copy()
            value[CARRYING] = 0.9
        return value

    def logit(first):
        moved = np.concatenate([first[None], x[1:]])
        _, top = by_hand(module.cell, moved, change)
        return (module.head.weight.numpy() @ top[-1] + module.head.bias.numpy())[k]

    step = 1e-5
    slopes = [(logit(x[0] + step * e) - logit(x[0] - step * e)) / (2 * step) for e in table]
    assert effect.after == pytest.approx(np.linalg.norm(slopes), rel=1e-6)
    assert 0.1 * effect.before > effect.after > 0
    assert "the link from token 0 to token 50 goes from" in effect.words


def test_of_a_model_with_one_number_its_value_is_compared():
    model, text = model_and_text(1)
    unit = model.of_unit(rv.Unit(layer=0, kind="cell", index=CARRYING), text=text)
    held = rv.Intervention(module="cell", layer=0, kind="input", units=CARRYING, to="zero")
    effect = rv.intervention_effect(unit, text, STEPS, 0, held)
    states = model.states(text)[0, "cell"][:, CARRYING]
    assert effect.probability_before == pytest.approx(states[STEPS], abs=1e-9)
    assert effect.probability_after == 0
    assert effect.removed == 1


def test_where_nothing_arrives_there_is_nothing_to_check():
    model, text = model_and_text(0)
    with torch.no_grad():
        model.network.module.head.weight.zero_()
    route = rv.route(model, text, STEPS, 0, target=LETTERS[3])
    with pytest.raises(ValueError, match="nothing of token 0 reaches token 50"):
        route.without()


def test_a_method_and_a_link_that_grows():
    model, text = model_and_text(2)
    louder = rv.Intervention(layer=0, kind="output", units=CARRYING, to=2.0, from_step=STEPS)
    effects = [
        rv.intervention_effect(model, text, STEPS, 0, louder, target=rv.TOP, measure=measure)
        for measure in ("norm", "occlusion")
    ]
    for effect in effects:
        assert abs(effect.after) > abs(effect.before)
        assert effect.removed < 0
        assert "(it grew)" in effect.words
