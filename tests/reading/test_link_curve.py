"""A link over checkpoints equals that of each checkpoint by itself."""

import numpy as np
import pytest
from models.test_checkpoints import TEXT, model_of, modules

import rnnviz_widget as rv


def test_it_is_what_connectivity_says_of_each_checkpoint():
    own, *others = modules(5)
    checkpoints = rv.Checkpoints(model_of(own), others, labels=[10, 20, 30, 40])
    curve = rv.link_curve(checkpoints, TEXT, -2, 3)
    assert (curve.output, curve.input) == (len(TEXT) - 2, 3)
    assert curve.labels == ("10", "20", "30", "40")
    for k, module in enumerate(others):
        one = rv.connectivity(model_of(module), TEXT)
        row = one.scores[-2]
        assert curve.scores[k] == pytest.approx(row[3], rel=1e-6)
        assert curve.shares[k] == pytest.approx(row[3] / row.sum(), rel=1e-6)
        assert curve.target[k] == one.targets[-2]
        assert curve.probabilities[k] == pytest.approx(one.target_probabilities[-2])
        assert curve.ranks[k] == one.target_ranks[-2]
    table = curve.table()
    assert table["checkpoint"] == ["10", "20", "30", "40"]
    assert {len(column) for column in table.values()} == {4}


def test_a_signed_measure_keeps_its_sign_and_models_will_do():
    models = [model_of(module) for module in modules(3)]
    curve = rv.link_curve(models, TEXT, 9, 2, target="e", measure="grad_x_input")
    rows = [rv.connectivity(m, TEXT, target="e", measure="grad_x_input").scores[9] for m in models]
    assert curve.scores == pytest.approx([row[2] for row in rows], rel=1e-6)
    assert curve.shares == pytest.approx([abs(row[2]) / abs(row).sum() for row in rows], rel=1e-6)
    assert (np.array(curve.scores) < 0).any()
    assert set(curve.target) == {"e"}
    assert curve.labels == ("0", "1", "2")


def test_tokens_that_are_not_there():
    models = [model_of(module) for module in modules(1)]
    with pytest.raises(IndexError):
        rv.link_curve(models, TEXT, len(TEXT), 0)
    with pytest.raises(IndexError, match="the text has tokens 0 to 13; got t=14"):
        rv.link_curve(models, TEXT, 0, len(TEXT))
    with pytest.raises(ValueError, match="there is no checkpoint"):
        rv.link_curve([], TEXT, 0, 0)


def test_it_is_drawn_in_both_themes():
    models = [model_of(module) for module in modules(2)]
    curve = rv.link_curve(models, TEXT, 5, 2)
    for theme in ("light", "dark"):
        figure = curve.plot(theme=theme)
        link, probability = figure.axes
        assert link.lines[0].get_ydata() == pytest.approx(100 * curve.shares)
        assert probability.lines[0].get_ydata() == pytest.approx(100 * curve.probabilities)
    with pytest.raises(ValueError, match="theme"):
        curve.plot(theme="blue")
