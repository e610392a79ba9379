"""A compiled forward is run as it was written."""

import numpy as np
import pytest
import torch
from engines.looked_up_models import TEXT, served
from language_models import LETTERS, Base, Transformer
from small import seeded

import rnnviz_widget as rv


def compiled_inside(module):
    module.forward = torch.compile(module.forward, backend="eager")
    return module


def compiled_deeper(module):
    module.cell.forward = torch.compile(module.cell.forward, backend="eager")
    return module


class CompiledType(Base):
    @torch.compile(backend="eager")
    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: compiled_inside(seeded(Base, dtype=torch.float64)),
        lambda: compiled_deeper(seeded(Base, dtype=torch.float64)),
        lambda: seeded(CompiledType, dtype=torch.float64),
    ],
)
def test_a_compiled_forward_is_run_as_it_was_written(make):
    module = make()
    truth = rv.connectivity(
        rv.SequenceModel(seeded(Base, dtype=torch.float64), LETTERS), TEXT, target="a"
    )
    before = module.forward
    found = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="a")
    np.testing.assert_allclose(found.scores, truth.scores, rtol=1e-12)
    assert module.forward == before


def test_a_forward_that_is_not_compiled_is_left_alone():
    _, model = served(Transformer)
    assert not any("forward" in vars(each) for each in model.network.module.modules())
