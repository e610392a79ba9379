"""Python and the page agree; js/tests/unit/state/picture.test.ts is the other half."""

import json
import math
import unicodedata

import numpy as np
import pytest
from picture.golden import GOLDEN, GROUNDS, HERE, dumps

from rnnviz_widget import memory
from rnnviz_widget.picture import colors
from rnnviz_widget.picture import format as words


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_values_are_as_written_down(name):
    written = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(dumps(name)) == written


def test_effective_characters_are_what_decimal_arithmetic_says():
    for written in json.loads((HERE / "memory.json").read_text(encoding="utf-8")):
        rows, spans = written["rows"], np.array(written["spans"])
        scores = np.array([row + [0] * (len(rows) - len(row)) for row in rows])
        expected = [math.nan if one is None else one for one in written["effective"]]
        found = memory.effective_characters(scores, spans)
        assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("part", [1 - 1e-12, 1 + 1e-12])
def test_no_colour_hangs_on_the_last_digits_of_a_power_or_root(monkeypatch, part):
    """They are another library's, and each has its own."""
    make = colors.make_palette.__wrapped__
    arms = [(ground, signed) for ground in GROUNDS for signed in (False, True)]
    expected = [make(ground, signed=signed) for ground, signed in arms]
    linear, root = colors._linear, math.cbrt
    monkeypatch.setattr(colors, "_linear", lambda channel: part * linear(channel))
    monkeypatch.setattr(math, "cbrt", lambda value: root(value) / part)
    assert [make(ground, signed=signed) for ground, signed in arms] == expected


def test_ignorable_characters_without_a_category_have_no_shape_either():
    for code in (0x2065, 0xFFF0, 0xE0000, 0xE0FFF):
        assert unicodedata.category(chr(code)) == "Cn"
        assert words.glyph(chr(code)) == "□"
