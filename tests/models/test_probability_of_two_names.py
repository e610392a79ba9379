"""Modules that return one number for two names: a probability, or its logit."""

import numpy as np
import pytest
import torch
from language_models import LETTERS
from models.probability_modules import TEXT, TRIED, Sigmoided, made, notes, own, right_scores
from small import worst
from torch import nn

import rnnviz_widget as rv


@pytest.mark.parametrize("measure", TRIED)
@pytest.mark.parametrize("whole", [False, True])
def test_one_sigmoid_with_one_name(whole, measure):
    module = made(Sigmoided, lambda x: x.sigmoid()[:, -1] if whole else x.sigmoid(), classes=1)
    model = rv.SequenceModel(module, LETTERS, ["yes"])
    found = rv.connectivity(model, TEXT, target="yes", measure=measure)
    with torch.no_grad():
        mine = module(torch.tensor([[LETTERS.index(each) for each in TEXT]])).flatten().numpy()
    np.testing.assert_allclose(found.target_probabilities, mine if not whole else [mine[0]] * 8)
    truth = right_scores(module, 0, measure)
    assert worst(found.scores[-1:], truth[-1:]) < 1e-9
    assert notes(model, "Its forward returns a probability, not a logit")
    assert not notes(model, "It has one class")


@pytest.mark.parametrize("how", ["sigmoid", "log_odds", "independent_probabilities"])
@pytest.mark.parametrize("whole", [False, True])
def test_one_number_for_two_names_is_of_the_second(whole, how):
    def end(x):
        x = x if how == "log_odds" else x.sigmoid()
        x = x * 1 if how == "independent_probabilities" else x
        return x[:, -1] if whole else x

    module = made(Sigmoided, end, classes=1)
    returns = None if how == "sigmoid" else how
    model = rv.SequenceModel(module, LETTERS, ["no", "yes"], returns=returns)
    truth = right_scores(module, 0, "grad_x_input")
    with torch.no_grad():
        p = module.plain(module.table()[[LETTERS.index(each) for each in TEXT]]).sigmoid()
    for name, sign in (("yes", 1), ("no", -1)):
        found = rv.connectivity(model, TEXT, target=name, measure="grad_x_input")
        assert worst(found.scores[-1:], sign * truth[-1:]) < 1e-9
        right = float(p[-1]) if name == "yes" else 1 - float(p[-1])
        assert found.target_probabilities[-1] == pytest.approx(right)
    assert notes(model, "Its forward returns one number for two classes")


SQUEEZED = {
    "of each token": lambda x: x.squeeze(-1),
    "of each token, no batch": lambda x: x.squeeze(-1).squeeze(0),
    "of the text": lambda x: x[:, -1].squeeze(-1),
    "of the text, no batch": lambda x: x[:, -1].squeeze(),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("names", [["yes"], ["no", "yes"]])
@pytest.mark.parametrize("name", SQUEEZED)
def test_one_number_without_an_axis_of_classes(name, names, after):
    squeeze = SQUEEZED[name]
    end = (lambda x: squeeze(x.sigmoid())) if after else (lambda x: squeeze(x).sigmoid())
    module = made(Sigmoided, end, classes=1)
    plain = made(Sigmoided, torch.sigmoid, classes=1)
    model = rv.SequenceModel(module, LETTERS, names)
    for text in (TEXT, "ba", "c"):
        found = rv.connectivity(model, text, target="yes")
        assert found.target_probabilities[-1] == pytest.approx(own(plain, text)[-1, 0])
    found = rv.connectivity(model, TEXT, target="yes")
    assert worst(found.scores[-1:], right_scores(plain, 0, "norm")[-1:]) < 1e-9


def test_one_logit_for_two_names_is_refused_with_what_to_say():
    for end in (nn.Identity(), lambda x: x[:, -1]):
        with pytest.raises(ValueError, match=r'returns="log_odds"'):
            rv.SequenceModel(made(Sigmoided, end, classes=1), LETTERS, ["no", "yes"])
