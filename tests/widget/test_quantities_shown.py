"""Which number of the target is explained: in widgets and pages, beside itself, in files."""

import csv
import json

import numpy as np
import pytest
import torch
import traitlets
from quantities import QUANTITIES
from small import LETTERS, recurrent
from torch import nn
from widgets import explorer_of, page_of

import rnnviz_widget as rv
from rnnviz_widget.reading import Question
from rnnviz_widget.share.live import live_message

TEXT = "the dizzy cat sat"


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent(dtype=torch.float64).eval(), LETTERS, name="GRU")


def test_a_widget_begins_with_it_and_changes_it(model):
    widget = rv.explore(model, TEXT, target="e", of="centred")
    page = page_of(widget)
    assert widget.of == "centred"
    assert page.scene["measure"]["of"] == "centred"
    assert page.choices["of"] == [
        ["logit", "logit"],
        ["centred", "centred logit"],
        ["log_prob", "log probability"],
    ]
    seen = []
    widget.observe(lambda change: seen.append(change.new), "of")
    widget.of = "log_prob"
    assert seen == ["log_prob"]
    assert (page.scene["epoch"], page.scene["measure"]["of"]) == (2, "log_prob")
    truth_of = rv.connectivity(model, TEXT, target="e", of="log_prob")
    assert np.array_equal(widget.connectivity().scores, truth_of.scores)
    widget.target = "a"
    widget.measure = "embedding_norm"
    assert widget.connectivity().of == "log_prob"
    with pytest.raises(traitlets.TraitError, match="of must be one of"):
        widget.of = "odds"
    assert widget.of == "log_prob"


def test_a_page_asks_for_it(model):
    widget = rv.explore(model, TEXT)
    page = page_of(widget)
    page.ask("of", value="log_prob")
    assert widget.of == "log_prob"
    widget.set_state({"of": "odds", "position": 3})
    assert page.refused["kind"] == "of"
    assert (widget.of, widget.position) == ("log_prob", 3)


def test_another_class_is_previewed_by_the_same_number(model):
    widget = rv.explore(model, TEXT, target="e", measure="norm", of="log_prob")
    previewed = explorer_of(widget).preview(9, "a")
    assert previewed.measures[0].of == "log_prob"
    ((s, row),) = previewed.answer
    expected = rv.connectivity(model, TEXT, target="a", measure="norm", of="log_prob")
    np.testing.assert_allclose(row, expected.scores[s, : s + 1], rtol=1e-10)


def test_a_model_may_have_its_own(model):
    own = model.by(of="log_prob")
    assert own.name == "GRU, log probability"
    assert model.by("occlusion", of="centred").name == "GRU, occlusion, centred logit"
    assert own.by("occlusion").name == "GRU, occlusion, log probability"
    widget = rv.explore([model, own], TEXT, target="e", of="centred")
    one, other = explorer_of(widget).connectivity()
    assert (one.of, other.of) == ("centred", "log_prob")
    widget.of = "logit"
    assert [c.of for c in explorer_of(widget).connectivity()] == ["logit", "log_prob"]
    assert page_of(rv.explore(own, TEXT)).choices["of"] == []
    with pytest.raises(ValueError, match="by one measure"):
        widget.shared(live="int8")


def test_files_and_frames_tell_it(model, tmp_path):
    c = rv.connectivity(model, TEXT, of="log_prob")
    c.save(tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        assert {line["of"] for line in csv.DictReader(file)} == {"log_prob"}
    c.save(tmp_path / "scores.npz")
    told = json.loads(str(np.load(tmp_path / "scores.npz")["metadata"]))["models"][0]
    assert told["measure"]["of"] == "log_prob"
    assert set(c.to_frame()["of"]) == {"log_prob"}


def test_evaluations_count_it_and_keep_to_it(model, tmp_path):
    texts, keep = [TEXT, TEXT[::-1]], tmp_path / "kept.jsonl"
    options = {"start": 2, "target": rv.TOP, "progress": False}
    by = {of: rv.evaluate(model, texts, of=of, **options) for of in QUANTITIES}
    assert {of: each.as_dict()["memory"]["of"] for of, each in by.items()} == {
        of: of for of in QUANTITIES
    }
    assert by["logit"].reach().value != by["log_prob"].reach().value
    shares = []
    for text in texts:
        scores = rv.connectivity(model, text, target=rv.TOP, of="log_prob").scores[2:]
        shares += [
            (row / row.sum()) @ (s + 2 - np.arange(len(text))) for s, row in enumerate(scores)
        ]
    assert by["log_prob"].reach().value == pytest.approx(np.mean(shares))
    rv.evaluate(model, texts, of="log_prob", keep=keep, **options)
    with pytest.raises(ValueError, match="differs in: memory"):
        rv.evaluate(model, texts, of="centred", keep=keep, **options)


@pytest.mark.parametrize("of", QUANTITIES)
def test_a_live_page_goes_on_with_it(of):
    model = rv.SequenceModel(Plain(), LETTERS, truth="next")
    widget = rv.explore(model, TEXT, of=of)
    (message,) = widget.shared(live="int8").live
    assert message["measure"] == vars(rv.connectivity(model, TEXT, of=of).facet.measure)
    assert live_message("it", model, question=Question(of=of))["measure"]["of"] == of


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 4)
        self.cell = nn.GRU(4, 5, batch_first=True)
        self.head = nn.Linear(5, 27)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def test_rows_of_the_article_are_of_logits_and_others_do_not_tell(tmp_path):
    ready = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    assert ready.connectivity().of == ""
    assert page_of(ready).choices == {"measure": [], "of": []}
    with pytest.raises(traitlets.TraitError, match="ready-made"):
        ready.of = "logit"
