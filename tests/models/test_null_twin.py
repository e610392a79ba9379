"""A twin has weights that nothing was learnt into, and everything else of the model."""

import pytest
import torch
from small import LETTERS, Written, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.models.null_twin import null_twin

TEXT = "a cat sat"


def test_every_weight_is_another_and_the_model_stays_as_it_is():
    module = recurrent("lstm", layers=2)
    model = rv.SequenceModel(module, LETTERS, name="trained")
    before = rv.connectivity(model, TEXT).scores
    twin = null_twin(model)
    pairs = zip(model.network.module.parameters(), twin.network.module.parameters(), strict=True)
    assert all((one != other).float().mean() > 0.9 for one, other in pairs)
    assert twin.name == "trained, re-initialised"
    assert (twin.inputs, twin.outputs) == (model.inputs, model.outputs)
    assert (rv.connectivity(model, TEXT).scores == before).all()
    assert (rv.connectivity(twin, TEXT).scores != before).any()


def test_the_same_seed_makes_the_same_twin_and_leaves_random_numbers_alone():
    model = rv.SequenceModel(recurrent(), LETTERS)
    state = torch.random.get_rng_state()
    one, same, other = (rv.connectivity(null_twin(model, s), TEXT).scores for s in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert (one == same).all()
    assert (one != other).any()


def test_weights_that_no_layer_can_begin_with_are_put_into_another_order():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.empty(27, 27))

        def forward(self, ids):
            return nn.functional.embedding(ids, self.table).cumsum(dim=1)

    model = rv.SequenceModel(seeded(Bare), LETTERS)
    ours, theirs = (m.network.module.table for m in (model, null_twin(model)))
    assert (ours != theirs).float().mean() > 0.9
    assert torch.equal(ours.flatten().sort().values, theirs.flatten().sort().values)


@pytest.mark.parametrize("name", ["nested-lstm", "gru-small"])
def test_bundled_models_have_one(name):
    model = rv.load_pretrained(name)
    twin = null_twin(model)
    # Before training all words are about as likely.
    best = [predictions[0].probability for predictions in rv.connectivity(twin, TEXT).predictions]
    assert max(best) < 0.01


def test_twins_of_a_model_by_a_measure_keep_it():
    twin = null_twin(rv.SequenceModel(seeded(Written), LETTERS).by("occlusion"))
    assert rv.connectivity(twin, TEXT).measure == "occlusion"


def test_a_module_without_weights_has_none():
    class Fixed(nn.Module):
        def forward(self, x):
            return x.cumsum(dim=1)

    model = rv.SequenceModel(Fixed(), LETTERS, one_hot=True)
    with pytest.raises(ValueError, match=r"can't be re-initialised: its module has no parameters"):
        null_twin(model)
