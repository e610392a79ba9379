"""Which measures and methods can explain a network."""

from __future__ import annotations

from rnnviz_widget.engines.measures import MEASURES
from rnnviz_widget.engines.module.network import Network

from .attention import may_attend
from .by_captum import has_captum, without_rule
from .method import CAPTUM, METHODS


def measures_of(network: Network) -> list[str]:
    """The names of all measures and methods that are likely to work for a network.

    What only a try can show, such as a function for which DeepLift has no rule, is an error then.
    """
    return [*MEASURES, *(name for name in METHODS if _may(network, name))]


def _may(network: Network, name: str) -> bool:
    if name.startswith("attention"):
        return not network.capabilities.answers_once and may_attend(network.module)
    if name == "deep_lift" and without_rule(network.module) is not None:
        return False
    return name not in CAPTUM or has_captum()
