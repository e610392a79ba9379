"""Ready-made rows: the article's data, textualheatmap's and plain arrays, through the widget."""

import json

import numpy as np
import pytest
from evaluation import distill
from received import read_scores
from share.executed import bundles, execute
from widgets import await_fill, page_of

import rnnviz_widget as rv
from rnnviz_widget import share

AT = 106  # "le" of "learning", after " advanced "
SQUARED = "squared L2 norm of the gradient with respect to the one-hot input"


@pytest.fixture(scope="module")
def article():
    return {name: distill.published(distill.MODELS[name]) for name in ("GRU", "LSTM")}


@pytest.fixture
def show():
    shown = []

    def show(*args, **kwargs):
        shown.append(rv.from_rows(*args, **kwargs))
        return shown[-1]

    yield show
    for widget in shown:
        widget.close()
        await_fill(widget, 20)


def row_of(widget, facet):
    page = page_of(widget)
    sent = page.answer["facets"][facet]
    return read_scores(sent, signed=page.scene["measure"]["signed"])


def test_the_article_s_example_by_two_scales(show, article):
    """Its figure shows GRU over LSTM on "advanced"; shares of the norm say the opposite."""
    squares, norms = show(article), show(article, measure="norm")
    word = squares.text.index("advanced")
    there = slice(word, word + len("advanced"))
    found = {}
    for name in article:
        row = squares.connectivity(name).scores[AT]
        found[name, "row maximum"] = (row[there] / row.max()).mean()
        row = norms.connectivity(name).scores[AT]
        found[name, "share"] = row[there].sum() / row.sum()
    assert {key: f"{value:.2f}" for key, value in found.items()} == {
        ("GRU", "row maximum"): "0.34",
        ("LSTM", "row maximum"): "0.06",
        ("GRU", "share"): "0.25",
        ("LSTM", "share"): "0.29",
    }


def test_the_article_s_numbers_are_squares_and_say_so(show, article):
    widget = show(article, position=AT)
    text, targets, norms = distill.read("gru")
    assert (widget.text, widget.position) == (text, AT)
    c = widget.connectivity("GRU")
    assert (c.measure, c.label, c.signed, c.causal) == ("squared", SQUARED, False, True)
    np.testing.assert_allclose(c.scores, norms**2, rtol=1e-12)
    assert c.targets == targets
    measure = page_of(widget).scene["measure"]
    assert measure == {"name": "squared", "signed": False, "label": SQUARED}
    row = row_of(widget, 0)
    assert len(row) == AT + 1
    assert np.abs(row - norms[AT, : AT + 1] ** 2).max() <= norms[AT].max() ** 2 / 999
    root = show(article, measure="norm").connectivity("GRU")
    assert root.measure == "norm"
    np.testing.assert_allclose(root.scores, norms, rtol=1e-12)


def test_what_the_article_does_not_tell_is_not_known(show, article):
    widget = show(article, position=AT)
    for name, entries in article.items():
        c = widget.connectivity(name)
        for s, entry in enumerate(entries):
            pairs = zip(entry["predict"], entry["probability"], strict=True)
            assert c.predictions[s] == list(pairs)
            if entry["target"] in entry["predict"]:
                rank = entry["predict"].index(entry["target"])
                assert c.target_ranks[s] == rank + 1
                assert c.target_probabilities[s] == entry["probability"][rank]
            else:
                assert c.target_ranks[s] == 0
                assert np.isnan(c.target_probabilities[s])
    unknown = next(s for s, entry in enumerate(article["GRU"]) if c.target_ranks[s] == 0)
    widget.position = unknown
    said = widget._repr_mimebundle_()[0]["text/plain"]
    assert f"explained: {article['LSTM'][unknown]['target']}, –, not in the best 3" in said  # noqa: RUF001


def test_every_row_reaches_the_page(show, article):
    widget = show(article)
    page = page_of(widget)
    assert widget.bake().rows == 2 * len(widget.text)
    assert page.rows["complete"] is True
    assert page.status["state"] == "done"
    state = widget.shared().state
    share.state.check(state)
    assert state["_status"]["message"] is None


