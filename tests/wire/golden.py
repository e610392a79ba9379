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
from rnnviz_widget.scene.facet import ExplainedClass, MeasureInfo, RankedClass, Rivals, Scene
from rnnviz_widget.scene.reads import Bound, Reads
from rnnviz_widget.scene.replies import (
    FoundClass,
    FoundClasses,
    Preview,
    PreviewedFacet,
    Progress,
    Refusal,
    Status,
    Strip,
    Strips,
)
from rnnviz_widget.scene.rows import Answer, FailedRow, Failure, Rows, pack_rows

HERE = Path(__file__).parent
# Of a causal model; and of one with a window of two tokens back, that reads ahead and skips one.
READS = [Reads.up_to_own(8), Reads(4, Bound(-2, 0, 3), Bound(1, 0, 3), (2,))]


def matrix(seed, size, *, signed, causal):
    draws = Draws(seed)
    scores = draws.magnitudes(size, size)
    if signed:
        scores *= draws.signs(size, size)
    if causal:
        scores = np.tril(scores)
    scores[2] = 0
    return scores


def row(scores, s, causal):
    return scores[s, : s + 1] if causal else scores[s]


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


OCCLUSION = MeasureInfo("occlusion", signed=True, label="how far it falls", of="log_prob")
NORM = MeasureInfo("norm", signed=False, label="L2 norm")


def looked_by_two():
    """Two facets of which the second has a measure of its own, without a sign."""
    signed, plain = (matrix(5, 9, signed=signed, causal=True) for signed in (True, False))
    told = ExplainedClass("the", 0.5, 1, "the class you chose")
    previewed = [
        PreviewedFacet(OCCLUSION, told, facets.row(6, signed[6, :7], signed=True)),
        PreviewedFacet(NORM, told, facets.row(6, plain[6, :7])),
    ]
    message = pack(Preview(3, 6, 12, OCCLUSION, previewed))
    said = {"name": "the", "p": 0.5, "rank": 1, "reason": "the class you chose", "rival": None}
    rows = [signed[6, :7].tolist(), plain[6, :7].tolist()]
    return {
        "trait": "preview",
        "causal": True,
        "message": message,
        "expect": {"rows": rows, "told": [said, said]},
    }


def looked():
    scores = matrix(4, 9, signed=True, causal=True)
    alone = ExplainedClass("the", 0.5, 1, "the class you chose")
    rival = RankedClass("\n", 0.125, 7)
    pair = ExplainedClass("<b>", 0.25, 3, "the two classes you chose", rival)
    failed = FailedRow(4, "target 'zz' is not among the model's 6 output classes")
    measure = MeasureInfo("grad_x_input", signed=True, label="gradient times input")
    previewed = [
        PreviewedFacet(measure, alone, facets.row(6, scores[6, :7], signed=True)),
        PreviewedFacet(measure, pair, facets.row(7, scores[7, 3:8], signed=True, start=3)),
        PreviewedFacet(measure, None, failed),
    ]
    return {
        "trait": "preview",
        "signed": True,
        "causal": True,
        "message": pack(Preview(3, 6, 12, measure, previewed)),
        "expect": {
            "rows": [scores[6, :7].tolist(), scores[7, 3:8].tolist(), None],
            "told": [
                {
                    "name": "the",
                    "p": 0.5,
                    "rank": 1,
                    "reason": "the class you chose",
                    "rival": None,
                },
                {
                    "name": "<b>",
                    "p": 0.25,
                    "rank": 3,
                    "reason": "the two classes you chose",
                    "rival": {"name": "\n", "p": 0.125, "rank": 7},
                },
                None,
            ],
        },
    }


def found():
    names = [FoundClass("the", [0.5, 0.25]), FoundClass("<then>", [0.125, 0.0625])]
    return {"trait": "classes", "message": pack(FoundClasses(4, "th", 7, names))}


def refused():
    refusal = Refusal(2, "GRU: target 'zz' is not among <b>")
    return {"trait": "refusal", "message": pack(refusal)}


def refused_text():
    words = "GRU, <b>: the model does not know '\U0001f600' at 1, '\u00e9' at 3"
    return {"trait": "refusal", "message": pack(Refusal(9, words, [1, 3]))}


def strips():
    draws = Draws(9)
    names = ["", "a b", "<script>", "\n", "na\u00efve", "\U0001f600"]
    p = draws.parts(7).astype(np.float32)
    best_p = (p[:6] * draws.numbers(6)).astype(np.float32)
    strips = [
        Strip(8192, p[:6], names, best_p),
        Failure("ValueError: <b>no"),
        Strip(1, p[6:], ["the"], p[6:]),
    ]
    expect = [
        {"classes": 8192, "p": p[:6].tolist(), "best": names, "best_p": best_p.tolist()},
        None,
        {"classes": 1, "p": p[6:].tolist(), "best": ["the"], "best_p": p[6:].tolist()},
    ]
    message = pack(Strips(3, 5, strips))
    return {"trait": "strips", "message": message, "expect": {"facets": expect}}


def status():
    message = pack(Status(3, Progress(40, 100, "filling")))
    return {"trait": "_status", "message": message, "expect": {"done": 40, "total": 100}}


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
    "looked": looked,
    "looked-measures": looked_by_two,
    "found": found,
    "refused": refused,
    "refused-text": refused_text,
    "strips": strips,
}


def dumps(name):
    return json.dumps(as_text(GOLDEN[name]()), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in GOLDEN:
        (HERE / f"{each}.json").write_text(dumps(each), encoding="utf-8")
