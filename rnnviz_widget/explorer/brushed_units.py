"""The units of a layer that are on exactly at the brushed characters, and where else they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import select_units
from rnnviz_widget.inside.text_states import States, TextStates
from rnnviz_widget.inside.thresholds import quantile_thresholds
from rnnviz_widget.models import TRUTH
from rnnviz_widget.reading import Question, Reading
from rnnviz_widget.scene.facet import ExplainedClass
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.scene.unit_states import BrushedCharacters, BrushedUnits, UnitMatch

_MOST_MATCHES = 12

TruthAt = Callable[[int], ExplainedClass | None]
"""The true class at a step; None: not known."""


def truth_of(reading: Reading) -> TruthAt:
    """Tells the true class at each step of a reading, and how likely its model finds it."""
    answers = reading.model.answers(reading.facet.tokens)

    def truth_at(s: int) -> ExplainedClass | None:
        if answers[s].target is None or reading.model.unit is not None:
            return None
        return reading.statistics_of(s, Question(TRUTH)).classes.at(0, reading.facet.classes)

    return truth_at


class LayerBrush:
    """Brushing on one layer: when its units are on is found once.

    A unit is on, high or low, beyond its quantiles over this text; see `quantile_thresholds`.

    Args:
        states: The states of the layer, (T, units).
        tokens: The steps.
        truth_at: Tells the true class.

    Raises:
        ValueError: If a state is not finite.
    """

    def __init__(self, states: States, tokens: Tokens, truth_at: TruthAt) -> None:
        texts = TextStates.of(states)
        self._on = OnBits.of(texts, quantile_thresholds(texts))
        self._tokens, self._truth_at = tokens, truth_at

    def units(self, brush: BrushedCharacters) -> BrushedUnits:
        """The units that are on exactly there, and the best matches elsewhere in the text."""
        tokens, on = self._tokens, self._on
        start, stop = tokens.at(brush.start), tokens.at(brush.after - 1) + 1
        selection = select_units(on, start, stop)
        matches, compared = [], 0
        if len(selection) > 0:
            found = find_matches(on, selection, limit=_MOST_MATCHES, skip_own=True)
            compared = found.compared
            matches = [
                UnitMatch(
                    start=tokens.spans[each.start][0],
                    after=tokens.spans[each.stop - 1][1],
                    score=each.score,
                    held=len(each.held),
                    others=each.others,
                    truth=self._truth_at(each.stop - 1),
                )
                for each in found.places
            ]
        return BrushedUnits(
            *brush,
            units=np.asarray(selection.units, np.int64),
            low=np.asarray([side == "low" for side in selection.sides], bool),
            when=on.thresholds.words,
            compared=compared,
            matches=matches,
        )
