"""Python and the page agree; js/tests/unit/picture.test.ts is the other half."""

import json
import unicodedata

import pytest
from picture.golden import GOLDEN, HERE, dumps

from rnnviz_widget.picture import words


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_values_are_as_written_down(name):
    written = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    assert json.loads(dumps(name)) == written


def test_ignorable_characters_without_a_category_have_no_shape_either():
    for code in (0x2065, 0xFFF0, 0xE0000, 0xE0FFF):
        assert unicodedata.category(chr(code)) == "Cn"
        assert words.glyph(chr(code)) == "□"
