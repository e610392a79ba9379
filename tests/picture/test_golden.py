"""Python and the page agree; js/tests/unit/state/picture.test.ts is the other half."""

import json
import math
import unicodedata

import numpy as np
import pytest
from picture.golden import GOLDEN, HERE, dumps

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


@pytest.mark.parametrize("theme", colors.THEMES)
@pytest.mark.parametrize("signed", [False, True])
def test_the_palettes_are_those_of_the_page(theme, signed):
    ground = {"light": [255, 255, 255], "dark": [17, 17, 17]}[theme]
    every = json.loads((HERE / "palettes.json").read_text(encoding="utf-8"))
    (wanted,) = [e for e in every if (e["ground"], e["signed"]) == (ground, signed)]
    palette = colors.palette_of(theme, signed=signed)
    names = ("ground", "ink", "muted", "line", "hatch", "future", "accent", "mark")
    assert " ".join(getattr(palette, name) for name in names) == wanted["named"]
    assert " ".join("".join(step) for step in palette.rising) == wanted["rising"]
    assert " ".join("".join(step) for step in palette.falling) == wanted["falling"]
    assert " ".join(palette.bar) == wanted["bar"]
    assert palette.at(64) == palette.rising[-1]
    assert palette.at(-64) == palette.falling[-1]


def test_ignorable_characters_without_a_category_have_no_shape_either():
    for code in (0x2065, 0xFFF0, 0xE0000, 0xE0FFF):
        assert unicodedata.category(chr(code)) == "Cn"
        assert words.glyph(chr(code)) == "□"
