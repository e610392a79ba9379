"""A text in lines of cells."""

from hypothesis import given
from hypothesis import strategies as st

from rnnviz_widget.picture.layout import lay_out


def lines(text, columns):
    cells = lay_out(text, columns)
    rows = [[] for _ in range(cells[-1].line + 1)]
    for cell in cells:
        rows[cell.line].append(cell.drawn)
    return ["".join(row) for row in rows]


def test_lines_break_after_spaces_and_else_where_they_are_full():
    assert lines("a young age through", 12) == ["a young age ", "through"]
    assert lines("abcdefghijklmnop is", 6) == ["abcdef", "ghijkl", "mnop ", "is"]
    assert lines("ab cdefghij", 6) == ["ab ", "cdefgh", "ij"]
    assert lines("a b", 2) == ["a ", "b"]


def test_line_breaks_tabs_and_wide_characters():
    assert lines("a\n\nb", 9) == ["a↵", "↵", "b"]
    cells = lay_out("\tab\tc漢x", 40)
    assert [cell.column for cell in cells] == [0, 4, 5, 6, 8, 9, 11]
    assert [cell.drawn for cell in cells] == ["→", "a", "b", "→", "c", "漢", "x"]
    assert lines("漢漢漢", 5) == ["漢漢", "漢"]


@given(st.text(min_size=1, max_size=80), st.integers(2, 20))
def test_every_character_has_a_place_of_its_own(text, columns):
    cells = lay_out(text, columns)
    assert len(cells) == len(text)
    taken = set()
    for cell in cells:
        # Only a tab at the end of a line, or wider than one, may stand out.
        assert cell.column + cell.width <= columns or cell.column == 0 or cell.drawn == "→"
        place = {(cell.line, cell.column + k) for k in range(cell.width)}
        assert not place & taken
        taken |= place
    assert [(c.line, c.column) for c in cells] == sorted((c.line, c.column) for c in cells)
