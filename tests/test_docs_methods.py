"""What docs/methods.md shows runs, and names every measure there is."""

import re
from pathlib import Path

import pytest
from widgets import explorer_of, page_of

from rnnviz_widget.engines import MEASURES, METHODS, QUANTITIES
from rnnviz_widget.scene.facet import DEFAULT_QUANTITY

PAGE = (Path(__file__).parents[1] / "docs" / "methods.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_snippets_run_one_after_the_other():
    names = {}
    assert len(SNIPPETS) >= 5
    for snippet in SNIPPETS:
        assert len(snippet.splitlines()) <= 5
        exec(snippet, names)
    assert names["c"].measure == "occlusion"
    assert "“ ”" in names["c"].label
    assert names["determined"].of == "log_prob"
    assert [c.of for c in explorer_of(names["both"]).connectivity()] == ["centred", "log_prob"]
    assert page_of(names["w"]).scene["measure"]["name"] == "grad_x_input"
    assert page_of(names["w"]).scene["facets"][1]["measure"]["name"] == "integrated_gradients"


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_table_has_every_quantity_and_tells_the_default(name):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}`")]
    assert ("(default)" in line.split("|")[1]) == (name == DEFAULT_QUANTITY)


@pytest.mark.parametrize(
    ("name", "signed"),
    [(m.name, m.signed) for m in MEASURES.values()]
    + [(m.name, m.signed) for m in METHODS.values()],
)
def test_the_table_has_every_measure_and_its_sign(name, signed):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}`")]
    assert line.split("|")[3].strip() == ("yes" if signed else "no")
