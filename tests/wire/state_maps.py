"""The golden reply with maps of states."""

from dataclasses import replace

import numpy as np

from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.coloring_units import ColoringUnit, ColoringUnits
from rnnviz_widget.scene.map_regions import DrawnRegion, DrawnRegions
from rnnviz_widget.scene.rows import Failure
from rnnviz_widget.scene.state_map import FacetMap, NearPoints, StateMaps


def state_maps():
    """The map of a text and a corpus in two layers, one of symbols, and a model that has none."""
    places = np.asarray([[-32767, 5], [32767, -5], [0, 0], [1, 2], [3, 4], [-1, -2]], "<i2")
    near = NearPoints(
        np.asarray([0, 4]),
        np.asarray([[1, 2], [5, 3]]),
        np.asarray([[0.5, np.nan], [1.0, -0.25]]),
        8,
    )
    first = FacetMap(
        sources=["token embeddings", "hidden of all <b>"],
        source=1,
        layers=["hidden of layer 0", "hidden of layer 1"],
        own=2,
        of_tokens=np.asarray([0, 1]),
        quantum=0.25,
        center=np.asarray([1.5, -2.0]),
        positions=places.tobytes(),
        words="6 points; <b> of the variance",
        waits_for="the corpus",
        names=["", "a", " ", "<b>"],
        symbol=np.asarray([1, 2, 3]),
        predicted=np.asarray([2, 0, 3]),
        truth=np.asarray([3, 0, 0]),
        loss=np.asarray([0.5, np.nan, 2.0]),
        corpus="<b>x",
        starts=np.asarray([0, 3]),
        after=np.asarray([1, 2, 5]),
        near=near,
    )
    no_points = np.zeros((0, 0))
    nothing = NearPoints(np.zeros(0, int), no_points.astype(int), no_points, 1)
    symbols = replace(
        first,
        source=0,
        layers=["token embeddings"],
        own=0,
        of_tokens=np.asarray([2, 0]),
        positions=places[:3].tobytes(),
        waits_for=None,
        corpus="",
        starts=np.zeros(0, int),
        near=nothing,
    )
    failed = Failure("no layer of <b> has states")
    message = pack(StateMaps(3, 12, "pca", ["pca", "umap"], [first, symbols, failed]))
    expect = {"places": (places * 0.25 + [1.5, -2]).tolist(), "names": list(first.names)}
    return {"trait": "map", "message": message, "expect": expect}


def map_regions():
    """The region on the map of the second model, and none on that of the first."""
    region = DrawnRegion(1, "hidden of all <b>", "umap", [0.0, 1.5, -2.25], [0.0, 0.5, 1e-9])
    return {"trait": "map_regions", "message": pack(DrawnRegions(3, 12, [region]))}


def coloring_units():
    """The unit that colours the text of the second model; that of the first none does."""
    units = [ColoringUnit(1, "hidden of layer 0 of <b>", 17)]
    return {"trait": "color_by", "message": pack(ColoringUnits(3, 12, units))}
