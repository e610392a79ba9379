"""Makes the golden messages: `make golden` writes them anew."""

import json
from pathlib import Path

import facets
import numpy as np
from draws import Draws

from rnnviz_widget.scene.arrays import (
    split_names,
    unpack_ints,
)
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import MeasureInfo, Rivals, Scene
from rnnviz_widget.scene.reads import Bound, Reads
from rnnviz_widget.scene.rows import Answer, FailedRow, Rows, pack_rows
from wire.link_curves import link_curves
from wire.replies import (
    OCCLUSION,
    checks,
    found,
    preview,
    preview_of_two_measures,
    randomised,
    refused,
    refused_text,
    status,
    strips,
    swaps,
    unit_matches,
)
from wire.scores import matrix, row
from wire.state_maps import coloring_units, map_regions, state_maps
from wire.unit_windows import unit_windows

HERE = Path(__file__).parent
# Of a causal model; and of one with a window of two tokens back, that reads ahead and skips one.
READS = [Reads.up_to_own(8), Reads(4, Bound(-2, 0, 3), Bound(1, 0, 3), (2,))]


def facet(name, text, outputs, *, spans=None, rivals=False, **others):
    draws = Draws(7)
    size = len(text if spans is None else spans)
    top = np.stack([draws.permutation(len(outputs))[:3] for _ in range(size)])
    odds = np.stack([np.sort(draws.parts(3))[::-1] for _ in range(size)])
    return facets.facet(
        text,
        name=name,
        spans=spans,
        classes=outputs,
        top=top,
        top_probabilities=odds / 2,
        explained=facets.explained(
            [int(t) for t in draws.integers(0, len(outputs), size)],
            draws.numbers(size),
            draws.integers(1, len(outputs), size),
            ["the word being typed"] * (size - 1) + ["the top prediction, as no word follows"],
            rivals_of(size, len(outputs)) if rivals else None,
        ),
        **others,
    )


def rivals_of(size, classes):
    """What classes are compared with, but for the first."""
    draws = Draws(8)
    target = [-1, *(int(k) for k in draws.integers(0, classes, size - 1))]
    odds = draws.numbers(size)
    odds[0] = np.nan
    rank = draws.integers(1, classes, size)
    rank[0] = 0
    return Rivals(target, odds, rank)


def scene(own=None):
    text = "a\U0001f600b\n<b>é"
    outputs = ["the", "<script>", "\n", "", "advanced", "naïve"]
    spans = [(0, 2), (2, 3), (3, 7), (7, 8)]
    norm = MeasureInfo("norm", signed=False, label="L2 norm")
    message = pack(
        Scene(
            epoch=3,
            text=text,
            editable=True,
            measure=norm,
            target=["the", {"choice": "top"}],
            facets=[
                facet(
                    "GRU",
                    text,
                    outputs,
                    measure=norm,
                    reads=READS[0],
                    engine_words="its <own> equations",
                    unknown=[1],
                    truth="word",
                ),
                facet(
                    "<b>words</b>",
                    text,
                    outputs,
                    measure=own or norm,
                    reads=READS[1],
                    spans=spans,
                    notes=["a note"],
                    rivals=True,
                ),
            ],
        )
    )
    decoded = []
    for one, reads in zip(message["facets"], READS, strict=True):
        size = len(one["target_p"]) // 4
        ints = lambda key, n=1: unpack_ints(one[key], n * size, key)  # noqa: B023, E731
        f4 = lambda key: np.frombuffer(one[key], "<f4").astype(float).tolist()  # noqa: B023, E731
        decoded.append(
            {
                "spans": None if one["spans"] is None else ints("spans", 2).reshape(-1, 2).tolist(),
                "reads": reads.mask().astype(int).tolist(),
                "classes": split_names(one["classes"]),
                "top": ints("top", one["k"]).reshape(size, -1).tolist(),
                "top_p": np.frombuffer(one["top_p"], "<f4").reshape(size, -1).tolist(),
                "target": ints("target").tolist(),
                "target_p": f4("target_p"),
                "target_rank": ints("target_rank").tolist(),
                "reason": ints("reason").tolist(),
                "rivals": None if one["rivals"] is None else decoded_rivals(one["rivals"], size),
            }
        )
    for each, measure in zip(decoded, (norm, own or norm), strict=True):
        each["measure"] = vars(measure)
    return {"trait": "_scene", "message": message, "expect": {"facets": decoded}}


