"""A model of one number shows its value and never a probability."""

import csv
import json

import numpy as np
import pytest
import torch
from kinds import Sensor
from language_models import LETTERS, Base, H, V
from matplotlib.text import Text
from small import seeded
from torch import nn
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.picture import standing_html, standing_text, to_latex
from rnnviz_widget.picture.format import quantity
from rnnviz_widget.reading import tables

TEXT = "badhegfcaab"


class Price(Base):
    """A price after each day: logits (1, T, 1)."""

    def __init__(self):
        super().__init__(1)
        self.scale = 1000.0

    def forward(self, ids):
        return self.scale * self.head(self.cell(self.embedding(ids))[0])


class Score(Base):
    """One number for the whole text, (1, 1)."""

    def __init__(self):
        super().__init__(1)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0].mean(1))


def price(unit="EUR", **more):
    module = seeded(Price, dtype=torch.float64)
    return module, rv.SequenceModel(module, LETTERS, ["price"], unit=unit, **more)


def numbers(module, text=TEXT):
    with torch.no_grad():
        ids = torch.tensor([[LETTERS.index(character) for character in text]])
        return module(ids).numpy().reshape(-1)


def test_its_value_is_told_and_no_probability():
    module, model = price()
    c = rv.connectivity(model, TEXT)
    np.testing.assert_allclose(c.values, numbers(module), rtol=1e-12)
    assert c.unit == "EUR"
    assert np.isnan(c.target_probabilities).all()
    assert not c.target_ranks.any()
    assert c.predictions == [[] for _ in TEXT]
    assert set(c.targets) == {"price"}
    assert set(c.reasons) == {"the one number that it gives"}
    assert c.notes == ["It gives one number, which is shown as it is: a row shows what moves it."]


def test_rows_are_the_gradient_of_the_number():
    module, model = price()
    c = rv.connectivity(model, TEXT, measure="grad_x_input")
    ids = [LETTERS.index(character) for character in TEXT]
    e = module.embedding.weight.detach()[ids].requires_grad_()
    y = module.scale * module.head(module.cell(e[None])[0])[0, :, 0]
    for s in range(len(TEXT)):
        (gradient,) = torch.autograd.grad(y[s], e, retain_graph=True)
        row = (gradient * e.detach()).sum(1)
        np.testing.assert_allclose(c.scores[s], row, rtol=1e-8, atol=1e-10)


def test_one_number_for_the_whole_text():
    module = seeded(Score, dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS, ["score"])
    c = rv.connectivity(model, TEXT)
    np.testing.assert_allclose(c.values, numbers(module).repeat(len(TEXT)), rtol=1e-12)
    assert c.unit == ""
    # And in windows, one number for each.
    slid = rv.connectivity(rv.SequenceModel(module, LETTERS, ["score"], window=3), TEXT)
    np.testing.assert_allclose(slid.values[7], numbers(module, TEXT[5:8])[0], rtol=1e-12)
    assert len(set(slid.values)) > 5


def test_pictures_tell_the_value_with_its_unit():
    module, model = price()
    picture = rv.connectivity(model, TEXT).picture()
    value = quantity(float(np.float32(numbers(module)[-1])))
    said = standing_text(picture).split("; ")[0]
    assert said.endswith(f"Price gives price, {value} EUR")
    for drawn in (standing_html(picture), to_latex(picture), standing_text(picture)):
        assert "EUR" in drawn
        assert "100.0" not in drawn
        assert "1st" not in drawn
    figure = rv.connectivity(model, TEXT).plot()
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert not any("%" in text and "100" in text for text in texts)
    assert {value, "EUR"} <= set(texts)


def test_a_widget_beside_a_language_model():
    module, model = price()
    language = rv.SequenceModel(seeded(Base, dtype=torch.float64), LETTERS)
    widget = rv.explore({"price": model, "language": language}, TEXT)
    page = page_of(widget)
    one, other = page.scene["facets"]
    assert one["unit"] == "EUR"
    assert "unit" not in other
    received = np.frombuffer(one["top_p"], "<f4")
    np.testing.assert_allclose(received, numbers(module), rtol=1e-6)
    assert "price gives price, " in widget.shared().words
    assert "language predicts " in widget.shared().words
    # Both sides of a look, the names found and the bars of all classes.
    page.ask("preview", position=3, target="top", fills=False)
    assert page.preview["facets"][0]["target"]["p"] == pytest.approx(numbers(module)[3])
    page.ask("strips", wanted=True, fills=False)
    first, second = page.strips["facets"]
    assert "one number" in first["error"]
    assert second["classes"] == V
    widget.close()


