"""The check of models that read vectors: codes are named, and nothing else."""

import numpy as np
import pytest
import torch
from kinds import Sensor
from language_models import NAMES, H
from small import seeded
from torch import nn

import rnnviz_widget as rv


def sensor(inner, vectors, **options):
    return rv.SequenceModel.from_vectors(inner, vectors, outputs=["low", "high"], **options)


class Coded(nn.Module):
    """Some columns are codes of categories, the others numbers."""

    def __init__(self, sizes=(7,), numbers=2, whole=True):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size, 3) for size in sizes)
        self.cell = nn.GRU(3 * len(sizes) + numbers, H, batch_first=True)
        self.head = nn.Linear(H, 2)
        self.whole = whole

    def forward(self, x):
        codes = len(self.tables)
        parts = [table(x[..., n].long()) for n, table in enumerate(self.tables)]
        states = self.cell(torch.cat([*parts, x[..., codes:]], -1))[0]
        return self.head(states[:, -1] if self.whole else states)


def coded(sizes=(7,), numbers=2, length=9):
    generator = torch.Generator().manual_seed(0)
    columns = [torch.randint(size, (length,), generator=generator).float() for size in sizes]
    rest = torch.randn(length, numbers, generator=generator)
    return torch.cat([torch.stack(columns, 1), rest], 1)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("sizes", "numbers", "words"),
    [
        ((7,), 2, "No gradient reaches column 0 of its vectors (3 columns, counted from 0)"),
        ((7, 4), 1, "No gradient reaches columns 0, 1 of its vectors (3 columns"),
        ((7,), 0, "No gradient flows from its logits back to the vectors"),
        ((7, 4), 0, "No gradient flows from its logits back to the vectors"),
    ],
)
def test_columns_of_codes_are_named(sizes, numbers, words, whole):
    module = seeded(lambda: Coded(sizes, numbers, whole))
    model = sensor(module, coded(sizes, numbers))
    (note,) = [note for note in model.network.notes if "gradient" in note]
    assert note.startswith(words)
    assert "codes that it looks up" in note
    assert model.network.capabilities.columns_without_gradient == list(range(len(sizes)))
    for measure in ("norm", "grad_x_input", "occlusion", "integrated_gradients", "smooth_grad"):
        found = rv.connectivity(model, model.text, target="high", measure=measure)
        assert np.isfinite(found.scores).all()
        if measure != "occlusion":
            assert found.scores.any() == bool(numbers)


def test_methods_leave_codes_as_they_are():
    vectors = coded(numbers=2).double()
    module = seeded(lambda: Coded(whole=False), dtype=torch.float64)
    model = sensor(module, vectors)
    found = rv.connectivity(model, model.text, target="high", measure="integrated_gradients")
    without = vectors.clone()
    without[:, 1:] = 0
    with torch.no_grad():
        moved = module(vectors[None])[0, :, 1] - module(without[None])[0, :, 1]
    np.testing.assert_allclose(found.scores.sum(1), moved, rtol=1e-3, atol=1e-6)


def test_codes_that_are_numbers_too_fail_in_words_of_vectors():
    class Both(Coded):
        def __init__(self):
            super().__init__(numbers=3)

        def forward(self, x):
            return super().forward(torch.cat([x[..., :1], x], -1))

    vectors = coded()
    vectors[:2, 0] = torch.tensor([0.0, 6.0])
    model = sensor(seeded(Both), vectors)
    assert not [note for note in model.network.notes if "gradient" in note]
    with pytest.raises(
        RuntimeError, match="codes that it looks up must be whole numbers"
    ) as caught:
        rv.connectivity(model, model.text, target="high", measure="smooth_grad")
    assert "symbol" not in str(caught.value)
    assert " ids" not in str(caught.value)


@pytest.mark.parametrize(
    ("inner", "vectors", "words"),
    [
        (
            lambda: Coded((4,)),
            coded((7,), 2),
            "codes that it looks up must be whole numbers from 0",
        ),
        (Sensor, torch.ones(4, 2), "it must map such vectors to logits"),
        (lambda: nn.LSTM(3, 5, batch_first=True), torch.ones(4, 3), "outputs="),
        (nn.Flatten, torch.ones(4, 3), "forward=lambda module, vectors: "),
    ],
)
def test_what_is_wrong_with_a_model_of_vectors_is_said_of_vectors(inner, vectors, words):
    with pytest.raises((RuntimeError, ValueError)) as caught:
        sensor(seeded(inner), vectors)
    assert words in str(caught.value)
    assert "symbol" not in str(caught.value)
    assert "ids" not in str(caught.value)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_no_false_alarm_of_vectors(bidirectional):
    for seed in range(10):
        generator = torch.Generator().manual_seed(seed)
        vectors = torch.randn(12, 3, generator=generator)
        # A column that says nothing here, and one that is the same throughout.
        vectors[:, 1] = vectors[:, 1].round() if seed % 2 else 1.0
        module = seeded(lambda: Sensor(bidirectional=bidirectional), seed=seed)
        model = rv.SequenceModel.from_vectors(module, vectors, outputs=NAMES)
        assert not [note for note in model.network.notes if "gradient" in note]


def test_one_vector_alone():
    model = rv.SequenceModel.from_vectors(seeded(Sensor), torch.ones(1, 3), outputs=NAMES)
    assert model.network.notes == []
    found = sensor(seeded(lambda: Coded(whole=False)), coded(length=1))
    assert found.network.capabilities.columns_without_gradient == [0]
