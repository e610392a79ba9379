"""The quickstart notebook, run as a reader runs it, with the models that ship."""

import shutil
from pathlib import Path

import pytest
from browser.checks import check_chips, check_colours, check_selection
from browser.notebook import Notebook

pytestmark = pytest.mark.browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
FACETS = ["GRU", "LSTM"]
PLACES = [("GRU", 40), ("LSTM", 10), ("GRU", 60)]
NUMBERS = """from rnnviz_widget.connectivity import Reading
def told(name, s):
    reading = Reading(w.models[name], w.text)
    names = reading.model.outputs
    best = zip(reading.top[s, :3], reading.top_probabilities[s, :3])
    return {
        "row": reading.rows([s])[0].tolist(),
        "predictions": [(names[k], float(p)) for k, p in best],
        "target": names[reading.target[s]],
        "probability": float(reading.target_probability[s]),
        "rank": int(reading.target_rank[s]),
    }"""


def test_it_runs_and_a_hover_recolours_both_facets(lab, page):
    shutil.copy(NOTEBOOK, lab.root)
    notebook = Notebook(page, lab, NOTEBOOK.name)
    notebook.run_all()
    picture = notebook.picture()
    notebook.reveal(picture)
    picture.await_ready()
    assert picture.names == FACETS
    notebook.tell(NUMBERS)
    for facet, position in PLACES:
        before = {name: picture.spans(name) for name in FACETS}
        picture.hover(facet, position)
        for name in FACETS:
            told = notebook.ask(f"told({name!r}, {position})")
            check_colours(picture, name, told.pop("row"), position)
            check_selection(picture, name, position)
            check_chips(picture, name, **told)
            assert picture.spans(name) != before[name]
    notebook.await_told("w.position", 60)
