"""What the explorer knows, as a picture."""

import numpy as np
import pytest
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.reading import Question

TEXT = "a text that two models read"


def models():
    return {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
    }


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
def test_the_picture_has_the_explorers_numbers(measure):
    explorer = Explorer(ModelSource(models(), TEXT, Question(measure=measure)))
    shown = explorer.picture(9)
    assert (shown.text, shown.position) == (TEXT, 9)
    assert {each.name for each in shown.measures} == {measure}
    assert shown.signed == (measure == "grad_x_input")
    for facet, (name, model) in zip(shown.facets, explorer.models.items(), strict=True):
        c = rv.connectivity(model, TEXT, measure=measure, tolerance=0)
        assert facet.name == name
        assert facet.predictions[0].name == c.predictions[9][0][0]
        assert (facet.target.name, facet.target.rank) == (c.targets[9], c.target_ranks[9])
        expected = c.scores[9] / np.abs(c.scores[9]).sum()
        assert np.allclose(facet.row.characters, expected, atol=np.abs(expected).max() / 900)


def test_rows_are_whole_and_hovers_are_left_alone():
    explorer = Explorer(ModelSource(models(), TEXT))
    explorer.rows_at(3)
    explorer.picture(20)
    assert explorer.background.focus == 3
    assert all(set(facet.rows) == {3, 20} for facet in explorer.caches)


def test_what_failed_is_told():
    explorer = Explorer(ModelSource(models(), TEXT))

    def fails(_):
        raise ArithmeticError("no gradient")

    explorer.caches[1].reading.pieces = fails
    shown = explorer.picture(9)
    assert shown.facets[0].error is None
    assert shown.facets[1].error == "ArithmeticError: no gradient"
    assert shown.facets[1].row is None


def test_a_closed_explorer_has_no_picture():
    explorer = Explorer(ModelSource(models(), TEXT))
    with pytest.raises(ValueError, match="0 to 26; got 27"):
        explorer.picture(27)
    explorer.close()
    with pytest.raises(RuntimeError, match="was closed"):
        explorer.picture(3)