def test_everything_a_widget_can_do(show, article, tmp_path):
    widget = show(article, position=AT)
    widget.save_html(tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "learning" in page
    assert widget.plot().get_size_inches()[0] > 5
    assert r"\textbf{learning}" in widget.to_latex()
    for kind in ("png", "tex", "csv", "npz", "parquet"):
        widget.save(tmp_path / f"a.{kind}")
        assert (tmp_path / f"a.{kind}").stat().st_size > 1000
    with np.load(tmp_path / "a.npz") as saved:
        about = json.loads(str(saved["metadata"]), parse_constant=pytest.fail)
    assert about["models"][0]["engine"] == "given"
    assert "nothing was computed here" in widget.engines["GRU"]


def test_what_needs_a_model_is_refused(show, article, tmp_path):
    widget = show(article)
    assert widget.models == {}
    with pytest.raises(RuntimeError, match=r"no model whose weights .* rv\.from_rows"):
        widget.refresh()
    with pytest.raises(ValueError, match="no model to include"):
        widget.save_html(tmp_path / "a.html", live=True)
    assert not list(tmp_path.iterdir())


def test_a_file_and_what_it_is_called(show, article, tmp_path):
    path = tmp_path / "gru of the article.json"
    path.write_text(json.dumps(article["GRU"]))
    assert list(show(path).engines) == ["gru of the article"]
    assert list(show(str(path), names=["GRU"]).engines) == ["GRU"]
    both = show({"GRU": path, "LSTM": article["LSTM"]})
    assert both.connectivity("LSTM").scores.shape == (198, 198)
    path.write_text(json.dumps(article))
    assert list(show(path).engines) == ["GRU", "LSTM"]


HEAT = [
    {"token": "[CLR]", "meta": ["", "", ""], "heat": [1, 0, 0.5]},
    {"token": " ", "format": True},
    {"token": "the", "meta": ["##ual", "the"], "heat": [0.2, 1.0, 0.3]},
    {"token": " ", "format": True, "meta": ["no meaning"], "heat": [9]},
    {"token": "study", "meta": ["study"], "heat": [0.1, 0.3, 0.2], "format": False},
]


def test_textualheatmap_s_data_as_it_is(show):
    widget = show([HEAT, HEAT], names=["BERT", "other"], position=6)
    assert widget.text == "[CLR] the study"
    c = widget.connectivity("BERT")
    assert c.tokens == ["[CLR]", "the", "study"]
    assert c.spans == [(0, 5), (6, 9), (10, 15)]
    assert c.scores.tolist() == [[1, 0, 0.5], [0.2, 1, 0.3], [0.1, 0.3, 0.2]]
    assert (c.measure, c.label, c.causal) == ("given", "the author's own number", False)
    assert [[name for name, _ in best] for best in c.predictions] == [
        [],
        ["##ual", "the"],
        ["study"],
    ]
    assert c.targets == ["", "", ""]
    assert not c.target_ranks.any()
    np.testing.assert_allclose(row_of(widget, 0), [0.2, 1.0, 0.3], atol=1e-3)
    said = widget._repr_mimebundle_()[0]["text/plain"]
    assert "BERT predicts ##ual, –; largest share 66.7 %" in said  # noqa: RUF001
    assert "explain" not in said
    assert "(the author's own number, as a share of its sum over the whole row" in said
    assert list(show(HEAT).engines) == ["model"]


def test_rows_may_stop_at_their_own_token(show):
    widget = show({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})
    c = widget.connectivity()
    assert c.causal
    assert c.scores.tolist() == [[1, 0, 0], [2, 3, 0], [4, 5, 6]]
    assert c.predictions == [[], [], []]
    assert "A: largest share 40.0 %" in widget._repr_mimebundle_()[0]["text/plain"]
    widget.bake()
    share.state.check(widget.shared().state)


def test_plain_arrays_with_all_there_is(show):
    scores = np.array([[1, -2], [3, 4]], np.float32)
    part = {
        "tokens": ["new ", "york"],
        "scores": scores,
        "predictions": [[("x", 0.5), ("y", 0.25)], [("y", 0.5), ("x", 0.5)]],
        "targets": ["y", "z"],
    }
    widget = show({"A": part}, label="attention", signed=True)
    scores[0, 0] = 7
    c = widget.connectivity()
    assert c.scores.dtype == np.float32
    assert c.scores.tolist() == [[1, -2], [3, 4]]
    assert (c.label, c.signed, c.causal) == ("attention", True, False)
    assert c.target_ranks.tolist() == [2, 0]
    assert c.predictions[0] == [("x", 0.5), ("y", 0.25)]
    named = show({"A": ("ab", [[-1.0, 0], [1, 1]])}, measure="grad_x_input")
    assert named.connectivity().label == "gradient times input"


def test_a_model_must_be_named_where_there_are_several(show, article):
    with pytest.raises(ValueError, match="name one of the models: 'GRU', 'LSTM'; got None"):
        show(article).connectivity()
    with pytest.raises(ValueError, match="got 'RNN'"):
        show(article).connectivity("RNN")


def test_it_can_be_frozen():
    shown = execute(
        'import rnnviz_widget as rv\nw = rv.from_rows({"A": ("abc", [[1], [2, 3], [4, 5, 6]])})',
        "w",
        "w.freeze()",
    )
    [data] = bundles(shown)
    assert set(data) == {"text/html", "text/plain"}
    assert "A: largest share 40.0 %" in data["text/plain"]
