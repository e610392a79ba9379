"""Why one class rather than another: numbers, words, pictures and files."""

import csv
import json

import numpy as np
import pytest
import torch
from small import CELLS, LETTERS, Written, recurrent, seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES
from rnnviz_widget.models import TOP, TRUTH, target_from_json, target_to_json
from rnnviz_widget.picture import standing_html, standing_text
from rnnviz_widget.reading import Question
from rnnviz_widget.share.live import live_message

TEXT = "the study of grammar is"
IDS = [LETTERS.index(c) for c in TEXT]
PAIR = rv.Contrast("e", rather_than="o")


def oracle(module, targets, measure):
    """By float64 autograd of the difference of two logits at the one-hot input."""
    table = module.embedding.weight.detach().double()
    one_hot = torch.eye(27, dtype=torch.float64)[IDS].requires_grad_()
    embedded = one_hot @ table
    double = module.double().eval()
    logits = double.head(double.cell(embedded[None])[0])[0]
    rows = []
    for s, (a, b) in enumerate(targets):
        y = logits[s, LETTERS.index(a)] - logits[s, LETTERS.index(b)]
        g, e = torch.autograd.grad(y, (one_hot, embedded), retain_graph=True)
        rows.append(
            {
                "norm": g.norm(dim=1),
                "squared": g.square().sum(1),
                "embedding_norm": e.norm(dim=1),
                "grad_x_input": (g * one_hot.detach()).sum(1),
            }[measure]
        )
    return torch.stack(rows).detach().numpy()


