"""All layers and cells of torchrecurrent are checked as they come."""

import pytest
import torchrecurrent

import rnnviz_widget as rv

LAYERS = [name for name in torchrecurrent.__all__ if not name.endswith("Cell")]
CELLS = [name for name in torchrecurrent.__all__ if name.endswith("Cell")]
QUICK = {"steps": 16, "sequences": 1, "draws": 2}


def made(name):
    # One of them needs inputs of the size of its state.
    return getattr(torchrecurrent, name)(8 if name.startswith("Intersection") else 4, 8)


def test_there_are_many():
    assert len(LAYERS) >= 39
    assert {"MGU", "JANET", "LEM", "UnICORNN", "NAS"} <= set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer(name):
    found = rv.check_unit(made(name), **QUICK)
    assert "layer" not in found.call
    assert "x (T, B, D)" in found.call
    assert len(found.norms) == 13
    assert found.findings[0].kind in {"vanishing", "kept", "exploding"}
    assert found.gates
    assert all(each.agreement is not None for each in found.parameters if not each.dead)
    # What is kept beside the returned state is said.
    assert bool(found.notes) == (name == "tauGRU")


@pytest.mark.parametrize("name", CELLS)
def test_a_cell(name):
    found = rv.check_unit(made(name), changes=False, **QUICK)
    assert "x (T, B, D)" not in found.call
    assert found.exponent is not None


def test_raising_the_forget_bias_is_what_helps_a_peephole_lstm():
    found = rv.check_unit(torchrecurrent.PeepholeLSTM(8, 16), steps=48, sequences=2, draws=4)
    (change,) = found.changes
    assert change.change == "raising cells.0.bias_ih[16:32] by 1"
    assert change.after.low > change.before.high
