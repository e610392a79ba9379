"""`rv.log`: what is written is read back from the event file, and from loggers of other kinds."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.picture import standing_text

TEXT = "the grammar of a learning model that one can read"


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU")


def true_numbers(model):
    found = rv.evaluate(model, [TEXT], start=len(TEXT) // 2, progress=False)
    known = {
        f"accuracy/known {n}": one.value
        for n, one in enumerate(found.accuracy_by_known())
        if one.positions
    }
    return {
        "reach": found.reach().value,
        "effective characters": found.effective_characters().value,
        "share before the word": found.share_before_word().value,
        "cross entropy": found.cross_entropy().value,
        "accuracy": found.accuracy().value,
        **known,
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_event_file_holds_the_figure_the_numbers_and_the_words(model, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        rv.log(writer, model, TEXT, step=12, position=20)
        rv.log(writer, model, TEXT, step=13)
    events = EventAccumulator(str(tmp_path)).Reload()
    for name, number in true_numbers(model).items():
        first, second = events.Scalars(f"rnnviz/{name}")
        assert (first.step, second.step) == (12, 13)
        assert first.value == pytest.approx(number, rel=1e-5)
    image = events.Images("rnnviz/picture")[0]
    assert image.step == 12
    drawn = np.array(Image.open(io.BytesIO(image.encoded_image_string)))
    assert drawn.shape[0] > 100
    assert drawn.shape[1] == 975
    # Colours of connectivity, and not white paper alone.
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 20
    [first, _] = events.Tensors("rnnviz/words/text_summary")
    words = first.tensor_proto.string_val[0].decode()
    true = standing_text(rv.connectivity(model, TEXT).picture(20))
    assert [line.removeprefix("    ") for line in words.splitlines()] == true.splitlines()
    assert all(line.startswith("    ") for line in words.splitlines())


def test_the_modules_own_weights_are_logged_and_the_model_keeps_its(model):
    module = model.network.options.original
    before = rv.connectivity(model, TEXT).scores
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.5)
    seen = Summary()
    rv.log(seen, model, TEXT, figure=False)
    now = rv.SequenceModel(module, LETTERS)
    assert seen.scalars["rnnviz/reach"] == pytest.approx(true_numbers(now)["reach"])
    np.testing.assert_array_equal(rv.connectivity(model, TEXT).scores, before)


class Summary:
    """What a SummaryWriter can do."""

    def __init__(self):
        self.scalars, self.images, self.texts = {}, {}, {}

    def add_scalar(self, tag, value, step):
        self.scalars[tag] = value

    def add_image(self, tag, image, step, dataformats):
        self.images[tag] = (image, dataformats)

    def add_text(self, tag, words, step):
        self.texts[tag] = words


class MLflow:
    """What the module mlflow can do."""

    def __init__(self):
        self.metrics, self.files = {}, {}

    def log_metric(self, key, value, step=None):
        self.metrics[key] = (value, step)

    def log_image(self, image, artifact_file):
        self.files[artifact_file] = image

    def log_text(self, text, artifact_file):
        self.files[artifact_file] = text


class Run:
    """What a run of Weights & Biases can do."""

    def __init__(self):
        self.logged = {}

    def log(self, data, step=None):
        assert step == 3
        self.logged |= data


def test_mlflow(model):
    seen = MLflow()
    rv.log(seen, model, TEXT, step=3, name="mine")
    assert seen.metrics["mine/reach"] == (pytest.approx(true_numbers(model)["reach"]), 3)
    assert seen.files["mine/picture-00000003.png"].shape[2] == 3
    assert seen.files["mine/words-00000003.txt"].startswith("After")


def test_weights_and_biases_and_a_logger_of_lightning(model, monkeypatch):
    run = Run()
    monkeypatch.setitem(
        __import__("sys").modules,
        "wandb",
        SimpleNamespace(Image=lambda image, caption: (image.shape, caption)),
    )
    rv.log(SimpleNamespace(experiment=run), model, [TEXT, TEXT], step=3)
    assert run.logged["rnnviz/accuracy"] == pytest.approx(true_numbers(model)["accuracy"])
    shape, caption = run.logged["rnnviz/picture"]
    assert shape[2] == 3
    assert caption == run.logged["rnnviz/words"]


def test_without_a_figure_no_image(model):
    seen = Summary()
    rv.log(seen, model, TEXT, figure=False)
    assert seen.images == {}
    assert seen.texts


def test_what_cannot_be_written_to_is_refused(model):
    with pytest.raises(TypeError, match="don't know how to log to list: expected a SummaryWriter"):
        rv.log([], model, TEXT)
    with pytest.raises(TypeError, match="SequenceModel"):
        rv.log(Summary(), model.network.module, TEXT)


def test_a_class_for_the_whole_text(model):
    from torch import nn

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = recurrent("gru")

        def forward(self, ids):
            return self.inner(ids)[0][:, -1]

    seen = Summary()
    whole = rv.SequenceModel(Last(), LETTERS, truth=lambda tokens: "a")
    rv.log(seen, whole, TEXT, figure=False)
    assert "rnnviz/reach" in seen.scalars
    assert "rnnviz/share before the word" not in seen.scalars