class Deep(nn.Module):
    """What comes after its recurrent layer is more than a linear layer."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.cell = nn.GRU(5, 6, batch_first=True)
        self.head = nn.Sequential(nn.LayerNorm(6), nn.Linear(6, 27))

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


@pytest.fixture(scope="module")
def model():
    return rv.SequenceModel(recurrent("gru", 2), LETTERS, name="GRU")


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("cell", CELLS)
def test_connectivity_of_a_difference_is_what_autograd_gives(cell, measure, engine):
    module = recurrent(cell, 2, dtype=torch.float64)
    model = rv.SequenceModel(module, LETTERS)
    for target in (PAIR, ("e", "o"), rv.Contrast(TRUTH, TOP), rv.Contrast(TOP, "e")):
        c = rv.connectivity(model, TEXT, target=target, measure=measure, engine=engine)
        expected = oracle(module, zip(c.targets, c.rivals, strict=True), measure)
        assert worst(c.scores, expected) < 1e-9
        assert c.engine == engine


def test_a_contrast_is_signed_unless_a_measure_is_named(model):
    c = rv.connectivity(model, TEXT, target=PAIR)
    assert (c.measure, c.signed) == ("quick_exchange", True)
    compared = "of the logit of “e” minus that of “o”: + speaks for “e”, − for “o”"  # noqa: RUF001
    assert c.label == (
        "quick exchange: how far the logit falls on average when the input is drawn by its "
        "frequency in the text; recurrent layers go on from the mean state after 8 steps, "
        f"{compared}"
    )
    signed = rv.connectivity(model, TEXT, target=PAIR, measure="grad_x_input")
    assert signed.label == (
        "gradient times input, sign not verified, of the logit of “e” minus that of “o”: + would "
        "speak for “e”, − for “o”"  # noqa: RUF001
    )
    assert "sign not verified" in standing_text(signed.picture(5))
    assert "sign not verified" not in standing_text(c.picture(5))
    other = rv.connectivity(model, TEXT, target=("o", "e"))
    np.testing.assert_array_equal(other.scores, -c.scores)
    named = rv.connectivity(model, TEXT, target=PAIR, measure="norm")
    assert (named.measure, named.signed) == ("norm", False)
    assert named.label == (
        "L2 norm of the gradient with respect to the one-hot input, of the logit of “e” minus that "
        "of “o”"
    )
    assert rv.connectivity(model, TEXT).measure == "norm"


def test_other_models_are_compared_by_occlusion():
    """Which takes a pass for each input; an exchange would take one for each symbol, too."""
    for module in (seeded(Written), seeded(Deep)):
        c = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target=PAIR)
        assert (c.measure, c.signed) == ("occlusion", True)


@pytest.mark.parametrize("measure", ["grad_x_input", "occlusion", "exchange", "quick_exchange"])
def test_a_difference_is_the_difference_of_its_two(model, measure):
    c = rv.connectivity(model, TEXT, target=PAIR, measure=measure)
    one, other = (
        rv.connectivity(model, TEXT, target=name, measure=measure, of="logit") for name in PAIR
    )
    np.testing.assert_allclose(c.scores, one.scores - other.scores, atol=2e-6)
    for mine, his in (
        (c.target_probabilities, one.target_probabilities),
        (c.rival_probabilities, other.target_probabilities),
        (c.target_ranks, one.target_ranks),
        (c.rival_ranks, other.target_ranks),
    ):
        np.testing.assert_allclose(mine, his, rtol=1e-6)


def test_top_is_the_best_besides_the_other(model):
    c = rv.connectivity(model, TEXT, target=rv.Contrast(TRUTH, TOP))
    for s, best in enumerate(c.predictions):
        truth = TEXT[s + 1] if s + 1 < len(TEXT) else best[0][0]
        assert (c.targets[s], c.rivals[s]) == (truth, best[best[0][0] == truth][0])
        second = best[0][0] == truth
        assert c.reasons[s].endswith(f" rather than the {'second' if second else 'top'} prediction")


def test_top_twice_is_the_best_and_the_second(model):
    c = rv.connectivity(model, TEXT, target=(TOP, TOP))
    best = [[name for name, _ in predictions[:2]] for predictions in c.predictions]
    assert [[*pair] for pair in zip(c.targets, c.rivals, strict=True)] == best
    assert set(c.reasons) == {"the top prediction rather than the second prediction"}
    assert "of the logit of the top prediction minus that of the second prediction" in c.label
    named = rv.connectivity(model, TEXT, target=[rv.Contrast(*pair) for pair in best])
    np.testing.assert_array_equal(c.scores, named.scores)


def test_lists_may_mix_both(model):
    targets = [TOP, PAIR, ("a", "b"), "z"] + [TRUTH] * (len(TEXT) - 4)
    c = rv.connectivity(model, TEXT, target=targets)
    assert c.measure == "quick_exchange"
    assert "where two classes are compared" in c.label
    assert c.rivals[:4] == ["", "o", "b", ""]
    assert np.isnan(c.rival_probabilities[0])
    assert c.rival_ranks[0] == 0
    assert c.reasons[1] == "the two classes you chose"
    alone = rv.connectivity(model, TEXT, target="z", measure="quick_exchange")
    np.testing.assert_allclose(c.scores[3], alone.scores[3], rtol=1e-6)
    assert c.picture(3).facets[0].target.rival is None
    assert c.picture(1).facets[0].target.rival.name == "o"


def test_one_class_on_both_sides_is_said(model):
    c = rv.connectivity(model, TEXT, target=rv.Contrast("h", TRUTH))
    assert not c.scores[0].any()
    assert c.reasons[0].startswith("both are one class here (")
    assert c.scores[1].any()


@pytest.mark.parametrize(
    ("target", "kind", "words"),
    [
        (("e", "e"), ValueError, "two different classes; got 'e' twice"),
        ((TRUTH, TRUTH), ValueError, "two different classes; got rv.TRUTH twice"),
        (("e",), ValueError, "Expected two classes, got 1"),
        (("e", 3), TypeError, "each of a contrast must be rv.TRUTH"),
        (("e", "zz"), ValueError, "target 'zz' is not among"),
        (rv.Contrast("zz", TOP), ValueError, "target 'zz' is not among"),
        ([("e", "zz")] * len(TEXT), ValueError, "target 'zz' is not among"),
        ({"e": "o"}, TypeError, r"rv\.Contrast\(one, other\), rv\.Unit\(\.\.\.\), or a list"),
    ],
)
def test_bad_contrasts_are_said(model, target, kind, words):
    with pytest.raises(kind, match=words):
        rv.connectivity(model, TEXT, target=target)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (TRUTH, "truth"),
        (TOP, "top"),
        ("top", ["top"]),
        (PAIR, ["e", "o"]),
        (rv.Contrast(TRUTH, "top"), [{"choice": "truth"}, "top"]),
    ],
)
def test_targets_travel_as_json(target, message):
    assert target_to_json(target) == message
    back = target_from_json(json.loads(json.dumps(message)))
    assert back == target
    assert type(back) is type(target)


@pytest.mark.parametrize(
    "message", [None, "e", 3, [], ["a", "b", "c"], [3], [{"choice": "e"}], [["a"]], {}, ["a", "a"]]
)
def test_what_is_no_target_is_refused(message):
    with pytest.raises(ValueError, match=r"a target is sent as|two different classes"):
        target_from_json(message)


def test_a_list_stays_where_it_was_made():
    assert target_to_json([TOP, "a"]) is None


def test_pictures_name_both(model):
    c = rv.connectivity(model, TEXT, target=PAIR)
    s = 9
    p, q = (f"{100 * x[s]:.1f} %" for x in (c.target_probabilities, c.rival_probabilities))
    picture = c.picture(s)
    words = standing_text(picture)
    assert f"explained: e, {p}, " in words
    assert f", rather than o, {q}, " in words
    assert "+ speaks for “e”, − for “o”" in words  # noqa: RUF001
    html = standing_html(picture)
    assert ">e rather than o</b>, the two classes you chose" in html
    for name in "eo":
        assert f'<b><span style="font-family:monospace">{name}</span></b>' in html
    latex = c.to_latex(s)
    assert r"explains \textbf{e rather than o}, the two classes you chose" in latex
    assert c.plot(s)


def test_files_have_the_rival(model, tmp_path):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    c = rv.connectivity(model, TEXT, target=PAIR)
    for kind in ("csv", "npz", "parquet"):
        c.save(tmp_path / f"a.{kind}")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {line["rival"] for line in lines} == {"o"}
    assert float(lines[-1]["rival_probability"]) == pytest.approx(c.rival_probabilities[-1])
    table = parquet.read_table(tmp_path / "a.parquet")
    assert set(table["rival"].to_pylist()) == {"o"}
    assert table["rival_rank"][-1].as_py() == c.rival_ranks[-1]
    with np.load(tmp_path / "a.npz", allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["rival_ranks"], c.rival_ranks)
        entry = json.loads(str(saved["metadata"]))["models"][0]
    assert (entry["rivals"], entry["measure"]["label"]) == (c.rivals, c.label)
    plain = rv.connectivity(model, TEXT)
    plain.save(tmp_path / "b.csv")
    assert "rival" not in (tmp_path / "b.csv").read_text(encoding="utf-8").splitlines()[0]


def test_a_table_has_the_rival(model):
    pytest.importorskip("pandas")
    frame = rv.connectivity(model, TEXT, target=PAIR).to_frame()
    assert set(frame["rival"]) == {"o"}
    assert frame["rival_rank"].min() >= 1
    assert "rival" not in rv.connectivity(model, TEXT).to_frame()


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 4)
        self.cell = nn.GRU(4, 5, batch_first=True)
        self.head = nn.Linear(5, 27)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def test_a_live_page_says_what_it_can_not_compare():
    with torch.random.fork_rng(devices=[]):
        model = rv.SequenceModel(Plain(), LETTERS)
    message = live_message("it", model, question=Question(PAIR, "grad_x_input"))
    assert (message["truth"], message["target"]) == ("none", "truth")
    assert message["no_truth"] == (
        "two classes are compared in the author's text only, where the model was run for it"
    )
    assert message["measure"]["name"] == "grad_x_input"
    # Running the model for each symbol and input is not done in a page.
    plain = live_message("it", model, question=Question(PAIR))
    assert (plain["measure"]["name"], plain["measure"]["signed"]) == ("norm", False)
    with pytest.raises(ValueError, match="is exchange"):
        live_message("it", model, question=Question(PAIR, "exchange"))
    with pytest.raises(ValueError, match="'zz' is not among"):
        live_message("it", model, question=Question(rv.Contrast("e", "zz")))
