"""Another target while the explorer runs, and previews of another class."""

import threading

import numpy as np
import pytest
import torch
from explorer.two_models import PAIR, TEXT, models
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.explorer import explorer as rooms
from rnnviz_widget.reading import Question
from rnnviz_widget.scene.rows import Failure, Part

LONG = TEXT * 12


def small():
    """A model that lacks a class of the others."""
    return rv.SequenceModel(recurrent("gru", classes=26), LETTERS, LETTERS[:26])


def rows_equal(explorer, position, target, measure=None):
    for (s, row), model in zip(explorer.rows_at(position), explorer.models.values(), strict=True):
        scores = rv.connectivity(model, TEXT, target=target, measure=measure).scores[s, : s + 1]
        np.testing.assert_allclose(row, scores, atol=1e-6 * max(1e-9, np.abs(scores).max()) * 10)


@pytest.mark.parametrize("target", ["e", rv.TOP, rv.TRUTH, PAIR, [rv.TOP] * len(TEXT)])
@pytest.mark.parametrize("engine", ["auto", "autograd"])
def test_another_target_gives_its_rows_and_words(target, engine):
    # By autograd alone, running the model takes longer than a hover waits.
    measure = None if engine == "auto" else "grad_x_input"
    explorer = Explorer(ModelSource(models(), TEXT, Question("z", measure), engine=engine))
    explorer.fill()
    assert explorer.join(timeout=60)
    explorer.changes.explain(target)
    assert explorer.epoch == 2
    assert not any(facet.rows for facet in explorer.caches)
    assert explorer.target == target
    for rows, model in zip(explorer.caches, explorer.models.values(), strict=True):
        c = rv.connectivity(model, TEXT, target=target, measure=measure)
        facet = rows.facet
        explained = facet.explained
        assert [facet.classes[k] for k in explained.target] == c.targets
        assert explained.reasons == c.reasons
        assert (facet.measure.name, facet.measure.label) == (c.measure, c.label)
        np.testing.assert_allclose(explained.probability, c.target_probabilities, rtol=1e-5)
        np.testing.assert_array_equal(explained.rank, c.target_ranks)
    rows_equal(explorer, 9, target, measure)
    explorer.fill()
    assert explorer.join(timeout=60)
    assert all(len(facet.rows) == len(TEXT) for facet in explorer.caches)
    rows_equal(explorer, 17, target, measure)
    explorer.close()


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
def test_the_text_is_not_read_again(explorer, engine, monkeypatch):
    measure = None if engine == "sweep" else "grad_x_input"
    explorer = Explorer(ModelSource(models(), TEXT, Question(measure=measure), engine=engine))
    explorer.rows_at(4)
    calls = []
    for model in explorer.models.values():
        model.network.module.cell.register_forward_hook(lambda *_: calls.append(1))
    explorer.changes.explain(PAIR)
    explorer.changes.explain("e")
    assert not calls
    assert explorer.preview(7, ("a", "b")).answer
    explorer.close()


def test_a_named_measure_stays_and_another_follows_the_target():
    named, free = (
        Explorer(ModelSource(models(), TEXT, Question(measure="norm"))),
        Explorer(ModelSource(models(), TEXT)),
    )
    for explorer in (named, free):
        explorer.changes.explain(PAIR)
    assert (named.chosen["measure"], free.chosen["measure"]) == ("norm", "quick_exchange")
    rows_equal(named, 5, PAIR, "norm")
    free.changes.explain("e")
    assert free.chosen["measure"] == "norm"
    free.changes.refresh()
    assert [cache.facet.explained.reasons[0] for cache in free.caches] == [
        "the class you chose"
    ] * 2


@pytest.mark.parametrize(
    ("target", "kind", "words"),
    [
        ("z", ValueError, "^lacks: target 'z' is not among the model's 26 output classes"),
        (("e", "z"), ValueError, "^lacks: target 'z'"),
        ("zz", ValueError, "^GRU: target 'zz'"),
        (3, TypeError, "target must be"),
        (
            ["e"],
            ValueError,
            "^GRU: a list of targets needs one for each token: 27 expected, 1 came",
        ),
    ],
)
def test_all_models_or_none(target, kind, words):
    explorer = Explorer(ModelSource({**models(), "lacks": small()}, TEXT, Question("e")))
    before = explorer.caches, explorer.epoch, explorer.target
    with pytest.raises(kind, match=words):
        explorer.changes.explain(target)
    assert (explorer.caches, explorer.epoch, explorer.target) == before
    explorer.close()
    with pytest.raises(RuntimeError, match="closed"):
        explorer.changes.explain("e")


def test_another_target_while_the_fill_is_at_work(explorer):
    published, ended = [], threading.Event()

    def on_rows(epoch, complete):
        published.append((epoch, complete))
        if (epoch, complete) == (9, True):
            ended.set()

    explorer.listener.on_rows = on_rows
    explorer.fill()
    for n, target in enumerate(["e", PAIR, rv.TOP, "a", ("a", "b"), rv.TRUTH, "q", PAIR]):
        explorer.changes.explain(target)
        explorer.rows_at(n)
        explorer.fill()
    assert explorer.epoch == 9
    assert ended.wait(60)
    assert explorer.join(timeout=20)
    assert published[-1] == (9, True)
    for facet, model in zip(explorer.caches, explorer.models.values(), strict=True):
        scores = rv.connectivity(model, TEXT, target=PAIR).scores
        for s, row in facet.rows.items():
            np.testing.assert_allclose(row, scores[s, : s + 1], atol=1e-5 * np.abs(scores).max())