def decoded_rivals(rivals, size):
    p = np.frombuffer(rivals["p"], "<f4").astype(float).tolist()
    return {
        "target": unpack_ints(rivals["target"], size, "target").tolist(),
        "p": [None if each != each else each for each in p],  # noqa: PLR0124 - JSON has no NaN
        "rank": unpack_ints(rivals["rank"], size, "rank").tolist(),
    }


def answer(*, signed, causal):
    scores = matrix(1, 9, signed=signed, causal=causal)
    rows = [
        facets.row(5, row(scores, 5, causal), signed=signed),
        FailedRow(4, "ValueError: <b>no"),
    ]
    expect = [row(scores, 5, causal).tolist(), None]
    return {
        "trait": "_answer",
        "signed": signed,
        "causal": causal,
        "message": pack(Answer(3, 5, rows)),
        "expect": {"rows": expect},
    }


def part(*, signed):
    scores = matrix(3, 9, signed=signed, causal=True)
    rows = [
        facets.row(7, scores[7, 3:8], signed=signed, start=3),
        facets.row(6, scores[6, :7], signed=signed),
        facets.row(8, scores[8, 8:9], signed=signed, start=8),
        facets.row(2, scores[2, 1:3], signed=signed, start=1),
    ]
    expect = [scores[7, 3:8], scores[6, :7], scores[8, 8:9], scores[2, 1:3]]
    return {
        "trait": "_answer",
        "signed": signed,
        "causal": True,
        "message": pack(Answer(3, 7, rows)),
        "expect": {"rows": [one.tolist() for one in expect]},
    }


def rows(*, signed, causal, power=0):
    scores = matrix(2, 11, signed=signed, causal=causal) * 2.0**power
    known = [0, 2, 3, 7, 10]
    some = {s: row(scores, s, causal) for s in known}
    packed = [pack_rows(11, each, signed=signed) for each in (some, {})]
    return {
        "trait": "_rows",
        "signed": signed,
        "causal": causal,
        "inputs": 11,
        "message": pack(Rows(3, complete=False, facets=packed)),
        "expect": {"facets": [{str(s): row(scores, s, causal).tolist() for s in known}, {}]},
    }


GOLDEN = {
    "scene": scene,
    "scene-measures": lambda: scene(OCCLUSION),
    "answer-causal": lambda: answer(signed=False, causal=True),
    "answer-signed-full": lambda: answer(signed=True, causal=False),
    "answer-part": lambda: part(signed=False),
    "answer-signed-part": lambda: part(signed=True),
    "rows-causal": lambda: rows(signed=False, causal=True),
    "rows-signed-full": lambda: rows(signed=True, causal=False),
    "rows-large": lambda: rows(signed=False, causal=True, power=660),
    "rows-small": lambda: rows(signed=True, causal=True, power=-660),
    "status": status,
    "preview": preview,
    "preview-measures": preview_of_two_measures,
    "randomised": randomised,
    "found": found,
    "refused": refused,
    "refused-text": refused_text,
    "strips": strips,
    "swaps": swaps,
    "check": checks,
    "unit-states": unit_windows,
    "link-curves": link_curves,
    "state-maps": state_maps,
    "map-regions": map_regions,
    "coloring-units": coloring_units,
    "unit-matches": unit_matches,
}


def dumps(name):
    return json.dumps(as_text(GOLDEN[name]()), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in GOLDEN:
        (HERE / f"{each}.json").write_text(dumps(each), encoding="utf-8")
