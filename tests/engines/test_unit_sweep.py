"""Rows of gates and states as targets, by the layers' own equations, against float64 autograd."""

import numpy as np
import pytest
from models.test_states import CASES, TEXT, Two, modelled, stacked
from small import recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES

ONE_WAY = [name for name in sorted(CASES) if "both" not in name]


def apart(model, text, target, measure=None):
    """How far the sweep's rows are from autograd's: together, alone, and within a tolerance."""
    asked = {"target": target, "measure": measure}
    truth = rv.connectivity(model, text, **asked, engine="autograd").scores
    swept = rv.connectivity(model, text, **asked, tolerance=0)
    assert swept.engine == "sweep"
    some = [0, 1, len(text) - 1]
    alone = np.concatenate(
        [rv.connectivity(model, text, **asked, rows=[row]).scores for row in some]
    )
    loose = rv.connectivity(model, text, **asked).scores
    largest = np.abs(truth).max(axis=1, keepdims=True)
    scale = np.where(largest > 0, largest, 1)
    return (
        np.abs((swept.scores - truth) / scale).max(),
        np.abs((alone - truth[some]) / scale[some]).max(),
        np.abs((loose - truth) / scale).max(),
    )


@pytest.mark.parametrize("case", ONE_WAY)
def test_every_kind_of_every_layer(case):
    make, options = CASES[case]
    model = modelled(stacked(make, 7, 2, **options))
    for number, place in enumerate(model.states(TEXT)):
        target = rv.Unit(place.module, layer=place.layer, kind=place.kind, index=number % 3)
        measure = sorted(MEASURES)[number % len(MEASURES)]
        assert max(apart(model, TEXT, target, measure)) < 1e-10


def test_a_long_text_is_swept_within_the_tolerance():
    model = modelled(stacked(nn.GRU, 7, 2))
    text = (TEXT * 20)[:300]
    exact, alone, loose = apart(model, text, rv.Unit(layer=1, kind="update", index=3))
    assert max(exact, alone) < 1e-10
    assert loose < 1e-4


def test_a_layer_of_a_second_module():
    model = modelled(seeded(Two))
    target = rv.Unit("high", layer=0, kind="forget", index=1)
    assert max(apart(model, TEXT, target)) < 1e-4


def test_in_single_precision():
    model = modelled(recurrent("lstm", 2))
    assert max(apart(model, TEXT, rv.Unit(layer=0, kind="cell", index=5))) < 1e-4


def test_a_layer_that_reads_both_ways_goes_by_autograd():
    model = modelled(stacked(nn.GRU, 7, bidirectional=True))
    found = rv.connectivity(model, TEXT, target=rv.Unit(layer=0, index=1))
    assert found.engine == "autograd"
    assert found.scores[3, :4].all()
    assert not found.scores[3, 4:].any()
