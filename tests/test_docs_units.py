"""Every snippet of docs/units.md runs, and what the page quotes is what it gives."""

import re
from pathlib import Path

import pytest
import torch

import rnnviz_widget as rv

PAGE = (Path(__file__).parents[1] / "docs" / "units.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_runs(number, capsys):
    names = {"torch": torch, "rv": rv}
    exec(SNIPPETS[number], names)
    assert "found" in names or capsys.readouterr().out


def test_the_quoted_sentences():
    quoted = re.findall(r"^> (.*)$", PAGE, re.MULTILINE)
    (said,) = rv.check_unit(torch.nn.LSTM(16, 32)).found("vanishing")
    # Numbers may differ in their last digits from machine to machine.
    words = re.sub(r"[\d.e-]+", "#", " ".join(quoted))
    assert re.sub(r"[\d.e-]+", "#", said).startswith(words.rstrip("."))
    numbers, found = (
        [float(x) for x in re.findall(r"(?<![\w\[])\d+\.?\d*(?:e-\d+)?", text)]
        for text in (" ".join(quoted), said)
    )
    assert len(numbers) > 8
    assert found[: len(numbers)] == pytest.approx(numbers, rel=0.02)