def test_values_are_in_tables(tmp_path):
    module, model = price()
    language = rv.SequenceModel(seeded(Base, dtype=torch.float64), LETTERS)
    both = [rv.connectivity(each, TEXT) for each in (model, language)]
    tables.save(both, tmp_path / "both.csv")
    with (tmp_path / "both.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    of_price = [line for line in lines if line["model"] == model.name]
    assert {line["unit"] for line in of_price} == {"EUR"}
    for line in of_price:
        right = numbers(module)[int(line["output"])]
        assert float(line["value"]) == pytest.approx(right, rel=1e-12)
        assert line["target_probability"] == "nan"
    others = [line for line in lines if line["model"] != model.name]
    assert {(line["value"], line["unit"]) for line in others} == {("nan", "")}
    tables.save([both[1]], tmp_path / "language.csv")
    assert "value" not in (tmp_path / "language.csv").read_text("utf-8").splitlines()[0]

    tables.save([both[0]], tmp_path / "price.npz")
    with np.load(tmp_path / "price.npz") as kept:
        np.testing.assert_allclose(kept["values"], numbers(module), rtol=1e-12)
        assert json.loads(str(kept["metadata"]))["models"][0]["unit"] == "EUR"
    frame = both[0].to_frame()
    assert frame["unit"].unique().tolist() == ["EUR"]
    values = frame.groupby("output")["value"].first().to_numpy()
    np.testing.assert_allclose(values, numbers(module), rtol=1e-12)
    tables.save(both, tmp_path / "both.parquet")
    from pyarrow import parquet

    read = parquet.read_table(tmp_path / "both.parquet").to_pandas()
    assert set(read["unit"]) == {"EUR", ""}
    np.testing.assert_allclose(
        read[read["unit"] == "EUR"].groupby("output")["value"].first(), numbers(module)
    )


def test_vectors_give_a_number_at_each_step():
    class Level(Sensor):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(self.head.in_features, 1)

    module = seeded(Level)
    vectors = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    model = rv.SequenceModel.from_vectors(module, vectors, outputs=["level"], unit="m³")
    c = rv.connectivity(model, model.text)
    with torch.no_grad():
        right = module(torch.from_numpy(vectors)[None]).numpy().reshape(-1)
    np.testing.assert_allclose(c.values, right, rtol=1e-5)
    assert c.unit == "m³"


def test_memory_is_counted_and_no_accuracy():
    _, model = price()
    found = rv.evaluate(model, [TEXT, TEXT[::-1]], start=0, progress=False)
    assert found.reach().positions == 2 * len(TEXT)
    assert found.accuracy().positions == 0
    assert np.isnan(found.accuracy().value)
    assert "top 1" not in repr(found)
    assert json.loads(json.dumps(found.as_dict()))["accuracy"]["all"]["top 1"]["value"] is None
    with pytest.raises(ValueError, match="one number and has no classes, so it has no accuracy"):
        rv.evaluate(model, [TEXT], memory=False, progress=False)


def test_what_it_can_not_be_asked_is_said(tmp_path):
    module, model = price()
    with pytest.raises(ValueError, match="a contrast compares two classes; this model has one"):
        rv.connectivity(model, TEXT, target=rv.Contrast(rv.TOP, "price"))
    widget = rv.explore(model, TEXT)
    with pytest.raises(Exception, match="a contrast compares two classes"):
        widget.target = rv.Contrast(rv.TOP, "price")
    with pytest.raises(ValueError, match="it predicts one number, and a page predicts classes"):
        widget.save_html(tmp_path / "page.html", live=True)
    widget.close()
    with pytest.raises(ValueError, match="gives one number and no classes; leave it out"):
        rv.SequenceModel(module, LETTERS, ["price"], truth="next")
    with pytest.raises(TypeError, match='unit must be text, such as "EUR"; got 3'):
        rv.SequenceModel(module, LETTERS, ["price"], unit=3)
    with pytest.raises(ValueError, match="unit='EUR' is for a module that gives one number, but"):
        rv.SequenceModel(seeded(Base), LETTERS, unit="EUR")


def test_one_probability_is_none_of_these():
    class Yes(Base):
        def __init__(self):
            super().__init__(1, width=H)

        def forward(self, ids):
            return super().forward(ids).sigmoid()

    module = seeded(Yes, dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS, ["yes"])
    c = rv.connectivity(model, TEXT)
    assert model.unit is None
    assert c.values is None
    np.testing.assert_allclose(c.target_probabilities, numbers(module), rtol=1e-9)
    with pytest.raises(ValueError, match="1 output class with a probability; leave it out"):
        rv.SequenceModel(module, LETTERS, ["yes"], unit="EUR")
