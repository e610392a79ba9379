"""Another measure, for all models or for one of them, from Python and from the page."""

import copy
import json

import pytest
import torch
import traitlets
from received import read_scores
from small import LETTERS, recurrent
from widgets import explorer_of, page_of, picture_of

import rnnviz_widget as rv
from rnnviz_widget.picture import cell_styles
from rnnviz_widget.scene.bytes_as_text import as_text

TEXT = "the cat sat"


@pytest.fixture
def model():
    return rv.SequenceModel(recurrent(dtype=torch.float64), LETTERS, name="GRU")


@pytest.fixture
def both(model):
    return rv.explore([model, model.by("integrated_gradients", n_steps=20)], TEXT)


def unpacked(widget, n):
    entry = page_of(widget).answer["facets"][n]
    signed = explorer_of(widget).caches[n].facet.measure.signed
    return read_scores(entry, signed=signed)


def test_two_methods_are_two_facets(both, model):
    scene = page_of(both).scene
    assert [facet["name"] for facet in scene["facets"]] == ["GRU", "GRU, integrated gradients"]
    assert scene["measure"]["name"] == "norm"
    assert "measure" not in scene["facets"][0]
    own = scene["facets"][1]["measure"]
    assert own["name"] == "integrated_gradients"
    assert own["signed"]
    assert "20 steps" in own["label"]
    assert both.engines["GRU"].startswith("sweep")
    assert both.engines["GRU, integrated gradients"].startswith("captum")


def test_each_facets_rows_are_packed_with_its_sign(both, model):
    plain = rv.connectivity(model, TEXT)
    other = rv.connectivity(model.by("integrated_gradients", n_steps=20), TEXT)
    for n, c in enumerate([plain, other]):
        row = c.scores[-1]
        assert abs(unpacked(both, n) - row).max() <= 1.01e-3 * abs(row).max()
    assert unpacked(both, 1).min() < 0 <= unpacked(both, 0).min()
    both.bake()
    assert page_of(both).rows["complete"]
    assert abs(both.connectivity("GRU").scores - plain.scores).max() < 1e-12
    assert abs(both.connectivity("GRU, integrated gradients").scores - other.scores).max() < 1e-12


def test_where_measures_agree_no_facet_has_its_own(model):
    widget = rv.explore({"a": model, "b": model}, TEXT)
    assert not any("measure" in facet for facet in page_of(widget).scene["facets"])
    widget = rv.explore({"a": model.by("occlusion"), "b": model.by("occlusion")}, TEXT)
    assert page_of(widget).scene["measure"]["name"] == "occlusion"
    assert not any("measure" in facet for facet in page_of(widget).scene["facets"])


def test_a_preview_tells_each_facets_own_measure(both):
    page = page_of(both)
    page.ask("preview", position=5, target=["e"], fills=False)
    preview = page.preview
    assert preview["measure"]["name"] == "norm"
    assert "measure" not in preview["facets"][0]
    assert preview["facets"][1]["measure"]["name"] == "integrated_gradients"
    page.ask("preview", position=5, target=["e", "a"], fills=False)
    preview = page.preview
    assert preview["measure"]["name"] == "grad_x_input"
    assert preview["facets"][1]["measure"]["name"] == "integrated_gradients"
    assert "of the logit of “e” minus that of “a”" in preview["facets"][1]["measure"]["label"]


def test_the_picture_says_what_each_is(both):
    picture = picture_of(both)
    assert picture.signed
    assert not picture.agrees
    words = rv.widget.sharing.standing_text(picture)
    assert "(GRU: L2 norm of the gradient with respect to the one-hot input (no sign); " in words
    assert (
        "GRU, integrated gradients: integrated gradients: the embedded input minus zeros" in words
    )
    steps = [style.step for style in cell_styles(picture, 0)]
    assert min(step for step in steps if step is not None) >= 0
    both.scale = "one"
    assert picture_of(both).scaling.high.endswith("%")
    assert "in its own unit" not in rv.widget.sharing.standing_text(picture_of(both))


