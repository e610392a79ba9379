"""What goes on inside a model: which units are on where, how long they remember, what they mean.

`rv.inside` has all of its public names, by the question that they answer:

- Which units carry a memory, and what is left without them? `route`, `intervention_effect`.
- What would each layer's state predict? `lens`.
- States of several texts, in memory or in a folder: `TextStates`, `read_corpus`, `texts_of_file`,
  `StateStore`, `stored_states`.
- Which units are on here, and where else? `OnBits` by `quantile_thresholds` or `fixed_threshold`,
  `select_units`, `find_matches`; `lstmvis_matches` as LSTMVis has it.
- How long does a unit remember? `unit_memory`; by arrays of gates `kept_share`, `half_lives`,
  `memory_by_gates`.
- What does a unit mean? `properties_of` (of `PROPERTIES`, or your own), `at_tokens`, `best_units`,
  `unit_aucs`, `auc_estimate`; beside `null_twin`, the same model with random weights.
- What does it look like? `plot_units`, `state_map`, `principal_components`, `trustworthiness`,
  `nearest_to`, `nearest_states`.

Those that take a model read its text themselves. The others take states as arrays, (T, H), T steps
by H units, such as `model.states(text)[layer, kind]` gives. docs/inside.md has an example of each.
"""

from rnnviz_widget.models.null_twin import null_twin

from .character_properties import PROPERTIES, at_tokens, properties_of
from .find_matches import find_matches
from .intervention_effect import InterventionEffect, intervention_effect
from .lens import Lens, LensLayer, lens
from .lstmvis import lstmvis_matches
from .match import Match, Matches
from .model_memory import unit_memory
from .nearest_states import NearestStates, NearState, nearest_states, nearest_to
from .on_bits import OnBits
from .plot_units import plot_units
from .principal_components import PrincipalComponents, principal_components
from .read_corpus import read_corpus, texts_of_file
from .route import Route, RoutedUnit, route
from .selection import UnitSelection, select_units
from .state_map import StateMap, state_map
from .state_store import StateStore, stored_states
from .text_states import TextStates
from .thresholds import Thresholds, fixed_threshold, quantile_thresholds
from .trustworthiness import Trustworthiness, trustworthiness
from .unit_memory import UnitMemory, half_lives, kept_share, memory_by_gates
from .unit_properties import UnitMeaning, UnitMeanings, auc_estimate, best_units, unit_aucs

__all__ = [
    "PROPERTIES",
    "InterventionEffect",
    "Lens",
    "LensLayer",
    "Match",
    "Matches",
    "NearState",
    "NearestStates",
    "OnBits",
    "PrincipalComponents",
    "Route",
    "RoutedUnit",
    "StateMap",
    "StateStore",
    "TextStates",
    "Thresholds",
    "Trustworthiness",
    "UnitMeaning",
    "UnitMeanings",
    "UnitMemory",
    "UnitSelection",
    "at_tokens",
    "auc_estimate",
    "best_units",
    "find_matches",
    "fixed_threshold",
    "half_lives",
    "intervention_effect",
    "kept_share",
    "lens",
    "lstmvis_matches",
    "memory_by_gates",
    "nearest_states",
    "nearest_to",
    "null_twin",
    "plot_units",
    "principal_components",
    "properties_of",
    "quantile_thresholds",
    "read_corpus",
    "route",
    "select_units",
    "state_map",
    "stored_states",
    "texts_of_file",
    "trustworthiness",
    "unit_aucs",
    "unit_memory",
]
