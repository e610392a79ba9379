"""Models that read a sequence of vectors, of which no symbol is known."""

import numpy as np
import pytest
import torch
from kinds import KINDS, Sensor, by_hand
from language_models import LETTERS, NAMES, Base
from models.kinds_served import served
from small import seeded, worst

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES

VECTORS = torch.randn(11, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    "make", [Sensor, lambda: Sensor(batch_first=False), lambda: Sensor(bidirectional=True)]
)
def test_vectors_of_no_symbols(make, measure):
    module = seeded(make, dtype=torch.float64)
    model = rv.SequenceModel.from_vectors(
        module, VECTORS.numpy(), outputs=NAMES, batch_first=module.cell.batch_first
    )
    targets = [s % 3 for s in range(11)]
    names = [NAMES[k] for k in targets]
    found = rv.connectivity(model, model.text, target=names, measure=measure)
    assert worst(found.scores, by_hand(module, VECTORS, targets, measure)) < 1e-10
    assert "input vector" in found.label
    assert found.causal == (not module.cell.bidirectional)
    assert found.engine == "sweep"
    if measure == "norm":
        other = rv.connectivity(model, model.text, target=names, measure="embedding_norm")
        np.testing.assert_allclose(found.scores, other.scores, rtol=1e-12)


def test_the_text_of_vectors():
    module = seeded(Sensor)
    make = rv.SequenceModel.from_vectors
    sizes = [[0.0, 0, 0], [7, 0, 0], [0, 3, 0]]
    model = make(module, sizes, outputs=NAMES)
    assert model.text == "094"
    assert repr(model) == "SequenceModel('Sensor', 3 inputs, 3 outputs)"
    assert make(module, [[1, 2, 2]] * 2, outputs=NAMES).text == "44"
    assert make(module, sizes, "xyz", outputs=NAMES).text == "xyz"
    model = make(
        module, sizes, ["sh", "e", "ll"], outputs=NAMES, name="mine", truth=lambda _: NAMES
    )
    assert (model.text, model.name) == ("sh e ll", "mine")
    found = rv.connectivity(model, "sh e ll")
    assert found.tokens == ["sh", "e", "ll"]
    assert found.targets == NAMES
    assert rv.SequenceModel(seeded(Base), LETTERS).text is None


def test_vectors_are_read_as_they_were_and_follow_a_refresh():
    module = seeded(Sensor)
    vectors = VECTORS.clone()
    model = rv.SequenceModel.from_vectors(module, vectors, outputs=NAMES)
    before = rv.connectivity(model, model.text, target="verb").scores
    vectors.zero_()
    with torch.no_grad():
        module.head.weight.mul_(2)
    assert (rv.connectivity(model, model.text, target="verb").scores == before).all()
    model.refresh()
    after = rv.connectivity(model, model.text, target="verb").scores
    np.testing.assert_allclose(after, 2 * before, rtol=1e-5)


def test_a_page_can_run_a_model_of_one_hot_vectors():
    from rnnviz_widget.share.extract import parts_of

    _, model = served(KINDS["one-hot"])
    assert torch.equal(parts_of(model).embedding, torch.eye(len(LETTERS)))
    with pytest.raises(ValueError, match="not the unchanged output of a linear layer"):
        parts_of(served(KINDS["classifier"])[1])


def test_vectors_on_the_page():
    model = rv.SequenceModel.from_vectors(seeded(Sensor), VECTORS, outputs=NAMES)
    widget = rv.explore(model, model.text)
    widget.bake()
    assert widget.connectivity().scores.shape == (11, 11)
    with pytest.raises(ValueError, match="it reads vectors, and a page reads symbols"):
        widget.save_html("vectors.html", live=True)
    widget.close()
