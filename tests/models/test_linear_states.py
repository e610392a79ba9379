"""States of recurrences that are linear in their state, against loops by hand in float64."""

import numpy as np
import pytest
import torch
from engines.scanned_models import blocks
from linear_recurrences import AS_SCANS, MinGRUMixer
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.recurrences import diagonal, registered

LETTERS = "abcdefghi"
TEXT = "abcabcihgfedbbb"


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(registered, "_registered", {})
    for kind, function in AS_SCANS.items():
        rv.recurrences.register(kind, function)


def modelled(module):
    return rv.SequenceModel(module, LETTERS, outputs="uvwxy")


def read_of(module, name):
    """What a submodule is called with while the text is read."""
    read = []
    hook = module.get_submodule(name).register_forward_pre_hook(lambda _, args: read.append(args))
    with torch.no_grad():
        module(torch.tensor([[LETTERS.index(letter) for letter in TEXT]]))
    hook.remove()
    return read[0]


def test_those_of_a_min_gru(known):
    module = blocks("minGRU")
    states = modelled(module).states(TEXT, modules=["mixers.1"])
    assert [place.kind for place in states] == ["output", "hidden", "keep", "added"]
    with torch.no_grad():
        keep, new = (each[0] for each in module.mixers[1].parts(*read_of(module, "mixers.1")))
    h = torch.zeros(8, dtype=torch.float64)
    for t in range(len(TEXT)):
        h = keep[t] * h + new[t]
        np.testing.assert_allclose(states["mixers.1", 0, "hidden"][t], h, atol=1e-12)
    np.testing.assert_allclose(states["mixers.1", 0, "keep"], keep, atol=1e-12)
    np.testing.assert_allclose(states["mixers.1", 0, "added"], new, atol=1e-12)


def test_those_of_mamba(known):
    module = blocks("Mamba")
    model = modelled(module)
    states = model.states(TEXT, modules=["mixers.0", "mixers.1"])
    scan = module.mixers[0].scan
    with torch.no_grad():
        x, delta, b, _ = (each[0] for each in read_of(module, "mixers.0.scan"))
        keep = torch.exp(delta[..., None] * -scan.log_rates.exp())
        h = torch.zeros(8, 3, dtype=torch.float64)
        for t in range(len(TEXT)):
            h = keep[t] * h + (delta[t] * x[t])[:, None] * b[t]
            # Numbers of a unit's states are those of one number of the state, all units.
            np.testing.assert_allclose(
                states["mixers.0", 0, "hidden"][t].reshape(3, 8).T, h, atol=1e-12
            )
    assert states["mixers.0", 0, "keep"].shape == (len(TEXT), 24)
    np.testing.assert_allclose(
        states["mixers.0", 0, "keep"].reshape(-1, 3, 8).swapaxes(1, 2), keep, atol=1e-12
    )
    # A submodule of a block has them too, if it is named.
    inner = model.states(TEXT, modules=["mixers.0.scan"])
    same = inner["mixers.0.scan", 0, "hidden"]
    np.testing.assert_array_equal(same, states["mixers.0", 0, "hidden"])


def test_those_of_a_delta_net_that_is_written_over(known):
    module = blocks("Gated DeltaNet")
    states = modelled(module).states(TEXT, modules=["mixers.0"])
    with torch.no_grad():
        found = module.mixers[0].parts(*read_of(module, "mixers.0"))
        _, k, v, log_a, b = (each[0] for each in found)
        h = torch.zeros(2, 3, 3, dtype=torch.float64)
        for t in range(len(TEXT)):
            h = h * log_a[t, :, None, None].exp()
            error = v[t] - (h @ k[t, ..., None])[..., 0]
            h = h + (b[t, :, None] * error)[..., None] * k[t, :, None]
            made = states["mixers.0", 0, "hidden"][t].reshape(2, 3, 3).swapaxes(1, 2)
            np.testing.assert_allclose(made, h, atol=1e-12)


class Decaying(nn.Module):
    """Calls `diagonal` itself, so that nothing needs to be registered."""

    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(9, 5), nn.Linear(5, 9)

    def forward(self, ids):
        x = self.embedding(ids)
        return self.head(diagonal(torch.tensor(0.5), x) + diagonal(torch.tensor(0.1), x))


def test_a_module_that_calls_the_function_itself():
    module = Decaying()
    states = rv.SequenceModel(module, LETTERS).states("aab", modules=[""])
    first, second = (states["", layer, "hidden"] for layer in (0, 1))
    x = module.embedding.weight.detach().numpy()
    np.testing.assert_allclose(first[1], 1.5 * x[0], rtol=1e-6)
    np.testing.assert_allclose(second[1], 1.1 * x[0], rtol=1e-6)
    assert states["", 0, "keep"].tolist() == [[0.5] * 5] * 3


def test_what_is_registered_must_give_the_same(known):
    rv.recurrences.register(MinGRUMixer, lambda module, x: 2 * AS_SCANS[MinGRUMixer](module, x))
    words = "the states of MinGRUMixer can't be found: what is registered for it gives other logits"
    with pytest.raises(ValueError, match=words):
        modelled(blocks("minGRU")).states(TEXT, modules=["mixers.0"])
    # Elsewhere it does not matter.
    modelled(blocks("minGRU")).states(TEXT, modules=["head"])


def test_states_that_take_too_much_are_refused(known, monkeypatch):
    monkeypatch.setattr("rnnviz_widget.engines.states.linear_states._MOST", 15 * 24 - 1)
    with pytest.raises(ValueError, match="24 numbers at each step, and 359 are the most"):
        modelled(blocks("Mamba")).states(TEXT, modules=["mixers.0"])


@pytest.mark.parametrize("kind", ["hidden", "keep"])
def test_they_are_not_changed_nor_explained(known, kind):
    model = modelled(blocks("minGRU"))
    words = rf"the {kind} of layer 0 of mixers\.0 can only be read"
    with pytest.raises(ValueError, match=words):
        model.intervened(rv.Intervention(module="mixers.0", layer=0, kind=kind), text=TEXT)
    with pytest.raises(ValueError, match=words):
        rv.connectivity(model, TEXT, target=rv.Unit("mixers.0", layer=0, kind=kind, index=0))
