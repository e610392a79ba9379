"""The golden reply with the states of units."""

from dataclasses import replace

import numpy as np

from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.unit_states import (
    UNKNOWN,
    CarriedShare,
    CarryingUnit,
    FacetStates,
    MemoryRoute,
    RouteCheck,
    RouteEnds,
    StatesWindow,
)
from wire.unit_questions import ASKED, NOT_FOUND


def unit_windows():
    """The states of two units, with a curve; of one without; and of a model that has none."""
    values = np.asarray([[5000, -12], [UNKNOWN, 32767], [-1, 0]], "<i2")
    each = {"low": np.asarray([-0.0001, -1.2]), "high": np.asarray([0.5, 3276.7])}
    of = {"layers": ["hidden of layer 0 of <b>", "a b"], "layer": 1, "of": 70000}
    named = {"index": np.asarray([3, 69999]), "order": np.asarray([1, 0])}
    curve = {"curve_of": 1, "curve": np.arange(-4, 5).astype("<i2").tobytes()}
    shares = [CarriedShare("a b", np.asarray([0.75, 1.5])), CarriedShare("c", [0.25, -0.5])]
    units = [CarryingUnit("a b", 3, 0.625)]
    check = RouteCheck(0.125, -0.0625, 0.5, 0.25)
    steps, kept = np.asarray([2, 3]), np.asarray([0.5, 0.25])
    route = MemoryRoute(4, 2, steps, kept, shares, units, 0.125, 1e-16, check)
    first = FacetStates(
        **{**of, **each, **named, **curve},
        quantum=np.asarray([1e-4, 0.1]),
        mean=np.asarray([0.25, np.nan]),
        carried=RouteEnds(4, 2),
        carry_error=None,
        through_gate=True,
        shares=np.asarray([0.75, -0.25]),
        start=4,
        values=values.tobytes(),
        route=route,
        route_error=None,
        **ASKED,
    )
    none = {"values": b"", "curve_of": None, "curve": b"", "route": None, **NOT_FOUND}
    unordered = {"carried": None, "carry_error": "<b> carries nothing", "through_gate": False}
    unknown = {"shares": np.full(2, np.nan), "route_error": "it reads <both> ways"}
    alone = replace(first, start=0, **unknown, **unordered, **none)
    failed = Failure("no layer of <b> has states")
    message = pack(StatesWindow(3, 12, 4, 7, "contribution", [0, 1, 2], [first, alone, failed]))
    expect = {"values": values.tolist(), "curve": list(range(-4, 5)), "quantum": [1e-4, 0.1]}
    return {"trait": "states", "message": message, "expect": expect}
