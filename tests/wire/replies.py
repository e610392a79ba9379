"""Golden replies: previews, classes found, refusals, strips, and the status of the fill."""

from dataclasses import replace

import facets
import numpy as np
from draws import Draws

from rnnviz_widget.picture.check_words import check_sentences
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import ExplainedClass, MeasureInfo, RankedClass
from rnnviz_widget.scene.output_check import ExchangeCurve, OutputCheck, OutputChecks
from rnnviz_widget.scene.replies import (
    FoundClass,
    FoundClasses,
    Preview,
    PreviewedFacet,
    Progress,
    Randomised,
    RandomisedRow,
    Refusal,
    Status,
    Strip,
    Strips,
)
from rnnviz_widget.scene.rows import FailedRow, Failure
from rnnviz_widget.scene.swaps import FacetSwaps, InputSwaps, SwapDraws, Swaps
from rnnviz_widget.scene.unit_matches import (
    CorpusSize,
    FacetMatches,
    FoundMatches,
    PredictedClass,
    SearchProgress,
    UnitMatch,
    UnitSearch,
    VisitedMatch,
)
from rnnviz_widget.scene.unit_states import (
    UNKNOWN,
    CarriedShare,
    CarryingUnit,
    FacetStates,
    MemoryRoute,
    StatesWindow,
)
from wire.scores import matrix

OCCLUSION = MeasureInfo("occlusion", signed=True, label="how far it falls", of="log_prob")
NORM = MeasureInfo("norm", signed=False, label="L2 norm")


def preview_of_two_measures():
    """Two facets of which the second has a measure of its own, without a sign."""
    signed, plain = (matrix(5, 9, signed=signed, causal=True) for signed in (True, False))
    target = ExplainedClass("the", 0.5, 1, "the class you chose")
    previewed = [
        PreviewedFacet(OCCLUSION, target, facets.row(6, signed[6, :7], signed=True)),
        PreviewedFacet(NORM, target, facets.row(6, plain[6, :7])),
    ]
    message = pack(Preview(3, 6, 12, OCCLUSION, previewed))
    said = {"name": "the", "p": 0.5, "rank": 1, "reason": "the class you chose", "rival": None}
    rows = [signed[6, :7].tolist(), plain[6, :7].tolist()]
    return {
        "trait": "preview",
        "causal": True,
        "message": message,
        "expect": {"rows": rows, "targets": [said, said]},
    }


