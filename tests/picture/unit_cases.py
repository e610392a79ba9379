"""Layers, scales and routes of units, as page and figures say them: `units.json`."""

import numpy as np

from rnnviz_widget.picture import unit_words
from rnnviz_widget.picture.text_unit import TextUnit
from rnnviz_widget.picture.unit_strip import UnitScale, UnitStrip
from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.unit_states import (
    UNKNOWN,
    CarriedShare,
    CarryingUnit,
    MemoryRoute,
    RouteCheck,
)

TEXT = "a <b>\nmemory"
LAYERS = [
    ["hidden of layer 0 of lstm", "forget of layer 0 of lstm", "output of layer 0 of lstm"],
    ["hidden of layer 0 of one", "hidden_reverse of layer 1 of other.part"],
    ["residual of layer 3 of blocks", "output of layer 0 of head"],
    [
        "inner_cell of layer 0 of cell",
        "inner2_input of layer 0 of cell",
        "added of layer 1 of cell",
    ],
    ["inner_forget of layer 0 of cell", "candidate of layer 1 of cell", "no such form"],
    ["token embeddings", "hidden of all layers", "hidden of layer 0"],
]
PEAKS = [
    [],
    [0.0],
    [1.0, 0.4],
    [0.93, 0.2, 0.0021],
    [12.0, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1],
    [0.0031],
    [9.6, 8.0],
    [2e-7, 1e-9],
]
# The link before and after, and the share of the unit that carries most; None: nothing is carried.
CHECKS = [
    (0.5, 0.125, 0.5),
    (0.001, 0.00615, -6.0),
    (0.001, -0.005, 0.3),
    (0.0, 0.5, 0.3),
    (0.5, 0.5, 0.3),
    (-12345.6, 0.0, 0.3),
    None,
]
# A quantum, the state at full colour, and states as multiples.
COLORED = [
    (1e-4, 1.0, [0, 1, -1, 78, 79, -78, -79, 5000, -5000, 9999, -10000, 32767, UNKNOWN]),
    (0.01, 2.5, [125, -125, 250, 3, -3]),
    (10.0, 40000.0, [4, -4, 4000]),
    # Halves of a step, of either sign.
    (1.0, 128.0, [1, -1, 3, -3, 127, -127]),
]
# A state, and how many of its decimal places are known.
NUMBERS = [(0.7321, 4), (-12.5, 2), (-0.0, 3), (-1e-9, 4), (12345.0, -1), (-20.0, 0), (None, 4)]


def strip_of(peaks, *, signed=True):
    peaks = np.asarray(peaks, float)
    units = np.arange(len(peaks))
    states = np.zeros((len(TEXT), len(peaks)))
    return UnitStrip(LAYERS[0], 0, len(peaks), "number", units, 0, states, peaks, signed)


def route_of(case):
    before, after, share = case or (0.0, 0.0, 0.0)
    name = LAYERS[0][0]
    return MemoryRoute(
        output=7,
        input=5,
        steps=np.array([5, 6]),
        kept=np.array([0.25, 0.75]),
        layers=[CarriedShare(name, np.array([1.0, 1.0]))],
        strongest=[] if case is None else [CarryingUnit(name, 7, share)],
        connectivity=before,
        apart=2.4e-16,
        check=None if case is None else RouteCheck(before, after, 0.575, 0.25),
    )


def golden():
    def routes():
        for case in CHECKS:
            route = route_of(case)
            yield {
                "case": case,
                "said": unit_words.check_words(TEXT, route, LAYERS[0]),
                "carried": unit_words.carried_words(route, case[2]) if case else "",
            }

    def steps(quantum, cap, multiples):
        numbers = np.asarray(multiples, np.int16)
        scale = UnitScale(cap, clipped=False, signed=True)
        unit = TextUnit(LAYERS[0], LAYERS[0][0], 3, numbers, quantum, -1.0, 1.0, 0.0, scale)
        return unit.steps()

    scales = [strip_of(peaks).scale for peaks in PEAKS]
    return {
        "text": TEXT,
        "layers": [[names, [layer_words(n, names) for n in names]] for names in LAYERS],
        "scales": [[p, s.cap, s.clipped] for p, s in zip(PEAKS, scales, strict=True)],
        "routes": list(routes()),
        "colored": [[*case, steps(*case)] for case in COLORED],
        "numbers": [
            [
                value,
                places,
                unit_words.state_number(float("nan") if value is None else value, places),
            ]
            for value, places in NUMBERS
        ],
    }
