"""What a page is told of a layer's units when its reader asks."""

import numpy as np

from rnnviz_widget.scene.unit_questions import (
    ChangedUnits,
    LayerPrediction,
    LensView,
    UnitMemories,
)

_PREDICTED = LayerPrediction("layer 0", True, 0.5, 0.75, ["<b>", "c"], [0.5, 0.25])

ASKED = {
    "changed": ChangedUnits(0, ["unit 3 <b> held", ""], [0.5, 0.25, np.inf], nats=True),
    "memory": UnitMemories([0.5, np.inf], [np.nan, 12.5], "by the <b> gate"),
    "lens": LensView(5, [_PREDICTED], None),
}

NOT_FOUND = {"changed": None, "memory": None, "lens": LensView(5, [], "it gives <one> number")}