def preview():
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
            "targets": [
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


def randomised():
    """One facet with all that may be known, one without, and one that has no rows."""
    scores = matrix(6, 9, signed=False, causal=True)
    target = ExplainedClass("the", 0.5, 1, "the class you chose")
    failed = FailedRow(4, "<b> gives one number: there is no other class")
    known = Draws(10).parts(7).astype(np.float32)
    none = np.zeros(0)
    rows = [
        RandomisedRow(target, 0.875, -0.25, known, facets.row(6, scores[6, :7])),
        RandomisedRow(target, None, None, none, facets.row(0, scores[0, :1])),
        RandomisedRow(None, None, None, none, failed),
    ]
    message = pack(Randomised(3, 6, 12, rows, rows[::-1]))
    correlations = [[0.875, -0.25], [None, None], [None, None]]
    expect = {
        "rows": [scores[6, :7].tolist(), scores[0, :1].tolist(), None],
        "correlations": correlations,
        "expected": [known.tolist(), None, None],
    }
    return {"trait": "randomised", "message": message, "expect": expect}


def unit_windows():
    """The states of two units, with a curve; of one without; and of a model that has none."""
    values = np.asarray([[5000, -12], [UNKNOWN, 32767], [-1, 0]], "<i2")
    each = {"low": np.asarray([-0.0001, -1.2]), "high": np.asarray([0.5, 3276.7])}
    of = {"layers": ["hidden of layer 0 of <b>", "a b"], "layer": 1, "of": 70000}
    named = {"index": np.asarray([3, 69999]), "order": np.asarray([1, 0])}
    curve = {"curve_of": 1, "curve": np.arange(-4, 5).astype("<i2").tobytes()}
    shares = [CarriedShare("a b", np.asarray([0.75, 1.5])), CarriedShare("c", [0.25, -0.5])]
    units = [CarryingUnit("a b", 3, 0.625)]
    said = "with unit 3 <b> at its mean, 50% is gone"
    steps, kept = np.asarray([2, 3]), np.asarray([0.5, 0.25])
    route = MemoryRoute(4, 2, steps, kept, shares, units, 0.125, 1e-16, said)
    first = FacetStates(
        **of,
        **each,
        **named,
        **curve,
        quantum=np.asarray([1e-4, 0.1]),
        mean=np.asarray([0.25, np.nan]),
        start=4,
        values=values.tobytes(),
        route=route,
        route_error=None,
    )
    none = {"values": b"", "curve_of": None, "curve": b"", "route": None}
    alone = replace(first, start=0, route_error="it reads <both> ways", **none)
    failed = Failure("no layer of <b> has states")
    message = pack(StatesWindow(3, 12, 4, 7, "similar", [first, alone, failed]))
    expect = {"values": values.tolist(), "curve": list(range(-4, 5)), "quantum": [1e-4, 0.1]}
    return {"trait": "states", "message": message, "expect": expect}


def unit_matches():
    """Matches in a corpus, the reader being in the text of one; and a model without states."""
    truth = ExplainedClass("the", 0.5, 1, "the next token")
    near = PredictedClass("then", 0.625)
    matches = [
        UnitMatch(3, 2, 4, "a <b> c", 0, 0.75, 1, 12, near, truth),
        UnitMatch(None, 8, 9, "\n\U0001f600", 7, 0.5, 1, 0, None, None),
    ]
    units, low = np.asarray([1, 69999]), np.asarray([True, False])
    facet = FacetMatches("a b", units, low, "above <b>", "what they say", 7, matches)
    search = UnitSearch(4, 6, ["a b", ""], True, 0.9, None, 1, 0)
    found = FoundMatches(
        3,
        12,
        search,
        "ab",
        CorpusSize("<b>.txt", 2, 70000),
        SearchProgress(0.25, "GRU reads <b>.txt"),
        VisitedMatch(3, 2, 4, "the text \U0001f600"),
        [facet, Failure("no layer of <b> has states")],
    )
    expect = {"units": [1, 69999], "low": [True, False]}
    return {"trait": "matches", "message": pack(found), "expect": expect}


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


def output_check(**changes):
    """The check of a class, a character at a time."""
    curves = {
        "strongest": ExchangeCurve([0.31, 0.0004, 0.0899], [0.01, 0.0001, 0.02]),
        "nearest": ExchangeCurve([0.31, 0.2, 0.145], [0.02, 0.01, 0.0]),
        "random": ExchangeCurve([0.57, 0.55, 0.9996], [0.0, 0.01, 0.0001]),
    }
    what = {"row": 5, "name": "<b>the", "before": 0.575, "nothing": 0.01, "draws": 8}
    how = {"counts": [1, 2, 4], "drawn": "text", "of": "character"}
    rest = {"signed": False, "flagged": False}
    return OutputCheck(**{**what, **how, **rest, **curves, **changes})


def checks():
    """Sentences of all kinds."""
    one = ExchangeCurve([-3.5], [0.25])
    curves = {"strongest": one, "nearest": one, "random": one}
    found = [
        output_check(),
        output_check(rival="\n", signed=True, flagged=True, of="token", drawn="all"),
        Failure("it reads 1 input <here>"),
        output_check(
            unit="EUR", before=1234.5, again=-0.5, counts=[1], of="step", drawn="steps", **curves
        ),
        output_check(unit="", counts=[1], signed=True, flagged=True, again=1e-9, **curves),
        output_check(counts=[1, 2, 8], again=0.574),
    ]
    sentences = [
        check_sentences(f"GRU {n}", each) if isinstance(each, OutputCheck) else None
        for n, each in enumerate(found)
    ]
    message = pack(OutputChecks(3, 5, 7, found))
    return {"trait": "check", "message": message, "expect": {"sentences": sentences}}


def swaps():
    """Of a facet with draws of its own, one that is awaited, and one that failed."""
    draws = Draws(11)
    symbols = ["n", " ", "<b>", "\U0001f600", "é"]
    numbers, predicted = draws.numbers(5), draws.numbers(5)
    predicted[3] = np.nan
    shares = [draws.parts(5), draws.parts(5)]
    found = InputSwaps(
        output=6,
        input=4,
        kind="probability",
        target=ExplainedClass("the", 0.5, 1, "the word being typed"),
        symbols=symbols,
        numbers=numbers,
        predicted=predicted,
        typeable=np.array([True, True, False, True, False]),
        of=27,
        frequency=SwapDraws(shares[0], 0.375, 0.0, "all 27 symbols"),
        plausible=SwapDraws(shares[1], 0.25, 0.03125, "a sample of 4 of 27 symbols"),
        notes=["a <note>"],
    )
    alone = replace(found, plausible=None, target=None, kind="number", notes=[])
    every = [FacetSwaps(1.0, found), FacetSwaps(1.0, alone), FacetSwaps(0.25)]
    message = pack(Swaps(3, 12, 6, 4, [*every, FacetSwaps(1.0, error="ValueError: <b>no")]))
    f4 = lambda values: [None if v != v else float(np.float32(v)) for v in values]  # noqa: E731, PLR0124 - JSON has no NaN
    return {
        "trait": "swaps",
        "message": message,
        "expect": {
            "symbols": symbols,
            "numbers": f4(numbers),
            "predicted": f4(predicted),
            "typeable": [True, True, False, True, False],
            "shares": [f4(each) for each in shares],
        },
    }