@pytest.mark.parametrize("target", ["e", rv.TOP, rv.TRUTH, PAIR, rv.Contrast(rv.TOP, rv.TRUTH)])
def test_a_preview_is_the_row_of_that_class_and_keeps_nothing(explorer, target):
    explorer.rows_at(3)
    kept = [dict(facet.rows) for facet in explorer.caches]
    preview = explorer.preview(9, target, serial=5)
    assert (preview.epoch, preview.position, preview.serial) == (1, 9, 5)
    for n, model in enumerate(explorer.models.values()):
        c = rv.connectivity(model, TEXT, target=target)
        s, row = preview.answer[n]
        np.testing.assert_allclose(row, c.scores[s, : s + 1], atol=1e-5 * np.abs(c.scores[s]).max())
        explained = preview.explained[n]
        assert (explained.name, explained.rank, explained.reason) == (
            c.targets[s],
            c.target_ranks[s],
            c.reasons[s],
        )
        assert explained.probability == pytest.approx(c.target_probabilities[s], rel=1e-5)
        assert (explained.rival and explained.rival.name) == (c.rivals and c.rivals[s])
        assert (preview.measures[n].name, preview.measures[n].signed) == (c.measure, c.signed)
    if target in ("e", PAIR):
        assert [set(facet.rows) for facet in explorer.caches] == [set(rows) for rows in kept]


def test_a_preview_of_what_a_model_lacks_is_said_beside_the_others():
    explorer = Explorer(ModelSource({**models(), "lacks": small()}, TEXT, Question("e")))
    preview = explorer.preview(5, "z")
    assert isinstance(preview.answer[0][1], np.ndarray)
    assert preview.answer[2][1] == Failure(
        "target 'z' is not among the model's 26 output classes, ' abcdefghijklmnopqrstuvwxy'"
    )
    assert preview.explained[2] is None
    explorer.close()


@pytest.mark.parametrize(
    ("position", "target", "kind", "words"),
    [
        (99, "e", ValueError, "position must be a character"),
        (3, ["e"] * len(TEXT), TypeError, "one target at one character"),
        (3, 7, TypeError, "target must be"),
    ],
)
def test_bad_previews_are_said(explorer, position, target, kind, words):
    with pytest.raises(kind, match=words):
        explorer.preview(position, target)


def test_a_long_preview_comes_in_part_and_is_finished_behind(monkeypatch):
    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)
    explorer = Explorer(ModelSource(models(), LONG))
    explorer.fill()
    assert explorer.join(timeout=60)
    whole, previews = threading.Event(), []

    def more(preview):
        previews.append(preview)
        if not any(isinstance(outcome, Part) for _, outcome in preview.answer):
            whole.set()

    explorer.listener.on_preview = more
    first = explorer.preview(300, PAIR, serial=2)
    assert isinstance(first.answer[0][1], Part)
    assert whole.wait(20)
    assert previews[-1].serial == 2
    for (s, row), model in zip(previews[-1].answer, explorer.models.values(), strict=True):
        c = rv.connectivity(model, LONG, target=PAIR, tolerance=0)
        np.testing.assert_allclose(row, c.scores[s, : s + 1], atol=1e-5 * np.abs(c.scores[s]).max())
    explorer.close()
    assert explorer.join(timeout=20)


def test_who_looks_elsewhere_gives_up_the_preview(monkeypatch):
    monkeypatch.setattr(rooms, "_ANSWER_WITHIN", 0.0)
    explorer = Explorer(ModelSource(models(), LONG))
    explorer.background.displayed = True
    explorer.background.go_on = lambda: None  # nobody finishes rows
    explorer.preview(300, "e")
    assert explorer.background.previewed.position == 300
    explorer.rows_at(300)
    assert explorer.background.previewed is not None
    explorer.preview(300, PAIR)
    explorer.rows_at(200)
    assert explorer.background.previewed is None
    explorer.preview(200, PAIR)
    explorer.end_preview()
    assert explorer.background.previewed is None
    explorer.preview(200, PAIR)
    explorer.changes.explain("e")
    assert explorer.background.previewed is None


def test_classes_are_found_by_how_they_begin():
    names = ["the", "then", "that", "cat", "", "th"]
    with torch.random.fork_rng(devices=[]):
        make = {
            "one": rv.SequenceModel(recurrent("gru", classes=6), LETTERS, names),
            "other": rv.SequenceModel(recurrent("gru", classes=5, seed=1), LETTERS, names[:5]),
        }
    explorer = Explorer(ModelSource(make, TEXT))
    found = explorer.likeliest(7, "th", 20)
    assert {one.name for one in found} == {"the", "then", "that"}
    best = [max(one.probabilities) for one in found]
    assert best == sorted(best, reverse=True)
    for one in found:
        for model, p in zip(make.values(), one.probabilities, strict=True):
            c = rv.connectivity(model, TEXT, target=one.name)
            assert p == pytest.approx(c.target_probabilities[7], rel=1e-5)
    assert len(explorer.likeliest(7, "", 2)) == 2
    assert explorer.likeliest(7, "dog", 20) == []
