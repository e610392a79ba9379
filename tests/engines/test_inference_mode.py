"""Modules with torch.inference_mode() inside: read, and the line is named."""

import numpy as np
import pytest
import torch
from engines.gradient_notes import NONE, TEXT, notes_of
from language_models import LETTERS, Base, D
from small import seeded
from torch import nn

import rnnviz_widget as rv


class InInferenceMode(Base):
    @torch.inference_mode()
    def forward(self, ids):
        return super().forward(ids)


class WithInferenceMode(Base):
    def forward(self, ids):
        with torch.inference_mode():
            return super().forward(ids)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (
            InInferenceMode,
            "Remove the line @torch.inference_mode() above InInferenceMode.forward",
        ),
        (WithInferenceMode, "Remove the line with torch.inference_mode() in it"),
    ],
)
def test_a_forward_in_inference_mode_is_read_and_the_line_named(make, line):
    module = seeded(make)
    model = rv.SequenceModel(module, LETTERS)
    assert [note for note in model.network.notes if line in note] == model.network.notes
    assert len(model.network.notes) == 1
    found = rv.connectivity(model, TEXT, target="c")
    assert not found.scores.any()
    plain = seeded(Base)
    truth = rv.connectivity(rv.SequenceModel(plain, LETTERS), TEXT, target="c")
    np.testing.assert_allclose(found.target_probabilities, truth.target_probabilities, rtol=1e-5)
    for measure in ("occlusion", "grad_x_input"):
        rv.connectivity(model, TEXT, target="c", measure=measure)


def test_a_part_in_inference_mode_is_named():
    class Part(Base):
        def forward(self, ids):
            with torch.inference_mode():
                embedded = self.embedding(ids)
            return self.head(self.cell(embedded * self.scale)[0])

        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(D))

    notes = notes_of(seeded(Part))
    assert [note.startswith(NONE) for note in notes] == [True]
