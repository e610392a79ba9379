"""The units of one model that are on at selected characters, and where else they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rnnviz_widget.inside.corpus_layer import CorpusLayer, OnRule
from rnnviz_widget.inside.find_matches import find_matches
from rnnviz_widget.inside.lstmvis import lstmvis_matches
from rnnviz_widget.inside.match import Match, Matches
from rnnviz_widget.inside.on_bits import OnBits
from rnnviz_widget.inside.selection import UnitSelection, select_units
from rnnviz_widget.inside.span_selection import Selection
from rnnviz_widget.inside.text_states import States, TextStates
from rnnviz_widget.models import TRUTH
from rnnviz_widget.reading import Question, Reading, outputs_at
from rnnviz_widget.scene.facet import Output
from rnnviz_widget.scene.tokens import Tokens
from rnnviz_widget.scene.unit_matches import (
    FacetMatches,
    PredictedClass,
    SearchProgress,
    UnitMatch,
)

# How many characters of its text a match comes with, before and after it.
_BEFORE, _AFTER = 40, 24
_NO_SCORE = "no unit is selected"


class TextLayer:
    """One layer of a model on the text that is shown: when its units are on is found once a rule.

    Args:
        states: The states of the layer, (T, units).

    Raises:
        ValueError: If a state is not finite.
    """

    def __init__(self, states: States) -> None:
        self.states = TextStates.of(states)
        self._found: tuple[OnRule, OnBits] | None = None

    def on(self, rule: OnRule) -> OnBits:
        """When the units are on, by a rule over this text."""
        if self._found is None or self._found[0] != rule:
            self._found = rule, rule.bits(self.states)
        return self._found[1]


def find_in_text(
    reading: Reading, layer: str, own: TextLayer, selection: Selection
) -> FacetMatches:
    """The units that are on exactly at the selected characters, and the best matches elsewhere.

    Args:
        reading: The model's reading of the text.
        layer: The layer's name.
        own: The layer on the text.
        selection: What is selected.
    """
    on, tokens = own.on(selection.rule), reading.facet.tokens
    chosen = _select(on, tokens, selection)
    found = _matches(on, chosen, selection, skip_own=True)
    matches = []
    if found is not None:
        outputs = _outputs_of(reading, [one.stop - 1 for one in found.places])
        matches = _for_page(tokens, found.places, outputs, None)
    return _facet_matches(layer, on, chosen, found, matches)


def find_in_corpus(
    reading: Reading, layer: str, own: TextLayer, of: CorpusLayer, selection: Selection
) -> Iterator[SearchProgress | FacetMatches]:
    """The same with matches in a corpus, by whose quantiles units are on, in the text too.

    Where the text is one of the corpus, its own place is left out.

    Args:
        reading: The model's reading of the text.
        layer: The layer's name.
        own: The layer on the text.
        of: The layer on the corpus; it is known when its units are on.
        selection: What is selected.

    Yields:
        How far it is, 0 to 1; at last what was found.
    """
    assert of.on is not None
    corpus, on, tokens = of.corpus, of.on, reading.facet.tokens
    number = corpus.numbers.get(tokens.text)
    if number is None:
        chosen = _select(OnBits.of(own.states, on.thresholds), tokens, selection)
    else:
        chosen = _select(on, tokens, selection, number)
    found = _matches(on, chosen, selection, skip_own=number is not None)
    places = () if found is None else found.places
    read: dict[int, UnitMatch] = {}
    for text in dict.fromkeys(one.text for one in places):
        yield SearchProgress(len(read) / len(places), "reading the places")
        of_text = {n: one for n, one in enumerate(places) if one.text == text}
        model, there = reading.given, corpus.texts[text]
        outputs = outputs_at(model, there, [one.stop - 1 for one in of_text.values()])
        matches = _for_page(model.tokens(there), of_text.values(), outputs, text)
        read |= dict(zip(of_text, matches, strict=True))
    yield _facet_matches(layer, on, chosen, found, [read[n] for n in range(len(places))])


def _select(on: OnBits, tokens: Tokens, selection: Selection, text: int = 0) -> UnitSelection:
    start, stop = tokens.at(selection.start), tokens.at(selection.stop - 1) + 1
    sides = {"before": selection.before, "after": selection.after}
    return select_units(on, start, stop, text=text, **sides)


def _matches(
    on: OnBits, chosen: UnitSelection, selection: Selection, *, skip_own: bool
) -> Matches | None:
    """The matches of selected units; None: no unit is selected."""
    if len(chosen) == 0:
        return None
    if selection.threshold is not None:
        return lstmvis_matches(on, chosen, limit=selection.limit)
    return find_matches(on, chosen, limit=selection.limit, skip_own=skip_own)


def _outputs_of(reading: Reading, rows: Sequence[int]) -> list[Output]:
    """The same as `outputs_at`, of the text that is shown."""
    if reading.model.unit is not None:
        return [Output([], None) for _ in rows]
    answers = reading.model.answers(reading.facet.tokens)
    found = []
    for s in rows:
        true = None
        if answers[s].target is not None:
            classes = reading.statistics_of(s, Question(TRUTH)).classes
            true = classes.at(0, reading.facet.classes)
        found.append(Output(reading.facet.at(s).predictions[:1], true))
    return found


def _for_page(
    tokens: Tokens, matches: Iterable[Match], outputs: Sequence[Output], text: int | None
) -> list[UnitMatch]:
    """Matches in one text, with what the model predicts at the last step of each, and the truth."""
    return [_match(tokens, *pair, text) for pair in zip(matches, outputs, strict=True)]


def _match(tokens: Tokens, match: Match, output: Output, text: int | None) -> UnitMatch:
    start, after = tokens.spans[match.start][0], tokens.spans[match.stop - 1][1]
    first = max(0, start - _BEFORE)
    return UnitMatch(
        text=text,
        start=start,
        after=after,
        context=tokens.text[first : after + _AFTER],
        context_start=first,
        score=match.score,
        held=len(match.held),
        others=match.others,
        predicted=PredictedClass(*output.predictions[0]) if output.predictions else None,
        truth=output.explained,
    )


def _facet_matches(
    layer: str, on: OnBits, chosen: UnitSelection, found: Matches | None, matches: list[UnitMatch]
) -> FacetMatches:
    return FacetMatches(
        layer=layer,
        units=np.asarray(chosen.units, np.int64),
        low=np.asarray([side == "low" for side in chosen.sides], bool),
        when=on.thresholds.words,
        scored_by=_NO_SCORE if found is None else found.scored_by,
        compared=0 if found is None else found.compared,
        matches=matches,
    )
