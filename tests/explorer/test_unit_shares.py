"""Units in the order of what they carry of what an output has of an input."""

import queue
from dataclasses import replace

import numpy as np
import pytest
from explorer.asked_states import ask
from explorer.two_models import TEXT

from rnnviz_widget.explorer.unit_layers import layers_of_model
from rnnviz_widget.inside.route import route
from rnnviz_widget.scene.unit_states import RouteEnds


@pytest.fixture
def heard(explorer):
    replies = queue.Queue()
    explorer.instruments["states"].on_reply = replies.put
    return replies


@pytest.mark.parametrize("kind", ["hidden", "cell", "forget"])
def test_units_are_sorted_by_what_they_carry(explorer, heard, kind):
    ends, model = RouteEnds(20, 14), explorer.models["LSTM"]
    n = list(explorer.models).index("LSTM")
    wanted = route(model, TEXT, *ends)
    cell = next(place for place in wanted.places if (place.layer, place.kind) == (0, "cell"))
    layer = str(replace(cell, kind=kind))
    asked = {"models": [n], "layers": [layer], "curves": [None], "order": "contribution"}
    (found,) = ask(explorer, heard, carried=ends, **asked).facets
    of = next((place for place in wanted.places if str(place) == layer), None)
    parts = wanted.kept[cell] if of is None else wanted.parts[of]
    shares = parts.mean(axis=0) / wanted.gradient
    assert (found.carried, found.through_gate) == (ends, kind == "forget")
    assert np.allclose(found.shares, shares, rtol=1e-12)
    assert found.order.tolist() == np.argsort(-np.abs(shares), kind="stable").tolist()
    # Without an earlier input there is no such order.
    (other,) = ask(explorer, heard, carried=None, **asked).facets
    assert (other.carried, other.order.tolist()) == (None, list(range(len(found.order))))
    assert np.isnan(other.shares).all()


def test_what_carries_nothing_has_no_order_by_that_and_says_so(explorer, heard):
    n = list(explorer.models).index("LSTM")
    (candidate,) = [
        name
        for name in layers_of_model(explorer.changes.open().caches[n].model_reading)
        if name.startswith("candidate of layer 0")
    ]
    asked = {"models": [n], "layers": [candidate], "curves": [None], "order": "contribution"}
    (found,) = ask(explorer, heard, carried=RouteEnds(20, 14), **asked).facets
    assert found.carried is None
    assert "carry nothing from step to step" in found.carry_error
    assert found.order.tolist() == list(range(len(found.index)))
    (later,) = ask(explorer, heard, carried=RouteEnds(5, 9), **asked).facets
    assert "a later output" in later.carry_error
