"""What the explorer gives, as it travels."""

from __future__ import annotations

from rnnviz_widget.explorer import Look
from rnnviz_widget.scene.replies import Preview, PreviewedFacet
from rnnviz_widget.scene.rows import pack_outcome


def preview_of(look: Look) -> Preview:
    """A look as it travels."""
    facets = [
        PreviewedFacet(measure, told, pack_outcome(s, outcome, signed=measure.signed))
        for (s, outcome), told, measure in zip(look.answer, look.told, look.measures, strict=True)
    ]
    return Preview(look.epoch, look.position, look.serial, look.measures[0], facets)
