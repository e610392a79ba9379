"""Typing: rows that a changed text has in common with the text before stay."""

import numpy as np
import pytest
from explorer.two_models import TEXT, models

import rnnviz_widget as rv
from rnnviz_widget.explorer import Explorer, ModelSource
from rnnviz_widget.reading import Question


@pytest.fixture
def filled():
    explorer = Explorer(ModelSource(models(), TEXT, Question("e")))
    explorer.fill()
    assert explorer.join(timeout=60)
    yield explorer
    explorer.close()
    assert explorer.join(timeout=20)


def check_rows(explorer):
    """All rows that there are, against a text that is read anew."""
    for cache, model in zip(explorer.caches, explorer.snapshots.values(), strict=True):
        right = rv.connectivity(model, explorer.text, target=explorer.target, tolerance=0).scores
        for s, row in cache.rows.items():
            assert len(row) == s + 1
            np.testing.assert_allclose(row, right[s, : s + 1], atol=1e-5 * right[s].max())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (TEXT + "s", len(TEXT)),
        (TEXT + " all over again", len(TEXT)),
        (TEXT[:-4], len(TEXT) - 4),
        (TEXT[:10] + "x" + TEXT[10:], 10),
        (TEXT[:3] + TEXT[7:], 3),
        ("s" + TEXT, 0),
    ],
)
def test_rows_before_the_first_changed_character_stay(filled, text, kept):
    filled.changes.read(text)
    assert [set(cache.rows) for cache in filled.caches] == [set(range(kept))] * 2
    check_rows(filled)
    filled.rows_at(len(text) - 1)
    filled.fill()
    assert filled.join(timeout=60)
    assert filled.kept() == (2 * len(text), 2 * len(text))
    check_rows(filled)


def test_the_fill_computes_only_the_rows_that_are_missing(filled):
    filled.changes.read(TEXT + "ing")
    asked = []
    for cache in filled.caches:
        fill = cache.reading.fill

        def watched(rows, fill=fill, **options):
            asked.append(sorted(rows))
            return fill(rows, **options)

        cache.reading.fill = watched
    filled.fill()
    assert filled.join(timeout=60)
    new = list(range(len(TEXT), len(TEXT) + 3))
    assert asked == [new, new]


def test_a_text_typed_and_deleted_again(filled):
    for end in (30, 24, 26, 25, 40, 2, 20):
        filled.changes.read((TEXT + " and read and read")[:end])
        check_rows(filled)
    assert all(cache.rows for cache in filled.caches)


def test_other_weights_have_no_rows_of_the_weights_before(filled):
    module = next(iter(filled.models.values())).network.options.original
    module.head.weight.data.mul_(2)
    module.cell.weight_hh_l0.data.mul_(0.5)
    filled.changes.refresh()
    assert not any(cache.rows for cache in filled.caches)
    filled.rows_at(5)
    filled.changes.read(TEXT + "s")
    assert [set(cache.rows) for cache in filled.caches] == [{5}, {5}]
    check_rows(filled)


def test_another_target_has_rows_of_its_own(filled):
    filled.changes.explain("o")
    assert not any(cache.rows for cache in filled.caches)
    filled.rows_at(4)
    filled.changes.read(TEXT + "s")
    assert [set(cache.rows) for cache in filled.caches] == [{4}, {4}]
    check_rows(filled)


def test_a_text_that_a_model_refuses_leaves_the_rows_as_they_were(filled):
    before = [dict(cache.rows) for cache in filled.caches]
    with pytest.raises(ValueError, match="does not know"):
        filled.changes.read(TEXT + "!")
    assert filled.text == TEXT
    assert [list(cache.rows) for cache in filled.caches] == [list(rows) for rows in before]


def test_rows_of_a_long_text_are_kept_up_to_the_limit(filled):
    for cache in filled.caches:
        cache._limit = 40
    before = filled.caches[0]
    after = type(before)("GRU", before.reading, 40)
    after.take_rows(before, range(len(TEXT)))
    assert sum(map(len, after.rows.values())) <= 40
    assert len(TEXT) - 1 in after.rows