def test_set_from_python(model):
    widget = rv.explore(model, TEXT)
    page = page_of(widget)
    assert widget.measure == "norm"
    epoch = page.scene["epoch"]
    widget.measure = "occlusion"
    assert page.scene["epoch"] == epoch + 1
    assert page.scene["measure"]["name"] == "occlusion"
    row = rv.connectivity(model, TEXT, measure="occlusion").scores[-1]
    assert abs(unpacked(widget, 0) - row).max() <= 1.01e-3 * abs(row).max()
    widget.measure = "occlusion"
    assert page.scene["epoch"] == epoch + 1
    # What was chosen stays with another text and another target.
    widget.text = "a cat"
    widget.target = rv.Contrast("a", "b")
    assert widget.measure == page.scene["measure"]["name"] == "occlusion"


def test_it_follows_a_target_where_none_was_named(model):
    widget = rv.explore(model, TEXT)
    widget.target = rv.Contrast("a", "b")
    assert widget.measure == page_of(widget).scene["measure"]["name"] == "grad_x_input"
    widget.target = rv.TRUTH
    assert widget.measure == "norm"


def test_what_can_not_be_done_is_refused_and_all_stays(model):
    widget = rv.explore(model, TEXT)
    page = page_of(widget)
    scene = page.scene
    with pytest.raises(traitlets.TraitError, match=r"attention can't serve GRU: there are no"):
        widget.measure = "attention"
    with pytest.raises(traitlets.TraitError, match="measure must be one of 'norm'"):
        widget.measure = "gradient"
    assert widget.measure == "norm"
    assert page.scene is scene


def test_set_from_the_page(model):
    widget = rv.explore(model, TEXT)
    page = page_of(widget)
    widget.set_state({"measure": "grad_x_input", "position": 3})
    assert page.scene["measure"]["name"] == "grad_x_input"
    assert widget.position == 3
    widget.set_state({"measure": "attention", "position": 4})
    assert page.refused["kind"] == "measure"
    assert "there are no attention weights" in page.refused["message"]
    assert widget.measure == "grad_x_input"
    assert widget.position == 4


def test_models_with_their_own_keep_it(both):
    page = page_of(both)
    both.measure = "squared"
    assert page.scene["measure"]["name"] == "squared"
    assert page.scene["facets"][1]["measure"]["name"] == "integrated_gradients"


def test_what_the_page_offers(model, both):
    page = page_of(both)
    names = [name for name, _ in page.measures]
    assert names[:4] == ["norm", "squared", "embedding_norm", "grad_x_input"]
    assert "occlusion" in names
    assert "attention" not in names
    assert ["integrated_gradients", "integrated gradients"] in page.measures
    assert page_of(rv.explore(model.by("occlusion"), TEXT)).measures == []
    ready = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    assert page_of(ready).measures == []
    with pytest.raises(traitlets.TraitError, match="ready-made"):
        ready.measure = "norm"


def test_refresh_takes_the_weights_of_one_network_once(model, both, monkeypatch):
    taken, network = [], model.network

    def renewed(self):
        taken.append(self)
        return copy.copy(self)

    monkeypatch.setattr(type(network), "renewed", renewed)
    both.refresh()
    assert taken == [network]


def test_saved_pages_have_each_facets_measure_and_offer_none(both):
    state = both.shared().state
    assert "_measures" not in state
    scene = json.loads(json.dumps(as_text(state["_scene"])))
    assert scene["facets"][1]["measure"]["signed"]


def test_live_pages_refuse_methods(model, both):
    with pytest.raises(ValueError, match="by one measure"):
        both.shared(live="int8")
    widget = rv.explore(model.by("occlusion"), TEXT)
    with pytest.raises(ValueError, match=r"the measure of .* is occlusion"):
        widget.shared(live="int8")
