"""Messages as they are written down, which the page reads too; and what a record loses in them."""

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from wire.golden import GOLDEN, dumps

from rnnviz_widget.scene.bytes_as_text import as_bytes
from rnnviz_widget.scene.codec import pack, unpack
from rnnviz_widget.scene.coloring_units import ColoringUnits
from rnnviz_widget.scene.facet import Scene
from rnnviz_widget.scene.link_curves import LinkCurves
from rnnviz_widget.scene.map_regions import DrawnRegions
from rnnviz_widget.scene.output_check import OutputChecks
from rnnviz_widget.scene.replies import FoundClasses, Preview, Randomised, Refusal, Status, Strips
from rnnviz_widget.scene.rows import Answer, Rows
from rnnviz_widget.scene.state_map import StateMaps
from rnnviz_widget.scene.swaps import Swaps
from rnnviz_widget.scene.unit_matches import FoundMatches
from rnnviz_widget.scene.unit_states import StatesWindow

WRITTEN = Path(__file__).parents[1] / "wire"
RECORDS = {
    "_scene": Scene,
    "_answer": Answer,
    "_rows": Rows,
    "_status": Status,
    "preview": Preview,
    "randomised": Randomised,
    "classes": FoundClasses,
    "refusal": Refusal,
    "strips": Strips,
    "swaps": Swaps,
    "check": OutputChecks,
    "states": StatesWindow,
    "link_curve": LinkCurves,
    "map": StateMaps,
    "map_regions": DrawnRegions,
    "color_by": ColoringUnits,
    "matches": FoundMatches,
}


def written(name):
    return json.loads((WRITTEN / f"{name}.json").read_text(encoding="utf-8"))


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
    assert inflated(json.loads(dumps(name))) == inflated(written(name))


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_read_and_packed_again_is_the_same(name):
    given = written(name)
    message = as_bytes(given["message"])
    assert pack(unpack(RECORDS[given["trait"]], message)) == message


@pytest.mark.parametrize("name", ["scene", "scene-measures"])
def test_a_scene_is_read_as_its_numbers_say(name):
    given = written(name)
    scene = unpack(Scene, as_bytes(given["message"]))
    for facet, expected in zip(scene.facets, given["expect"]["facets"], strict=True):
        spans = expected["spans"] or [[t, t + 1] for t in range(len(scene.text))]
        assert [list(span) for span in facet.tokens.spans] == spans
        assert facet.reads.mask().astype(int).tolist() == expected["reads"]
        assert facet.classes == expected["classes"]
        assert facet.top.tolist() == expected["top"]
        np.testing.assert_array_equal(facet.top_probabilities, expected["top_p"])
        explained = facet.explained
        assert explained.target.tolist() == expected["target"]
        np.testing.assert_array_equal(explained.probability, expected["target_p"])
        assert explained.rank.tolist() == expected["target_rank"]
        assert vars(facet.measure) == expected["measure"]
        # The first output of the second facet is compared with nothing.
        assert (explained.rivals is None) == (expected["rivals"] is None)
        if explained.rivals is not None:
            assert facet.at(0).explained.rival is None
            assert facet.at(1).explained.rival.rank == expected["rivals"]["rank"][1]
