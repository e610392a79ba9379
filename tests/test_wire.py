"""What the page is sent, and that nothing is lost on the way."""

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from wire.golden import GOLDEN, dumps

from rnnviz_widget import wire

HERE = Path(__file__).parent / "wire"


def inflated(value, key=None):
    """Golden messages with deflated bytes opened: another zlib may deflate them differently."""
    if isinstance(value, dict) and set(value) == {"b64"}:
        raw = base64.b64decode(value["b64"])
        return zlib.decompress(raw) if key == "rows-data" else raw
    if isinstance(value, dict):
        rows = "known" in value
        return {
            k: inflated(v, "rows-data" if rows and k == "data" else k) for k, v in value.items()
        }
    return [inflated(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", GOLDEN)
def test_messages_are_as_written_down(name):
    written = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    assert inflated(json.loads(dumps(name))) == inflated(written)


rows = hnp.arrays(
    np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)


@given(rows, st.booleans())
def test_a_row_is_true_to_half_a_step_of_its_peak(row, signed):
    row = row if signed else np.abs(row)
    packed = wire.pack_row(row, signed=signed)
    back = wire.unpack_row(packed, signed=signed)
    peak = np.abs(row).max()
    assert np.abs(back - row).max() <= peak * (0.5 / wire.STEPS) * (1 + 1e-9)
    assert packed.peak == peak
    assert packed.total == pytest.approx(np.abs(row).sum())
    assert packed.values.dtype == np.uint16


def test_a_row_of_zeros_stays_zero():
    packed = wire.pack_row(np.zeros(3, np.float32), signed=True)
    assert (packed.peak, packed.total) == (0.0, 0.0)
    assert (wire.unpack_row(packed, signed=True) == 0).all()


def test_a_part_says_where_it_starts_and_a_whole_row_does_not():
    scores = np.array([9.0, 1.0, 4.0, 3.0])
    whole = wire.pack_row(scores, signed=False)
    part = wire.pack_row(scores[1:], signed=False)
    message = wire.answer_message(1, 3, [(3, wire.PartRow(1, part)), (3, whole), (3, "no")])
    first, second, third = message["facets"]
    assert (first["from"], first["peak"], first["total"]) == (1, 4.0, 8.0)
    assert len(first["data"]) == 2 * 3
    assert "from" not in second
    assert third == {"row": 3, "error": "no"}


@pytest.mark.parametrize(("start", "values"), [(-1, 5), (0, 4), (4, 0), (1, 4), (2, 1)])
def test_a_part_reaches_to_its_rows_own_input(start, values):
    part = wire.PartRow(start, wire.pack_row(np.ones(values), signed=False))
    with pytest.raises(ValueError, match=f"part of row 3 .* got {values} values from {start}"):
        wire.answer_message(1, 3, [(3, part)])


def test_the_articles_size_takes_a_fraction_of_its_json():
    rng = np.random.default_rng(0)
    scores = np.tril(rng.gamma(0.3, size=(198, 198)))
    rows = {s: wire.pack_row(scores[s, : s + 1], signed=False) for s in range(198)}
    message = wire.rows_message(1, [(198, rows)], complete=True)
    assert sum(len(v) for v in message["facets"][0].values()) < 25_000


@given(st.lists(st.text()))
def test_names_come_back_from_one_text(names):
    assert wire.split_names(wire.join_names(names)) == names


@given(st.recursive(st.binary() | st.text() | st.integers(), st.lists))
def test_bytes_come_back_from_text(message):
    text = wire.as_text({"data": message})
    assert json.loads(json.dumps(text)) == text
    assert wire.as_bytes(text) == {"data": message}


@pytest.mark.parametrize(("scale", "bytes_each"), [(1.0, 4), (1e30, 4), (1e60, 8), (1e-60, 8)])
def test_a_row_of_any_size_keeps_its_peak(scale, bytes_each):
    scores = scale * np.array([[1.0, 0, 0], [0.25, 0.5, 0], [0, 0, 0]])
    packed = {s: wire.pack_row(scores[s, : s + 1], signed=False) for s in range(3)}
    (facet,) = wire.rows_message(1, [(3, packed)], complete=True)["facets"]
    for name, expected in (("peak", [1, 0.5, 0]), ("total", [1, 0.75, 0])):
        assert len(facet[name]) == 3 * bytes_each
        found = np.frombuffer(facet[name], f"<f{bytes_each}")
        np.testing.assert_allclose(found, scale * np.array(expected), rtol=1e-6)
