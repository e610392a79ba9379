"""Rows as they travel: how exact they are, parts of them, and many at once."""

import zlib

import numpy as np
import pytest
from facets import facet, row
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.rows import (
    STEPS,
    Answer,
    FailedRow,
    Failure,
    PackedRow,
    Part,
    Quantised,
    Rows,
    check_answer,
    check_rows,
    pack_outcome,
    pack_rows,
    quantise,
    scores_of,
)

scores = hnp.arrays(
    np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)


@given(scores, st.booleans())
def test_a_row_is_true_to_half_a_step_of_its_peak(row, signed):
    row = row if signed else np.abs(row)
    packed = quantise(row, signed=signed)
    back = scores_of(packed, signed=signed)
    peak = np.abs(row).max()
    assert np.abs(back - row).max() <= peak * (0.5 / STEPS) * (1 + 1e-9)
    assert packed.peak == peak
    assert packed.total == pytest.approx(np.abs(row).sum())
    assert packed.values.dtype == np.uint16


def test_a_row_of_zeros_stays_zero():
    packed = quantise(np.zeros(3, np.float32), signed=True)
    assert (packed.peak, packed.total) == (0.0, 0.0)
    assert (scores_of(packed, signed=True) == 0).all()


def test_a_part_says_where_it_starts_and_a_whole_row_does_not():
    given = np.array([9.0, 1.0, 4.0, 3.0])
    outcomes = [Part(1, given[1:]), given, Failure("no")]
    facets = [pack_outcome(3, each, signed=False) for each in outcomes]
    first, second, third = pack(Answer(1, 3, facets))["facets"]
    assert (first["from"], first["peak"], first["total"]) == (1, 4.0, 8.0)
    assert len(first["data"]) == 2 * 3
    assert "from" not in second
    assert third == {"row": 3, "error": "no"}


@pytest.mark.parametrize(("start", "values"), [(-1, 5), (4, 0), (1, 4), (2, 1)])
def test_a_part_reaches_to_its_rows_own_input(start, values):
    with pytest.raises(ValueError, match=f"part of row 3 .* got {values} values from {start}"):
        pack_outcome(3, Part(start, np.ones(values)), signed=False)


def test_the_articles_size_takes_a_fraction_of_its_json():
    rng = np.random.default_rng(0)
    given = np.tril(rng.gamma(0.3, size=(198, 198)))
    rows = pack_rows(198, {s: given[s, : s + 1] for s in range(198)}, signed=False)
    assert sum(len(v) for v in pack(rows).values()) < 25_000


@pytest.mark.parametrize(("scale", "bytes_each"), [(1.0, 4), (1e30, 4), (1e60, 8), (1e-60, 8)])
def test_a_row_of_any_size_keeps_its_peak(scale, bytes_each):
    given = scale * np.array([[1.0, 0, 0], [0.25, 0.5, 0], [0, 0, 0]])
    message = pack(pack_rows(3, {s: given[s, : s + 1] for s in range(3)}, signed=False))
    for name, expected in (("peak", [1, 0.5, 0]), ("total", [1, 0.75, 0])):
        assert len(message[name]) == 3 * bytes_each
        found = np.frombuffer(message[name], f"<f{bytes_each}")
        np.testing.assert_allclose(found, scale * np.array(expected), rtol=1e-6)


CAUSAL = facet("abc")
ENDLESS = PackedRow(1, Quantised(np.nan, 1.0, np.zeros(2, np.uint16)))
WHOLE = facet("abc", reads=Reads.everything(3))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(1, 3, [row(1, [1, 2]), row(1, [1, 2, 3])]), "position is not in its text"),
        (Answer(1, 1, [row(1, [1, 2])]), "of other models"),
        (Answer(1, 1, [row(3, [1] * 4), row(1, [1, 2, 3])]), "a row's number is 3"),
        (Answer(1, 1, [row(1, [1, 2, 3]), row(1, [1, 2, 3])]), "row 1 has 3 values"),
        (Answer(1, 1, [row(1, [1, 2]), row(1, [1, 2])]), "row 1 has 2 values"),
        (Answer(1, 1, [ENDLESS, row(1, [1, 2, 3])]), "a row is not finite"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(answer, words):
    check_answer(Answer(1, 1, [row(1, [1, 2]), FailedRow(1, "no")]), [CAUSAL, WHOLE])
    with pytest.raises(ValueError, match=words):
        check_answer(answer, [CAUSAL, WHOLE])


def rows_of(known, size):
    deflated = zlib.compress(bytes(size))
    given = pack_rows(len(known), {s: np.ones(s + 1) for s in np.flatnonzero(known)}, signed=False)
    return Rows(
        1, complete=False, facets=[type(given)(given.known, given.peak, given.total, deflated)]
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (rows_of([True, False, True, True], 16), "characters that are not there"),
        (rows_of([True, False, True], 7), "do not unpack to the 8 bytes"),
        (rows_of([True, False, True], 9), "do not unpack to the 8 bytes"),
    ],
)
def test_rows_that_do_not_fit_are_refused(rows, words):
    check_rows(rows_of([True, False, True], 8), [CAUSAL])
    with pytest.raises(ValueError, match=words):
        check_rows(rows, [CAUSAL])
    with pytest.raises(ValueError, match="rows of other models"):
        check_rows(rows, [])
