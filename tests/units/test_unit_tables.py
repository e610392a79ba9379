"""What a unit check looks like: text, HTML, columns and figures."""

import re

import pytest
import torch
from torch import nn

import rnnviz_widget as rv

QUICK = {"steps": 24, "sequences": 2, "draws": 3}


@pytest.fixture(scope="module")
def lstm():
    return rv.check_unit(nn.LSTM(4, 8), **QUICK)


@pytest.fixture(scope="module")
def nac():
    return rv.check_unit(rv.NAC(4, 3), draws=2)


def test_the_text_has_what_was_found_and_all_figures(lstm):
    text = repr(lstm)
    assert text.startswith(
        "LSTM(4, 8), called as LSTM(x, state), x (T, B, D)\n3 draws of its weights"
    )
    assert f"- {lstm.findings[0].words}" in text
    for row in (
        "memory, steps",
        "norm of dh_t/dh_s, lag 16",
        "forget gate, mean",
        "h, mean",
        "c, variance",
    ):
        assert f"\n{row}" in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_the_columns(lstm):
    table = lstm.table()
    assert {len(column) for column in table.values()} == {len(table["figure"])}
    memory = table["figure"].index("memory, steps")
    assert table["sample"][memory] == lstm.memory.value
    assert table["rule"][memory] == "mean field"
    with pytest.raises(KeyError, match="there are weight_ih_l0"):
        lstm.parameter("w")


def test_the_html_takes_the_colours_of_its_host_and_escapes_text(lstm):
    class Named(nn.GRUCell):
        def extra_repr(self):
            return "<script>alert(1)</script>"

    html = lstm._repr_html_()
    assert html.count("<table") == 3
    assert html.count("<td") + html.count("<th ") + 4 == html.count("color:inherit")
    assert "<summary" in html
    assert "changes tried</summary>" in html
    assert not re.search(r"(?<!-)color:#|background:#|<script", html)
    assert "<script" not in rv.check_unit(Named(4, 8), changes=False, **QUICK)._repr_html_()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figures(lstm, nac, theme):
    figure = lstm.plot(theme=theme)
    norms, gates = figure.axes
    sampled = norms.lines[0].get_ydata()
    assert sampled[-1] == lstm.norms[-1].value
    assert norms.get_yscale() == "log"
    assert [label.get_text() for label in gates.get_yticklabels()][1] == "forget gate"
    (axes,) = nac.plot(theme=theme).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["weight_hat", "mask_hat"]


def test_files(lstm, tmp_path):
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        lstm.save(tmp_path / f"unit{suffix}")
        assert (tmp_path / f"unit{suffix}").read_bytes().startswith(start)
    for path, options, words in (
        ("unit.tex", {}, "must end in .png"),
        ("unit.png", {"dpi": 0}, "dpi"),
        ("unit.png", {"width": 1}, "width"),
    ):
        with pytest.raises(ValueError, match=words):
            lstm.save(tmp_path / path, **options)


def test_a_name_with_dollars_is_no_formula():
    class Dollar(nn.Module):
        input_size = 2

        def __init__(self):
            super().__init__()
            self.inner = nn.GRUCell(2, 3)

        def forward(self, x, h=None):
            return self.inner(x, h)

        def __repr__(self):
            return "$x_{$"

    rv.check_unit(Dollar(), changes=False, **QUICK).plot()._repr_png_()


def test_gradients_that_are_zero_can_be_drawn(tmp_path):
    class Cut(nn.Module):
        input_size, hidden_size = 2, 3

        def __init__(self):
            super().__init__()
            self.inner = nn.GRUCell(2, 3)

        def forward(self, x, h):
            return self.inner(x, h.detach())

    found = rv.check_unit(Cut(), **QUICK)
    found.save(tmp_path / "cut.png")
    assert "∞" not in repr(found).splitlines()[3]
    assert torch.isinf(torch.tensor(found.exponent.value))
